package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// Processes take places and bundle numbers at once: nobody gets what another got.
func TestPassCounters(t *testing.T) {
	d := openDriver(t, model.ClockFunc(time.Now))
	if !d.Capabilities().Concurrency {
		t.Skip("skipped by declared capability: concurrency")
	}
	var mu sync.Mutex
	places, numbers := map[uint32]bool{}, map[int64]bool{}
	var all sync.WaitGroup
	for range 4 {
		counters := store.NewPassCounters(d)
		all.Go(func() {
			for range 5 {
				first, err := counters.Places(t.Context(), 10)
				number, err2 := counters.BundleNumber(t.Context(), 1000)
				if err != nil || err2 != nil {
					t.Error(err, err2)
					return
				}
				mu.Lock()
				places[first], numbers[number] = true, true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.Len(t, places, 20)
	require.Len(t, numbers, 20)
	for first := range places {
		require.Zero(t, first%10)
	}
	counters := store.NewPassCounters(d)
	number, err := counters.BundleNumber(t.Context(), 5000)
	require.NoError(t, err)
	require.Equal(t, int64(5000), number)
	number, err = counters.BundleNumber(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, int64(5001), number, "also after the clock was set back")
}
