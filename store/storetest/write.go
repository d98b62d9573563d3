package storetest

import (
	"bytes"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var writeCases = []testCase{
	{"insert and get give the same document", needs{}, func(e *env) {
		op := e.insertOp("a", "name", "甲", "n", int64(7))
		e.apply(op)
		doc := e.get("a")
		if doc.ID != "a" || doc.Rev != 1 || !bytes.Equal(doc.Body, op.Body) {
			e.Fatalf("got id %q revision %d body %v", doc.ID, doc.Rev, doc.Body)
		}
		if doc.At.IsZero() || doc.At.Location() != time.UTC || !doc.At.Equal(doc.At.Truncate(time.Millisecond)) {
			e.Fatalf("at is %v, want UTC milliseconds", doc.At)
		}
		e.absent("b")
		if _, err := e.d.Get(e.Context(), "others", "a"); model.CodeOf(err) != model.CodeNotFound {
			e.Fatalf("another collection: %v", err)
		}
	}},
	{"an insert over a document is already_exists", needs{}, func(e *env) {
		e.apply(e.insertOp("a", "n", 1))
		e.refused(model.CodeExists, 0, e.insertOp("a", "n", 2))
		if n := e.get("a").Body.Lookup("n").AsInt64(); n != 1 {
			e.Fatalf("n is %d", n)
		}
	}},
	{"replace and delete tell absent from changed", needs{}, func(e *env) {
		e.refused(model.CodeNotFound, 0, e.replaceOp("a", 1))
		e.refused(model.CodeNotFound, 0, deleteOp("a", 1))
		e.apply(e.insertOp("a", "n", 1))
		e.refused(model.CodeConflict, 0, e.replaceOp("a", 2, "n", 2))
		e.refused(model.CodeConflict, 0, deleteOp("a", 2))
		e.apply(e.replaceOp("a", 1, "n", 2))
		e.refused(model.CodeConflict, 0, e.replaceOp("a", 1, "n", 3))
		if doc := e.get("a"); doc.Rev != 2 || doc.Body.Lookup("n").AsInt64() != 2 {
			e.Fatalf("revision %d, body %v", doc.Rev, doc.Body)
		}
		e.apply(deleteOp("a", 2))
		e.absent("a")
		e.refused(model.CodeNotFound, 0, deleteOp("a", 2))
		e.apply(e.insertOp("a", "n", 4))
	}},
	{"a mark is there afterwards, whatever was there", needs{}, func(e *env) {
		mark := store.Op{Kind: store.OpMark, Coll: coll, ID: "a/1", Body: raw(e.T, "a/1")}
		e.apply(mark)
		e.apply(mark, e.insertOp("b"))
		if doc := e.get("a/1"); doc.Rev < 1 || !bytes.Equal(doc.Body, mark.Body) {
			e.Fatalf("revision %d, body %v", doc.Rev, doc.Body)
		}
		e.refused(model.CodeExists, 0, e.insertOp("a/1"))
		e.refused(model.CodeInvalidRequest, 0, store.Op{Kind: store.OpMark, Coll: coll, ID: "c", Body: raw(e.T, "c", "n", 1)})
		e.apply(deleteOp("a/1", e.get("a/1").Rev))
		e.absent("a/1")
	}},
	{"ids in and out of order are inserted once", needs{}, func(e *env) {
		for _, id := range []string{"m", "n", "a", "z", "y", "zz"} {
			e.apply(e.insertOp(id))
			e.refused(model.CodeExists, 0, e.insertOp(id))
		}
		e.apply(e.putOp("zzz"), e.insertOp("zzzz"))
		e.refused(model.CodeExists, 0, e.insertOp("zzz"))
		e.apply(deleteOp("zzzz", 1))
		e.apply(e.insertOp("zzzz"))
	}},
	{"put inserts and overwrites and counts revisions", needs{}, func(e *env) {
		e.apply(e.putOp("a", "n", 1))
		e.apply(e.putOp("a", "n", 2))
		if doc := e.get("a"); doc.Rev != 2 || doc.Body.Lookup("n").AsInt64() != 2 {
			e.Fatalf("revision %d, body %v", doc.Rev, doc.Body)
		}
		e.apply(e.replaceOp("a", 2, "n", 3))
	}},
	{"check compares and writes nothing", needs{}, func(e *env) {
		e.apply(checkOp("a", 0))
		e.refused(model.CodeConflict, 0, checkOp("a", 1))
		e.apply(e.insertOp("a"))
		e.apply(checkOp("a", 1))
		e.refused(model.CodeConflict, 0, checkOp("a", 0))
		e.refused(model.CodeConflict, 0, checkOp("a", 2))
		if doc := e.get("a"); doc.Rev != 1 {
			e.Fatalf("revision %d after checks", doc.Rev)
		}
	}},
	{"unknown fields, types and their order are kept", needs{}, func(e *env) {
		op := e.insertOp("a", "zz", "last name first", "none", nil, "empty", "", "list", bson.A{int32(1), "two", bson.D{}},
			"sub", bson.D{{Key: "b", Value: true}, {Key: "a", Value: 1.5}}, "when", bson.NewDateTimeFromTime(noon),
			"bin", []byte{0, 1, 255}, "i32", int32(-1), "i64", int64(-1), "名", "值")
		e.apply(op)
		if got := e.get("a").Body; !bytes.Equal(got, op.Body) {
			e.Fatalf("got  %v\nwant %v", got, op.Body)
		}
	}},
	{"a time keeps its milliseconds", needs{}, func(e *env) {
		at := noon.Add(123 * time.Millisecond)
		e.apply(e.insertOp("a", "at", at.In(time.FixedZone("", 8*3600))))
		if got := e.get("a").Body.Lookup("at").Time(); !got.Equal(at) {
			e.Fatalf("got %v", got)
		}
	}},
	{"any UTF-8 is an id, byte for byte", needs{}, func(e *env) {
		good := []string{"a/b", "/", "$where", "a.b", " ", "中文", "é", "e\u0301", "\U0001F600", "\t\n", "'\"\\", strings.Repeat("x", store.MaxID)}
		for i, id := range good {
			e.apply(e.insertOp(id, "n", i))
		}
		for i, id := range good {
			if n := e.get(id).Body.Lookup("n").AsInt64(); n != int64(i) {
				e.Fatalf("id %q holds document %d, want %d", id, n, i)
			}
		}
	}},
	{"an id that is no id is refused on writing and absent on reading", needs{}, func(e *env) {
		for _, id := range []string{"", "a\x00b", "\x00", "\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("x", store.MaxID+1)} {
			e.refused(model.CodeInvalidRequest, 0, e.insertOp(id))
			e.refused(model.CodeInvalidRequest, 0, deleteOp(id, 1))
			e.absent(id)
			docs, err := e.d.GetMany(e.Context(), coll, []string{id})
			if err != nil || len(docs) != 0 {
				e.Fatalf("get many %q: %d documents, %v", id, len(docs), err)
			}
		}
	}},
	{"a body that does not belong to its id is refused", needs{}, func(e *env) {
		for name, body := range map[string]bson.Raw{
			"none": nil, "other id": raw(e.T, "b"), "reserved _rev": raw(e.T, "a", "_rev", 1), "reserved _at": raw(e.T, "a", "_at", 1),
			"cut": raw(e.T, "a", "n", 1)[:12], "not bson": bson.Raw("hello"), "trailing": append(raw(e.T, "a"), 0),
		} {
			op := store.Op{Kind: store.OpInsert, Coll: coll, ID: "a", Body: body}
			if err := e.d.Apply(e.Context(), []store.Op{op}); model.CodeOf(err) != model.CodeInvalidRequest {
				e.Errorf("%s: %v", name, err)
			}
		}
		e.absent("a")
	}},
	{"a bad collection, kind or revision is refused", needs{}, func(e *env) {
		good := e.insertOp("a")
		for name, change := range map[string]func(*store.Op){
			"no kind": func(op *store.Op) { op.Kind = 0 }, "unknown kind": func(op *store.Op) { op.Kind = 99 },
			"no collection": func(op *store.Op) { op.Coll = "" }, "collection with NUL": func(op *store.Op) { op.Coll = "a\x00b" },
			"collection with capitals": func(op *store.Op) { op.Coll = "Things" }, "negative revision": func(op *store.Op) { op.Rev = -1 },
		} {
			op := good
			change(&op)
			if err := e.d.Apply(e.Context(), []store.Op{op}); model.CodeOf(err) != model.CodeInvalidRequest {
				e.Errorf("%s: %v", name, err)
			}
		}
	}},
	{"a document of 1 MiB is kept whole", needs{}, func(e *env) {
		op := e.insertOp("big", "data", bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
		e.apply(op)
		if got := e.get("big").Body; !bytes.Equal(got, op.Body) {
			e.Fatalf("got %d bytes, want %d", len(got), len(op.Body))
		}
	}},
	{"get many gives those that exist in the order asked", needs{}, func(e *env) {
		e.each(e.insertOp("a"), e.insertOp("b"), e.insertOp("c"))
		docs, err := e.d.GetMany(e.Context(), coll, []string{"c", "x", "a", "y", "b"})
		if err != nil || strings.Join(ids(docs), "") != "cab" {
			e.Fatalf("got %q, %v", ids(docs), err)
		}
		if docs, err = e.d.GetMany(e.Context(), coll, nil); err != nil || len(docs) != 0 {
			e.Fatalf("no ids: %q, %v", ids(docs), err)
		}
	}},
	{"no ops are nothing to do", needs{}, func(e *env) { e.apply() }},
	{"an id twice in a batch is refused", needs{}, func(e *env) {
		e.refused(model.CodeInvalidRequest, 2, e.insertOp("a"), e.insertOp("b"), e.putOp("a"))
		e.absent("a")
		e.absent("b")
		var ops []store.Op
		for i := range 30 {
			ops = append(ops, e.insertOp(strings.Repeat("x", i+1)))
		}
		e.refused(model.CodeInvalidRequest, 30, append(ops, checkOp("xxx", 0))...)
	}},
	{"a batch with one failing op leaves no trace", needs{transactions: true}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		e.apply(e.insertOp("old", "n", 1))
		good := []store.Op{e.insertOp("new", "n", 2), e.replaceOp("old", 1, "n", 3), e.putOp("put", "n", 4)}
		for _, bad := range []struct {
			code model.Code
			op   store.Op
		}{
			{model.CodeNotFound, e.replaceOp("gone", 1)},
			{model.CodeNotFound, deleteOp("gone", 1)},
			{model.CodeConflict, checkOp("gone", 1)},
		} {
			for at := range len(good) + 1 {
				ops := append(append(append([]store.Op{}, good[:at]...), bad.op), good[at:]...)
				e.refused(bad.code, at, ops...)
			}
		}
		e.refused(model.CodeExists, 1, e.insertOp("new", "n", 2), e.insertOp("old", "n", 5))
		e.absent("new")
		e.absent("put")
		if doc := e.get("old"); doc.Rev != 1 {
			e.Fatalf("revision %d", doc.Rev)
		}
		e.finds(store.Query{Index: "n"}, "old")
	}},
	{"a batch spans collections and holds its checks", needs{transactions: true}, func(e *env) {
		other := store.Op{Kind: store.OpInsert, Coll: "others", ID: "a", Body: raw(e.T, "a", "n", 1)}
		e.apply(e.insertOp("a", "n", 2), other, checkOp("b", 0))
		doc, err := e.d.Get(e.Context(), "others", "a")
		if err != nil || doc.Body.Lookup("n").AsInt64() != 1 || e.get("a").Body.Lookup("n").AsInt64() != 2 {
			e.Fatalf("others: %v, %v", doc.Body, err)
		}
		e.apply(checkOp("a", 1), e.insertOp("b"))
		e.refused(model.CodeConflict, 0, checkOp("a", 2), e.insertOp("c"))
		e.absent("c")
		e.apply(deleteOp("a", 1), e.replaceOp("b", 1, "n", 9))
		e.absent("a")
	}},
	{"a batch of a thousand is one", needs{transactions: true}, func(e *env) {
		var ops []store.Op
		for i := range 1000 {
			ops = append(ops, e.insertOp(strings.Repeat("k", 1+i%7)+string(rune('a'+i%26))+time.Duration(i).String(), "n", i))
		}
		e.apply(ops...)
		if got := len(e.pages(store.Query{}, 300)); got != 1000 {
			e.Fatalf("%d documents", got)
		}
	}},
}
