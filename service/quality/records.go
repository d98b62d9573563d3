package quality

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/quality"
)

// lookMost bounds how many records one page of a drill-down reads, lookChunk how many at
// once. A page may be short, even empty, before the end; the position goes on.
const (
	lookMost  = 5000
	lookChunk = 500
)

// Question asks for the records behind one figure.
type Question struct {
	KPI string
	// Denominator asks for what the figure is divided by instead of its numerator.
	Denominator  bool
	Unit, Period string
	After        string
	Limit        int
}

// HasRecords reports whether records make up a sum of counters.
func HasRecords(counters []string) bool { return quality.DrillOf(counters) != quality.DrillNone }

// Behind is a record behind a figure.
type Behind struct {
	*model.Record
	// DueOn is the last day of the reporting term; "" where there is none.
	DueOn model.Date
	Late  bool
}

// sum is a question understood: whose sum of which counters in which period.
type sum struct {
	unit  string
	when  quality.Period
	rules *quality.Rules
	kpi   quality.KPI
	names []string
}

func (s *Service) sum(p model.Principal, q Question) (sum, error) {
	unit, err := unitOf(p, q.Unit)
	if err != nil {
		return sum{}, err
	}
	of := sum{unit: cmp.Or(unit, model.QualityArea)}
	if of.when, of.rules, err = s.period(q.Period); err != nil {
		return sum{}, err
	}
	if of.kpi, err = of.rules.KPI(q.KPI); err != nil {
		return sum{}, err
	}
	of.names = of.kpi.Numerator
	if q.Denominator {
		of.names = of.kpi.Denominator
	}
	if of.kpi.Yearly {
		of.when = of.when.Year()
	}
	return of, nil
}

// Records gives the records behind a figure, logged before it is answered.
func (s *Service) Records(ctx context.Context, p model.Principal, q Question) ([]Behind, string, error) {
	of, err := s.sum(p, q)
	if err != nil {
		return nil, "", err
	}
	var found []*model.Record
	next := ""
	wanted := func(r *model.Record) bool { return of.rules.Behind(r, of.unit, of.names, of.when) }
	switch quality.DrillOf(of.names) {
	case quality.DrillReports:
		found, next, err = byMonth(of.when, q, func(month string, q Question) ([]*model.Record, string, error) {
			return look(q, lookChunk, wanted, func(after string, n int) ([]*model.Record, string, error) {
				return s.Store.Reports(ctx, of.unit, month, after, n)
			})
		})
	case quality.DrillRecords:
		found, next, err = look(q, lookChunk, wanted, func(after string, n int) ([]*model.Record, string, error) {
			return s.Store.Records(ctx, after, n)
		})
	default:
		err = model.Invalid("?kpi", "no_records", "这项数字不是由信用记录算出的，没有可以下钻的记录。")
	}
	if err != nil {
		return nil, "", err
	}
	return behind(of.rules, found), next, s.log(ctx, p, of.kpi, found)
}

// byMonth goes through the months of a period; the position is month:position within it.
func byMonth[T any](p quality.Period, q Question, read func(month string, q Question) ([]T, string, error)) ([]T, string, error) {
	month, after, _ := strings.Cut(q.After, ":")
	months := p.Months()
	months = months[max(0, slices.Index(months, month)):]
	var all []T
	for i, m := range months {
		found, next, err := read(m, Question{After: after, Limit: q.Limit - len(all)})
		if err != nil {
			return nil, "", err
		}
		all, after = append(all, found...), ""
		switch {
		case next != "":
			return all, m + ":" + next, nil
		case len(all) == q.Limit && i+1 < len(months):
			return all, months[i+1] + ":", nil
		}
	}
	return all, "", nil
}

// look reads records until it has enough of those wanted, or has read enough.
func look(q Question, chunk int, wanted func(*model.Record) bool, read func(after string, n int) ([]*model.Record, string, error)) ([]*model.Record, string, error) {
	var found []*model.Record
	after := q.After
	for looked := 0; ; {
		records, next, err := read(after, chunk)
		if err != nil {
			return nil, "", err
		}
		for i, r := range records {
			if !wanted(r) {
				continue
			}
			if found = append(found, r); len(found) == q.Limit && (next != "" || i+1 < len(records)) {
				return found, string(r.ID), nil
			}
		}
		if looked += len(records); next == "" || looked >= lookMost {
			return found, next, nil
		}
		after = next
	}
}

func behind(rules *quality.Rules, found []*model.Record) []Behind {
	out := make([]Behind, len(found))
	for i, r := range found {
		out[i] = Behind{Record: r}
		if r.ReportedBy == "" || r.Kind != model.RecordPermit && r.Kind != model.RecordPenalty {
			continue
		}
		if due, err := rules.DueOn(r); err == nil {
			out[i].DueOn, out[i].Late = due, model.DateOf(r.ReceivedAt) > due
		}
	}
	return out
}

func (s *Service) log(ctx context.Context, p model.Principal, k quality.KPI, found []*model.Record) error {
	if len(found) == 0 {
		return nil
	}
	ev := s.event(p, "quality.records")
	ev.Ref, ev.Outcome, ev.Shown = k.Key, "shown", []string{"record"}
	for _, r := range found {
		ev.Subjects = append(ev.Subjects, r.Subject)
	}
	slices.Sort(ev.Subjects)
	ev.Subjects = slices.Compact(ev.Subjects)
	return s.Auditor.Record(ctx, ev)
}

func (s *Service) event(p model.Principal, action string) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Purpose: model.PurposeOther, RequestID: p.RequestID}
}
