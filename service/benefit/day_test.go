package benefit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

// A pass that is taken without a network ends with the hours of its benefit: what the gate accepts
// is not judged the standard price when it is handed in.
func TestIssue_offlineLifeEndsWithTheHours(t *testing.T) {
	d := open(t)
	d.Rules = inForce{book(t, "per: {day: 1, year: 12}", "timeWindow: {hours: [\"07:00-22:00\"]}")}
	for at, want := range map[string]string{"21:49:59": "21:59:59", "21:58:00": "22:00:00", "21:59:59": "22:00:00"} {
		now, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-11-24 "+at, model.Shanghai)
		require.NoError(t, err)
		d.house.Clock.Set(now.Add(300 * time.Millisecond))
		issued, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
		require.NoError(t, err)
		require.Equal(t, want, issued.OfflineUntil.In(model.Shanghai).Format("15:04:05"), at)
		claims, err := d.Passes.VerifyOffline(issued.Text, issued.OfflineUntil.Add(-time.Second))
		require.NoError(t, err)
		_, err = d.Passes.VerifyOffline(issued.Text, issued.OfflineUntil)
		require.True(t, model.Is(err, model.CodePassExpired), err)
		require.Equal(t, issued.OfflineUntil.Unix(), claims.OfflineUntil.Unix())
	}
}

func TestDay_ownSiteOnly(t *testing.T) {
	d := open(t)
	_, err := d.Redeem(t.Context(), gate, d.issue(t), nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		sites []string
		count int
		code  model.Code
	}{
		"own":     {[]string{site}, 1, ""},
		"another": {[]string{"tieta"}, 0, ""},
		"prefix":  {[]string{site + "-2"}, 0, ""},
		"none":    {nil, 0, model.CodeForbidden},
	} {
		p := gate
		p.Sites = c.sites
		day, err := d.Day(t.Context(), p, "", "", 10)
		require.Equal(t, c.code, model.CodeOf(err), name)
		require.Equal(t, c.count, day.Count, name)
		require.Len(t, day.Items, c.count, name)
	}
	items := d.dayItems(t, gate)
	p := gate
	p.Sites = []string{"other-park"}
	_, err = d.Day(t.Context(), p, "", items[0].ID, 10)
	require.True(t, model.Is(err, model.CodeInvalidCursor), "a position on another site's list: %v", err)
}

// A gate of several sites sees them all in one list, and the look at the holders is noted.
func TestDay_severalSites(t *testing.T) {
	d := open(t)
	two := gate
	two.Sites = []string{site, "hosp1"}
	var made []string
	for i := range 5 {
		claims := []pass.Claims{{Benefit: ticket, PayPercent: 60, Site: site}, {Benefit: "HOSP-DEP0", Site: "hosp1"}}[i%2]
		claims.HolderMasked = "王*"
		r, err := d.Redeem(t.Context(), two, d.mintFor(t, claims), nil)
		require.NoError(t, err)
		made = append(made, r.No)
	}
	slices.Reverse(made)
	for _, limit := range []int{1, 2, 5, 100} {
		var nos []string
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			day, err := d.Day(t.Context(), two, "", after, limit)
			require.NoError(t, err)
			require.Equal(t, 5, day.Count)
			require.LessOrEqual(t, len(day.Items), limit)
			for _, r := range day.Items {
				nos = append(nos, r.No)
			}
			after = day.Next
		}
		require.Equal(t, made, nos, "%d a page", limit)
	}
	seen := d.house.Log.Noted("gate.list")
	last := seen[len(seen)-1]
	require.Equal(t, []any{"shown", []model.SubjectID{d.holder.Subject}}, []any{last.Outcome, last.Subjects})
	one := two
	one.Sites = []string{site}
	require.Len(t, d.dayItems(t, one), 3)
	d.house.Log.Broken.Store(true)
	require.Len(t, d.dayItems(t, two), 5, "a gate needs its own list also then")
}

func (d *desk) dayItems(t *testing.T, p model.Principal) []*model.Redemption {
	day, err := d.Day(t.Context(), p, "", "", 10)
	require.NoError(t, err)
	return day.Items
}

// Pages of a site's day are newest first and give every redemption once.
func TestDay_paging(t *testing.T) {
	d := open(t)
	for range 7 {
		_, err := d.Redeem(t.Context(), gate, d.issueAnew(t), nil)
		require.NoError(t, err)
	}
	for _, limit := range []int{1, 3, 7, 100} {
		var nos []string
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			day, err := d.Day(t.Context(), gate, "", after, limit)
			require.NoError(t, err)
			require.Equal(t, 7, day.Count)
			for _, r := range day.Items {
				nos = append(nos, r.No)
			}
			after = day.Next
		}
		require.Len(t, nos, 7)
		for i := 1; i < len(nos); i++ {
			require.Greater(t, nos[i-1], nos[i])
		}
	}
}
