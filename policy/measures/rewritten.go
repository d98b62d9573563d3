package measures

import (
	"reflect"

	"xinyi/model"
)

// Rewritten names the rows that had begun before today and that next no longer has, or has
// otherwise than ended today or later: what rested on them would lose its ground.
func (b *Book) Rewritten(next *Book, today model.Date) (rows []string) {
	was, is := b.rows(), next.rows()
	for key, row := range was {
		if row.ValidFrom >= today {
			continue
		}
		other, ok := is[key]
		kept := ok && reflect.DeepEqual(row.text, other.text)
		moved := row.ValidTo != other.ValidTo && (row.ValidTo != "" && row.ValidTo < today || other.ValidTo != "" && other.ValidTo < today)
		if !kept || moved {
			rows = append(rows, key)
		}
	}
	return rows
}

// row is one dated row, with its last day apart.
type row struct {
	Period
	text any
}

func (b *Book) rows() map[string]row {
	rows := map[string]row{}
	for _, r := range b.bases {
		period := r.Period
		r.ValidTo = ""
		rows["bases "+r.Code] = row{period, r}
	}
	for _, r := range b.measures {
		period := r.Period
		r.ValidTo = ""
		rows["measures "+r.Code+" "+string(r.ValidFrom)] = row{period, r}
	}
	for _, r := range b.lists {
		period := r.Period
		r.ValidTo = ""
		rows["listRules "+string(r.Kind)+" "+string(r.ValidFrom)] = row{period, r}
	}
	for _, r := range b.supervision {
		period := r.Period
		r.ValidTo = ""
		rows["supervision "+string(r.ValidFrom)] = row{period, r}
	}
	return rows
}
