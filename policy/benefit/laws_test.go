package benefit_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// drop forgets one fact.
func drop(f benefit.Facts, fact benefit.Fact) benefit.Facts {
	switch fact {
	case benefit.FactKind:
		f.Kind = ""
	case benefit.FactAdult:
		f.Adult = nil
	case benefit.FactLevel:
		f.Level = nil
	case benefit.FactGrade:
		f.Grade = nil
	case benefit.FactSeriousListed:
		f.SeriousListed = nil
	case benefit.FactBarred:
		f.Barred = nil
	case benefit.FactHonorLists:
		f.HonorLists = nil
	case benefit.FactConsents:
		f.ConsentPurposes = nil
	}
	return f
}

// Forgetting a fact, or disputing it, never makes a "no"; learning one never makes a
// decision less certain.
func TestUnknownNeverBecomesNo(t *testing.T) {
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		before := r.Decide(f, u, at).Outcome
		for _, fact := range allFacts() {
			g := f
			g.Disputed = f.Disputed.With(fact)
			for _, after := range []model.Outcome{r.Decide(drop(f, fact), u, at).Outcome, r.Decide(g, u, at).Outcome} {
				if after != before && after != model.Undetermined {
					t.Fatalf("without %s: %s → %s\n%s", fact, before, after, s.yaml())
				}
			}
		}
	})
}

var rank = map[model.Outcome]int{model.NotEligible: 0, model.Undetermined: 1, model.Eligible: 2}

// An honour, or a better level, never loses a benefit.
func TestAnHonourNeverLosesABenefit(t *testing.T) {
	levels := []string{"basic", "good", "excellent"}
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		before := r.Decide(f, u, at).Outcome
		g := f
		g.HonorLists = append(slices.Clone(f.HonorLists), "丙", "甲")
		if f.Level != nil {
			better := levels[min(slices.Index(levels, *f.Level)+1, 2)]
			g.Level = &better
		}
		if after := r.Decide(g, u, at).Outcome; rank[after] < rank[before] {
			t.Fatalf("%s → %s\n%s", before, after, s.yaml())
		}
	})
}

// The order of records and honours never matters, and a decision can be made again.
func TestOrderNeverMattersAndDecisionsRepeat(t *testing.T) {
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		f.JudgedRecords = []model.RecordID{"p/3", "p/1"}
		f.SeriousRecords = []model.RecordID{"p/2", "p/1"}
		before := r.Decide(f, u, at)
		slices.Reverse(f.JudgedRecords)
		slices.Reverse(f.SeriousRecords)
		f.HonorLists = slices.Clone(f.HonorLists)
		slices.Reverse(f.HonorLists)
		if after := r.Decide(f, u, at); !reflect.DeepEqual(before, after) {
			t.Fatalf("%+v\n%+v", before, after)
		}
	})
}

// Nothing about a decision changes before its ValidUntil.
func TestValidUntilIsNeverLate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	pairs(t, func(s *spec, r *benefit.Rule, f benefit.Facts, u model.Usage, at time.Time) {
		if rnd.IntN(20) > 0 {
			return
		}
		for range rnd.IntN(3) { // by a clock that is ahead
			u = u.Add(at.Add(time.Duration(rnd.IntN(60*72)) * time.Minute))
		}
		d := r.Decide(f, u, at)
		end := at.Add(40 * 24 * time.Hour)
		if !d.ValidUntil.IsZero() && d.ValidUntil.Before(end) {
			end = d.ValidUntil
		}
		for then := at; then.Before(end); then = then.Add(53 * time.Minute) {
			later := r.Decide(f, u, then)
			later.ValidUntil = d.ValidUntil
			if !reflect.DeepEqual(d, later) {
				t.Fatalf("valid until %v, but at %v\n%+v\n%+v\n%s", d.ValidUntil, then, d, later, s.yaml())
			}
		}
	})
}
