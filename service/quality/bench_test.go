package quality_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// BenchmarkTable answers for one unit and for a page of twenty, over 60 units with three
// years of months and ten batches that wait to be folded. It does not depend on how many
// records there are.
func BenchmarkTable(b *testing.B) {
	d := openDistrict(b)
	fill := func(n int64) {
		delta := &model.QualityDelta{ID: d.IDs.Next(), Counts: model.QualityCounts{}}
		for u := range 60 {
			for m := range 36 {
				for _, counter := range []string{"records", "records_public", "reported", "on_time", "late", "rows", "rows_accepted", "rows_rejected", "commitments_due", "commitments_known"} {
					month := fmt.Sprintf("%d-%02d", 2024+m/12, 1+m%12)
					delta.Counts.Add(fmt.Sprintf("114102030059%06d", u), month, counter, n)
					delta.Counts.Add(model.QualityArea, month, counter, n)
				}
			}
		}
		ops, err := store.QualityOps(d.Driver, delta)
		require.NoError(b, err)
		require.NoError(b, d.Driver.Apply(b.Context(), ops))
	}
	fill(1000)
	_, err := d.counts.Fold(b.Context())
	require.NoError(b, err)
	small := &model.QualityDelta{Counts: model.QualityCounts{officer.Unit: {"2026-11": {"late": 1}}}}
	for range 10 {
		small.ID = d.IDs.Next()
		ops, err := store.QualityOps(d.Driver, small)
		require.NoError(b, err)
		require.NoError(b, d.Driver.Apply(b.Context(), ops))
	}
	b.Run("unit", func(b *testing.B) {
		for b.Loop() {
			_, err := d.desk.Table(b.Context(), officer, "", "2026-11", "", 20)
			require.NoError(b, err)
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			_, err := d.desk.Table(b.Context(), office, "", "2026-11", "", 20)
			require.NoError(b, err)
		}
	})
}

// BenchmarkTable_afterImport answers for one unit after an import of 2,000 batches: before any
// of them is folded, and when all are and what was deleted is still in the engine's tables.
func BenchmarkTable_afterImport(b *testing.B) {
	d := openDistrict(b)
	for n := range 2000 {
		delta := &model.QualityDelta{ID: d.IDs.Next(), Counts: model.QualityCounts{}}
		for u := range 60 {
			unit := fmt.Sprintf("114102030059%06d", u)
			for m := range 6 {
				for _, counter := range []string{"records", "records_public", "commitments_due", "commitments_known"} {
					delta.Counts.Add(unit, fmt.Sprintf("2026-%02d", 1+(m+n)%12), counter, 1)
					delta.Counts.Add(model.QualityArea, fmt.Sprintf("2026-%02d", 1+(m+n)%12), counter, 1)
				}
			}
		}
		ops, err := store.QualityOps(d.Driver, delta)
		require.NoError(b, err)
		require.NoError(b, d.Driver.Apply(b.Context(), ops))
	}
	unit := model.Principal{ID: "staff_u", Role: model.RoleDepartment, Unit: "114102030059000007"}
	for _, name := range []string{"waiting", "folded"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := d.desk.Table(b.Context(), unit, "", "2026-11", "", 20)
				require.NoError(b, err)
			}
		})
		_, err := d.counts.Fold(b.Context())
		require.NoError(b, err)
	}
}
