package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"xinyi/store"
)

// changes reads the feed to its end and gives the ids and the token to go on from.
func (e *env) changes(token string, limit int) (all []string, next string) {
	e.Helper()
	for {
		docs, next, err := e.d.Changes(e.Context(), coll, token, limit)
		if err != nil {
			e.Fatalf("changes: %v", err)
		}
		if len(docs) > limit {
			e.Fatalf("changes: %d documents, limit %d", len(docs), limit)
		}
		all = append(all, ids(docs)...)
		if len(docs) == 0 {
			return all, next
		}
		token = next
	}
}

// sees polls the feed from token until every id of want has come, and fails when it
// has not after a while. An engine may hold back what is younger than its overlap.
func (e *env) sees(token string, want ...string) (next string) {
	e.Helper()
	missing := map[string]bool{}
	for _, id := range want {
		missing[id] = true
	}
	for deadline := time.Now().Add(20 * time.Second); len(missing) > 0; {
		docs, after, err := e.d.Changes(e.Context(), coll, token, 50)
		if err != nil {
			e.Fatalf("changes: %v", err)
		}
		for _, doc := range docs {
			delete(missing, doc.ID)
		}
		if token = after; time.Now().After(deadline) {
			e.Fatalf("the feed never gave %d documents of %d", len(missing), len(want))
		}
	}
	return token
}

var feedCases = []testCase{
	{"the feed gives what is new since the token", needs{}, func(e *env) {
		e.ensure(store.FeedIndex)
		if got, _ := e.changes("", 10); len(got) != 0 {
			e.Fatalf("an empty collection has changes: %q", got)
		}
		e.each(e.insertOp("c"), e.insertOp("a"), e.insertOp("b"))
		token := e.sees("", "a", "b", "c")
		e.apply(e.replaceOp("c", 1, "n", 1))
		e.apply(e.insertOp("d"))
		token = e.sees(token, "c", "d")
		e.apply(e.putOp("a", "n", 2))
		e.sees(token, "a")
		e.apply(deleteOp("d", 1))
		if got, _ := e.changes("", 2); slices.Contains(got, "d") {
			e.Fatalf("a deleted document is in the feed: %q", got)
		}
	}},
	{"the feed is oldest first and pages by limit", needs{}, func(e *env) {
		e.ensure(store.FeedIndex)
		var want []string
		for i := range 17 {
			id := fmt.Sprintf("%02d", (i*7)%17)
			e.apply(e.insertOp(id))
			want = append(want, id)
		}
		e.sees("", want...)
		for _, limit := range []int{1, 4, 100} {
			got, _ := e.changes("", limit)
			slices.Sort(got)
			if got = slices.Compact(got); len(got) != len(want) {
				e.Fatalf("limit %d: %q", limit, got)
			}
		}
		docs, _, err := e.d.Changes(e.Context(), coll, "", 100)
		if err != nil || !slices.IsSortedFunc(docs, func(a, b store.Doc) int { return a.At.Compare(b.At) }) {
			e.Fatalf("not oldest first: %q, %v", ids(docs), err)
		}
	}},
	{"a token is valid after a restart", needs{reopen: true}, func(e *env) {
		e.ensure(store.FeedIndex)
		e.each(e.insertOp("a"), e.insertOp("b"))
		token := e.sees("", "a", "b")
		e.reopen()
		e.ensure(store.FeedIndex)
		e.apply(e.insertOp("c"))
		e.sees(token, "c")
	}},
	{"a feed declared after the fact holds what was there", needs{}, func(e *env) {
		e.each(e.insertOp("a"), e.insertOp("b"))
		if _, _, err := e.d.Changes(e.Context(), coll, "", 10); err == nil {
			e.Fatal("changes without a feed give no error")
		}
		e.ensure(store.FeedIndex)
		e.sees("", "a", "b")
	}},
	{"a bad token is an error", needs{}, func(e *env) {
		e.ensure(store.FeedIndex)
		if _, _, err := e.d.Changes(e.Context(), coll, "!?", 10); err == nil {
			e.Fatal("no error")
		}
	}},
	{"a reader of the feed misses nothing under concurrent writers", needs{concurrency: true}, func(e *env) {
		e.ensure(store.FeedIndex)
		const writers, each = 8, 60
		var want []string
		for w := range writers {
			for i := range each {
				want = append(want, fmt.Sprintf("%d/%d", w, i))
			}
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					id := want[w*each+i]
					if err := e.d.Apply(e.Context(), []store.Op{e.insertOp(id)}); err != nil {
						e.Errorf("apply: %v", err)
						return
					}
				}
			})
		}
		e.sees("", want...)
		wg.Wait()
	}},
}
