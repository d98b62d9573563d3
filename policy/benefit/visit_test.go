package benefit_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// Two benefits exclude each other where neither is stackable, at one site, for one kind of
// subject, whatever their state; each day has the versions of that day.
func TestExcluding(t *testing.T) {
	files := fstest.MapFS{}
	add := func(code, site, more string, org bool) {
		s := &spec{from: aDay, percent: 60, newSince: aDay, newLevels: []string{"good"}, fromHour: -1, org: org, conds: templates()[:1]}
		text := strings.NewReplacer("code: R\n", "code: "+code+"\n", "siteId: s\n", "siteId: "+site+"\n"+more).Replace(s.yaml())
		files[fmt.Sprintf("%d.yaml", len(files))] = &fstest.MapFile{Data: []byte(text)}
	}
	later := func(code, site, more string) {
		add(code, site, more, false)
		f := files[fmt.Sprintf("%d.yaml", len(files)-1)]
		f.Data = []byte(strings.ReplaceAll(string(f.Data), "validFrom: "+string(aDay), "validFrom: "+string(aDay.AddDays(2))))
	}
	add("A", "park", "", false)
	add("B", "park", "", false)
	add("C", "park", "stackable: true\n", false)
	add("D", "library", "", false)
	add("E", "park", "", true)
	later("F", "park", "")
	later("B", "library", "") // moves
	later("C", "park", "")    // is stackable no more
	book, err := benefit.Load(files)
	require.NoError(t, err)
	excluding := func(code string, day model.Date) (out []string) {
		r, err := book.Rule(code, day.Start().Add(12*time.Hour))
		require.NoError(t, err)
		for _, o := range book.Excluding(r, day) {
			out = append(out, o.Code)
		}
		return out
	}
	for _, c := range []struct {
		code string
		day  model.Date
		want []string
	}{
		{"A", aDay, []string{"B"}}, {"B", aDay, []string{"A"}}, {"C", aDay, nil}, {"D", aDay, nil}, {"E", aDay, nil},
		{"A", aDay.AddDays(1), []string{"B"}}, {"A", aDay.AddDays(2), []string{"C", "F"}}, {"B", aDay.AddDays(2), []string{"D"}},
		{"C", aDay.AddDays(2), []string{"A", "F"}}, {"D", aDay.AddDays(2), []string{"B"}}, {"F", aDay.AddDays(3), []string{"A", "C"}},
	} {
		require.Equal(t, c.want, excluding(c.code, c.day), "%s on %s", c.code, c.day)
	}
}

// The visit refuses what all else allows, at the standard price, until midnight; it never
// allows anything.
func TestVisited(t *testing.T) {
	pairs(t, func(_ *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		before, day := r.Decide(f, u, at), model.DateOf(at)
		free, taken := r.Visited(before, nil, day), r.Visited(before, &benefit.Rule{Definition: benefit.Definition{Title: "甲"}}, day)
		if free.Outcome != before.Outcome || free.PayPercent != before.PayPercent || !free.ValidUntil.Equal(before.ValidUntil) || len(free.Conditions) != len(before.Conditions)+1 {
			t.Fatalf("%+v\n%+v", before, free)
		}
		midnight := day.AddDays(1).Start()
		if taken.Outcome != model.NotEligible || taken.PayPercent != 100 || taken.ValidUntil.After(midnight) {
			t.Fatalf("%+v", taken)
		}
	})
}
