package storetest

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"testing"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// Property drives an engine and a plain map with the same random batches, queries and
// restarts, and wants the same answers. rapid's flags say how often.
func Property(t *testing.T, newHarness func(t *testing.T) Harness) {
	h := newHarness(t)
	rapid.Check(t, func(r *rapid.T) {
		m := &mirror{t: t, r: r, h: h, dir: t.TempDir(), docs: map[string]store.Doc{}, indexed: rapid.Bool().Draw(r, "indexed from the start")}
		m.open()
		defer func() { _ = m.d.Close() }()
		if !m.d.Capabilities().Transactions {
			r.Skip("skipped by declared capability: property (transactions)")
		}
		actions := map[string]func(*rapid.T){
			"batch": m.batch, "find by id": m.findByID, "find by index": m.findByIndex, "index": m.index, "": m.compare,
		}
		if h.Durable {
			actions["reopen"] = m.reopen
		}
		r.Repeat(actions)
	})
}

// mirror is the engine and what it should hold.
type mirror struct {
	t       *testing.T
	r       *rapid.T
	h       Harness
	dir     string
	d       store.Driver
	docs    map[string]store.Doc
	indexed bool
	fresh   []string // ids written since the feed's token was taken
	token   string
}

var mirrorIndexes = []store.Index{{Name: "kn", Fields: []string{"k", "n"}}, {Name: "n", Fields: []string{"n"}}, store.FeedIndex}

var (
	someID   = rapid.SampledFrom([]string{"a", "b", "a/1", "a/2", "A", "中", "z", "aa"})
	someKey  = rapid.SampledFrom([]any{"", "x", "X", "x\x00y", nil, "missing"})
	someN    = rapid.SampledFrom([]any{int64(-1), int32(0), int64(0), int64(1), int64(1 << 40), nil, "missing"})
	someKind = rapid.SampledFrom([]store.OpKind{store.OpInsert, store.OpInsert, store.OpPut, store.OpReplace, store.OpReplace, store.OpDelete, store.OpCheck})
)

func (m *mirror) open() {
	m.d = m.h.Open(m.t, m.dir)
	if m.indexed {
		m.must(m.d.EnsureIndexes(m.t.Context(), coll, mirrorIndexes))
	}
}

func (m *mirror) must(err error) {
	if err != nil {
		m.r.Fatalf("%v", err)
	}
}

func (m *mirror) reopen(*rapid.T) {
	m.must(m.d.Close())
	m.open()
}

func (m *mirror) index(*rapid.T) {
	m.indexed = true
	m.must(m.d.EnsureIndexes(m.t.Context(), coll, mirrorIndexes))
}

func (m *mirror) drawOp(r *rapid.T) store.Op {
	op := store.Op{Kind: someKind.Draw(r, "kind"), Coll: coll, ID: someID.Draw(r, "id")}
	if op.Kind == store.OpReplace || op.Kind == store.OpDelete || op.Kind == store.OpCheck {
		op.Rev = m.docs[op.ID].Rev
		if rapid.IntRange(0, 5).Draw(r, "wrong revision") == 0 {
			op.Rev++
		}
	}
	if op.Kind != store.OpDelete && op.Kind != store.OpCheck {
		var fields []any
		for name, v := range map[string]any{"k": someKey.Draw(r, "k"), "n": someN.Draw(r, "n")} {
			if v != "missing" {
				fields = append(fields, name, v)
			}
		}
		op.Body = raw(m.t, op.ID, fields...)
	}
	return op
}

// judge is the contract of Op, said once more.
func (m *mirror) judge(op store.Op) model.Code {
	have, ok := m.docs[op.ID]
	switch {
	case op.Kind == store.OpInsert && ok:
		return model.CodeExists
	case (op.Kind == store.OpReplace || op.Kind == store.OpDelete) && !ok:
		return model.CodeNotFound
	case op.Kind != store.OpInsert && op.Kind != store.OpPut && have.Rev != op.Rev:
		return model.CodeConflict
	}
	return ""
}

func (m *mirror) batch(r *rapid.T) {
	ops := rapid.SliceOfNDistinct(rapid.Custom(m.drawOp), 1, 4, func(op store.Op) string { return op.ID }).Draw(r, "ops")
	want, at := model.Code(""), 0
	for i, op := range ops {
		if want, at = m.judge(op), i; want != "" {
			break
		}
	}
	err := m.d.Apply(m.t.Context(), ops)
	if model.CodeOf(err) != want {
		r.Fatalf("apply: got %v, want code %q", err, want)
	}
	if failed := (*store.OpError)(nil); want != "" && (!errors.As(err, &failed) || failed.Index != at) {
		r.Fatalf("apply: failed op is %v, want %d", failed, at)
	}
	if want != "" {
		return
	}
	for _, op := range ops {
		switch op.Kind {
		case store.OpDelete:
			delete(m.docs, op.ID)
		case store.OpCheck:
		default:
			m.docs[op.ID] = store.Doc{ID: op.ID, Rev: m.docs[op.ID].Rev + 1, Body: op.Body}
			m.fresh = append(m.fresh, op.ID)
		}
	}
}

// compare looks at everything, by id and through the feed.
func (m *mirror) compare(r *rapid.T) {
	page, err := m.d.Find(m.t.Context(), coll, store.Query{Limit: 100})
	m.must(err)
	m.same(r, page.Docs, m.sorted(func(a, b store.Doc) int { return cmp.Compare(a.ID, b.ID) }))
	for _, id := range []string{"a", "中"} {
		doc, err := m.d.Get(m.t.Context(), coll, id)
		if want, ok := m.docs[id]; ok != (err == nil) || ok && (doc.Rev != want.Rev || !bytes.Equal(doc.Body, want.Body)) {
			r.Fatalf("get %q: revision %d, %v; want %d", id, doc.Rev, err, want.Rev)
		}
	}
	if !m.indexed || rapid.IntRange(0, 3).Draw(r, "feed") != 0 {
		return
	}
	seen := map[string]bool{}
	for {
		docs, next, err := m.d.Changes(m.t.Context(), coll, m.token, 3)
		m.must(err)
		for _, doc := range docs {
			seen[doc.ID] = true
		}
		if m.token = next; len(docs) == 0 {
			break
		}
	}
	for _, id := range m.fresh {
		if _, there := m.docs[id]; there && !seen[id] && m.d.Capabilities().Concurrency {
			r.Fatalf("the feed has skipped %q", id)
		}
	}
	m.fresh = nil
}

func (m *mirror) sorted(order func(a, b store.Doc) int) (docs []store.Doc) {
	for _, doc := range m.docs {
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, order)
	return docs
}

func (m *mirror) same(r *rapid.T, got, want []store.Doc) {
	if !slices.Equal(ids(got), ids(want)) {
		r.Fatalf("got %q, want %q", ids(got), ids(want))
	}
	for i := range got {
		if got[i].Rev != want[i].Rev || !bytes.Equal(got[i].Body, want[i].Body) {
			r.Fatalf("%q: revision %d, want %d", got[i].ID, got[i].Rev, want[i].Rev)
		}
	}
}

// walk reads all pages of a random size and compares.
func (m *mirror) walk(r *rapid.T, q store.Query, want []store.Doc) {
	if q.Desc = rapid.Bool().Draw(r, "desc"); q.Desc {
		slices.Reverse(want)
	}
	q.Limit = rapid.IntRange(1, 5).Draw(r, "limit")
	var got []store.Doc
	for {
		page, err := m.d.Find(m.t.Context(), coll, q)
		m.must(err)
		got = append(got, page.Docs...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	m.same(r, got, want)
}

func (m *mirror) findByID(r *rapid.T) {
	q := store.Query{Prefix: rapid.SampledFrom([]string{"", "a", "a/", "x"}).Draw(r, "prefix")}
	bound := rapid.SampledFrom([]any{nil, "", "a", "a/2", "b", "中"})
	q.From, q.To = bound.Draw(r, "from"), bound.Draw(r, "to")
	want := m.sorted(func(a, b store.Doc) int { return cmp.Compare(a.ID, b.ID) })
	want = slices.DeleteFunc(want, func(doc store.Doc) bool {
		return !bytes.HasPrefix([]byte(doc.ID), []byte(q.Prefix)) || q.From != nil && doc.ID < q.From.(string) || q.To != nil && doc.ID >= q.To.(string)
	})
	m.walk(r, q, want)
}

func (m *mirror) findByIndex(r *rapid.T) {
	if !m.indexed {
		return
	}
	q := store.Query{Index: "kn"}
	k, equal := rapid.SampledFrom([]string{"", "x", "X", "x\x00y", "y"}).Draw(r, "k"), rapid.Bool().Draw(r, "equal")
	bound := rapid.SampledFrom([]any{nil, int64(-1), int64(0), int64(1), int64(2)})
	if equal {
		q.Equal = []any{k}
		q.From, q.To = bound.Draw(r, "from"), bound.Draw(r, "to")
	}
	want := m.sorted(func(a, b store.Doc) int {
		ak, an, _ := fieldsOf(a)
		bk, bn, _ := fieldsOf(b)
		return cmp.Or(cmp.Compare(ak, bk), cmp.Compare(an, bn), cmp.Compare(a.ID, b.ID))
	})
	want = slices.DeleteFunc(want, func(doc store.Doc) bool {
		dk, dn, ok := fieldsOf(doc)
		return !ok || equal && dk != k || q.From != nil && dn < q.From.(int64) || q.To != nil && dn >= q.To.(int64)
	})
	m.walk(r, q, want)
}

// fieldsOf gives k and n of a document; ok is false if it does not belong in the index.
func fieldsOf(doc store.Doc) (k string, n int64, ok bool) {
	kv, kerr := doc.Body.LookupErr("k")
	nv, nerr := doc.Body.LookupErr("n")
	if kerr != nil || nerr != nil || kv.Type != bson.TypeString || nv.Type == bson.TypeNull {
		return "", 0, false
	}
	return kv.StringValue(), nv.AsInt64(), true
}
