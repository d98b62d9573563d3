package handlers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

// plainMACs name a caller by itself.
type plainMACs struct{}

func (plainMACs) MAC(purpose string, data []byte) ([]byte, error) {
	return append([]byte(purpose), data...), nil
}

func (plainMACs) CheckMAC(string, []byte, []byte) bool { return false }

// fleet are processes over one store, on a clock that the test moves. Answers of the
// store come when the test says so.
type fleet struct {
	ns        atomic.Int64 // the engine writes its tables beside the test, and looks at the clock
	down      bool
	leases    *store.RateLeases
	processes []*SharedLimits
	writes    int
	events    []event
}

type event struct {
	at time.Time
	n  int
}

func (f *fleet) Now() time.Time { return time.Unix(0, f.ns.Load()).UTC() }

func (f *fleet) pass(d time.Duration) { f.ns.Add(int64(d)) }

func (f *fleet) Lease(ctx context.Context, ask model.RateAsk) (model.RateSlice, error) {
	if f.down {
		return model.RateSlice{}, &model.Error{Code: model.CodeUnavailable}
	}
	slice, err := f.leases.Lease(ctx, ask)
	if slice.Granted > 0 {
		f.writes++
	}
	return slice, err
}

func newFleet(t testing.TB, n int, rate Rate) *fleet {
	t.Helper()
	f := &fleet{}
	f.ns.Store(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC).UnixNano())
	d, err := embedded.Open("x", embedded.Options{Clock: f, FS: vfs.NewMem(), CacheBytes: 1 << 20, MemTableBytes: 1 << 20, SyncGap: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	f.leases = store.NewRateLeases(d, f)
	for range n {
		l, err := NewSharedLimits(rate, rate, f, plainMACs{}, f)
		if err != nil {
			t.Fatal(err)
		}
		l.SetProcesses(n)
		f.processes = append(f.processes, l)
	}
	return f
}

// answer lets process i hear the answers that it waits for.
func (f *fleet) answer(ctx context.Context, i int) {
	for l := f.processes[i]; len(l.queue) > 0; {
		l.lease(ctx, <-l.queue)
	}
}

// demand sends n requests of one caller to process i and gives how many went through.
func (f *fleet) demand(i, n int) (through int) {
	for range n {
		if f.processes[i].Take(LimitClient, "c", f.Now()).OK {
			through++
		}
	}
	if last := len(f.events) - 1; last >= 0 && f.events[last].at.Equal(f.Now()) {
		f.events[last].n += through
	} else if through > 0 {
		f.events = append(f.events, event{f.Now(), through})
	}
	return through
}

// excess gives by how many requests more than 110 % of the rate went through in some stretch
// of time: what runs over in a bucket that leaks as fast.
func (f *fleet) excess(rate Rate) float64 {
	level, worst := 0.0, 0.0
	for i, e := range f.events {
		if i > 0 {
			level = max(0, level-1.1*rate.PerSecond*e.at.Sub(f.events[i-1].at).Seconds())
		}
		level += float64(e.n)
		worst = max(worst, level-1.1*float64(rate.Burst))
	}
	return worst
}

// Whatever comes to whatever process, and however long the store takes to answer: never
// more than 110 % of the rate in any stretch of time, and as much as one bucket for all
// would have let through, less 10 % and half a slice in each hand.
func TestSharedLimits_behaveAsOne(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(r, "processes")
		rate := Rate{PerSecond: rapid.SampledFrom([]float64{100, 200, 1000}).Draw(r, "rate")}
		rate.Burst = int(rate.PerSecond) * rapid.IntRange(1, 4).Draw(r, "burst seconds")
		f := newFleet(t, n, rate)
		one, err := NewLocalLimits(rate, rate)
		if err != nil {
			r.Fatal(err)
		}
		const step = 10 * time.Millisecond
		through, ideal := 0, 0
		for range 3 { // stretches of steady demand, 10 s each
			total := rapid.Float64Range(0, 3).Draw(r, "demand") * rate.PerSecond
			favourite := rapid.IntRange(-1, n-1).Draw(r, "process") // -1 = all alike
			slow := rapid.IntRange(1, 3).Draw(r, "answer after")
			owed := make([]float64, n)
			for tick := range 1000 {
				f.pass(step)
				for i := range n {
					switch {
					case favourite == i:
						owed[i] += total * step.Seconds()
					case favourite < 0:
						owed[i] += total / float64(n) * step.Seconds()
					}
					whole := int(owed[i])
					owed[i] -= float64(whole)
					through += f.demand(i, whole)
					for range whole {
						if one.Take(LimitClient, "c", f.Now()).OK {
							ideal++
						}
					}
					if (tick+i)%slow == 0 {
						f.answer(t.Context(), i)
					}
				}
			}
		}
		if got := f.excess(rate); got > 1e-6 {
			r.Errorf("%d processes let %.1f requests too many through", n, got)
		}
		if slices := 0.05 * float64(rate.Burst*n); float64(through) < 0.9*float64(ideal)-slices {
			r.Errorf("%d processes let %d through, one would %d", n, through, ideal)
		}
	})
}

// Bursts of any size at any instant never let more through.
func TestSharedLimits_neverMore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "processes")
		rate := Rate{PerSecond: 200, Burst: 400}
		f := newFleet(t, n, rate)
		r.Repeat(map[string]func(*rapid.T){
			"burst": func(r *rapid.T) {
				f.demand(rapid.IntRange(0, n-1).Draw(r, "process"), rapid.IntRange(1, 300).Draw(r, "requests"))
			},
			"answer": func(r *rapid.T) { f.answer(t.Context(), rapid.IntRange(0, n-1).Draw(r, "process")) },
			"wait": func(r *rapid.T) {
				f.pass(time.Duration(rapid.IntRange(1, 700).Draw(r, "ms")) * time.Millisecond)
			},
			"": func(r *rapid.T) {
				if got := f.excess(rate); got > 1e-6 {
					r.Fatalf("%d processes let %.1f requests too many through", n, got)
				}
			},
		})
	})
}

// Callers who ask for little cost the store nothing, others a few writes a second,
// whatever the rate.
func TestSharedLimits_writeLittle(t *testing.T) {
	for _, c := range []struct {
		rate      Rate
		perSecond int
		most      int // writes of one process in 10 s
	}{
		{Rate{200, 400}, 2, 0},
		{Rate{200, 400}, 50, 40},
		{Rate{5000, 10_000}, 1000, 40},
		{Rate{5000, 10_000}, 4500, 300},
	} {
		t.Run(fmt.Sprint(c.perSecond, " of ", c.rate.PerSecond), func(t *testing.T) {
			f := newFleet(t, 3, c.rate)
			for owed := 0.0; f.Now().Before(time.Date(2026, 11, 22, 4, 0, 10, 0, time.UTC)); {
				f.pass(2 * time.Millisecond)
				owed += float64(c.perSecond) / 500
				n := int(owed)
				owed -= float64(n)
				if through := f.demand(0, n); through < n {
					t.Fatalf("%d of %d at %s", through, n, f.Now())
				}
				f.answer(t.Context(), 0)
			}
			t.Logf("%d writes in 10 s", f.writes)
			if f.writes > c.most {
				t.Errorf("%d writes in 10 s, at most %d", f.writes, c.most)
			}
		})
	}
}

// Who asks little, wherever he asks, is never refused, also when a process's own share is
// next to nothing.
func TestSharedLimits_littleEverywhere(t *testing.T) {
	for _, n := range []int{2, 4, 24} {
		for _, perSecond := range []float64{0.3, 1, 3, 10, 30} {
			f := newFleet(t, n, Rate{PerSecond: 50, Burst: 100})
			owed := 0.0
			for tick := range 4000 {
				f.pass(10 * time.Millisecond)
				owed += perSecond / 100
				for ; owed >= 1; owed-- {
					if i := tick % n; f.demand(i, 1) == 0 {
						t.Errorf("%d processes, %v/s: refused after %d ms", n, perSecond, tick*10)
					}
				}
				for i := range n {
					f.answer(t.Context(), i)
				}
			}
		}
	}
}

// While the store does not answer, all processes together let a tenth through.
func TestSharedLimits_storeDown(t *testing.T) {
	rate := Rate{PerSecond: 200, Burst: 400}
	f := newFleet(t, 4, rate)
	f.down = true
	through := 0
	for range 10_000 {
		f.pass(time.Millisecond)
		for i := range f.processes {
			through += f.demand(i, 2)
			f.answer(t.Context(), i)
		}
	}
	if most := int(ownPart * (400 + 10*200)); through > most || through < most/2 {
		t.Errorf("%d went through, at most %d should", through, most)
	}
	f.down = false
	f.pass(2 * time.Second)
	f.demand(0, 40)
	f.answer(t.Context(), 0)
	if through := f.demand(0, 200); through < 30 {
		t.Errorf("%d went through when the store was back", through)
	}
}

func TestSharedLimits_tellTheCaller(t *testing.T) {
	f := newFleet(t, 1, Rate{PerSecond: 10, Burst: 20})
	v := f.processes[0].Take(LimitClient, "c", f.Now())
	if !v.OK || v.Remaining < 15 || v.Remaining > 19 || v.Wait != 0 {
		t.Errorf("first: %+v", v)
	}
	for range 40 {
		v = f.processes[0].Take(LimitClient, "c", f.Now())
		f.answer(t.Context(), 0)
	}
	if v.OK || v.Wait <= 0 || v.Wait > time.Second || v.Reset <= 0 {
		t.Errorf("refused: %+v", v)
	}
	if other := f.processes[0].Take(LimitClient, "other", f.Now()); !other.OK {
		t.Errorf("another caller: %+v", other)
	}
	if got := f.processes[0].Policy(LimitClient); got != `"client";q=20;w=2` {
		t.Errorf("policy %s", got)
	}
}

// A rate of one request lets each process let one through before it asks, and no more.
func TestSharedLimits_smallestRate(t *testing.T) {
	f := newFleet(t, 2, Rate{PerSecond: 1, Burst: 1})
	for i := range f.processes {
		if !f.processes[i].Take(LimitAddress, "a", f.Now()).OK {
			t.Errorf("process %d refused the first request", i)
		}
	}
	for range 20_000 { // 20 s
		f.pass(time.Millisecond)
		f.demand(0, 1)
		f.answer(t.Context(), 0)
	}
	through := 0
	for _, e := range f.events {
		through += e.n
	}
	if through < 16 || through > 24 {
		t.Errorf("%d in 20 s", through)
	}
}

type failingMACs struct{ plainMACs }

func (failingMACs) MAC(string, []byte) ([]byte, error) { return nil, errors.New("no key") }

func TestSharedLimits_withoutKeys(t *testing.T) {
	f := newFleet(t, 1, Rate{PerSecond: 100, Burst: 200})
	f.processes[0].macs = failingMACs{}
	f.demand(0, 100)
	f.answer(t.Context(), 0)
	if f.writes > 0 || f.demand(0, 100) > 0 {
		t.Error("more than the own share went through")
	}
}

func TestSharedLimits_forget(t *testing.T) {
	f := newFleet(t, 1, Rate{PerSecond: 100, Burst: 200})
	l := f.processes[0]
	for i := range 400_000 {
		l.Take(LimitAddress, fmt.Sprint(i), f.Now())
		f.pass(time.Millisecond)
	}
	kept := 0
	for i := range l.shards {
		kept += len(l.shards[i].of)
	}
	if kept > 2*64*1024 {
		t.Errorf("%d callers kept", kept)
	}
}

func TestSharedLimits_runAndStop(t *testing.T) {
	f := newFleet(t, 1, Rate{PerSecond: 1000, Burst: 2000})
	l := f.processes[0]
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	for refused := 0; ; refused++ { // until a slice came
		s := &l.shards[0]
		for i := range l.shards {
			if len(l.shards[i].of) > 0 {
				s = &l.shards[i]
			}
		}
		if l.Take(LimitClient, "c", f.Now()); refused > 200 {
			s.mu.Lock()
			b := s.of[limitKey{LimitClient, "c"}]
			leased := b != nil && b.full > 0
			s.mu.Unlock()
			if leased {
				break
			}
		}
	}
	cancel()
	<-done
}

func BenchmarkSharedLimits_Take(b *testing.B) {
	f := newFleet(b, 3, Rate{PerSecond: 1e9, Burst: math.MaxInt32})
	l := f.processes[0]
	b.ReportAllocs()
	for b.Loop() {
		l.Take(LimitClient, "client_bank_1", f.Now())
	}
}
