package benefit_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/measures"
	"xinyi/service/benefit"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/service/servicetest"
	"xinyi/store"
)

var (
	author   = model.Principal{ID: "staff-1", Role: model.RoleOffice, RequestID: "req"}
	reviewer = model.Principal{ID: "staff-2", Role: model.RoleReviewer, RequestID: "req"}
)

// slow moves the clock on with every page, so that each call gets as far as its slice allows.
type slow struct {
	*store.BenefitRules
	clock *servicetest.Clock
	each  time.Duration
}

func (s slow) Page(ctx context.Context, after string, limit int, want func(model.FileHead) bool) (model.JudgingPage, error) {
	s.clock.Pass(s.each)
	return s.BenefitRules.Page(ctx, after, min(limit, 10), want)
}

func ruleDesk(t testing.TB, h *servicetest.House) (*benefit.RuleDesk, *rules.Book) {
	t.Helper()
	control, err := store.OpenControl(t.Context(), h.Driver, store.ControlOptions{Clock: h.Clock})
	require.NoError(t, err)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	bases, err := measures.Load(measures.Seed())
	require.NoError(t, err)
	kept := store.NewBenefitRules(h.Subjects, control)
	return &benefit.RuleDesk{Drafts: kept, Rules: inForce{book}, Whole: func(string, model.Date, []byte) error { return nil }, Bases: bases, Runs: kept,
		Budgets: store.NewBudgets(h.Driver), Files: h.Credit,
		Auditor: h.Log, Clock: h.Clock}, book
}

// wider is the newest version of a rule, for more levels, from tomorrow.
func wider(t testing.TB, book *rules.Book, levels ...any) rules.Definition {
	t.Helper()
	all := book.Versions("TT-PARK-80")
	def := all[len(all)-1].Definition
	def.ValidFrom, def.Basis = model.DateOf(servicetest.Start).AddDays(1), "HN"
	p := def.Parameters["levels"][0]
	p.Value = levels
	def.Parameters = map[string][]rules.Parameter{"levels": {p}}
	return def
}

// Who wrote any part of a draft does not publish it, whatever their role.
func TestRuleDesk_secondPerson(t *testing.T) {
	h := servicetest.Open(t)
	d, book := ruleDesk(t, h)
	always := func(*benefit.History) error { return nil }
	def := wider(t, book, "good")
	_, err := d.Propose(t.Context(), author, def, nil)
	require.NoError(t, err)
	_, err = d.Revise(t.Context(), reviewer, def, always)
	require.NoError(t, err)
	for _, p := range []model.Principal{author, reviewer} {
		_, err = d.Publish(t.Context(), p, def.Code, always, nil)
		require.True(t, model.Is(err, model.CodeSecondPerson), err)
		items, err := d.Waiting(t.Context(), p, "", 10)
		require.NoError(t, err)
		require.Empty(t, items, "it does not wait for its authors")
	}
	third := model.Principal{ID: "staff-3", Role: model.RoleReviewer}
	items, err := d.Waiting(t.Context(), third, "", 10)
	require.NoError(t, err)
	require.Len(t, items, 1)
	items, err = d.Waiting(t.Context(), third, items[0].Key(), 10)
	require.NoError(t, err)
	require.Empty(t, items)
	h.Log.Broken.Store(true)
	_, err = d.Publish(t.Context(), third, def.Code, always, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	h.Log.Broken.Store(false)
	done, err := d.Publish(t.Context(), third, def.Code, always, nil)
	require.NoError(t, err)
	require.Len(t, done.Versions, 2)
	published := h.Log.Seen("benefit_rule.publish")
	require.Len(t, published, 1)
	require.Equal(t, done.Versions[len(done.Versions)-1].Version, published[0].RuleVersion)
	_, err = d.Publish(t.Context(), third, def.Code, always, nil)
	require.True(t, model.Is(err, model.CodeNotFound), err)
	_, err = d.Propose(t.Context(), author, def, nil) // the next one may be drafted
	require.NoError(t, err)
}

// The counts are those of asking everybody, in one call or in many, and writes nothing but
// its own progress.
func TestRuleDesk_simulate(t *testing.T) {
	h := servicetest.Open(t)
	h.Import(people(t, 300)...)
	d, book := ruleDesk(t, h)
	d.Runs = slow{d.Runs.(*store.BenefitRules), h.Clock, time.Second} //nolint:forcetypeassert // made above
	def := wider(t, book, "basic", "excellent")
	draft, err := d.Propose(t.Context(), author, def, nil)
	require.NoError(t, err)

	var run model.Simulation
	calls, seen := 0, -1
	for ; !run.Finished; calls++ {
		require.Greater(t, run.Seen, seen, "every call gets on")
		seen = run.Seen
		run, err = d.Simulate(t.Context(), author, def.Code)
		require.NoError(t, err)
	}
	require.Greater(t, calls, 3)
	require.Len(t, h.Log.Seen("benefit_rule.simulate"), calls)

	var want, got model.SimulationCell
	kept := store.NewJudging(h.Subjects)
	page, err := kept.Page(t.Context(), "", 10_000, func(model.FileHead) bool { return true })
	require.NoError(t, err)
	require.Equal(t, page.Seen, run.Seen)
	old := book.Versions(def.Code)[0]
	at := def.ValidFrom.Start().Add(12 * time.Hour)
	for _, f := range page.Files {
		if f.Kind != model.KindNaturalPerson {
			continue
		}
		facts := rules.FactsOf(f, h.Clock.Now())
		barred := false
		facts.Barred = &barred
		had, next := old.Decide(facts, model.Usage{}, at).Outcome, draft.Rule.Decide(facts, model.Usage{}, at).Outcome
		tally(&want, had == model.Eligible, next)
	}
	for _, c := range run.Cells {
		got.Gains, got.Loses, got.Keeps, got.Without, got.Undetermined = got.Gains+c.Gains, got.Loses+c.Loses, got.Keeps+c.Keeps, got.Without+c.Without, got.Undetermined+c.Undetermined
	}
	require.Equal(t, want, got)
	require.Positive(t, got.Gains)
	require.Positive(t, got.Loses)

	h.Clock.Pass(11 * time.Minute)
	again, err := d.Simulate(t.Context(), author, def.Code)
	require.NoError(t, err)
	require.Less(t, again.Seen, run.Seen, "an old result is counted anew")
}

// A trial counts people by the model in force, whatever stands in their files, and on one day.
func TestRuleDesk_simulateByTheModelInForce(t *testing.T) {
	h := servicetest.Open(t)
	h.Import(people(t, 60)...)
	d, book := ruleDesk(t, h)
	kept := d.Runs.(*store.BenefitRules) //nolint:forcetypeassert // made above
	def := wider(t, book, "basic", "excellent")
	_, err := d.Propose(t.Context(), author, def, nil)
	require.NoError(t, err)
	want, err := d.Simulate(t.Context(), author, def.Code)
	require.NoError(t, err)
	require.True(t, want.Finished)
	page, err := store.NewJudging(h.Subjects).Page(t.Context(), "", 10_000, func(model.FileHead) bool { return true })
	require.NoError(t, err)
	judged := 0
	for _, f := range page.Files {
		if f.Judgement != nil {
			judged++
			h.Change(f.ID, func(f *model.SubjectFile) {
				f.Judgement.RuleVersion, f.Judgement.Grade = "personal@2020-01-01#1", "excellent"
			})
		}
	}
	require.Positive(t, judged)
	h.Clock.Pass(11 * time.Minute)
	got, err := d.Simulate(t.Context(), author, def.Code)
	require.NoError(t, err)
	require.True(t, got.Finished)
	require.Equal(t, want.Cells, got.Cells)

	h.Clock.Pass(11 * time.Minute)
	d.Runs = slow{kept, h.Clock, 3 * time.Second}
	first, err := d.Simulate(t.Context(), author, def.Code)
	require.NoError(t, err)
	require.False(t, first.Finished)
	h.Clock.Set(def.ValidFrom.Start().Add(time.Hour))
	next, err := d.Simulate(t.Context(), author, def.Code)
	require.NoError(t, err)
	require.Equal(t, first.Seen, next.Seen, "counted anew on another day")
}

func tally(c *model.SimulationCell, had bool, next model.Outcome) {
	switch gets := next == model.Eligible; {
	case gets && had:
		c.Keeps++
	case gets:
		c.Gains++
	case had:
		c.Loses++
	default:
		c.Without++
	}
	if next == model.Undetermined {
		c.Undetermined++
	}
}

func people(t testing.TB, n int) (rows []*ingest.Row) {
	t.Helper()
	d, err := synth.New(synth.Config{People: n, Orgs: max(n/10, 10), PerPerson: 3, Seed: 7, AsOf: "2026-11-01"})
	require.NoError(t, err)
	require.NoError(t, d.Each(func(row *ingest.Row) error {
		own := *row
		rows = append(rows, &own)
		return nil
	}))
	return rows
}

func BenchmarkSimulate(b *testing.B) {
	h := servicetest.Open(b)
	h.Import(people(b, 5000)...)
	d, book := ruleDesk(b, h)
	def := wider(b, book, "basic", "excellent")
	_, err := d.Propose(b.Context(), author, def, nil)
	require.NoError(b, err)
	b.ReportAllocs()
	seen := 0
	for b.Loop() {
		h.Clock.Pass(11 * time.Minute)
		run, err := d.Simulate(b.Context(), author, def.Code)
		require.NoError(b, err)
		require.True(b, run.Finished, fmt.Sprint(run.Seen))
		seen += run.Seen
	}
	b.ReportMetric(float64(seen)/b.Elapsed().Seconds(), "subjects/s")
}

// A version may come before one that is to come: it stands before it, and what differs is told
// from the one that it follows.
func TestRuleDesk_versionBetween(t *testing.T) {
	h := servicetest.Open(t)
	d, book := ruleDesk(t, h)
	always := func(*benefit.History) error { return nil }
	later := wider(t, book, "good")
	later.ValidFrom = model.DateOf(servicetest.Start).AddDays(30)
	raw, _, err := rules.Write(later)
	require.NoError(t, err)
	files := seedFiles(t)
	files["later.yaml"] = &fstest.MapFile{Data: raw}
	both, err := rules.Load(files)
	require.NoError(t, err)
	d.Rules = inForce{both}
	pause := book.Versions(later.Code)[0].Definition
	pause.ValidFrom, pause.Basis, pause.Status = model.DateOf(servicetest.Start).AddDays(1), "HN", rules.StatusPaused
	_, err = d.Propose(t.Context(), author, pause, nil)
	require.NoError(t, err)
	done, err := d.Publish(t.Context(), reviewer, later.Code, always, nil)
	require.NoError(t, err)
	var starts []model.Date
	for _, v := range done.Versions {
		starts = append(starts, v.ValidFrom)
	}
	require.Equal(t, []model.Date{"2026-04-01", pause.ValidFrom, later.ValidFrom}, starts)
	require.Empty(t, done.Changes[0])
	paths := func(changes []benefit.Difference) (out []string) {
		for _, c := range changes {
			out = append(out, c.Path)
		}
		return out
	}
	require.Contains(t, paths(done.Changes[1]), "status")
	require.NotContains(t, paths(done.Changes[1]), "parameters.levels.2026-04-01.value")
	require.Contains(t, paths(done.Changes[2]), "status")
}
