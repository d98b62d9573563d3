package benefit

import (
	"slices"
	"time"

	"xinyi/model"
)

// Flip is the smallest change that would make a decision eligible (最小改变). It is exact for
// what a rule can ask: no fewer facts, no smaller step and no earlier moment would do, with
// the facts and counts otherwise as they are.
type Flip struct {
	// Possible is false where nothing about this holder would: another kind of subject, a
	// rule that has ended, a total that is used up.
	Possible bool
	// After is the first moment at which dates, hours, caps and budget allow it; zero = now.
	After time.Time
	// Steps are the facts that would have to change, in the order of facts.
	Steps []Step
}

// Step is one fact that would have to change.
type Step struct {
	Fact Fact
	// From and To are the fact's value now and then, as conditions see it: "" = not known; of
	// lists To is what has to be added.
	From, To string
	// Text says what to do, as an instruction.
	Text string
	// Conditions are the ids of those that ask for the fact and do not hold now.
	Conditions []string

	set  func(*Facts)
	cost int
}

// Flip finds the smallest change for a decision at a moment; full is the span of the budget
// that is used up.
func (r *Rule) Flip(f Facts, u model.Usage, full string, at time.Time) Flip {
	if f.Kind != "" && (f.Kind == model.KindNaturalPerson) != r.Persons() {
		return Flip{}
	}
	when, ok := r.opens(u, full, at)
	if !ok {
		return Flip{}
	}
	out := Flip{}
	if when.After(at) {
		out.After = when
	}
	day := model.DateOf(when)
	if f.Kind == "" || f.Disputed.Has(FactKind) {
		out.Steps = []Step{r.kindStep(&f)}
		out.Steps[0].set(&f)
	}
	steps, ok := r.fewest(&f, day)
	if !ok {
		return Flip{}
	}
	out.Possible, out.Steps = true, append(out.Steps, steps...)
	return out
}

// kindStep makes the kind of the holder known.
func (r *Rule) kindStep(f *Facts) Step {
	kind, text := model.KindLegalPerson, "核实企业的主体类别"
	if r.Persons() {
		kind, text = model.KindNaturalPerson, "完成实名认证"
	}
	if f.Kind != "" {
		kind = f.Kind
	}
	return Step{Fact: FactKind, From: string(f.Kind), To: string(kind), Text: text, Conditions: []string{ConditionSubject},
		set: func(f *Facts) { f.Kind = kind; f.Disputed &^= 1 << FactKind }}
}

// fewest tries sets of facts, smaller ones first, with every value they can take; of those
// that do, the one with the smallest steps.
func (r *Rule) fewest(f *Facts, day model.Date) (best []Step, ok bool) {
	failing := r.failing(f, day)
	if len(failing) == 0 {
		return nil, true
	}
	var options [][]Step
	for fact := range factCount {
		if o := r.options(f, fact, day); len(o) > 0 {
			options = append(options, o)
		}
	}
	for n := 1; n <= len(options); n++ {
		least := 0
		r.try(*f, day, options, n, nil, func(steps []Step) {
			cost := 0
			for _, s := range steps {
				cost += s.cost
			}
			if best == nil || cost < least {
				best, least = slices.Clone(steps), cost
			}
		})
		if best != nil {
			break
		}
	}
	for i := range best {
		for _, c := range failing {
			if c.needs.Has(best[i].Fact) {
				best[i].Conditions = append(best[i].Conditions, c.ID)
			}
		}
	}
	return best, best != nil
}

// try calls found with every n steps, on n facts of options, with which all conditions hold.
func (r *Rule) try(f Facts, day model.Date, options [][]Step, n int, chosen []Step, found func([]Step)) {
	if n == 0 {
		if len(r.failing(&f, day)) == 0 {
			found(chosen)
		}
		return
	}
	for i := 0; i+n <= len(options); i++ {
		for _, step := range options[i] {
			g := f
			step.set(&g)
			r.try(g, day, options[i+1:], n-1, append(chosen, step), found)
		}
	}
}

// failing gives the conditions that do not hold on a day.
func (r *Rule) failing(f *Facts, day model.Date) (out []*condition) {
	known := f.known()
	v := view{facts: f, rule: r, day: day}
	for i := range r.conditions {
		c := &r.conditions[i]
		if c.needs&^known == 0 {
			if yes, ok := c.holds(&v); yes && ok {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// opens is the first moment from at on at which dates, hours, caps, cool-down and budget all
// allow a use, if nobody uses the benefit meanwhile; ok is false when there is none. Each of
// them gives the first moment at which it does, so that the latest of them is a bound, until
// all agree.
func (r *Rule) opens(u model.Usage, full string, at time.Time) (when time.Time, ok bool) {
	if r.Status != StatusPublished || full == SpanTotal {
		return at, false
	}
	when = at
	if full != "" {
		when = spanEnd(model.DateOf(at), full)
	}
	for {
		next := r.notBefore(u, when)
		if !r.lasts(next) {
			return at, false
		}
		if next.Equal(when) {
			return when, true
		}
		when = next
	}
}

// lasts reports whether the version still decides at t.
func (r *Rule) lasts(t time.Time) bool {
	day := model.DateOf(t)
	return !t.IsZero() && (r.ValidTo == "" || day <= r.ValidTo) && (r.successor == "" || day < r.successor)
}

// notBefore is a moment before which one of them does not allow it, t itself if all do; zero
// if never.
func (r *Rule) notBefore(u model.Usage, t time.Time) time.Time {
	day := model.DateOf(t)
	if day < r.ValidFrom {
		return r.ValidFrom.Start()
	}
	c := countsOn(&u, day)
	for i := range r.limits {
		full, opens := r.limits[i].state(&c, &u, day, t)
		if full && !opens.After(t) {
			return time.Time{} // never again
		}
		if full {
			return opens
		}
	}
	if r.TimeWindow != nil {
		return r.TimeWindow.opens(t)
	}
	return t
}

func spanEnd(day model.Date, span string) time.Time {
	switch span {
	case SpanDay:
		return day.AddDays(1).Start()
	case SpanMonth:
		return (day[:7] + "-01").AddMonths(1).Start()
	}
	return (day[:4] + "-01-01").AddMonths(12).Start()
}

// Apply gives facts in which the step was taken.
func (s *Step) Apply(f *Facts) { s.set(f) }

// Size is how far the step goes: 1 for the other value of a yes or no, the next level, one
// more honour.
func (s *Step) Size() int { return s.cost }
