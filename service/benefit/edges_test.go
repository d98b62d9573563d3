package benefit_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

// mint signs a pass for holder that says what claims say.
func (d *desk) mint(t *testing.T, holder model.SubjectID, claims pass.Claims) string {
	t.Helper()
	claims.ID, claims.IssuedAt = pass.NewID(), d.house.Clock.Now().Truncate(time.Second)
	claims.ExpiresAt = claims.IssuedAt.Add(time.Minute)
	text, err := d.Passes.Mint(t.Context(), holder, claims)
	require.NoError(t, err)
	return text
}

// Another process's clock may be ahead of ours at midnight: the counts of the day that has
// begun there stay, and the one use of a day is given once.
func TestRedeem_clockBehindTheLastUse(t *testing.T) {
	d := open(t)
	midnight := model.Date("2026-11-23").Start()
	d.house.Clock.Set(midnight.Add(-2 * time.Second))
	texts := []string{d.issueAnew(t), d.issueAnew(t), d.issueAnew(t)}
	redeem := func(at time.Time, text string) model.Redemption {
		d.house.Clock.Set(at)
		r, err := d.Redeem(t.Context(), gate, text, nil)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, "pass", redeem(midnight.Add(-time.Second), texts[0]).Result)
	require.Equal(t, "pass", redeem(midnight.Add(time.Second), texts[1]).Result)
	late := redeem(midnight.Add(-time.Millisecond), texts[2])
	require.Equal(t, "standard", late.Result, "both days are used up")
	require.Equal(t, model.Date("2026-11-23"), model.DateOf(late.At))
	u := d.usage(t)
	require.Equal(t, model.Date("2026-11-23"), u.Day)
	require.Equal(t, []int{1, 2, 2}, []int{u.DayCount, u.MonthCount, u.Total})
}

// A gate checks before it redeems: what was decided for the day that is over here does not
// count for the day of the last use.
func TestRedeem_checkedByAClockBehind(t *testing.T) {
	d := open(t)
	midnight := model.Date("2026-11-23").Start()
	d.house.Clock.Set(midnight.Add(-2 * time.Second))
	first, second := d.issueAnew(t), d.issueAnew(t)
	d.house.Clock.Set(midnight.Add(time.Second))
	r, err := d.Redeem(t.Context(), gate, first, nil)
	require.NoError(t, err)
	require.Equal(t, "pass", r.Result)
	d.house.Clock.Set(midnight.Add(-time.Second))
	c, err := d.Check(t.Context(), gate, second)
	require.NoError(t, err)
	require.Equal(t, "pass", c.Result, "nothing was used on the day before")
	r, err = d.Redeem(t.Context(), gate, second, nil)
	require.NoError(t, err)
	require.Equal(t, "standard", r.Result, "one use a day")
	require.Equal(t, 1, d.usage(t).Total)
}

// A pass without a site is for the sites of the benefit's partner: no other partner's gate
// learns or uses anything by it.
func TestGate_passWithoutSite(t *testing.T) {
	d := open(t)
	text := d.mint(t, d.holder.Subject, pass.Claims{Benefit: ticket, PayPercent: 60, HolderMasked: "王*"})
	for name, sites := range map[string][]string{"another partner": {"bank-branch"}, "no site": nil, "a site of the benefit, partner unknown": {site}} {
		p := gate
		p.Sites, p.Unit = sites, "91410203MA0BANKXXX"
		c, err := d.Check(t.Context(), p, text)
		require.NoError(t, err, name)
		require.Equal(t, "standard", c.Result, name)
		_, err = d.Redeem(t.Context(), p, text, nil)
		require.True(t, model.Is(err, model.CodePassWrongSite), "%s: %v", name, err)
	}
	d.Rules = inForce{book(t, "partner: {name: 铁塔公园}", "partner: {name: 铁塔公园, uscc: 91410203MA0PARKXXX}")}
	p := gate
	p.Unit = "91410203MA0PARKXXX"
	c, err := d.Check(t.Context(), p, text)
	require.NoError(t, err)
	require.Equal(t, "pass", c.Result)
	r, err := d.Redeem(t.Context(), p, text, nil)
	require.NoError(t, err)
	require.Equal(t, site, r.SiteID)
}

// book is the seed with text replaced in the ticket's rule.
func book(t *testing.T, oldnew ...string) *rules.Book {
	t.Helper()
	return bookOf(t, map[string][]string{"tt-park-60.yaml": oldnew})
}

// bookOf is the seed with text replaced in some of its files.
func bookOf(t *testing.T, changes map[string][]string) *rules.Book {
	t.Helper()
	files := seedFiles(t)
	for name, f := range files {
		for i := 0; i < len(changes[name]); i += 2 {
			require.Contains(t, string(f.Data), changes[name][i])
		}
		f.Data = []byte(strings.NewReplacer(changes[name]...).Replace(string(f.Data)))
	}
	b, err := rules.Load(files)
	require.NoError(t, err)
	return b
}

// seedFiles are the rule files of the seed.
func seedFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(rules.Seed(), "*.yaml")
	require.NoError(t, err)
	for _, name := range names {
		raw, err := fs.ReadFile(rules.Seed(), name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: raw}
	}
	return files
}

// nextVersion is the seed with one more version of a file's rule, from a day on.
func nextVersion(t *testing.T, name string, from model.Date, oldnew ...string) *rules.Book {
	t.Helper()
	files := seedFiles(t)
	require.Contains(t, string(files[name].Data), "validFrom: 2026-04-01")
	next := strings.NewReplacer(append([]string{"validFrom: 2026-04-01", "validFrom: " + string(from)}, oldnew...)...).Replace(string(files[name].Data))
	files["next-"+name] = &fstest.MapFile{Data: []byte(next)}
	b, err := rules.Load(files)
	require.NoError(t, err)
	return b
}

// The rule is read anew with every try.
func TestRedeem_ruleChangesWhileTrying(t *testing.T) {
	d := open(t)
	text := d.issue(t)
	paused := inForce{book(t, "status: published", "status: paused")}
	d.Store = &changing{d.benefits, func() { d.Rules = paused }}
	r, err := d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err)
	require.Equal(t, "standard", r.Result)
	require.Zero(t, d.usage(t).Total)
}

// changing loses the first race, and meanwhile something changes.
type changing struct {
	benefit.Store
	change func()
}

func (c *changing) Redeem(ctx context.Context, w model.RedemptionWrite) error {
	if c.change != nil {
		c.change()
		c.change = nil
		return model.Errorf(model.CodeConflict, "moved")
	}
	return c.Store.Redeem(ctx, w)
}

// Every refused pass leaves an entry, whatever is wrong with it.
func TestRedeem_refusalsAreLogged(t *testing.T) {
	d := open(t)
	text, gone := d.issue(t), d.mint(t, d.house.IDs.Person(), pass.Claims{Benefit: ticket, PayPercent: 60, HolderMasked: "李*", Site: site})
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	for i, c := range []struct {
		by    model.Principal
		text  string
		after time.Duration
		code  model.Code
		named bool // whether the entry names pass and holder
	}{
		{gate, "XY1:NO", 0, model.CodePassInvalid, false},
		{gate, gone, 0, model.CodePassInvalid, true},
		{elsewhere, text, 0, model.CodePassWrongSite, true},
		{gate, text, time.Minute, model.CodePassExpired, false},
	} {
		d.house.Clock.Pass(c.after)
		_, err := d.Redeem(t.Context(), c.by, c.text, nil)
		require.True(t, model.Is(err, c.code), "%s: %v", c.code, err)
		seen := d.house.Log.Seen("gate.redeem")
		require.Len(t, seen, i+1, c.code)
		require.Equal(t, string(c.code), seen[i].Outcome)
		require.Equal(t, c.named, len(seen[i].Subjects) == 1, c.code)
		require.Equal(t, i > 0, seen[i].Ref != "", c.code)
	}
	d.house.Log.Broken.Store(true)
	_, err := d.Redeem(t.Context(), gate, "XY1:NO", nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
}

// A pass whose holder has left asks for another one.
func TestCheck_holderGone(t *testing.T) {
	d := open(t)
	text := d.mint(t, d.house.IDs.Person(), pass.Claims{Benefit: ticket, PayPercent: 60, HolderMasked: "李*", Site: site})
	c, err := d.Check(t.Context(), gate, text)
	require.NoError(t, err)
	require.Equal(t, "retry", c.Result)
	require.Empty(t, c.HolderMasked)
}

// A decision that may rest on consents ends when one starts.
func TestOwn_validUntilAConsentStarts(t *testing.T) {
	d := open(t)
	starts := d.house.Clock.Now().Add(time.Minute)
	d.house.Change(d.holder.Subject, func(f *model.SubjectFile) {
		f.Consents = []model.Consent{{ID: "c", Recipient: "partner", Purpose: model.PurposeBenefitCheck, GrantedAt: starts, ValidTo: starts.Add(time.Hour)}}
	})
	all, err := d.Own(t.Context(), d.holder)
	require.NoError(t, err)
	for _, b := range all {
		require.False(t, b.Decision.ValidUntil.After(starts), b.Rule.Code)
	}
}
