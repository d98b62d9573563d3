// Package storetest pins what every engine behind store.Driver does alike.
//
// An engine's test is one call:
//
//	storetest.Run(t, func(t *testing.T) storetest.Harness {
//		return storetest.Harness{Open: open, Durable: true}
//	})
//
// A case that needs something the engine's Capabilities (or the harness) lacks is
// skipped and named: "skipped by declared capability: <case>". The engine's users say
// how they cope. Property (property.go) compares an engine with a plain map.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Harness opens engines for the suite.
type Harness struct {
	// Open opens the database that dir names, which is new at first. It may be called
	// again for the same dir once the driver before it is closed. It fails t if it
	// cannot, and leaves closing to the suite.
	Open func(t testing.TB, dir string) store.Driver
	// Durable says that a database opened again holds what was written before.
	Durable bool
}

// needs are what a case asks of an engine.
type needs struct{ transactions, concurrency, snapshots, reopen bool }

func (n needs) missing(c store.Capabilities, h Harness) string {
	var list []string
	for _, need := range []struct {
		name        string
		wanted, has bool
	}{
		{"transactions", n.transactions, c.Transactions},
		{"concurrency", n.concurrency, c.Concurrency},
		{"snapshots", n.snapshots, c.Snapshots},
		{"durable", n.reopen, h.Durable},
	} {
		if need.wanted && !need.has {
			list = append(list, need.name)
		}
	}
	return strings.Join(list, ", ")
}

type testCase struct {
	name  string
	needs needs
	run   func(e *env)
}

// Run runs every case as a subtest on a database of its own.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	var skipped []string
	for _, c := range slices.Concat(writeCases, queryCases, indexCases, feedCases, concurrentCases, machineCases) {
		t.Run(c.name, func(t *testing.T) {
			e := &env{T: t, h: newHarness(t), dir: t.TempDir()}
			e.open()
			if lacks := c.needs.missing(e.d.Capabilities(), e.h); lacks != "" {
				line := fmt.Sprintf("skipped by declared capability: %s (%s)", c.name, lacks)
				skipped = append(skipped, line)
				t.Skip(line)
			}
			c.run(e)
		})
	}
	for _, line := range skipped {
		t.Log(line)
	}
}

// env is one case's database and the short words the cases are written in.
type env struct {
	*testing.T
	h   Harness
	dir string
	d   store.Driver
}

func (e *env) open() {
	e.Helper()
	d := e.h.Open(e.T, e.dir)
	e.d = d
	e.Cleanup(func() { _ = d.Close() }) // a second Close does nothing
}

func (e *env) reopen() {
	e.Helper()
	if err := e.d.Close(); err != nil {
		e.Fatalf("close: %v", err)
	}
	e.open()
}

// coll is the collection of the cases.
const coll = "things"

// raw makes a document from pairs of name and value.
func raw(t testing.TB, id string, fields ...any) bson.Raw {
	t.Helper()
	d := bson.D{{Key: "_id", Value: id}}
	for i := 0; i < len(fields); i += 2 {
		d = append(d, bson.E{Key: fields[i].(string), Value: fields[i+1]})
	}
	b, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (e *env) insertOp(id string, fields ...any) store.Op {
	e.Helper()
	return store.Op{Kind: store.OpInsert, Coll: coll, ID: id, Body: raw(e.T, id, fields...)}
}

func (e *env) replaceOp(id string, rev int64, fields ...any) store.Op {
	e.Helper()
	return store.Op{Kind: store.OpReplace, Coll: coll, ID: id, Rev: rev, Body: raw(e.T, id, fields...)}
}

func (e *env) putOp(id string, fields ...any) store.Op {
	e.Helper()
	return store.Op{Kind: store.OpPut, Coll: coll, ID: id, Body: raw(e.T, id, fields...)}
}

func deleteOp(id string, rev int64) store.Op {
	return store.Op{Kind: store.OpDelete, Coll: coll, ID: id, Rev: rev}
}

func checkOp(id string, rev int64) store.Op {
	return store.Op{Kind: store.OpCheck, Coll: coll, ID: id, Rev: rev}
}

func (e *env) apply(ops ...store.Op) {
	e.Helper()
	if err := e.d.Apply(e.Context(), ops); err != nil {
		e.Fatalf("apply: %v", err)
	}
}

// each applies the ops one by one, so that it works without transactions.
func (e *env) each(ops ...store.Op) {
	e.Helper()
	for _, op := range ops {
		e.apply(op)
	}
}

// refused applies ops and wants code on the op at index.
func (e *env) refused(code model.Code, index int, ops ...store.Op) {
	e.Helper()
	err := e.d.Apply(e.Context(), ops)
	if model.CodeOf(err) != code {
		e.Fatalf("apply: got %v, want code %s", err, code)
	}
	var failed *store.OpError
	if !errors.As(err, &failed) {
		e.Fatalf("apply: %v has no OpError inside", err)
	}
	if failed.Index != index || failed.Coll != ops[index].Coll || failed.ID != ops[index].ID {
		e.Fatalf("apply: OpError names op %d of %s, want %d", failed.Index, failed.Coll, index)
	}
	if strings.Contains(err.Error(), ops[index].ID) && len(ops[index].ID) > 3 {
		e.Fatalf("apply: the error's text shows the id")
	}
}

func (e *env) get(id string) store.Doc {
	e.Helper()
	doc, err := e.d.Get(e.Context(), coll, id)
	if err != nil {
		e.Fatalf("get %q: %v", id, err)
	}
	return doc
}

func (e *env) absent(id string) {
	e.Helper()
	if doc, err := e.d.Get(e.Context(), coll, id); model.CodeOf(err) != model.CodeNotFound {
		e.Fatalf("get %q: got revision %d, %v; want not_found", id, doc.Rev, err)
	}
}

func (e *env) ensure(indexes ...store.Index) {
	e.Helper()
	if err := e.d.EnsureIndexes(e.Context(), coll, indexes); err != nil {
		e.Fatalf("ensure indexes: %v", err)
	}
}

func (e *env) find(q store.Query) store.Page {
	e.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	page, err := e.d.Find(e.Context(), coll, q)
	if err != nil {
		e.Fatalf("find %+v: %v", q, err)
	}
	return page
}

// finds wants exactly these ids in this order.
func (e *env) finds(q store.Query, want ...string) {
	e.Helper()
	page := e.find(q)
	if got := ids(page.Docs); !slices.Equal(got, want) {
		e.Fatalf("find %+v:\n got %q\nwant %q", q, got, want)
	}
	if page.Next != "" {
		e.Fatalf("find %+v: a next page is promised after the last document", q)
	}
}

// pages walks all pages of size limit.
func (e *env) pages(q store.Query, limit int) []string {
	e.Helper()
	var all []string
	for q.Limit = limit; ; {
		page := e.find(q)
		all = append(all, ids(page.Docs)...)
		if page.Next == "" {
			return all
		}
		if len(page.Docs) != limit {
			e.Fatalf("find %+v: %d documents on a page that is not the last", q, len(page.Docs))
		}
		q.After = page.Next
	}
}

func ids(docs []store.Doc) []string {
	list := make([]string, len(docs))
	for i, doc := range docs {
		list[i] = doc.ID
	}
	return list
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// noon is a fixed instant for documents.
var noon = time.Date(1999, 12, 31, 12, 0, 0, 0, time.UTC)
