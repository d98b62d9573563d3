package benefit_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// Entitles is what Decide says but for dates, hours and uses.
func TestEntitlesAgreesWithDecide(t *testing.T) {
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		want := model.Eligible
		for _, c := range r.Decide(f, u, at).Conditions {
			if c.ID != benefit.ConditionSubject && !slices.ContainsFunc(r.Conditions, func(d benefit.Condition) bool { return d.ID == c.ID }) {
				continue
			}
			if c.Outcome == model.NotEligible || c.Outcome == model.Undetermined && want == model.Eligible {
				want = c.Outcome
			}
		}
		if got := r.Entitles(&f, model.DateOf(at)); got != want {
			t.Fatalf("%s, want %s\n%s\n%+v", got, want, s.yaml(), f)
		}
	})
}

// What Write writes is read as the same definition, for every rule that comes along.
func TestWriteIsRead(t *testing.T) {
	b := book(t)
	for _, code := range b.Codes() {
		for _, r := range b.Versions(code) {
			raw, again, err := benefit.Write(r.Definition)
			require.NoError(t, err)
			twice, same, err := benefit.Write(again.Definition)
			require.NoError(t, err)
			require.Equal(t, raw, twice)
			require.Equal(t, again.Version, same.Version)
		}
	}
	_, _, err := benefit.Write(benefit.Definition{Code: "X"})
	require.True(t, model.Is(err, model.CodeInvalidRequest))
}

func TestChecks(t *testing.T) {
	b := book(t)
	def := b.Versions("TT-PARK-80")[0].Definition
	def.ValidFrom, def.Basis = "2026-12-01", "HN"
	good := benefit.Around{Today: "2026-11-22", Last: "2026-04-01"}
	for _, tc := range []struct {
		name   string
		change func(*benefit.Definition, *benefit.Around)
		refuse string
	}{
		{"all holds", func(*benefit.Definition, *benefit.Around) {}, ""},
		{"no basis", func(d *benefit.Definition, _ *benefit.Around) { d.Basis = "" }, benefit.CheckBasis},
		{"basis has ended", func(_ *benefit.Definition, a *benefit.Around) { a.Basis = errors.New("ended") }, benefit.CheckBasis},
		{"first day is over", func(_ *benefit.Definition, a *benefit.Around) { a.Today = "2026-12-02" }, benefit.CheckDates},
		{"a version of that day", func(_ *benefit.Definition, a *benefit.Around) { a.Last = "2026-12-01" }, benefit.CheckDates},
		{"today", func(_ *benefit.Definition, a *benefit.Around) { a.Today = "2026-12-01" }, ""},
		{"book would not load", func(_ *benefit.Definition, a *benefit.Around) { a.Whole = errors.New("budget") }, benefit.CheckWhole},
		{"no remedy", func(d *benefit.Definition, _ *benefit.Around) {
			d.Conditions = slices.Clone(d.Conditions)
			for i := range d.Conditions {
				d.Conditions[i].NotEligible = "本次按标准票价，欢迎入园。"
			}
		}, benefit.CheckRemedy},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, a := def, good
			tc.change(&d, &a)
			_, r, err := benefit.Write(d)
			require.NoError(t, err)
			refused := ""
			for _, c := range r.Checks(a) {
				require.NotEmpty(t, c.Text)
				if !c.OK {
					refused += c.ID
				}
			}
			require.Equal(t, tc.refuse, refused)
		})
	}
}

func TestState(t *testing.T) {
	r := &benefit.Rule{Definition: benefit.Definition{Status: benefit.StatusPublished, ValidFrom: "2026-04-01", ValidTo: "2026-06-30"}}
	for _, tc := range []struct{ today, next, want string }{
		{"2026-03-31", "", "coming"}, {"2026-04-01", "", "in_force"}, {"2026-06-30", "", "in_force"}, {"2026-07-01", "", "ended"},
		{"2026-05-31", "2026-06-01", "in_force"}, {"2026-06-01", "2026-06-01", "superseded"},
	} {
		require.Equal(t, tc.want, r.State(model.Date(tc.today), model.Date(tc.next)), tc)
	}
	r.Status = benefit.StatusPaused
	require.Equal(t, "paused", r.State("2026-05-01", ""))
}
