package benefit

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"xinyi/model"
)

// Write gives the rule file of a definition, and the rule as it will be read. Errors:
// CodeInvalidRequest with every fault.
func Write(d Definition) ([]byte, *Rule, error) {
	raw, err := yaml.Marshal(d)
	if err != nil {
		return nil, nil, model.Wrap(err, model.CodeInternal, "")
	}
	r, err := Parse(raw)
	return raw, r, err
}

// Check is one line of the check list before publication (domain §16.2). Two persons,
// masking and the log of recipients are no lines: the program leaves no way around them.
type Check struct {
	ID   string
	OK   bool
	Text string // what holds, or what to do
}

// The lines.
const (
	CheckBasis  = "legal_basis"
	CheckDates  = "dates"
	CheckRemedy = "remedy"
	CheckWhole  = "whole"
)

// Around is what a draft is checked against.
type Around struct {
	Today model.Date
	// Starts are the first days of the published versions.
	Starts []model.Date
	// Basis says why the legal basis is not in force on the draft's first day.
	Basis error
	// Whole says why the book would not load with the draft in it.
	Whole error
}

// remedies are the words of which one must stand where a negative fact refuses.
var remedies = []string{"异议", "修复", "复核", "复议", "诉讼"}

// Checks goes through the check list.
func (r *Rule) Checks(a Around) []Check {
	line := func(id string, ok bool, yes, no string) Check {
		if ok {
			return Check{id, true, yes}
		}
		return Check{id, false, no}
	}
	unexplained := ""
	for i := range r.conditions {
		c := &r.conditions[i]
		if c.needs&(1<<FactSeriousListed|1<<FactBarred|1<<FactGrade) != 0 && !containsAny(c.NotEligible, remedies) && unexplained == "" {
			unexplained = c.ID
		}
	}
	return []Check{
		line(CheckBasis, r.Basis != "" && a.Basis == nil, "依据在生效日有效。", "请用 basis 写明一项在生效日有效的依据。"),
		r.dates(a),
		line(CheckRemedy, unexplained == "", "不予享受的说明写有救济途径。", "条件 "+unexplained+" 的 notEligible 应写明异议、修复、复核、复议或诉讼途径。"),
		line(CheckWhole, a.Whole == nil, "与现有全部版本一起可以装载。", "与现有全部版本一起不能装载，请检查 validFrom。"),
	}
}

// dates wants a first day on which nothing was decided yet: what was used this morning stays as
// it was. It may lie before a version that is to come, which then follows it.
func (r *Rule) dates(a Around) Check {
	earliest, next := a.Today, model.Date("")
	if len(a.Starts) > 0 {
		earliest = a.Today.AddDays(1)
	}
	for _, start := range a.Starts {
		if start > r.ValidFrom && (next == "" || start < next) {
			next = start
		}
	}
	switch {
	case r.ValidFrom < earliest:
		return Check{CheckDates, false, "生效日期不早于 " + string(earliest) + "，今天已办理的不受影响；请改期。"}
	case slices.Contains(a.Starts, r.ValidFrom):
		return Check{CheckDates, false, "当天已有一个版本生效，请改期。"}
	case next != "":
		return Check{CheckDates, true, "生效日期可行；" + string(next) + " 起由已发布的下一版本代替，需要时请一并改订。"}
	}
	return Check{CheckDates, true, "生效日期可行。"}
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// Entitles says whether the holder is among those the rule is for, on a day: subject kind and
// conditions, whatever the hour and the uses so far (试算). Decide judges a single use.
func (r *Rule) Entitles(f *Facts, day model.Date) model.Outcome {
	known, out := f.known(), model.Eligible
	switch {
	case !known.Has(FactKind):
		out = model.Undetermined
	case (f.Kind == model.KindNaturalPerson) != r.Persons():
		return model.NotEligible
	}
	v := view{facts: f, rule: r, day: day}
	for i := range r.conditions {
		c := &r.conditions[i]
		if c.needs&^known != 0 {
			out = model.Undetermined
			continue
		}
		switch yes, ok := c.holds(&v); {
		case !ok:
			out = model.Undetermined
		case !yes:
			return model.NotEligible
		}
	}
	return out
}

// Persons reports whether the rule is for natural persons.
func (r *Rule) Persons() bool { return r.SubjectType == subjectPerson }
