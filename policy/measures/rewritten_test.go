package measures

import (
	"slices"
	"testing"
)

// A row that has begun may be ended, and nothing else; what has not begun may change.
func TestRewritten(t *testing.T) {
	const today = "2026-11-22"
	old := func() *Book {
		return &Book{bases: map[string]Basis{"A": {Code: "A", Citation: "甲", Period: Period{ValidFrom: "2020-01-01"}}},
			measures: []Measure{{Code: "m1", Name: "一", Period: Period{ValidFrom: "2020-01-01"}}, {Code: "m2", Name: "二", Period: Period{ValidFrom: "2026-12-01"}},
				{Code: "m3", Name: "三", Period: Period{ValidFrom: "2020-01-01", ValidTo: "2021-01-01"}}},
			lists:       []ListRule{{Kind: "watch", WindowDays: 5, Period: Period{ValidFrom: "2020-01-01"}}},
			supervision: []Supervision{{Basis: "A", Period: Period{ValidFrom: "2020-01-01"}}}}
	}
	for name, c := range map[string]struct {
		change func(*Book)
		want   []string
	}{
		"nothing":            {func(*Book) {}, nil},
		"ended today":        {func(b *Book) { b.measures[0].ValidTo = today }, nil},
		"ended in the past":  {func(b *Book) { b.measures[0].ValidTo = "2026-11-21" }, []string{"measures m1 2020-01-01"}},
		"called back":        {func(b *Book) { b.measures[2].ValidTo = "" }, []string{"measures m3 2020-01-01"}},
		"not begun, changed": {func(b *Book) { b.measures[1].Name = "另一" }, nil},
		"renamed":            {func(b *Book) { b.measures[0].Name = "另一" }, []string{"measures m1 2020-01-01"}},
		"gone":               {func(b *Book) { b.measures = b.measures[1:] }, []string{"measures m1 2020-01-01"}},
		"another basis": {func(b *Book) {
			b.bases["A"] = Basis{Code: "A", Citation: "乙", Period: Period{ValidFrom: "2020-01-01"}}
		}, []string{"bases A"}},
		"another clock of a list": {func(b *Book) { b.lists[0].WindowDays = 3 }, []string{"listRules watch 2020-01-01"}},
		"another supervision":     {func(b *Book) { b.supervision[0].Basis = "B" }, []string{"supervision 2020-01-01"}},
		"one more":                {func(b *Book) { b.lists = append(b.lists, ListRule{Kind: "honor", Period: Period{ValidFrom: today}}) }, nil},
	} {
		next := old()
		c.change(next)
		if got := old().Rewritten(next, today); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
