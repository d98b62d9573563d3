package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"xinyi/model"
	"xinyi/store"
)

// bump adds one to the counter by compare-and-swap until it works; it reports false
// when the counter stands at limit. also are ops of the same batch.
func (e *env) bump(limit int64, also ...store.Op) (bool, error) {
	for {
		doc, err := e.d.Get(e.Context(), coll, "counter")
		if err != nil {
			return false, err
		}
		n := doc.Body.Lookup("n").AsInt64()
		if n >= limit {
			return false, nil
		}
		err = e.d.Apply(e.Context(), append([]store.Op{e.replaceOp("counter", doc.Rev, "n", n+1)}, also...))
		if !model.Is(err, model.CodeConflict) {
			return err == nil, err
		}
	}
}

var concurrentCases = []testCase{
	{"50 goroutines on one counter lose no step", needs{concurrency: true}, func(e *env) {
		e.apply(e.insertOp("counter", "n", int64(0)))
		const workers, each = 50, 4
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					if ok, err := e.bump(1 << 40); !ok {
						e.Errorf("bump: %v", err)
						return
					}
				}
			})
		}
		wg.Wait()
		doc := e.get("counter")
		if n := doc.Body.Lookup("n").AsInt64(); n != workers*each || doc.Rev != workers*each+1 {
			e.Fatalf("counter %d at revision %d after %d steps", n, doc.Rev, workers*each)
		}
	}},
	{"a capped counter is never exceeded and matches its facts", needs{concurrency: true, transactions: true}, func(e *env) {
		e.apply(e.insertOp("counter", "n", int64(0)))
		const workers, limit = 64, 12
		var won atomic.Int64
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				ok, err := e.bump(limit, e.insertOp(fmt.Sprintf("fact/%02d", w)))
				if err != nil {
					e.Errorf("bump: %v", err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		facts := len(e.find(store.Query{Prefix: "fact/"}).Docs)
		if n := e.get("counter").Body.Lookup("n").AsInt64(); n != limit || won.Load() != limit || facts != limit {
			e.Fatalf("counter %d, winners %d, facts %d; want %d", n, won.Load(), facts, limit)
		}
	}},
	{"of many inserts of one id one wins", needs{concurrency: true}, func(e *env) {
		for round := range 5 {
			id := fmt.Sprintf("claim/%d", round)
			var won, lost atomic.Int64
			var wg sync.WaitGroup
			for w := range 32 {
				wg.Go(func() {
					switch err := e.d.Apply(e.Context(), []store.Op{e.insertOp(id, "by", w)}); model.CodeOf(err) {
					case "":
						won.Add(1)
					case model.CodeExists:
						lost.Add(1)
					default:
						e.Errorf("insert: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || lost.Load() != 31 {
				e.Fatalf("%d won, %d lost", won.Load(), lost.Load())
			}
		}
	}},
	{"readers never see half a batch", needs{concurrency: true, transactions: true}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		e.apply(e.insertOp("a", "n", int64(0)), e.insertOp("b", "n", int64(0)))
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			defer close(stop)
			for i := range int64(100) {
				if err := e.d.Apply(e.Context(), []store.Op{e.replaceOp("a", i+1, "n", i+1), e.replaceOp("b", i+1, "n", i+1)}); err != nil {
					e.Errorf("apply: %v", err)
					return
				}
			}
		})
		for done := false; !done; {
			select {
			case <-stop:
				done = true
			default:
			}
			page := e.find(store.Query{Index: "n"})
			if len(page.Docs) != 2 || page.Docs[0].Rev != page.Docs[1].Rev {
				e.Fatalf("half a batch: %d documents", len(page.Docs))
			}
		}
		wg.Wait()
	}},
}
