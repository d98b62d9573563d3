package model

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A usage counts as a list of uses does, in whatever order they become known, as far back as
// it remembers.
func TestUsage_countsLikeAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 12, 20, 12, 0, 0, 0, Shanghai)
		var u Usage
		var uses []time.Time
		most := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			if len(uses) > 0 && rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				i := rapid.IntRange(0, len(uses)-1).Draw(t, "which")
				if now.Sub(uses[i]) < 72*time.Hour {
					u = u.Remove(uses[i])
					uses = append(uses[:i], uses[i+1:]...)
				}
				continue
			}
			at := now.Add(-time.Duration(rapid.IntRange(0, 71).Draw(t, "late")) * time.Hour)
			u, uses = u.Add(at), append(uses, at)
			most = max(most, len(uses))
		}
		at := now.Add(-time.Duration(rapid.IntRange(0, 71).Draw(t, "as of")) * time.Hour)
		var last time.Time
		near := time.Duration(math.MaxInt64)
		for _, use := range uses {
			if use.After(last) {
				last = use
			}
			near = min(near, at.Sub(use).Abs())
		}
		if most <= recentUses {
			if !u.LastAt.Equal(last) {
				t.Fatalf("last use %v, want %v (%+v)", u.LastAt, last, u)
			}
			if got := at.Sub(u.AsOf(at).LastAt); len(uses) > 0 && got != near {
				t.Fatalf("as of %v the nearest use is %v away, want %v (%+v)", at, got, near, u)
			}
		}
		for back := range 4 {
			day := DateOf(now).AddDays(-back)
			var want [4]int
			for _, at := range uses {
				d := DateOf(at)
				for i, same := range []bool{d == day, d[:7] == day[:7], d[:4] == day[:4], true} {
					if same {
						want[i]++
					}
				}
			}
			a, b, c, total := u.On(day)
			if got := [4]int{a, b, c, total}; got != want {
				t.Fatalf("on %s: %v, want %v (%+v)", day, got, want, u)
			}
		}
	})
}
