package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"xinyi/model"
	"xinyi/store"
)

// calls are all calls that take a context.
func (e *env) calls(ctx context.Context) map[string]error {
	_, get := e.d.Get(ctx, coll, "a")
	_, many := e.d.GetMany(ctx, coll, []string{"a"})
	_, find := e.d.Find(ctx, coll, store.Query{Limit: 1})
	_, byIndex := e.d.Find(ctx, coll, store.Query{Index: "n", Limit: 1})
	_, _, changes := e.d.Changes(ctx, coll, "", 1)
	return map[string]error{
		"get": get, "get many": many, "find": find, "find by index": byIndex, "changes": changes,
		"apply":   e.d.Apply(ctx, []store.Op{e.putOp("a", "n", 2)}),
		"indexes": e.d.EnsureIndexes(ctx, coll, []store.Index{{Name: "m", Fields: []string{"m"}}}),
	}
}

var machineCases = []testCase{
	{"a cancelled context gives its error", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}}, store.FeedIndex)
		e.apply(e.insertOp("a", "n", 1))
		ctx, cancel := context.WithCancel(e.Context())
		cancel()
		for name, err := range e.calls(ctx) {
			if !errors.Is(err, context.Canceled) {
				e.Errorf("%s: %v", name, err)
			}
		}
	}},
	{"a closed engine answers with errors", needs{}, func(e *env) {
		e.apply(e.insertOp("a"))
		if err := e.d.Close(); err != nil {
			e.Fatal(err)
		}
		for name, err := range e.calls(e.Context()) {
			if model.CodeOf(err) != model.CodeUnavailable {
				e.Errorf("%s: %v", name, err)
			}
		}
		if err := e.d.Close(); err != nil {
			e.Errorf("second close: %v", err)
		}
		_ = e.d.Stats()
	}},
	{"what was acknowledged is there after a restart", needs{reopen: true}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		for round := range 3 {
			for i := range 20 {
				e.apply(e.insertOp(fmt.Sprintf("%d/%02d", round, i), "n", i))
			}
			e.apply(deleteOp(fmt.Sprintf("%d/00", round), 1))
			e.apply(e.replaceOp(fmt.Sprintf("%d/01", round), 1, "n", 99))
			e.reopen()
		}
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		if got := len(e.find(store.Query{}).Docs); got != 57 {
			e.Fatalf("%d documents", got)
		}
		e.finds(store.Query{Index: "n", Equal: []any{int64(99)}}, "0/01", "1/01", "2/01")
		if doc := e.get("2/01"); doc.Rev != 2 {
			e.Fatalf("revision %d", doc.Rev)
		}
		e.apply(e.replaceOp("2/01", 2, "n", 1))
	}},
	{"a snapshot holds one instant and opens", needs{snapshots: true}, func(e *env) {
		n := store.Index{Name: "n", Fields: []string{"n"}}
		e.ensure(n, store.FeedIndex)
		e.apply(e.insertOp("a", "n", 1))
		dir := filepath.Join(e.TempDir(), "copy")
		if err := e.d.Snapshot(e.Context(), dir); err != nil {
			e.Fatal(err)
		}
		if err := e.d.Snapshot(e.Context(), dir); err == nil {
			e.Fatal("a snapshot over a folder that is there gives no error")
		}
		e.apply(e.insertOp("b", "n", 2))
		e.apply(e.replaceOp("a", 1, "n", 3))
		e.dir = dir
		e.open()
		e.finds(store.Query{Index: "n"}, "a")
		if doc := e.get("a"); doc.Rev != 1 {
			e.Fatalf("revision %d", doc.Rev)
		}
		e.apply(e.insertOp("c", "n", 0))
		e.finds(store.Query{Index: "n"}, "c", "a")
	}},
	{"stats are there", needs{}, func(e *env) {
		e.apply(e.insertOp("a"))
		if len(e.d.Stats()) == 0 {
			e.Fatal("no counters")
		}
	}},
}
