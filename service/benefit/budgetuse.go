package benefit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// BudgetUse is what became of a benefit's budget up to an instant (名额使用情况).
type BudgetUse struct {
	AsOf  time.Time
	Spans []SpanUse // of the version in force, from day to total
}

// SpanUse is a span of the budget: day, month and year are those of AsOf. Max − Used − Held can
// still be handed out; where a new version gives less, that may be negative.
type SpanUse struct {
	Span string
	Max  int
	Used int // uses that stand
	Held int // handed to processes and not used; comes back within a minute
}

// BudgetUse gives what is used of a benefit's budget, of one moment; nil if the version of today
// has none.
func (s *RuleDesk) BudgetUse(ctx context.Context, code string) (*BudgetUse, error) {
	out := &BudgetUse{AsOf: s.Clock.Now()}
	rule, err := s.Rules.Book().Rule(code, out.AsOf)
	if err != nil || rule.Budget == nil {
		return nil, nil //nolint:nilerr,nilnil // no budget is an answer
	}
	var given model.Usage
	var held map[model.Date]int
	err = model.Retry(ctx, func() (err error) {
		given, held, err = s.Budgets.Held(ctx, code)
		return err
	})
	if err != nil {
		return nil, err
	}
	today := model.DateOf(out.AsOf)
	var lies model.Usage
	for day, n := range held {
		lies = lies.Count(day, n)
	}
	b, gone, idle := rule.Budget, spans(given.On(today)), spans(lies.On(today))
	for i, span := range []SpanUse{{Span: benefit.SpanDay, Max: b.Day}, {Span: benefit.SpanMonth, Max: b.Month}, {Span: benefit.SpanYear, Max: b.Year}, {Span: benefit.SpanTotal, Max: b.Total}} {
		if span.Max > 0 {
			span.Used, span.Held = gone[i]-idle[i], idle[i]
			out.Spans = append(out.Spans, span)
		}
	}
	return out, nil
}

func spans(day, month, year, total int) [4]int { return [4]int{day, month, year, total} }
