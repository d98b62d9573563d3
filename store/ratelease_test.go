package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
)

func rateAsk(demand float64) model.RateAsk {
	return model.RateAsk{Key: "k", PerSecond: 100, Burst: 200, Demand: demand, Late: 80 * time.Millisecond}
}

// rates gives the leases over a store with everything declared.
func rates(t *testing.T, clock model.Clock) (*store.RateLeases, store.Driver) {
	d := openDriver(t, clock)
	code(t, store.Ensure(t.Context(), d), "")
	return store.NewRateLeases(d, clock), d
}

// Whatever processes ask at once, they get no more than the burst, and none waits.
func TestRateLeases_concurrent(t *testing.T) {
	l, d := rates(t, newClock())
	if !d.Capabilities().Concurrency {
		t.Skip("skipped by declared capability: concurrency")
	}
	var granted atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 40 {
				s, err := l.Lease(t.Context(), rateAsk(1000))
				if err != nil && !model.Is(err, model.CodeConflict) {
					t.Error(err)
				}
				granted.Add(int64(s.Granted))
			}
		})
	}
	all.Wait()
	if n := granted.Load(); n != 200 {
		t.Errorf("%d granted of 200", n)
	}
}

func TestRateLease_sliceFollowsDemand(t *testing.T) {
	l, _ := rates(t, newClock())
	for _, c := range []struct {
		demand float64
		have   int
		want   int
	}{{0, 0, 1}, {1, 0, 1}, {20, 0, 10}, {20, 6, 4}, {20, 50, 1}, {1e9, 0, 50}} {
		ask := rateAsk(c.demand)
		ask.Key, ask.Have = t.Name()+time.Duration(c.want+100*c.have).String(), c.have
		s, err := l.Lease(t.Context(), ask)
		code(t, err, "")
		if s.Granted != c.want {
			t.Errorf("demand %v with %d in hand: %d, want %d", c.demand, c.have, s.Granted, c.want)
		}
	}
}

// What is handed out does not come back before it is used or its time is over.
func TestRateLease_roomComesBack(t *testing.T) {
	clock := newClock()
	l, _ := rates(t, clock)
	take := func(used model.RateSlice) (n int, last model.RateSlice) {
		t.Helper()
		ask := rateAsk(1e9)
		ask.Used = used
		for {
			s, err := l.Lease(t.Context(), ask)
			code(t, err, "")
			if s.Granted == 0 {
				return n, last
			}
			n, last = n+s.Granted, s
		}
	}
	n, last := take(model.RateSlice{})
	if n != 200 || !last.Ends.Equal(clock.Now().Add(580*time.Millisecond)) {
		t.Fatalf("%d, the last until %s", n, last.Ends)
	}
	clock.add(400 * time.Millisecond)
	if n, _ := take(model.RateSlice{}); n != 0 {
		t.Errorf("%d came back while slices were out", n)
	}
	if n, _ := take(last); n != 0 { // its room comes back from now on
		t.Errorf("%d came back at once", n)
	}
	clock.add(100 * time.Millisecond) // the others are charged now
	if n, _ := take(model.RateSlice{}); n != 10 {
		t.Errorf("%d came back of 10", n)
	}
	clock.add(300 * time.Millisecond)
	if n, _ := take(model.RateSlice{}); n != 30 {
		t.Errorf("%d came back of 30", n)
	}
}

func TestRateLease_sweep(t *testing.T) {
	clock := newClock()
	l, d := rates(t, clock)
	_, err := l.Lease(t.Context(), rateAsk(10))
	code(t, err, "")
	for _, want := range []int{0, 1} {
		n, err := store.SweepExpired(t.Context(), d, clock.Now(), 10)
		code(t, err, "")
		if n != want {
			t.Errorf("%d swept, want %d", n, want)
		}
		clock.add(30 * time.Minute)
	}
	s, err := l.Lease(t.Context(), rateAsk(10))
	code(t, err, "")
	if s.Granted == 0 {
		t.Error("a swept bucket is not full")
	}
}

func TestRateLease_cancelled(t *testing.T) {
	l, _ := rates(t, newClock())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Lease(ctx, rateAsk(1)); err == nil {
		t.Error("leased")
	}
}
