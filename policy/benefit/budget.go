package benefit

import (
	"fmt"
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// Budget is what all holders may use together (名额), by day, month, year and in total; 0 = no
// limit. Uses count from the first version on that has a budget.
type Budget struct {
	Day   int `yaml:"day,omitempty"`
	Month int `yaml:"month,omitempty"`
	Year  int `yaml:"year,omitempty"`
	Total int `yaml:"total,omitempty"`
}

// maxBudget bounds each figure of a budget.
const maxBudget = 1_000_000_000

func (b *Budget) check(file string, faults *rulefile.Faults) {
	any := false
	for _, n := range []int{b.Day, b.Month, b.Year, b.Total} {
		if n < 0 || n > maxBudget {
			faults.Addf(file, "budget 的各项应为 0–%d", maxBudget)
		}
		any = any || n > 0
	}
	if !any {
		faults.Addf(file, "budget 应至少写 day、month、year、total 中的一项，且为正数")
	}
}

// The spans of a budget, as Left names them.
const (
	SpanDay   = "day"
	SpanMonth = "month"
	SpanYear  = "year"
	SpanTotal = "total"
)

// Left gives how many more uses on a day the budget allows, given being what was handed out
// of it; when none, full is the longest span that is used up.
func (b *Budget) Left(given model.Usage, day model.Date) (left int, full string) {
	left = maxBudget
	d, m, y, total := given.On(day)
	for _, s := range []struct {
		name       string
		most, have int
	}{{SpanDay, b.Day, d}, {SpanMonth, b.Month, m}, {SpanYear, b.Year, y}, {SpanTotal, b.Total, total}} {
		if s.most == 0 {
			continue
		}
		if left = min(left, max(s.most-s.have, 0)); s.have >= s.most {
			full = s.name
		}
	}
	return left, full
}

// budgetTexts say when there will be room again.
var budgetTexts = map[string]string{SpanDay: "今天的名额已经用完，明天 0 时起可再使用", SpanMonth: "本月的名额已经用完，下月 1 日起可再使用",
	SpanYear: "今年的名额已经用完，明年 1 月 1 日起可再使用", SpanTotal: "名额已经全部用完，感谢您的关注"}

// Budgeted adds the budget to a decision by this rule: full is the span that is used up, ""
// where there is room. Others may use up or give back what is left at any moment: the
// decision holds for now.
func (r *Rule) Budgeted(d model.Decision, full string) model.Decision {
	if r.Budget == nil {
		return d
	}
	reason := model.Reason{ID: ConditionBudget, Outcome: model.Eligible, Text: "本项优惠还有名额。"}
	if full != "" {
		reason.Outcome, reason.Text = model.NotEligible, fmt.Sprintf("%s；本次按标准执行。", budgetTexts[full])
		d.Outcome = model.NotEligible
		d.PayPercent, d.PayFen = r.pay(false)
	}
	d.Conditions = slices.Concat(d.Conditions, []model.Reason{reason})
	return d
}
