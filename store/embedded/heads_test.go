package embedded

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xinyi/store"
)

const queue = "queue"

func listed(t testing.TB, d *Driver, limit int) (ids []string) {
	t.Helper()
	page, err := d.Find(context.Background(), queue, store.Query{Limit: limit})
	if err != nil {
		t.Error(err)
	}
	for _, doc := range page.Docs {
		ids = append(ids, doc.ID)
	}
	return ids
}

func queued(t testing.TB, kind store.OpKind, id string) store.Op {
	if kind == store.OpDelete {
		return store.Op{Kind: kind, Coll: queue, ID: id, Rev: 1}
	}
	return store.Op{Kind: kind, Coll: queue, ID: id, Body: body(t, id)}
}

// Whatever is written and deleted in whatever order, a scan finds what is there.
func TestHeads_scanFindsAll(t *testing.T) {
	d := open(t, t.TempDir(), Options{Queues: []string{queue}})
	rapid.Check(t, func(rt *rapid.T) {
		apply(t, d, func() (ops []store.Op) { // what the last run left
			for _, id := range listed(t, d, 100) {
				ops = append(ops, queued(t, store.OpDelete, id))
			}
			return ops
		}()...)
		there := map[string]bool{}
		id := rapid.Custom(func(rt *rapid.T) string { return fmt.Sprintf("k%02d", rapid.IntRange(0, 20).Draw(rt, "n")) })
		rt.Repeat(map[string]func(*rapid.T){
			"insert": func(rt *rapid.T) {
				if k := id.Draw(rt, "id"); !there[k] {
					apply(t, d, queued(t, store.OpInsert, k))
					there[k] = true
				}
			},
			"delete": func(rt *rapid.T) {
				if k := id.Draw(rt, "id"); there[k] {
					apply(t, d, queued(t, store.OpDelete, k))
					delete(there, k)
				}
			},
			"": func(rt *rapid.T) {
				limit := rapid.IntRange(1, 30).Draw(rt, "limit")
				var want []string
				for k := range there {
					want = append(want, k)
				}
				slices.Sort(want)
				if got := listed(t, d, limit); !slices.Equal(got, want[:min(limit, len(want))]) {
					rt.Fatalf("got %v, want %v", got, want)
				}
			},
		})
	})
}

// A scan does not step over what was deleted before the first document.
func TestHeads_move(t *testing.T) {
	d := open(t, t.TempDir(), Options{Queues: []string{queue}})
	head := func() string { id, _ := d.heads[queue].start(); return id }
	for _, k := range []string{"a", "b", "c"} {
		apply(t, d, queued(t, store.OpInsert, k))
	}
	apply(t, d, queued(t, store.OpDelete, "a"), queued(t, store.OpDelete, "b"))
	listed(t, d, 1)
	if head() != "c" {
		t.Fatalf("the head is at %q", head())
	}
	apply(t, d, queued(t, store.OpDelete, "c"))
	if ids := listed(t, d, 1); len(ids) > 0 || head() != noDocument {
		t.Fatalf("found %v, the head is at %q", ids, head())
	}
	apply(t, d, queued(t, store.OpInsert, "b"))
	if ids := listed(t, d, 1); !slices.Equal(ids, []string{"b"}) || head() != "b" {
		t.Fatalf("found %v, the head is at %q", ids, head())
	}
}

// What was acknowledged is found by everybody, while many write and one empties the queue.
func TestHeads_concurrent(t *testing.T) {
	d := open(t, t.TempDir(), Options{Queues: []string{queue}})
	const writers, each = 4, 200
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				k := fmt.Sprintf("%06d-%d", (n*7919)%each, w) // before and behind what is there
				if err := d.Apply(t.Context(), []store.Op{queued(t, store.OpInsert, k)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { wg.Wait(); close(written) }()
	taken, ended := 0, false
	for {
		ids := listed(t, d, 5)
		for _, k := range ids {
			apply(t, d, queued(t, store.OpDelete, k))
			taken++
		}
		if ended && len(ids) == 0 {
			break
		}
		select {
		case <-written:
			ended = true // what is there now is all
		default:
		}
	}
	if taken != writers*each {
		t.Fatalf("%d of %d found", taken, writers*each)
	}
}
