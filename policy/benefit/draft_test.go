package benefit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	good := benefit.Around{Today: "2026-11-22", Starts: []model.Date{"2026-04-01"}}
	for _, tc := range []struct {
		name   string
		change func(*benefit.Definition, *benefit.Around)
		refuse string
	}{
		{"all holds", func(*benefit.Definition, *benefit.Around) {}, ""},
		{"no basis", func(d *benefit.Definition, _ *benefit.Around) { d.Basis = "" }, benefit.CheckBasis},
		{"basis has ended", func(_ *benefit.Definition, a *benefit.Around) { a.Basis = errors.New("ended") }, benefit.CheckBasis},
		{"first day is over", func(_ *benefit.Definition, a *benefit.Around) { a.Today = "2026-12-02" }, benefit.CheckDates},
		{"a version of that day", func(_ *benefit.Definition, a *benefit.Around) { a.Starts = append(a.Starts, "2026-12-01") }, benefit.CheckDates},
		{"before one that is to come", func(_ *benefit.Definition, a *benefit.Around) { a.Starts = append(a.Starts, "2027-01-01") }, ""},
		{"today", func(_ *benefit.Definition, a *benefit.Around) { a.Today = "2026-12-01" }, benefit.CheckDates},
		{"today, the first one", func(_ *benefit.Definition, a *benefit.Around) { a.Today, a.Starts = "2026-12-01", nil }, ""},
		{"tomorrow", func(_ *benefit.Definition, a *benefit.Around) { a.Today = "2026-11-30" }, ""},
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

// A rule whose passes nobody could make is refused while it is written.
func TestWrite_roomInThePass(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		code, site string
		ok         bool
	}{
		{"TT-PARK-60", "tieta-park", true},
		{strings.Repeat("A", 17), strings.Repeat("b", 10), true},
		{strings.Repeat("A", 18), strings.Repeat("b", 10), false},
		{strings.Repeat("A", 24), "b", false},
		{"TT-PARK-60", "铁塔公园东门", false},
		{"TT-PARK-60", "tieta/east", false},
	} {
		def := b.Versions("TT-PARK-80")[0].Definition
		def.Code, def.SiteID = tc.code, tc.site
		if _, _, err := benefit.Write(def); (err == nil) != tc.ok {
			t.Errorf("%s at %s: %v", tc.code, tc.site, err)
		}
	}
	org := b.Versions("LOAN-PRIO")[0].Definition
	org.SiteID = strings.Repeat("b", 40) // no pass is made for it
	_, _, err := benefit.Write(org)
	require.NoError(t, err)
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

// What differs is told by place and name; the order of conditions and what is left out are no
// differences; applied to the old version's leaves, the differences give the new one.
func TestDiff(t *testing.T) {
	before, err := book(t).Rule("TT-PARK-60", model.Date("2026-11-22").Start())
	require.NoError(t, err)
	same, err := benefit.Diff(&before.Definition, &before.Definition)
	require.NoError(t, err)
	require.Empty(t, same)

	after := before.Definition
	after.Value.Value, after.Per.Day, after.Budget = 0, 0, &benefit.Budget{Total: 50}
	after.Conditions = slices.Clone(after.Conditions)
	slices.Reverse(after.Conditions)
	after.Conditions[0].CEL = "true || adult"
	after.Conditions = append(after.Conditions, benefit.Condition{ID: "added", CEL: "adult"})
	after.TimeWindow = &benefit.Window{Weekdays: []int{1, 2}}
	after.Parameters = map[string][]benefit.Parameter{"levels": append(slices.Clone(before.Parameters["levels"]), benefit.Parameter{Since: "2027-01-01", Value: []string{"good", "basic"}})}
	all, err := benefit.Diff(&before.Definition, &after)
	require.NoError(t, err)
	text := func(p *string) string {
		if p == nil {
			return "–"
		}
		return *p
	}
	var got []string
	for _, d := range all {
		got = append(got, d.Path+" "+d.Label+": "+text(d.Before)+" → "+text(d.After))
	}
	require.Equal(t, []string{
		"value.value 优惠数值: 60 → 0",
		"per.day 每人每天次数: 1 → –",
		"timeWindow.weekdays 可用星期: – → 1、2",
		"budget.total 总名额: – → 50",
		"parameters.levels.2027-01-01.since 参数 levels 2027-01-01 的起始日: – → 2027-01-01",
		"parameters.levels.2027-01-01.value 参数 levels 2027-01-01 的值: – → good、basic",
		"conditions.no_open_listing.cel 条件 no_open_listing 的表达式: !serious_listed → true || adult",
		"conditions.added.id 条件 added 的编号: – → added",
		"conditions.added.cel 条件 added 的表达式: – → adult",
	}, got)

	// A parameter of 0 or false is one.
	now := func(v any) *benefit.Definition {
		d := before.Definition
		d.Parameters = map[string][]benefit.Parameter{"least": {{Since: "2026-04-01", Value: v}}}
		return &d
	}
	for _, tc := range [][2]any{{5, 0}, {true, false}} {
		all, err := benefit.Diff(now(tc[0]), now(tc[1]))
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, []string{fmt.Sprint(tc[0]), fmt.Sprint(tc[1])}, []string{text(all[0].Before), text(all[0].After)})
	}

	all, err = benefit.Diff(nil, &before.Definition)
	require.NoError(t, err)
	for _, d := range all {
		require.Nil(t, d.Before, d.Path)
		require.NotNil(t, d.After, d.Path)
		require.NotEqual(t, d.Path, d.Label, "a name for %s", d.Path)
	}
}
