package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

// readTries bounds the reads that folds come between.
const readTries = 20

// Sheet gives one unit's counters up to the last batch that was written.
func (q *Quality) Sheet(ctx context.Context, unit string) (model.QualitySheets, error) {
	from, to := span(unit)
	return q.sheets(ctx, Query{From: from, To: to}, 1, func(u string) bool { return u == unit })
}

// Sheets gives those of units in order of their codes after the given one ("" = from the
// start), at most limit.
func (q *Quality) Sheets(ctx context.Context, after string, limit int) (model.QualitySheets, error) {
	query := Query{To: foldsID, Limit: 3 * limit}
	if after != "" {
		query.From = after + "0" // '0' follows '/'
	}
	s, err := q.sheets(ctx, query, limit+2, func(u string) bool { return u > after }) // the area and one more
	for unit := range s.Counts {
		if unit != model.QualityArea {
			s.Units = append(s.Units, unit)
		}
	}
	slices.Sort(s.Units)
	if s.More = len(s.Units) > limit; s.More {
		s.Units = s.Units[:limit]
	}
	return s, err
}

func (q *Quality) sheets(ctx context.Context, query Query, most int, wanted func(unit string) bool) (model.QualitySheets, error) {
	s, err := q.counts(ctx, query, most, wanted)
	if err != nil {
		return s, err
	}
	s.Entered = model.QualityCounts{}
	err = q.entered.Each(ctx, Query{From: query.From, To: query.To}, func(e *model.QualityEntry) error {
		unit, month, _ := strings.Cut(e.ID, "/")
		months := s.Entered[unit]
		if months == nil {
			months = map[string]map[string]int64{}
			s.Entered[unit] = months
		}
		months[month] = map[string]int64{}
		for key, n := range e.Numbers { // a zero is a number too
			months[month][key] = n.Value
		}
		return nil
	})
	return s, err
}

// counts reads folded counters of the first most units that have any, and adds what is not
// folded. It starts over when a fold came between.
func (q *Quality) counts(ctx context.Context, query Query, most int, wanted func(unit string) bool) (model.QualitySheets, error) {
	for range readTries {
		before, err := q.folds(ctx)
		if err != nil {
			return model.QualitySheets{}, err
		}
		s := model.QualitySheets{Counts: model.QualityCounts{}, Names: before.Names}
		err = q.years.Each(ctx, query, func(y *qualityYear) error {
			unit, _, _ := strings.Cut(y.ID, "/")
			if s.Counts[unit] == nil && len(s.Counts) == most {
				return errEnough
			}
			if len(y.Months) == 0 { // all of it was taken back
				return nil
			}
			if s.Counts[unit] == nil {
				s.Counts[unit] = map[string]map[string]int64{}
			}
			maps.Copy(s.Counts[unit], y.Months) // no month is in two years, and y is ours
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return model.QualitySheets{}, err
		}
		if err = q.unfolded(ctx, s, wanted); err != nil {
			return model.QualitySheets{}, err
		}
		after, err := q.folds(ctx)
		if err != nil || after.Rev == before.Rev {
			return s, err
		}
	}
	return model.QualitySheets{}, model.Errorf(model.CodeUnavailable, "统计数据正在更新，请稍后重试。")
}

// unfolded adds to s what batches counted for the units wanted and nobody has folded. It
// decodes no more of the deltas: they may be many, and large after an import.
func (q *Quality) unfolded(ctx context.Context, s model.QualitySheets, wanted func(unit string) bool) error {
	for query := (Query{Limit: foldMost}); ; {
		page, err := q.driver.Find(ctx, collQualityDeltas, query)
		if err != nil {
			return err
		}
		for _, doc := range page.Docs {
			if !addDelta(s, bsoncore.Document(doc.Body), wanted) {
				return unreadable(errMalformed)
			}
		}
		if query.After = page.Next; query.After == "" {
			return nil
		}
	}
}

// addDelta adds the encoded form of a model.QualityDelta; false = it is none.
func addDelta(s model.QualitySheets, delta bsoncore.Document, wanted func(unit string) bool) bool {
	return eachElement(delta, func(key []byte, v bsoncore.Value) bool {
		switch string(key) {
		case "counts":
			return eachInside(v, func(unit string, months bsoncore.Value) bool {
				return !wanted(unit) || eachInside(months, func(month string, counters bsoncore.Value) bool {
					return eachInside(counters, func(counter string, n bsoncore.Value) bool {
						by, ok := n.AsInt64OK()
						s.Counts.Add(unit, month, counter, by)
						return ok
					})
				})
			})
		case "names":
			return eachInside(v, func(unit string, name bsoncore.Value) (ok bool) {
				s.Names[unit], ok = name.StringValueOK()
				return ok
			})
		}
		return true
	})
}

// eachInside calls do with the elements of a document inside another; false = it is none, or
// do said so.
func eachInside(v bsoncore.Value, do func(key string, v bsoncore.Value) bool) bool {
	doc, ok := v.DocumentOK()
	return ok && eachElement(doc, func(key []byte, v bsoncore.Value) bool { return do(string(key), v) })
}
