package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
)

func openControl(t *testing.T, d store.Driver, clock model.Clock, ticks <-chan time.Time) *store.Control {
	t.Helper()
	c, err := store.OpenControl(t.Context(), d, store.ControlOptions{Clock: clock, Ticks: ticks})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestControl_betweenTwoProcesses(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	d := openDriver(t, clock)
	one := openControl(t, d, clock, nil)
	code(t, one.Put(ctx, store.ControlDoc{Kind: "rules", Name: "tour", Body: []byte("v1")}), "")
	two := openControl(t, d, clock, nil)
	var heard []string
	stop := two.Watch("rules", func(doc store.ControlDoc) {
		heard = append(heard, fmt.Sprintf("%s %s %v", doc.Name, doc.Body, doc.Deleted))
	})
	v, err := two.Get("rules", "tour")
	if err != nil || string(v.Body) != "v1" || v.Rev != 1 || v.At.IsZero() {
		t.Fatalf("got %+v, %v", v, err)
	}
	code(t, one.Put(ctx, store.ControlDoc{Kind: "clients", Name: "bank", Body: []byte("x")}), "")
	code(t, one.Put(ctx, store.ControlDoc{Kind: "rules", Name: "tour", Body: []byte("v2")}), model.CodeExists)
	v.Body = []byte("v2")
	code(t, two.Put(ctx, v), "")
	code(t, one.Put(ctx, v), model.CodeConflict)
	code(t, one.Sync(ctx), "")
	if got, err := one.Get("rules", "tour"); err != nil || string(got.Body) != "v2" {
		t.Fatalf("got %+v, %v", got, err)
	}
	code(t, one.Delete(ctx, "rules", "tour", 2), "")
	code(t, two.Sync(ctx), "")
	_, err = two.Get("rules", "tour")
	code(t, err, model.CodeNotFound)
	if n := len(two.List("rules")); n != 0 {
		t.Fatalf("%d rules are listed", n)
	}
	code(t, two.Put(ctx, store.ControlDoc{Kind: "rules", Name: "tour", Body: []byte("v3")}), "")
	want := []string{"tour v1 false", "tour v2 false", "tour  true", "tour v3 false"}
	if !slices.Equal(heard, want) {
		t.Fatalf("heard %q, want %q", heard, want)
	}
	stop()
	code(t, two.Put(ctx, store.ControlDoc{Kind: "rules", Name: "read"}), "")
	if len(heard) != len(want) || len(two.List("rules")) != 2 || two.List("rules")[0].Name != "read" {
		t.Fatalf("heard %q, listed %v", heard, two.List("rules"))
	}
	code(t, one.Put(ctx, store.ControlDoc{Kind: "a/b", Name: "x"}), model.CodeInternal)
}

func TestControl_sweepsWhatHasExpired(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	d := openDriver(t, clock)
	c := openControl(t, d, clock, nil)
	for i := range 5 {
		doc := store.ControlDoc{Kind: "revoked", Name: fmt.Sprint(i), ExpiresAt: clock.Now().Add(time.Duration(i) * time.Minute)}
		code(t, c.Put(ctx, doc), "")
	}
	code(t, c.Put(ctx, store.ControlDoc{Kind: "revoked", Name: "forever"}), "")
	clock.add(150 * time.Second)
	if n, err := c.Sweep(ctx); n != 3 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	code(t, c.Sync(ctx), "")
	if n := len(c.List("revoked")); n != 3 {
		t.Fatalf("%d left in the view", n)
	}
	if n := len(openControl(t, d, clock, nil).List("revoked")); n != 3 {
		t.Fatalf("%d left in the store", n)
	}
}

// dated is a driver whose feed shows a document as its writer's clock dated it.
type dated struct {
	store.Driver
	ahead map[int64]time.Duration // of the writer of a revision
}

func (d *dated) Changes(ctx context.Context, coll, token string, limit int) ([]store.Doc, string, error) {
	docs, next, err := d.Driver.Changes(ctx, coll, token, limit)
	for i := range docs {
		docs[i].At = docs[i].At.Add(d.ahead[docs[i].Rev])
	}
	return docs, next, err
}

// The clock of one who deletes may be behind the clock of one who wrote.
func TestControl_clocksDiffer(t *testing.T) {
	ctx, clock := t.Context(), newClock()
	d := &dated{openDriver(t, clock), map[int64]time.Duration{1: 4 * time.Second}}
	c := openControl(t, d, clock, nil)
	deleted := 0
	c.Watch("revoked", func(doc store.ControlDoc) {
		if doc.Deleted {
			deleted++
		}
	})
	code(t, c.Put(ctx, store.ControlDoc{Kind: "revoked", Name: "x"}), "")
	clock.add(time.Second)
	code(t, c.Delete(ctx, "revoked", "x", 1), "")
	_, err := c.Get("revoked", "x")
	code(t, err, model.CodeNotFound)
	if deleted != 1 {
		t.Fatalf("heard %d times of the deletion", deleted)
	}

	// Swept and written anew, its revisions start again.
	doc := store.ControlDoc{Kind: "revoked", Name: "y", ExpiresAt: clock.Now().Add(time.Second)}
	code(t, c.Put(ctx, doc), "")
	doc.Rev, doc.Body = 1, []byte("more")
	code(t, c.Put(ctx, doc), "")
	clock.add(2 * time.Second)
	if n, err := c.Sweep(ctx); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	code(t, c.Put(ctx, store.ControlDoc{Kind: "revoked", Name: "y", Body: []byte("anew")}), "")
	if got, err := c.Get("revoked", "y"); err != nil || string(got.Body) != "anew" || got.Rev != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// shaky is a driver whose feed can fail.
type shaky struct {
	store.Driver
	broken atomic.Bool
	polls  chan struct{}
}

func (s *shaky) Changes(ctx context.Context, coll, token string, limit int) ([]store.Doc, string, error) {
	if s.polls != nil {
		s.polls <- struct{}{}
	}
	if s.broken.Load() {
		return nil, "", model.Wrap(errors.New("down"), model.CodeUnavailable, "数据引擎暂时不可用，请稍后重试。")
	}
	return s.Driver.Changes(ctx, coll, token, limit)
}

func TestControl_runSurvivesAFailingEngine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	clock := newClock()
	d := &shaky{Driver: openDriver(t, clock)}
	ticks := make(chan time.Time)
	c := openControl(t, d, clock, ticks)
	d.polls = make(chan struct{}, 100)
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	// tick moves the clock on half a second; when it returns, the tick before has been
	// dealt with, since Run takes ticks one after the other.
	tick := func() { clock.add(500 * time.Millisecond); ticks <- clock.Now() }
	drain := func() (n int) {
		for len(d.polls) > 0 {
			<-d.polls
			n++
		}
		return n
	}

	tick()
	tick()
	if c.Age() > time.Second {
		t.Fatalf("age %v with a good engine", c.Age())
	}
	d.broken.Store(true)
	for range 60 {
		tick()
	}
	if n := drain(); n < 5 || n > 20 {
		t.Fatalf("%d polls in 30 s of failure; back-off should leave about ten", n)
	}
	if c.Age() < 29*time.Second {
		t.Fatalf("age %v after 30 s without the engine", c.Age())
	}
	d.broken.Store(false)
	for range 13 {
		tick()
	}
	if c.Age() > 2*time.Second {
		t.Fatalf("age %v after the engine came back", c.Age())
	}
	cancel()
	<-ended
}
