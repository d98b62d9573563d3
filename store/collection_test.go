package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

// setClock is a clock that tests move.
type setClock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *setClock { return &setClock{t: time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)} }

func (c *setClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *setClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func openDriver(t testing.TB, clock model.Clock) *embedded.Driver {
	t.Helper()
	d, err := embedded.Open(t.TempDir(), embedded.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// note is a document of the tests.
type note struct {
	ID   string    `bson:"_id"`
	Unit string    `bson:"unit,omitempty"`
	N    int       `bson:"n"`
	At   time.Time `bson:"at,omitempty"`
	Rev  int64     `bson:"-"`
}

func notes(d store.Driver, cache int) *store.Collection[note] {
	return store.NewCollection(d, store.CollectionOptions[note]{Name: "notes", Cache: cache,
		ID: func(n *note) string { return n.ID }, Rev: func(n *note) *int64 { return &n.Rev },
		Check: func(n *note) error {
			if n.N < 0 {
				return model.Invalid("/n", "range", "不能为负数。")
			}
			return nil
		}})
}

func code(t *testing.T, err error, want model.Code) {
	t.Helper()
	if model.CodeOf(err) != want {
		t.Fatalf("got %v, want code %q", err, want)
	}
}

func TestCollection_writesAndRevisions(t *testing.T) {
	for _, cache := range []int{0, 10} {
		t.Run(fmt.Sprintf("cache of %d", cache), func(t *testing.T) {
			ctx := t.Context()
			c := notes(openDriver(t, newClock()), cache)
			at := time.Date(1999, 1, 2, 3, 4, 5, 6e6, time.UTC)
			v := &note{ID: "a", N: 1, At: at}
			code(t, c.Insert(ctx, v), "")
			if v.Rev != 1 {
				t.Fatalf("revision %d after insert", v.Rev)
			}
			code(t, c.Insert(ctx, &note{ID: "a"}), model.CodeExists)
			got, err := c.Get(ctx, "a")
			if err != nil || *got != *v {
				t.Fatalf("got %+v, %v; want %+v", got, err, v)
			}
			stale := *got
			v.N = 2
			code(t, c.Replace(ctx, v), "")
			code(t, c.Replace(ctx, &stale), model.CodeConflict)
			if stale.Rev != 1 || v.Rev != 2 {
				t.Fatalf("revisions %d and %d", stale.Rev, v.Rev)
			}
			if got, err = c.Get(ctx, "a"); err != nil || got.N != 2 || got.Rev != 2 {
				t.Fatalf("got %+v, %v", got, err)
			}
			code(t, c.Delete(ctx, "a", 1), model.CodeConflict)
			code(t, c.Delete(ctx, "a", 2), "")
			code(t, c.Insert(ctx, &note{ID: "a", N: 7}), "") // revision 1 again, as the first one was
			if got, err = c.Get(ctx, "a"); err != nil || got.N != 7 || got.Rev != 1 {
				t.Fatalf("got %+v, %v", got, err)
			}
			_, err = c.Get(ctx, "b")
			code(t, err, model.CodeNotFound)
			code(t, c.Replace(ctx, &note{ID: "b", Rev: 1}), model.CodeNotFound)
			code(t, c.Put(ctx, &note{ID: "b", N: 1}), "")
			code(t, c.Insert(ctx, &note{ID: "c", N: -1}), model.CodeInvalidRequest)
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := c.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
				t.Fatalf("cancelled: %v", err)
			}
		})
	}
}

func TestCollection_cacheSharesWhatIsUnchanged(t *testing.T) {
	ctx := t.Context()
	c := notes(openDriver(t, newClock()), 2)
	for _, id := range []string{"a", "b", "c"} {
		code(t, c.Insert(ctx, &note{ID: id, N: 1}), "")
	}
	one, _ := c.Get(ctx, "a")
	two, _ := c.Get(ctx, "a")
	if one != two {
		t.Fatal("an unchanged value is decoded twice")
	}
	changed := *one
	changed.N = 5
	code(t, c.Replace(ctx, &changed), "")
	three, err := c.Get(ctx, "a")
	if err != nil || three == one || three.N != 5 || one.N != 1 {
		t.Fatalf("got %+v, %v; the old one is %+v", three, err, one)
	}
}

func TestCollection_findAndEach(t *testing.T) {
	ctx := t.Context()
	d := openDriver(t, newClock())
	c := notes(d, 0)
	code(t, d.EnsureIndexes(ctx, c.Name(), []store.Index{{Name: "unit", Fields: []string{"unit", "n"}}}), "")
	for i := range 25 {
		code(t, c.Insert(ctx, &note{ID: fmt.Sprintf("%02d", i), Unit: fmt.Sprintf("u%d", i%2), N: i}), "")
	}
	list, err := c.Find(ctx, store.Query{Index: "unit", Equal: []any{"u1"}, Desc: true, Limit: 5})
	if err != nil || len(list.Items) != 5 || list.Items[0].N != 23 || list.Items[0].Rev != 1 || list.Next == "" {
		t.Fatalf("got %d items, next %q, %v", len(list.Items), list.Next, err)
	}
	var seen []int
	q := store.Query{Index: "unit", Equal: []any{"u1"}, Limit: 5}
	code(t, c.Each(ctx, q, func(n *note) error { seen = append(seen, n.N); return nil }), "")
	if fmt.Sprint(seen) != "[1 3 5 7 9 11 13 15 17 19 21 23]" {
		t.Fatalf("seen %v", seen)
	}
	stop := errors.New("stop")
	if err := c.Each(ctx, store.Query{}, func(*note) error { return stop }); !errors.Is(err, stop) {
		t.Fatalf("each: %v", err)
	}
	many, err := c.GetMany(ctx, []string{"03", "xx", "01"})
	if err != nil || len(many) != 2 || many[0].N != 3 {
		t.Fatalf("got %v, %v", many, err)
	}
}

func TestCollection_updateUnderContention(t *testing.T) {
	ctx := t.Context()
	c := notes(openDriver(t, newClock()), 10)
	code(t, c.Insert(ctx, &note{ID: "a"}), "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for done := 0; done < 20; {
				_, err := c.Update(ctx, "a", func(n *note) error { n.N++; return nil })
				if err == nil {
					done++
				} else if !model.Is(err, model.CodeConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got, err := c.Get(ctx, "a"); err != nil || got.N != 160 || got.Rev != 161 {
		t.Fatalf("got %+v, %v", got, err)
	}
	refuse := model.Errorf(model.CodeCapReached, "已达上限。")
	_, err := c.Update(ctx, "a", func(*note) error { return refuse })
	code(t, err, model.CodeCapReached)
}

func TestBatch(t *testing.T) {
	ctx := t.Context()
	d := openDriver(t, newClock())
	c := notes(d, 0)
	other := store.NewCollection(d, store.CollectionOptions[note]{Name: "others", ID: func(n *note) string { return n.ID }})
	code(t, c.Insert(ctx, &note{ID: "a"}), "")
	var b store.Batch
	b.Add(c.ReplaceOp(&note{ID: "a", N: 2, Rev: 1}))
	b.Add(other.InsertOp(&note{ID: "a", N: 3}))
	b.AddOps(c.CheckOp("z", 0))
	code(t, b.Apply(ctx, d), "")
	code(t, b.Apply(ctx, d), model.CodeConflict)
	b.Add(c.InsertOp(&note{ID: "x", N: -1}))
	code(t, b.Apply(ctx, d), model.CodeInvalidRequest)
	if _, err := b.Ops(); err == nil || b.Len() != 3 {
		t.Fatalf("%d ops, %v", b.Len(), err)
	}
	if got, err := other.Get(ctx, "a"); err != nil || got.N != 3 || got.Rev != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// What the engine holds is what a T is made of, whatever else stands in the document.
func TestDecode_foreignShape(t *testing.T) {
	ctx := t.Context()
	d := openDriver(t, newClock())
	type odd struct {
		ID string `bson:"_id"`
		N  string `bson:"n"`
	}
	o := store.NewCollection(d, store.CollectionOptions[odd]{Name: "notes", ID: func(o *odd) string { return o.ID }})
	code(t, o.Insert(ctx, &odd{ID: "a", N: "不是数字"}), "")
	_, err := notes(d, 0).Get(ctx, "a")
	code(t, err, model.CodeInternal)
}
