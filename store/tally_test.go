package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// reading counts the documents that are found.
type reading struct {
	store.Driver
	docs int
}

func (r *reading) Find(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	page, err := r.Driver.Find(ctx, coll, q)
	r.docs += len(page.Docs)
	return page, err
}

func redemptions(d store.Driver) *store.Collection[model.Redemption] {
	return store.NewCollection(d, store.CollectionOptions[model.Redemption]{Name: "redemptions",
		ID: func(r *model.Redemption) string { return r.ID }, Rev: func(r *model.Redemption) *int64 { return &r.Rev }})
}

// The totals of a site's day are right at any time, also after reversals, and a count
// reads what is new and what may still change only.
func TestTotals(t *testing.T) {
	start := model.Date("2026-11-22").Start().Add(9 * time.Hour)
	d := &reading{Driver: openDriver(t, model.ClockFunc(func() time.Time { return start }))}
	repo, other, all := store.NewBenefits(d), store.NewBenefits(d), redemptions(d)
	var made []*model.Redemption
	reversed := 0
	for i := range 600 { // one a minute
		at := start.Add(time.Duration(i) * time.Minute)
		r := &model.Redemption{ID: fmt.Sprintf("park/2026-11-22/R%05d", i), SiteID: "park", At: at}
		require.NoError(t, all.Insert(t.Context(), r))
		if made = append(made, r); i%7 == 6 { // reversed in the last of 30 minutes
			if back := max(0, i-29); !made[back].Reversed {
				made[back].Reversed = true
				require.NoError(t, all.Replace(t.Context(), made[back]))
				reversed++
			}
		}
		if i%5 == 0 {
			d.docs = 0
			count, back, err := repo.Totals(t.Context(), "park", "2026-11-22")
			require.NoError(t, err)
			require.Equal(t, []int{i + 1, reversed}, []int{count, back}, "after %d", i)
			require.LessOrEqual(t, d.docs, 1+36+5)
		}
	}
	count, back, err := other.Totals(t.Context(), "park", "2026-11-22")
	require.NoError(t, err)
	require.Equal(t, []int{600, reversed}, []int{count, back})
	for _, none := range [][2]string{{"park", "2026-11-21"}, {"par", "2026-11-22"}, {"park2", "2026-11-22"}} {
		count, _, err := repo.Totals(t.Context(), none[0], model.Date(none[1]))
		require.NoError(t, err)
		require.Zero(t, count)
	}
}

// BenchmarkTotals: a site's day of 20,000 redemptions, 2,000 of them in the last half hour.
func BenchmarkTotals(b *testing.B) {
	start := model.Date("2026-11-22").Start().Add(9 * time.Hour)
	d := openDriver(b, model.ClockFunc(func() time.Time { return start }))
	all := redemptions(d)
	for i := 0; i < 20_000; i += 500 {
		var batch store.Batch
		for j := i; j < i+500; j++ {
			conditions := make([]model.Reason, 6)
			for k := range conditions {
				conditions[k] = model.Reason{ID: "no_open_listing", Outcome: model.Eligible, Text: "当前没有影响本优惠的名单信息。"}
			}
			batch.Add(all.InsertOp(&model.Redemption{ID: fmt.Sprintf("park/2026-11-22/R%05d", j), SiteID: "park",
				At: start.Add(time.Duration(j) * 1050 * time.Millisecond), Decision: model.Decision{Conditions: conditions}}))
		}
		if err := batch.Apply(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	for name, fresh := range map[string]bool{"first": true, "again": false} {
		b.Run(name, func(b *testing.B) {
			repo := store.NewBenefits(d)
			for b.Loop() {
				if fresh {
					repo = store.NewBenefits(d)
				}
				if count, _, err := repo.Totals(b.Context(), "park", "2026-11-22"); err != nil || count != 20_000 {
					b.Fatal(count, err)
				}
			}
		})
	}
}
