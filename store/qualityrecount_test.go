package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// What has come to nothing goes, however much was kept before.
func TestQualityRecounts_saveOfManyUnits(t *testing.T) {
	d := openDriver(t, newClock())
	require.NoError(t, store.Ensure(t.Context(), d))
	recounts := store.NewQualityRecounts(store.NewSubjects(d, 0))
	counts := model.QualityCounts{}
	for i := range store.MaxLimit + 1 {
		counts[fmt.Sprintf("u%05d", i)] = map[string]map[string]int64{"2026-11": {"reported": 1}}
	}
	r, _, err := recounts.Recount(t.Context())
	require.NoError(t, err)
	require.NoError(t, recounts.Save(t.Context(), r, counts))
	require.NoError(t, recounts.Save(t.Context(), r, model.QualityCounts{}))
	_, left, err := recounts.Recount(t.Context())
	require.NoError(t, err)
	require.Empty(t, left)
}
