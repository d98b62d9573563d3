package benefit_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// variant is a value that a fact could have; nil set = as it is.
type variant struct {
	fact benefit.Fact
	size int
	set  func(*benefit.Facts)
}

// variants gives for each fact the values that the naive search tries.
func variants(f *benefit.Facts) (out [][]variant) {
	add := func(fact benefit.Fact, vs ...variant) {
		all := []variant{{}}
		for _, v := range vs {
			set := v.set
			all = append(all, variant{fact, v.size, func(f *benefit.Facts) { set(f); f.Disputed &^= 1 << fact }})
		}
		out = append(out, all)
	}
	yes, no := true, false
	add(benefit.FactAdult, variant{size: 1, set: func(f *benefit.Facts) { f.Adult = &yes }})
	add(benefit.FactSeriousListed, variant{size: 1, set: func(f *benefit.Facts) { f.SeriousListed = &no }})
	add(benefit.FactBarred, variant{size: 1, set: func(f *benefit.Facts) { f.Barred = &no }})
	rank := func(values []string, have *string, disputed bool) func(string) int {
		at := -1
		if have != nil && !disputed {
			at = slices.Index(values, *have)
		}
		return func(v string) int { d := slices.Index(values, v) - at; return max(d, -d) }
	}
	var levels, grades []variant
	size := rank([]string{"basic", "good", "excellent"}, f.Level, f.Disputed.Has(benefit.FactLevel))
	for _, v := range []string{"basic", "good", "excellent"} {
		levels = append(levels, variant{size: size(v), set: func(f *benefit.Facts) { f.Level = &v }})
	}
	add(benefit.FactLevel, levels...)
	size = rank([]string{"E", "D", "C", "B", "A"}, f.Grade, f.Disputed.Has(benefit.FactGrade))
	for _, v := range []string{"E", "D", "C", "B", "A"} {
		grades = append(grades, variant{size: size(v), set: func(f *benefit.Facts) { f.Grade = &v }})
	}
	add(benefit.FactGrade, grades...)
	learn := func(known bool) int {
		if known {
			return 0
		}
		return 1
	}
	honours, consents := learn(has(f, benefit.FactHonorLists)), learn(has(f, benefit.FactConsents))
	add(benefit.FactHonorLists, variant{size: honours, set: func(f *benefit.Facts) { f.HonorLists = append([]string{}, f.HonorLists...) }},
		variant{size: honours + 1, set: func(f *benefit.Facts) { f.HonorLists = append([]string{"甲"}, f.HonorLists...) }})
	add(benefit.FactConsents, variant{size: consents, set: func(f *benefit.Facts) { f.ConsentPurposes = append([]model.Purpose{}, f.ConsentPurposes...) }},
		variant{size: consents + 1, set: func(f *benefit.Facts) {
			f.ConsentPurposes = append([]model.Purpose{model.PurposeBenefitCheck}, f.ConsentPurposes...)
		}})
	return out
}

// least is the smallest change with which the naive evaluator says eligible: how many facts,
// and of those the smallest steps.
func (s *spec) least(f benefit.Facts, u model.Usage, at time.Time) (facts, size int, ok bool) {
	all := variants(&f)
	var search func(g benefit.Facts, i, n, sum int)
	search = func(g benefit.Facts, i, n, sum int) {
		if ok && (n > facts || n == facts && sum >= size) {
			return
		}
		if i < len(all) {
			for _, v := range all[i] {
				h := g
				if v.set == nil {
					search(h, i+1, n, sum)
				} else if slices.ContainsFunc(s.conds, func(c specCond) bool { return slices.Contains(c.needs, v.fact) }) {
					v.set(&h)
					search(h, i+1, n+1, sum+v.size)
				}
			}
			return
		}
		if s.naive(g, u, at) == model.Eligible {
			facts, size, ok = n, sum, true
		}
	}
	search(f, 0, 0, 0)
	return facts, size, ok
}

// never has a benefit that no moment of the next two years allows, whatever the facts.
func (s *spec) never(u model.Usage, from time.Time) bool {
	for at := from; at.Before(from.AddDate(2, 0, 0)); at = at.Add(59 * time.Minute) {
		day := model.DateOf(at)
		if day >= s.from && (s.to == "" || day <= s.to) && !s.closed(u, at) {
			return false
		}
	}
	return true
}

// What a flip names makes the decision eligible; nothing smaller and nothing earlier does;
// where it names nothing, nothing does.
func TestFlip_isTheSmallestChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	seen := map[string]int{}
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		if rnd.IntN(20) > 0 || r.Decide(f, u, at).Outcome == model.Eligible {
			return
		}
		flip := r.Flip(f, u, "", at)
		wrongKind := f.Kind != "" && (f.Kind == model.KindNaturalPerson) == s.org
		if !flip.Possible {
			seen["impossible"]++
			require.True(t, wrongKind || s.never(u, at), "%s\n%+v\n%+v\n%v", s.yaml(), f, u, at)
			require.Equal(t, benefit.Flip{}, flip)
			return
		}
		when := at
		if !flip.After.IsZero() {
			seen["later"]++
			when = flip.After
		}
		changed, kindSteps := f, 0
		for _, step := range flip.Steps {
			if step.Apply(&changed); step.Fact == benefit.FactKind {
				kindSteps++
			}
			require.NotEmpty(t, step.Text)
			require.NotEmpty(t, step.Conditions)
		}
		require.Equal(t, model.Eligible, r.Decide(changed, u, when).Outcome, "%s\n%+v\n%+v\n%v\n%+v", s.yaml(), f, u, at, flip)
		known := f
		if kindSteps > 0 {
			known.Kind, known.Disputed = changed.Kind, f.Disputed&^(1<<benefit.FactKind)
		}
		facts, size, ok := s.least(known, u, when)
		require.True(t, ok)
		got := 0
		for _, step := range flip.Steps[kindSteps:] {
			got += step.Size()
		}
		require.Equal(t, [2]int{facts, size}, [2]int{len(flip.Steps) - kindSteps, got}, "%s\n%+v\n%v\n%+v", s.yaml(), f, when, flip)
		for earlier := at; earlier.Before(when) && earlier.Before(at.AddDate(0, 0, 40)); earlier = earlier.Add(37 * time.Minute) {
			require.NotEqual(t, model.Eligible, s.naive(changed, u, earlier), "at %v, before %v\n%s", earlier, when, s.yaml())
		}
		seen[map[bool]string{true: "one", false: "more"}[len(flip.Steps) <= 1]]++
	})
	for _, kind := range []string{"impossible", "later", "one", "more"} {
		require.Greater(t, seen[kind], 25, kind)
	}
}

// A budget that is used up opens with its span; one that is used up in total never does.
func TestFlip_waitsForTheBudget(t *testing.T) {
	s := &spec{from: aDay.AddDays(-5), percent: 60, newSince: aDay, newLevels: []string{"good"}, fromHour: 9, budget: benefit.Budget{Day: 1, Total: 5}, conds: templates()[:1]}
	r, err := benefit.Parse([]byte(s.yaml()))
	require.NoError(t, err)
	yes, at := true, aDay.Start().Add(15*time.Hour)
	f := benefit.Facts{Kind: model.KindNaturalPerson, Adult: &yes}
	require.Equal(t, benefit.Flip{Possible: true}, r.Flip(f, model.Usage{}, "", at))
	require.Equal(t, benefit.Flip{Possible: true, After: aDay.AddDays(1).Start().Add(9 * time.Hour)}, r.Flip(f, model.Usage{}, benefit.SpanDay, at))
	require.Equal(t, benefit.Flip{}, r.Flip(f, model.Usage{}, benefit.SpanTotal, at))
	f.Adult = nil
	steps := r.Flip(f, model.Usage{}, "", at).Steps
	require.Len(t, steps, 1)
	require.Equal(t, []string{"adult"}, steps[0].Conditions)
	require.Equal(t, "完成实名核验", steps[0].Text)
}

// Conditions beyond the usual ones: two facts at once, counts of honours, a rule nobody meets.
func TestFlip_ofOddConditions(t *testing.T) {
	s := &spec{from: aDay, percent: 60, newSince: aDay, newLevels: []string{"good"}, fromHour: -1}
	no, basic := false, "basic"
	f := benefit.Facts{Kind: model.KindNaturalPerson, Level: &basic, SeriousListed: &no, HonorLists: []string{}}
	for cel, want := range map[string]string{
		`size(honor_lists) >= 2`:                                     "获得另一项荣誉（1）、另一项荣誉（2）",
		`"乙" in honor_lists && level == "good"`:                      "信用激励等级达到“良好”；获得乙",
		`"乙" in honor_lists || level == "excellent"`:                 "获得乙",
		`level == "excellent" && serious_listed`:                     "信用激励等级达到“优秀”；列入名单",
		`level == "nobody"`:                                          "",
		`!serious_listed && (level == "good" || "甲" in honor_lists)`: "信用激励等级达到“良好”",
	} {
		c := specCond{id: "odd", cel: cel}
		for fact, name := range []string{"", "", "level", "", "serious_listed", "", "honor_lists"} {
			if name != "" && strings.Contains(cel, name) {
				c.needs = append(c.needs, benefit.Fact(fact))
			}
		}
		s.conds = []specCond{c}
		r, err := benefit.Parse([]byte(s.yaml()))
		require.NoError(t, err, cel)
		flip, texts := r.Flip(f, model.Usage{}, "", aDay.Start()), ""
		for i, step := range flip.Steps {
			if i > 0 {
				texts += "；"
			}
			texts += step.Text
		}
		require.Equal(t, want, texts, cel)
		require.Equal(t, want != "", flip.Possible)
	}
}
