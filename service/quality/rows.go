package quality

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/quality"
)

// HasRows reports whether rows handed in make up a sum of counters.
func HasRows(counters []string) bool { return quality.HasRows(counters) }

// Handed is what one report has in a sum of a month.
type Handed struct {
	No, Unit, UnitName, FileName string
	Month                        string
	// Rows are those of the month, Count how many of them are in the sum.
	Rows  model.RowCounts
	Count int64
}

// Handed gives the reports (报送) whose rows are behind a figure: rows that were refused are in
// no record. A page may be short, even empty, before the end.
func (s *Service) Handed(ctx context.Context, p model.Principal, q Question) ([]Handed, string, error) {
	of, err := s.sum(p, q)
	if err != nil {
		return nil, "", err
	}
	if !HasRows(of.names) {
		return nil, "", model.Invalid("?kpi", "no_rows", "这项数字不是由报送的行算出的，没有可以下钻的报送。")
	}
	return byMonth(of.when, q, func(month string, q Question) ([]Handed, string, error) {
		jobs, next, err := s.Store.Handed(ctx, of.unit, month, q.After, q.Limit)
		var found []Handed
		for _, job := range jobs {
			rows := job.Months[month]
			if n := quality.RowsBehind(of.names, rows); n > 0 {
				found = append(found, Handed{No: job.ID, Unit: job.Unit, UnitName: job.UnitName, FileName: job.Name, Month: month, Rows: rows, Count: n})
			}
		}
		return found, next, err
	})
}

// Refusals gives why rows of a report were refused, in order of lines: of the caller's unit's,
// to the office of any. A page may be short, even empty, before the end. Errors: CodeNotFound
// for what is not there or not the caller's.
func (s *Service) Refusals(ctx context.Context, p model.Principal, no, after string, limit int) ([]*model.ImportFault, string, error) {
	job, err := s.Store.Job(ctx, no)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return nil, "", err
	}
	if err != nil || job.Unit == "" || p.Role != model.RoleOffice && job.Unit != p.Unit {
		return nil, "", model.Errorf(model.CodeNotFound, "没有找到该报送，或它不属于本单位。")
	}
	found, next, err := s.Store.Refused(ctx, no, after, limit)
	return slices.DeleteFunc(found, func(f *model.ImportFault) bool { return f.Warning }), next, err
}
