package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

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
