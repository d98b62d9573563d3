package embedded

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"xinyi/model"
	"xinyi/store"
)

// The ledger is what the crash tests write and read back. Writer w's step n is one
// batch: three new documents w/n/0–2 that stand in an index, and w's counter set to n by
// compare-and-swap. So after any crash the counter tells what must be there: each step
// up to it whole, none beyond, and it is not below what was acknowledged.
const (
	ledger       = "ledger"
	ledgerParts  = 3
	ledgerFiller = 700 // bytes, so that memtables fill and tables are compacted
)

var ledgerIndexes = []store.Index{{Name: "step", Fields: []string{"writer", "step"}}, store.FeedIndex}

func stepOps(t testing.TB, w string, n int64) []store.Op {
	t.Helper()
	var ops []store.Op
	for part := range ledgerParts {
		id := fmt.Sprintf("%s/%08d/%d", w, n, part)
		ops = append(ops, store.Op{Kind: store.OpInsert, Coll: ledger, ID: id,
			Body: body(t, id, "writer", w, "step", n, "filler", make([]byte, ledgerFiller))})
	}
	counter := store.Op{Kind: store.OpReplace, Coll: ledger, ID: w, Rev: n, Body: body(t, w, "n", n)}
	if n == 1 {
		counter.Kind, counter.Rev = store.OpInsert, 0
	} else {
		counter.Rev = n - 1
	}
	return append(ops, counter)
}

// lastStep reads w's counter; 0 if there is none yet.
func lastStep(t testing.TB, d store.Driver, w string) int64 {
	t.Helper()
	doc, err := d.Get(t.Context(), ledger, w)
	if model.Is(err, model.CodeNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	n := doc.Body.Lookup("n").AsInt64()
	if doc.Rev != n {
		t.Fatalf("writer %s: step %d at revision %d", w, n, doc.Rev)
	}
	return n
}

// checkLedger wants w's steps whole, at least acked of them, in documents and index,
// and gives their number.
func checkLedger(t testing.TB, d store.Driver, w string, acked int64) int64 {
	t.Helper()
	n := lastStep(t, d, w)
	if n < acked {
		t.Fatalf("writer %s: %d steps acknowledged, %d there", w, acked, n)
	}
	for _, q := range []store.Query{
		{Prefix: w + "/", Limit: 1000},
		{Index: "step", Equal: []any{w}, Limit: 1000},
	} {
		count := int64(0)
		for {
			page, err := d.Find(t.Context(), ledger, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, doc := range page.Docs {
				if want := fmt.Sprintf("%s/%08d/%d", w, count/ledgerParts+1, count%ledgerParts); doc.ID != want || doc.Rev != 1 {
					t.Fatalf("writer %s: found %s at revision %d, want %s", w, doc.ID, doc.Rev, want)
				}
				count++
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if count != n*ledgerParts {
			t.Fatalf("writer %s: %d documents by index %q after %d steps", w, count, q.Index, n)
		}
	}
	return n
}

// checkFeed wants each document of the ledger once in the feed.
func checkFeed(t testing.TB, d store.Driver, want int64) {
	t.Helper()
	seen, token := map[string]bool{}, ""
	for {
		docs, next, err := d.Changes(t.Context(), ledger, token, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			if seen[doc.ID] {
				t.Fatalf("%s is twice in the feed", doc.ID)
			}
			seen[doc.ID] = true
		}
		if token = next; len(docs) == 0 {
			break
		}
	}
	if int64(len(seen)) != want {
		t.Fatalf("%d documents in the feed, want %d", len(seen), want)
	}
}

// write runs writers until stop says so; acknowledged hears of each durable step.
func writeLedger(t testing.TB, d store.Driver, writers int, stop func() bool, acknowledged func(w string, n int64)) {
	var wg sync.WaitGroup
	for i := range writers {
		w := fmt.Sprintf("w%d", i)
		n := lastStep(t, d, w)
		wg.Go(func() {
			for !stop() {
				n++
				if err := d.Apply(t.Context(), stepOps(t, w, n)); err != nil {
					if !errors.Is(err, t.Context().Err()) {
						t.Errorf("writer %s step %d: %v", w, n, err)
					}
					return
				}
				acknowledged(w, n)
			}
		})
	}
	wg.Wait()
}
