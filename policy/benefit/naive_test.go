package benefit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// spec is a rule as the test made it up; the naive evaluator reads the spec, the real one
// the YAML written from it.
type spec struct {
	from, to model.Date
	org      bool
	percent  int
	// Caps; 0 = none.
	day, month, year, total int
	cooldown                int
	fromHour                int // open from then to 20:00; -1 = always
	weekdays                []int
	blackout                model.Date
	budget                  benefit.Budget
	newSince                model.Date
	newLevels               []string
	conds                   []specCond
}

// specCond is one condition in both forms.
type specCond struct {
	id, cel string
	needs   []benefit.Fact
	holds   func(s *spec, f *benefit.Facts, day model.Date) bool
}

func templates() []specCond {
	return []specCond{
		{"adult", "adult", []benefit.Fact{benefit.FactAdult}, func(_ *spec, f *benefit.Facts, _ model.Date) bool { return *f.Adult }},
		{"listed", "!serious_listed", []benefit.Fact{benefit.FactSeriousListed}, func(_ *spec, f *benefit.Facts, _ model.Date) bool { return !*f.SeriousListed }},
		{"level", "level in param.levels", []benefit.Fact{benefit.FactLevel}, func(s *spec, f *benefit.Facts, day model.Date) bool {
			if day >= s.newSince {
				return slices.Contains(s.newLevels, *f.Level)
			}
			return *f.Level == model.LevelExcellent
		}},
		{"grade", `grade <= "B"`, []benefit.Fact{benefit.FactGrade}, func(_ *spec, f *benefit.Facts, _ model.Date) bool { return *f.Grade <= "B" }},
		{"honoured_or_excellent", `"甲" in honor_lists || level == "excellent"`, []benefit.Fact{benefit.FactHonorLists, benefit.FactLevel},
			func(_ *spec, f *benefit.Facts, _ model.Date) bool {
				return slices.Contains(f.HonorLists, "甲") || *f.Level == model.LevelExcellent
			}},
		{"clean", "!(barred && serious_listed)", []benefit.Fact{benefit.FactBarred, benefit.FactSeriousListed},
			func(_ *spec, f *benefit.Facts, _ model.Date) bool { return !(*f.Barred && *f.SeriousListed) }},
		{"consent", `"benefit_check" in consents`, []benefit.Fact{benefit.FactConsents},
			func(_ *spec, f *benefit.Facts, _ model.Date) bool {
				return slices.Contains(f.ConsentPurposes, model.PurposeBenefitCheck)
			}},
		{"person", `kind == "natural_person" ? adult : true`, []benefit.Fact{benefit.FactKind, benefit.FactAdult},
			func(_ *spec, f *benefit.Facts, _ model.Date) bool {
				return f.Kind != model.KindNaturalPerson || *f.Adult
			}},
	}
}

const aDay model.Date = "2026-06-15"

func randomSpec(r *rand.Rand) *spec {
	s := &spec{from: aDay.AddDays(r.IntN(12) - 10), org: r.IntN(4) == 0, percent: r.IntN(100), newSince: aDay.AddDays(r.IntN(8) - 4), fromHour: -1}
	if r.IntN(3) == 0 {
		s.to = s.from.AddDays(r.IntN(20))
	}
	s.newLevels = [][]string{{"excellent", "good"}, {"excellent"}, {"excellent", "good", "basic"}}[r.IntN(3)]
	if r.IntN(2) == 0 {
		s.day, s.month, s.year, s.total = r.IntN(3), r.IntN(4), r.IntN(5), r.IntN(6)
	}
	if r.IntN(4) == 0 {
		s.budget = benefit.Budget{Day: r.IntN(4), Month: r.IntN(6), Year: r.IntN(9), Total: 1 + r.IntN(12)}
	}
	if r.IntN(4) == 0 {
		s.weekdays = [][]int{{1, 2, 3, 4, 5}, {6, 7}, {1}}[r.IntN(3)]
	}
	if r.IntN(4) == 0 {
		s.blackout = aDay.AddDays(r.IntN(3))
	}
	if r.IntN(4) == 0 {
		s.cooldown = 1 + r.IntN(300)
	}
	if r.IntN(4) == 0 {
		s.fromHour = r.IntN(20)
	}
	all := templates()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	s.conds = all[:1+r.IntN(4)]
	return s
}

func (s *spec) yaml() string {
	var b strings.Builder
	subject := map[bool]string{true: "org", false: "person"}[s.org]
	fmt.Fprintf(&b, "code: R\nstatus: published\nvalidFrom: %s\n", s.from)
	if s.to != "" {
		fmt.Fprintf(&b, "validTo: %s\n", s.to)
	}
	fmt.Fprintf(&b, "demo: true\ndemoNote: d\nscene: tour\ntitle: t\nsummary: s\npartner: {name: p}\nsiteId: s\nsiteName: s\nsubjectType: %s\n", subject)
	fmt.Fprintf(&b, "value: {type: percent, value: %d}\nlegalBasis: b\nper: {day: %d, month: %d, year: %d, total: %d}\ncooldownMinutes: %d\n",
		s.percent, s.day, s.month, s.year, s.total, s.cooldown)
	if s.budget != (benefit.Budget{}) {
		fmt.Fprintf(&b, "budget: {day: %d, month: %d, year: %d, total: %d}\n", s.budget.Day, s.budget.Month, s.budget.Year, s.budget.Total)
	}
	if s.fromHour >= 0 || s.weekdays != nil || s.blackout != "" {
		b.WriteString("timeWindow:\n")
		if s.fromHour >= 0 {
			fmt.Fprintf(&b, "  hours: ['%02d:00-20:00']\n", s.fromHour)
		}
		fmt.Fprintf(&b, "  weekdays: [%s]\n", strings.Trim(strings.ReplaceAll(fmt.Sprint(s.weekdays), " ", ", "), "[]"))
		if s.blackout != "" {
			fmt.Fprintf(&b, "  blackoutDates: [%s]\n", s.blackout)
		}
	}
	fmt.Fprintf(&b, "parameters:\n  levels:\n    - {since: 2020-01-01, value: [excellent], basis: b}\n    - {since: %s, value: [%s], basis: b}\nconditions:\n",
		s.newSince, strings.Join(s.newLevels, ", "))
	for _, c := range s.conds {
		var needs []string
		for _, f := range c.needs {
			needs = append(needs, f.String())
		}
		fmt.Fprintf(&b, "  - {id: %s, cel: '%s', needs: [%s], eligible: x, notEligible: y, undetermined: z}\n", c.id, c.cel, strings.Join(needs, ", "))
	}
	return b.String()
}

func randomFacts(r *rand.Rand) benefit.Facts {
	f := benefit.Facts{Disputed: benefit.FactSet(r.Uint32()) & benefit.FactSet(r.Uint32()) & benefit.FactSet(r.Uint32())}
	maybe := func() bool { return r.IntN(6) > 0 }
	if maybe() {
		f.Kind = []model.SubjectKind{model.KindNaturalPerson, model.KindNaturalPerson, model.KindLegalPerson, model.KindSelfEmployed}[r.IntN(4)]
	}
	flag := func() *bool {
		if !maybe() {
			return nil
		}
		v := r.IntN(2) == 0
		return &v
	}
	f.Adult, f.SeriousListed, f.Barred = flag(), flag(), flag()
	if maybe() {
		v := []string{"excellent", "good", "basic"}[r.IntN(3)]
		f.Level = &v
	}
	if maybe() {
		v := []string{"A", "B", "C", "D", "E"}[r.IntN(5)]
		f.Grade = &v
	}
	if maybe() {
		f.HonorLists = [][]string{{}, {"甲"}, {"乙", "甲"}}[r.IntN(3)]
	}
	if maybe() {
		f.ConsentPurposes = [][]model.Purpose{{}, {model.PurposeBenefitCheck}}[r.IntN(2)]
	}
	return f
}

func randomUsage(r *rand.Rand, at time.Time) model.Usage {
	var u model.Usage
	for range r.IntN(4) {
		u = u.Add(at.Add(-time.Duration(r.IntN(60*24*40)) * time.Minute))
	}
	return u
}

func has(f *benefit.Facts, fact benefit.Fact) bool {
	switch {
	case f.Disputed.Has(fact):
		return false
	case fact == benefit.FactKind:
		return f.Kind != ""
	case fact == benefit.FactAdult:
		return f.Adult != nil
	case fact == benefit.FactLevel:
		return f.Level != nil
	case fact == benefit.FactGrade:
		return f.Grade != nil
	case fact == benefit.FactSeriousListed:
		return f.SeriousListed != nil
	case fact == benefit.FactBarred:
		return f.Barred != nil
	case fact == benefit.FactHonorLists:
		return f.HonorLists != nil
	}
	return f.ConsentPurposes != nil
}

// naive decides from the spec alone, slowly and plainly.
func (s *spec) naive(f benefit.Facts, u model.Usage, at time.Time) model.Outcome {
	local := at.In(model.Shanghai)
	day := model.Date(local.Format(time.DateOnly))
	no, unknown := false, false
	no = no || day < s.from || (s.to != "" && day > s.to)
	if !has(&f, benefit.FactKind) {
		unknown = true
	} else if (f.Kind == model.KindNaturalPerson) == s.org {
		no = true
	}
	no = no || s.closed(u, at)
	for _, c := range s.conds {
		known := true
		for _, fact := range c.needs {
			known = known && has(&f, fact)
		}
		switch {
		case !known:
			unknown = true
		case !c.holds(s, &f, day):
			no = true
		}
	}
	switch {
	case no:
		return model.NotEligible
	case unknown:
		return model.Undetermined
	}
	return model.Eligible
}

// closed reports whether hours, days, caps or cool-down stand against a use.
func (s *spec) closed(u model.Usage, at time.Time) bool {
	local := at.In(model.Shanghai)
	day := local.Format(time.DateOnly)
	weekday := int(local.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	return s.fromHour >= 0 && (local.Hour() < s.fromHour || local.Hour() >= 20) || s.weekdays != nil && !slices.Contains(s.weekdays, weekday) ||
		string(s.blackout) == day || string(u.Day) == day && s.day > 0 && u.DayCount >= s.day ||
		u.Month == day[:7] && s.month > 0 && u.MonthCount >= s.month || u.Year == day[:4] && s.year > 0 && u.YearCount >= s.year ||
		s.total > 0 && u.Total >= s.total || !u.LastAt.IsZero() && at.Sub(u.LastAt) < time.Duration(s.cooldown)*time.Minute
}

// spent reports whether the budget has nothing left.
func (s *spec) spent(given model.Usage, at time.Time) bool {
	day, b := at.In(model.Shanghai).Format(time.DateOnly), s.budget
	return b.Day > 0 && string(given.Day) == day && given.DayCount >= b.Day || b.Month > 0 && given.Month == day[:7] && given.MonthCount >= b.Month ||
		b.Year > 0 && given.Year == day[:4] && given.YearCount >= b.Year || b.Total > 0 && given.Total >= b.Total
}

// pairs runs fn over 20,000 random rule × holder pairs.
func pairs(t *testing.T, fn func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time)) {
	manyPairs(t, 200, fn)
}

// manyPairs runs fn over a hundred holders for each of many random rules.
func manyPairs(t *testing.T, rules int, fn func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time)) {
	rnd := rand.New(rand.NewPCG(20261122, 9))
	for range rules {
		s := randomSpec(rnd)
		r, err := benefit.Parse([]byte(s.yaml()))
		if err != nil {
			t.Fatalf("%v\n%s", err, s.yaml())
		}
		for range 100 {
			at := aDay.Start().Add(time.Duration(rnd.IntN(60*24*3)) * time.Minute)
			fn(s, r, randomFacts(rnd), randomUsage(rnd, at), at)
		}
	}
}

// A hundred thousand random pairs of rule and holder, with the budget spent as it may be.
func TestNaiveEvaluatorAgrees(t *testing.T) {
	seen, spent := map[model.Outcome]int{}, 0
	rnd := rand.New(rand.NewPCG(3, 14))
	manyPairs(t, 1000, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		got, want := r.Decide(f, u, at), s.naive(f, u, at)
		seen[want]++
		if got.Outcome != want {
			t.Fatalf("%s, naive says %s\n%s\n%+v\n%+v\n%v\n%+v", got.Outcome, want, s.yaml(), f, u, at, got)
		}
		if (got.Outcome == model.Eligible) != (got.PayPercent == s.percent) && s.percent != 100 {
			t.Fatalf("%s pays %d %%", got.Outcome, got.PayPercent)
		}
		if r.Budget == nil {
			return
		}
		given := randomUsage(rnd, at).Count(aDay, rnd.IntN(12))
		left, full := r.Budget.Left(given, model.DateOf(at))
		if (full != "") != s.spent(given, at) || (left == 0) != (full != "") {
			t.Fatalf("%d left, %q is full\n%s\n%+v", left, full, s.yaml(), given)
		}
		if s.spent(given, at) {
			want, spent = model.NotEligible, spent+1
		}
		if with := r.Budgeted(got, full); with.Outcome != want || (want == model.Eligible) != (with.PayPercent == s.percent) {
			t.Fatalf("%s at %d %%, naive says %s\n%s\n%+v", with.Outcome, with.PayPercent, want, s.yaml(), given)
		}
	})
	for _, o := range []model.Outcome{model.Eligible, model.NotEligible, model.Undetermined} {
		if seen[o] < 1000 {
			t.Errorf("only %d pairs are %s", seen[o], o)
		}
	}
	if spent < 1000 {
		t.Errorf("only %d budgets are spent", spent)
	}
}
