package embedded

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"testing"

	"xinyi/store"

	"pgregory.net/rapid"
)

// Encoded values order as the values do, and can be skipped.
func TestIndexValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune{0, 1, 'a', 'b', 0xFF, '中'}))
		a, b := text.Draw(r, "a"), text.Draw(r, "b")
		ea, eb := appendString(nil, a), appendString(nil, b)
		if bytes.Compare(append(ea, "id"...), append(eb, "id"...)) != cmp.Compare(a, b) && a != b {
			r.Fatalf("%q and %q", a, b)
		}
		n, m := rapid.Int64().Draw(r, "n"), rapid.Int64().Draw(r, "m")
		if bytes.Compare(appendInt(nil, tagInt, n), appendInt(nil, tagInt, m)) != cmp.Compare(n, m) {
			r.Fatalf("%d and %d", n, m)
		}
		key := appendBool(appendInt(appendString(nil, a), tagTime, n), n > m)
		rest, ok := append(key, b...), true
		for range 3 {
			if rest, ok = skipValue(rest); !ok {
				r.Fatal("cannot skip")
			}
		}
		if string(rest) != b {
			r.Fatalf("skipped to %q, want %q", rest, b)
		}
	})
}

func TestPrefixEnd(t *testing.T) {
	for in, want := range map[string]string{"a": "b", "a\xff": "b", "a\x00": "a\x01"} {
		if got := prefixEnd([]byte(in)); string(got) != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := prefixEnd([]byte("\xff\xff")); got != nil {
		t.Errorf("got %q", got)
	}
}

func FuzzParseValue(f *testing.F) {
	f.Add(append(valueHead(nil, 1<<40, 3), 5, 0, 0, 0, 0))
	f.Add(valueHead(nil, 1<<40, 3))
	f.Fuzz(func(t *testing.T, v []byte) {
		s, ok := parseValue("id", v)
		if ok && (s.rev < 1 || len(s.body) < 5) {
			t.Fatalf("%+v", s)
		}
	})
}

func FuzzSkipValue(f *testing.F) {
	f.Add(appendString(nil, "a\x00b"))
	f.Add(appendInt(nil, tagInt, -1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if rest, ok := skipValue(b); ok && len(rest) >= len(b) {
			t.Fatal("nothing skipped")
		}
	})
}

// FuzzCursor gives Find whatever a caller may send back as a cursor.
func FuzzCursor(f *testing.F) {
	d := open(f, f.TempDir(), Options{})
	if err := d.EnsureIndexes(f.Context(), "things", []store.Index{{Name: "n", Fields: []string{"n"}}, store.FeedIndex}); err != nil {
		f.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		apply(f, d, insertOp(f, id, "n", 1))
	}
	f.Add("YQ", false)
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{0xFF, 0xFF}), true)
	f.Fuzz(func(t *testing.T, cursor string, desc bool) {
		for _, index := range []string{"", "n"} {
			page, err := d.Find(t.Context(), "things", store.Query{Index: index, Limit: 2, After: cursor, Desc: desc})
			if err == nil && len(page.Docs) > 2 {
				t.Fatal("more than the limit")
			}
		}
		if _, _, err := d.Changes(t.Context(), "things", cursor, 2); err != nil && cursor == "" {
			t.Fatal(err)
		}
	})
}
