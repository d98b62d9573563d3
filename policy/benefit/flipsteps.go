package benefit

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"xinyi/model"
)

// The values that ordered facts can take, the least first.
var (
	levels     = []string{model.LevelBasic, model.LevelGood, model.LevelExcellent}
	levelNames = map[string]string{model.LevelBasic: "基础", model.LevelGood: "良好", model.LevelExcellent: "优秀"}
	grades     = []string{"E", "D", "C", "B", "A"}
)

const (
	// maxMentioned bounds the titles and purposes of a rule that are tried together.
	maxMentioned = 6
	// anyHonours are tried beside those that a rule mentions.
	anyHonours = 2
)

// options are the steps one fact can take for the conditions that ask for it, smallest first.
func (r *Rule) options(f *Facts, fact Fact, day model.Date) []Step {
	if fact == FactKind || !slices.ContainsFunc(r.conditions, func(c condition) bool { return c.needs.Has(fact) }) {
		return nil
	}
	switch fact {
	case FactAdult:
		return flagSteps(f, fact, f.Adult, "完成实名核验", "年满 18 周岁", "尚未年满 18 周岁", func(f *Facts, v *bool) { f.Adult = v })
	case FactSeriousListed:
		return flagSteps(f, fact, f.SeriousListed, "等待名单信息更新", "列入名单", "申请修复并移出名单；认为有误的，可提出异议", func(f *Facts, v *bool) { f.SeriousListed = v })
	case FactBarred:
		return flagSteps(f, fact, f.Barred, "等待使用情况核实", "受到使用限制", "使用限制解除；认为有误的，可申请人工复核", func(f *Facts, v *bool) { f.Barred = v })
	case FactLevel:
		return rankSteps(f, fact, f.Level, levels, func(v string) string {
			if f.Level == nil {
				return fmt.Sprintf("加入信用激励等级，并达到“%s”", levelNames[v])
			}
			return fmt.Sprintf("信用激励等级达到“%s”", levelNames[v])
		}, func(f *Facts, v *string) { f.Level = v })
	case FactGrade:
		return rankSteps(f, fact, f.Grade, grades, func(v string) string { return fmt.Sprintf("综合评价等级为 %s 级", v) }, func(f *Facts, v *string) { f.Grade = v })
	case FactHonorLists:
		pool := r.mentioned(FactHonorLists, day)
		for n := range anyHonours {
			pool = append(pool, fmt.Sprintf("另一项荣誉（%d）", n+1))
		}
		return addSteps(f, fact, f.HonorLists, pool, func(add []string) string { return "获得" + strings.Join(add, "、") },
			func(f *Facts, all []string) { f.HonorLists = all })
	}
	have := make([]string, 0, len(f.ConsentPurposes))
	for _, p := range f.ConsentPurposes {
		have = append(have, string(p))
	}
	if f.ConsentPurposes == nil {
		have = nil
	}
	return addSteps(f, fact, have, r.mentioned(FactConsents, day), func([]string) string { return "在“我的授权”中同意为本优惠使用信用信息" }, func(f *Facts, all []string) {
		f.ConsentPurposes = make([]model.Purpose, 0, len(all))
		for _, p := range all {
			f.ConsentPurposes = append(f.ConsentPurposes, model.Purpose(p))
		}
	})
}

// settle makes a step that also ends a dispute.
func (s Step) settle(f *Facts, set func(*Facts)) Step {
	if fact := s.Fact; f.Disputed.Has(fact) {
		s.From, s.Text = "", "等待异议核查完成："+s.Text
	}
	s.set = func(f *Facts) { set(f); f.Disputed &^= 1 << s.Fact }
	return s
}

// flagSteps gives the other value of a yes/no; both where it is not known.
func flagSteps(f *Facts, fact Fact, now *bool, learn, yes, no string, set func(*Facts, *bool)) (out []Step) {
	known := now != nil && !f.Disputed.Has(fact)
	for _, v := range []bool{fact == FactAdult, fact != FactAdult} { // what rules ask for comes first
		if known && v == *now {
			continue
		}
		s := Step{Fact: fact, To: fmt.Sprint(v), cost: 1 + len(out), Text: map[bool]string{true: yes, false: no}[v]}
		if known {
			s.From = fmt.Sprint(*now)
		} else if len(out) == 0 && now == nil {
			s.Text = learn
		}
		out = append(out, s.settle(f, func(f *Facts) { set(f, &v) }))
	}
	return out
}

// rankSteps gives the other values of an ordered fact, by how far they are away.
func rankSteps(f *Facts, fact Fact, now *string, values []string, text func(string) string, set func(*Facts, *string)) (out []Step) {
	at := -1 // not known: before the least
	if now != nil && !f.Disputed.Has(fact) {
		at = slices.Index(values, *now)
	}
	for i, v := range values {
		if i == at {
			continue
		}
		s := Step{Fact: fact, To: v, Text: text(v), cost: max(i-at, at-i)}
		if at >= 0 {
			s.From = *now
		}
		out = append(out, s.settle(f, func(f *Facts) { set(f, &v) }))
	}
	slices.SortStableFunc(out, func(a, b Step) int { return a.cost - b.cost })
	return out
}

// addSteps adds to a list every set of what is not on it, fewer first; to a list that is not
// known also none.
func addSteps(f *Facts, fact Fact, have, pool []string, text func([]string) string, set func(*Facts, []string)) (out []Step) {
	known := have != nil && !f.Disputed.Has(fact)
	pool = slices.DeleteFunc(slices.Clone(pool), func(v string) bool { return slices.Contains(have, v) })
	for mask := range uint(1) << len(pool) {
		if mask == 0 && known {
			continue
		}
		var add []string
		for i, v := range pool {
			if mask&(1<<i) != 0 {
				add = append(add, v)
			}
		}
		s := Step{Fact: fact, To: strings.Join(add, "、"), cost: bits.OnesCount(mask), Text: text(add)}
		if known {
			s.From = strings.Join(have, "、")
		} else if s.cost++; mask == 0 {
			s.Text = "等待信息核实"
		}
		all := append(append([]string{}, have...), add...)
		out = append(out, s.settle(f, func(f *Facts) { set(f, all) }))
	}
	slices.SortStableFunc(out, func(a, b Step) int { return a.cost - b.cost })
	return out
}

// mentioned are the texts in the conditions that ask for a fact, written there or given by a
// parameter, at most maxMentioned.
func (r *Rule) mentioned(fact Fact, day model.Date) (out []string) {
	add := func(texts ...string) {
		for _, t := range texts {
			if t != "" && !slices.Contains(out, t) && len(out) < maxMentioned {
				out = append(out, t)
			}
		}
	}
	for i := range r.conditions {
		c := &r.conditions[i]
		if !c.needs.Has(fact) {
			continue
		}
		add(c.texts...)
		for j := range r.params {
			if p := &r.params[j]; strings.Contains(c.CEL, p.name) {
				add(strings.Split(p.at(day).Value, ",")...)
			}
		}
	}
	return out
}
