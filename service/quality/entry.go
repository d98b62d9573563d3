package quality

import (
	"context"
	"maps"

	"xinyi/model"
	"xinyi/policy/quality"
)

// Number is one number to enter; a nil Value takes it away.
type Number struct {
	Key    string
	Value  *int64
	Source string
}

// monthOf reads a month.
func monthOf(text string) (string, error) {
	p, err := quality.ParsePeriod(text)
	if err != nil || p.First != p.Last {
		return "", model.Invalid("{month}", "month", "月份应写作 2026-11。")
	}
	return p.First, nil
}

// Entry gives the numbers that were entered for a unit ("" = the area) and month.
func (s *Service) Entry(ctx context.Context, unit, month string) (*model.QualityEntry, error) {
	month, err := monthOf(month)
	if err != nil {
		return nil, err
	}
	return s.Store.Entry(ctx, orArea(unit), month)
}

func orArea(unit string) string {
	if unit == "" {
		return model.QualityArea
	}
	return unit
}

// Enter changes numbers of the revision that the caller has read; the others stay.
// Errors: CodePreconditionFailed when somebody else was first, CodeInvalidRequest.
func (s *Service) Enter(ctx context.Context, p model.Principal, unit, month string, numbers []Number, fresh func(*model.QualityEntry) error) (*model.QualityEntry, error) {
	have, err := s.Entry(ctx, unit, month)
	if err != nil {
		return nil, err
	}
	if err := fresh(have); err != nil {
		return nil, err
	}
	rules := s.Book.On(model.DateOf(s.Clock.Now()))
	e := *have
	if e.Numbers = maps.Clone(have.Numbers); e.Numbers == nil {
		e.Numbers = map[string]model.QualityNumber{}
	}
	for _, n := range numbers {
		if _, known := rules.Entered(n.Key); !known {
			return nil, model.Invalid("/items", "unknown_number", "没有这项台账数，请从指标定义的台账项中选择。")
		}
		if n.Value == nil {
			delete(e.Numbers, n.Key)
			continue
		}
		e.Numbers[n.Key] = model.QualityNumber{Value: *n.Value, Source: n.Source}
	}
	ev := s.event(p, "quality.enter")
	ev.Ref, ev.Outcome, ev.RuleVersion = e.ID, "changed", rules.Version
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return nil, err
	}
	err = s.Store.Enter(ctx, &e, entry)
	s.Auditor.End(entry, err)
	if model.Is(err, model.CodeConflict) || model.Is(err, model.CodeExists) {
		err = model.Wrap(err, model.CodePreconditionFailed, "台账数刚被他人修改，请重新读取后再改。")
	}
	e.Rev++
	return &e, err
}
