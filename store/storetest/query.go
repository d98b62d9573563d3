package storetest

import (
	"fmt"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// mixed are ids that collations like to disagree about.
var mixed = []string{"-", "0", "10", "9", "A", "B", "Z", "_", "a", "a/", "a/1", "a/10", "a/2", "a0", "aA", "aa", "b", "é", "中", "丰", "\U0001F600"}

// sortedIDs gives them in byte order, which is how Go compares strings.
func sortedIDs() []string {
	list := slices.Clone(mixed)
	slices.Sort(list)
	return list
}

var queryCases = []testCase{
	{"ids sort byte by byte and case matters", needs{}, func(e *env) {
		sorted := sortedIDs()
		for _, id := range mixed {
			e.apply(e.insertOp(id))
		}
		e.finds(store.Query{}, sorted...)
		e.finds(store.Query{Desc: true}, reversed(sorted)...)
		e.absent("z")
	}},
	{"a prefix and a range bound the ids", needs{}, func(e *env) {
		for _, id := range []string{"a", "a/1", "a/2", "a/3", "a0", "b/1", "A/1"} {
			e.apply(e.insertOp(id))
		}
		e.finds(store.Query{Prefix: "a/"}, "a/1", "a/2", "a/3")
		e.finds(store.Query{Prefix: "a/", Desc: true}, "a/3", "a/2", "a/1")
		e.finds(store.Query{Prefix: "a/", From: "a/2"}, "a/2", "a/3")
		e.finds(store.Query{Prefix: "a/", To: "a/2"}, "a/1")
		e.finds(store.Query{Prefix: "a/", From: "a/2", To: "a/3", Desc: true}, "a/2")
		e.finds(store.Query{From: "a/3", To: "b/1"}, "a/3", "a0")
		e.finds(store.Query{From: "b", To: "a"})
		e.finds(store.Query{Prefix: "x"})
		e.finds(store.Query{Prefix: "a.*"})
	}},
	{"a limit cuts and the cursor goes on", needs{}, func(e *env) {
		var all []string
		for i := range 23 {
			all = append(all, fmt.Sprintf("id%02d", i))
			e.apply(e.insertOp(all[i]))
		}
		for _, limit := range []int{1, 2, 22, 23, 24} {
			if got := e.pages(store.Query{}, limit); !slices.Equal(got, all) {
				e.Fatalf("limit %d: %q", limit, got)
			}
			if got := e.pages(store.Query{Desc: true}, limit); !slices.Equal(got, reversed(all)) {
				e.Fatalf("limit %d descending: %q", limit, got)
			}
			if got := e.pages(store.Query{From: "id05", To: "id09"}, limit); !slices.Equal(got, all[5:9]) {
				e.Fatalf("limit %d in a range: %q", limit, got)
			}
		}
	}},
	{"a cursor survives deletions and inserts around it", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		for i := range 6 {
			e.apply(e.insertOp(fmt.Sprint(i), "n", i))
		}
		for _, q := range []store.Query{{Limit: 2}, {Limit: 2, Index: "n"}} {
			page := e.find(q)
			e.apply(deleteOp("1", 1))
			e.apply(deleteOp("2", 1))
			q.After, q.Limit = page.Next, 100
			e.finds(q, "3", "4", "5")
			e.apply(e.insertOp("2", "n", 2))
			e.finds(q, "2", "3", "4", "5")
			q.Desc = true
			e.finds(q, "0")
			e.apply(e.insertOp("1", "n", 1))
		}
	}},
	{"a cursor is valid after a restart", needs{reopen: true}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		for i := range 5 {
			e.apply(e.insertOp(fmt.Sprint(i), "n", 10-i))
		}
		byID, byN := e.find(store.Query{Limit: 2}), e.find(store.Query{Index: "n", Limit: 2})
		e.reopen()
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		e.finds(store.Query{After: byID.Next}, "2", "3", "4")
		e.finds(store.Query{Index: "n", After: byN.Next}, "2", "1", "0")
	}},
	{"a cursor that is none is invalid_cursor", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		e.apply(e.insertOp("a", "n", 1))
		for _, cursor := range []string{"!", "a b", "\x00", "%%%"} {
			for _, index := range []string{"", "n"} {
				_, err := e.d.Find(e.Context(), coll, store.Query{Index: index, Limit: 1, After: cursor})
				if model.CodeOf(err) != model.CodeInvalidCursor {
					e.Errorf("cursor %q on index %q: %v", cursor, index, err)
				}
			}
		}
	}},
	{"a query out of its limits is an error", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		for _, q := range []store.Query{
			{}, {Limit: -1}, {Limit: store.MaxLimit + 1}, {Limit: 1, Index: "unknown"}, {Limit: 1, Equal: []any{"a"}},
			{Limit: 1, From: 1}, {Limit: 1, Index: "n", Equal: []any{1.5}}, {Limit: 1, Index: "n", Equal: []any{"a", "b"}},
			{Limit: 1, Index: "n", Equal: []any{"a"}, From: "b"}, {Limit: 1, Index: "n", Prefix: "a"}, {Limit: 1, Index: "n", From: nil, To: []byte("x")},
		} {
			if _, err := e.d.Find(e.Context(), coll, q); err == nil {
				e.Errorf("find %+v: no error", q)
			}
		}
	}},
	{"documents of a page stay as they were", needs{}, func(e *env) {
		e.apply(e.insertOp("a", "n", 1))
		first := e.get("a")
		page := e.find(store.Query{})
		for i := range 50 {
			e.apply(e.replaceOp("a", int64(i+1), "n", i+100))
		}
		if first.Body.Lookup("n").AsInt64() != 1 || page.Docs[0].Body.Lookup("n").AsInt64() != 1 || page.Docs[0].Rev != 1 {
			e.Fatal("a document handed out has changed")
		}
	}},
}

var indexCases = []testCase{
	{"strings in an index compare byte by byte", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "name", Fields: []string{"name"}})
		sorted := sortedIDs()
		for i, name := range sorted {
			e.apply(e.insertOp(fmt.Sprintf("%02d", len(sorted)-i), "name", name))
		}
		var want []string
		for i := range sorted {
			want = append(want, fmt.Sprintf("%02d", len(sorted)-i))
		}
		e.finds(store.Query{Index: "name"}, want...)
		e.finds(store.Query{Index: "name", Desc: true}, reversed(want)...)
		e.finds(store.Query{Index: "name", Equal: []any{"a"}}, want[slices.Index(sorted, "a")])
		e.finds(store.Query{Index: "name", Equal: []any{"e"}})
		lo, hi := slices.Index(sorted, "A"), slices.Index(sorted, "a/1")
		e.finds(store.Query{Index: "name", From: "A", To: "a/1"}, want[lo:hi]...)
	}},
	{"numbers, times and booleans keep their order", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}}, store.Index{Name: "at", Fields: []string{"at"}}, store.Index{Name: "ok", Fields: []string{"ok"}})
		for i, n := range []any{int64(-1 << 40), int32(-2), int64(-1), int32(0), int64(1), int32(255), int64(256), int64(1 << 40)} {
			e.apply(e.insertOp(string(rune('a'+i)), "n", n, "at", noon.Add(time.Duration(i-4)*time.Millisecond*40), "ok", i%2 == 1))
		}
		e.finds(store.Query{Index: "n"}, "a", "b", "c", "d", "e", "f", "g", "h")
		e.finds(store.Query{Index: "n", Equal: []any{int64(-2)}}, "b")
		e.finds(store.Query{Index: "n", From: int64(-1), To: int64(256)}, "c", "d", "e", "f")
		e.finds(store.Query{Index: "n", From: int64(0), Desc: true}, "h", "g", "f", "e", "d")
		e.finds(store.Query{Index: "n", To: int64(-1)}, "a", "b")
		e.finds(store.Query{Index: "at", From: noon}, "e", "f", "g", "h")
		e.finds(store.Query{Index: "at", To: noon.In(model.Shanghai), Desc: true}, "d", "c", "b", "a")
		e.finds(store.Query{Index: "at", Equal: []any{noon.Add(40 * time.Millisecond)}}, "f")
		e.finds(store.Query{Index: "ok", Equal: []any{true}}, "b", "d", "f", "h")
		e.finds(store.Query{Index: "ok"}, "a", "c", "e", "g", "b", "d", "f", "h")
		e.finds(store.Query{Index: "n", Equal: []any{"0"}})
	}},
	{"missing, null and empty are told apart", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "name", Fields: []string{"name"}}, store.Index{Name: "both", Fields: []string{"name", "n"}})
		e.each(e.insertOp("missing", "n", 1), e.insertOp("null", "name", nil, "n", 1), e.insertOp("empty", "name", "", "n", 1),
			e.insertOp("full", "name", "x", "n", 1), e.insertOp("half", "name", "x"))
		e.finds(store.Query{Index: "name"}, "empty", "full", "half")
		e.finds(store.Query{Index: "name", Equal: []any{""}}, "empty")
		e.finds(store.Query{Index: "name", From: ""}, "empty", "full", "half")
		e.finds(store.Query{Index: "name", To: "x"}, "empty")
		e.finds(store.Query{Index: "both"}, "empty", "full")
		e.finds(store.Query{Index: "both", Equal: []any{"x"}}, "full")
		if _, err := e.get("missing").Body.LookupErr("name"); err == nil {
			e.Fatal("a missing field has come up")
		}
		if v, err := e.get("null").Body.LookupErr("name"); err != nil || v.Type != 0x0A {
			e.Fatalf("null has become %v, %v", v, err)
		}
	}},
	{"an index of several fields takes equality, then a range", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "u", Fields: []string{"unit.code", "kind", "on"}})
		unit := func(code string) any { return map[string]string{"code": code} }
		for i, row := range []struct{ unit, kind, on string }{
			{"u1", "a", "2026-01-01"}, {"u1", "a", "2026-01-03"}, {"u1", "a", "2026-01-02"}, {"u1", "b", "2026-01-01"},
			{"u2", "a", "2026-01-02"}, {"u", "1a", "2026-01-02"}, {"u1", "a", "2026-01-02"},
		} {
			e.apply(e.insertOp(fmt.Sprint(i), "unit", unit(row.unit), "kind", row.kind, "on", row.on))
		}
		e.finds(store.Query{Index: "u", Equal: []any{"u1", "a"}}, "0", "2", "6", "1")
		e.finds(store.Query{Index: "u", Equal: []any{"u1", "a"}, Desc: true}, "1", "6", "2", "0")
		e.finds(store.Query{Index: "u", Equal: []any{"u1", "a"}, From: "2026-01-02"}, "2", "6", "1")
		e.finds(store.Query{Index: "u", Equal: []any{"u1", "a"}, From: "2026-01-02", To: "2026-01-03", Desc: true}, "6", "2")
		e.finds(store.Query{Index: "u", Equal: []any{"u1"}}, "0", "2", "6", "1", "3")
		e.finds(store.Query{Index: "u", Equal: []any{"u1", "a", "2026-01-02"}}, "2", "6")
		e.finds(store.Query{Index: "u", Equal: []any{"u"}}, "5")
		for _, desc := range []bool{false, true} {
			q := store.Query{Index: "u", Equal: []any{"u1"}, Desc: desc}
			if got, want := e.pages(q, 1), ids(e.find(q).Docs); !slices.Equal(got, want) {
				e.Fatalf("page by page %q, at once %q", got, want)
			}
		}
	}},
	{"equal keys page without gaps or repeats", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "k", Fields: []string{"k", "n"}})
		var want []string
		for i := range 20 {
			id := fmt.Sprintf("%02d", i)
			e.apply(e.insertOp(id, "k", "same", "n", 5))
			want = append(want, id)
		}
		for _, limit := range []int{1, 3, 7, 20} {
			if got := e.pages(store.Query{Index: "k", Equal: []any{"same"}}, limit); !slices.Equal(got, want) {
				e.Fatalf("limit %d: %q", limit, got)
			}
			if got := e.pages(store.Query{Index: "k", Equal: []any{"same"}, Desc: true}, limit); !slices.Equal(got, reversed(want)) {
				e.Fatalf("limit %d descending: %q", limit, got)
			}
		}
	}},
	{"an index follows replace, put and delete", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "n", Fields: []string{"n"}})
		e.each(e.insertOp("a", "n", 1), e.insertOp("b", "n", 2), e.insertOp("c", "n", 3))
		e.apply(e.replaceOp("a", 1, "n", 9))
		e.apply(e.putOp("b"))
		e.finds(store.Query{Index: "n"}, "c", "a")
		e.apply(e.putOp("b", "n", 0))
		e.apply(deleteOp("c", 1))
		e.finds(store.Query{Index: "n"}, "b", "a")
		e.finds(store.Query{Index: "n", Equal: []any{int64(1)}})
	}},
	{"an index declared after the fact is built", needs{}, func(e *env) {
		for i := range 50 {
			e.apply(e.insertOp(fmt.Sprintf("%02d", i), "n", 100-i, "m", i%3))
		}
		n := store.Index{Name: "n", Fields: []string{"n"}}
		e.ensure(n)
		if got := e.pages(store.Query{Index: "n"}, 7); len(got) != 50 || got[0] != "49" {
			e.Fatalf("got %q", got)
		}
		m := store.Index{Name: "m", Fields: []string{"m"}}
		e.ensure(n, m)
		e.ensure(n, m)
		if got := e.pages(store.Query{Index: "m", Equal: []any{int64(1)}}, 5); len(got) != 17 {
			e.Fatalf("got %q", got)
		}
		e.apply(e.replaceOp("00", 1, "n", -1, "m", 1))
		if got := e.pages(store.Query{Index: "m", Equal: []any{int64(1)}}, 5); len(got) != 18 {
			e.Fatalf("after a replace: %q", got)
		}
	}},
	{"an index changes its fields and goes away", needs{}, func(e *env) {
		e.ensure(store.Index{Name: "x", Fields: []string{"n"}})
		e.each(e.insertOp("a", "n", 1, "m", 2), e.insertOp("b", "n", 2, "m", 1))
		e.finds(store.Query{Index: "x"}, "a", "b")
		e.ensure(store.Index{Name: "x", Fields: []string{"m"}})
		e.finds(store.Query{Index: "x"}, "b", "a")
		e.ensure()
		if _, err := e.d.Find(e.Context(), coll, store.Query{Index: "x", Limit: 1}); err == nil {
			e.Fatal("a dropped index still answers")
		}
		e.apply(e.replaceOp("a", 1, "n", 5, "m", 0))
		e.ensure(store.Index{Name: "x", Fields: []string{"m"}})
		e.finds(store.Query{Index: "x"}, "a", "b")
	}},
	{"indexes are there after a restart", needs{reopen: true}, func(e *env) {
		n := store.Index{Name: "n", Fields: []string{"n"}}
		e.ensure(n)
		e.each(e.insertOp("a", "n", 2), e.insertOp("b", "n", 1))
		e.reopen()
		e.ensure(n)
		e.apply(e.insertOp("c", "n", 0))
		e.finds(store.Query{Index: "n"}, "c", "b", "a")
	}},
}
