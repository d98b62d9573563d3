package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
)

const ttl = 10 * time.Second

func TestLease_changesHandsOnlyWhenItEnds(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	d := openDriver(t, clock)
	one, two := store.NewLeases(d, clock, time.Second), store.NewLeases(d, clock, time.Second)
	a, err := one.Acquire(ctx, "sweeper", "a", ttl)
	code(t, err, "")
	if !a.Held(clock.Now()) || a.Held(clock.Now().Add(ttl)) {
		t.Fatalf("lease %+v", a)
	}
	_, err = two.Acquire(ctx, "sweeper", "b", ttl)
	code(t, err, model.CodeConflict)
	clock.add(8 * time.Second)
	a, err = one.Renew(ctx, a, ttl)
	code(t, err, "")
	clock.add(ttl + 999*time.Millisecond) // ended, but clocks may differ by a second
	_, err = two.Acquire(ctx, "sweeper", "b", ttl)
	code(t, err, model.CodeConflict)
	clock.add(time.Millisecond)
	b, err := two.Acquire(ctx, "sweeper", "b", ttl)
	code(t, err, "")
	if b.Token <= a.Token {
		t.Fatalf("token %d after %d", b.Token, a.Token)
	}
	_, err = one.Renew(ctx, a, ttl)
	code(t, err, model.CodeConflict)
	code(t, one.Release(ctx, a), model.CodeConflict)
	put := store.Op{Kind: store.OpCheck, Coll: "notes", ID: "x"}
	code(t, d.Apply(ctx, []store.Op{one.Fence(a), put}), model.CodeConflict)
	code(t, d.Apply(ctx, []store.Op{two.Fence(b), put}), "")
	if b, err = two.Renew(ctx, b, ttl); err != nil {
		t.Fatal(err)
	}
	code(t, d.Apply(ctx, []store.Op{two.Fence(b)}), "")
	code(t, two.Release(ctx, b), "")
	c, err := one.Acquire(ctx, "sweeper", "a", ttl)
	code(t, err, "")
	if c.Token <= b.Token {
		t.Fatalf("token %d after %d", c.Token, b.Token)
	}
	again, err := one.Acquire(ctx, "sweeper", "a", ttl) // a restarted holder takes its own back
	code(t, err, "")
	_, err = one.Renew(ctx, c, ttl)
	code(t, err, model.CodeConflict)
	_, err = one.Renew(ctx, again, ttl)
	code(t, err, "")
}

// mute is a driver that does what it is told and loses the answer, once.
type mute struct {
	store.Driver
	once bool
}

func (d *mute) Apply(ctx context.Context, ops []store.Op) error {
	err := d.Driver.Apply(ctx, ops)
	if d.once {
		d.once = false
		return model.Wrap(errors.New("no answer"), model.CodeUnavailable, "数据引擎暂时不可用，请稍后重试。")
	}
	return err
}

func TestLease_lostAnswerIsNoLostLease(t *testing.T) {
	ctx, clock := t.Context(), newClock()
	d := &mute{Driver: openDriver(t, clock)}
	leases := store.NewLeases(d, clock, 0)
	l, err := leases.Acquire(ctx, "sweeper", "a", ttl)
	code(t, err, "")
	d.once = true
	_, err = leases.Renew(ctx, l, ttl)
	code(t, err, model.CodeUnavailable)
	clock.add(time.Second)
	next, err := leases.Renew(ctx, l, ttl)
	code(t, err, "")
	if next.Token != l.Token || !next.Held(clock.Now().Add(ttl-time.Second)) {
		t.Fatalf("renewed to %+v", next)
	}
	next, err = leases.Renew(ctx, next, ttl)
	code(t, err, "")
	clock.add(ttl)
	_, err = leases.Acquire(ctx, "sweeper", "b", ttl)
	code(t, err, "")
	_, err = leases.Renew(ctx, next, ttl)
	code(t, err, model.CodeConflict)
}

// Many instances over one driver: under the lease nobody else acts, and the tokens of
// those who act only grow.
func TestLease_manyInstances(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	d := openDriver(t, clock)
	code(t, notes(d, 0).Insert(ctx, &note{ID: "work"}), "")
	var inside, wins, lastToken atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		leases, work := store.NewLeases(d, clock, 0), notes(d, 0)
		wg.Go(func() {
			for done := 0; done < 4; {
				l, err := leases.Acquire(ctx, "work", fmt.Sprintf("p%d", i), ttl)
				if model.Is(err, model.CodeConflict) {
					runtime.Gosched() // the holder needs the processor more
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				if last := lastToken.Swap(l.Token); last >= l.Token {
					t.Errorf("token %d after %d", l.Token, last)
				}
				v, err := work.Get(ctx, "work")
				if err != nil {
					t.Error(err)
					return
				}
				var b store.Batch
				b.AddOps(leases.Fence(l))
				b.Add(work.ReplaceOp(&note{ID: "work", N: v.N + 1, Rev: v.Rev}))
				if err := b.Apply(ctx, d); err != nil {
					t.Errorf("fenced work: %v", err)
				}
				inside.Add(-1)
				if err := leases.Release(ctx, l); err != nil {
					t.Errorf("release: %v", err)
				}
				wins.Add(1)
				done++
			}
		})
	}
	wg.Wait()
	if v, err := notes(d, 0).Get(ctx, "work"); err != nil || int64(v.N) != wins.Load() || wins.Load() != 32 {
		t.Fatalf("work done %+v times for %d leases, %v", v, wins.Load(), err)
	}
}
