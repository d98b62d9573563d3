package mongo

import (
	"strings"
	"testing"
	"time"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

func TestPrefixEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix, other := rapid.String().Draw(t, "prefix"), rapid.String().Draw(t, "other")
		if rapid.Bool().Draw(t, "under") {
			other = prefix + other
		}
		end := prefixEnd(prefix)
		inside := other >= prefix && (end == "" || other < end)
		if inside != strings.HasPrefix(other, prefix) {
			t.Fatalf("%q under %q: range to %q says %v", other, prefix, end, inside)
		}
	})
	for prefix, want := range map[string]string{"": "", "a/": "a0", "\uD7FF": "\uE000", "a\U0010FFFF": "b", "\U0010FFFF": ""} {
		if got := prefixEnd(prefix); got != want {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
}

func TestBuild(t *testing.T) {
	at := time.UnixMilli(5).UTC()
	ms := int64(5)
	tests := []struct {
		name    string
		q       store.Query
		fields  []string
		sharded bool
		filter  string
		sort    string
	}{
		{"all", store.Query{}, nil, false, `{}`, `{"_id":1}`},
		{"prefix", store.Query{Prefix: "s/"}, nil, true,
			`{"$and":[{"_id":{"$gte":"s/"}},{"_id":{"$lt":"s0"}},{"_s":{"$eq":"s"}}]}`, `{"_id":1}`},
		{"prefix of many subjects", store.Query{Prefix: "s"}, nil, true,
			`{"$and":[{"_id":{"$gte":"s"}},{"_id":{"$lt":"t"}}]}`, `{"_id":1}`},
		{"span of a subject", store.Query{From: "s/", To: "s0"}, nil, true,
			`{"$and":[{"_id":{"$gte":"s/"}},{"_id":{"$lt":"s0"}},{"_s":{"$eq":"s"}}]}`, `{"_id":1}`},
		{"part of a subject", store.Query{From: "s/5", To: "s/70", Desc: true}, nil, true,
			`{"$and":[{"_id":{"$gte":"s/5"}},{"_id":{"$lt":"s/70"}},{"_s":{"$eq":"s"}}]}`, `{"_id":-1}`},
		{"span, not sharded", store.Query{From: "s/", To: "s0"}, nil, false,
			`{"$and":[{"_id":{"$gte":"s/"}},{"_id":{"$lt":"s0"}}]}`, `{"_id":1}`},
		{"beyond the subject", store.Query{From: "s/", To: "s1"}, nil, true,
			`{"$and":[{"_id":{"$gte":"s/"}},{"_id":{"$lt":"s1"}}]}`, `{"_id":1}`},
		{"open end", store.Query{From: "s/"}, nil, true, `{"_id":{"$gte":"s/"}}`, `{"_id":1}`},
		{"range of values", store.Query{From: "s/", To: "s0"}, []string{"a"}, true,
			`{"$and":[{"a":{"$gte":"s/"}},{"a":{"$lt":"s0"}}]}`, `{"a":1,"_id":1}`},
		{"ids down", store.Query{From: "a", To: "c", Desc: true, After: encodeToken(position{ID: "b"})}, nil, false,
			`{"$and":[{"_id":{"$gte":"a"}},{"_id":{"$lt":"c"}},{"_id":{"$lt":"b"}}]}`, `{"_id":-1}`},
		{"equal", store.Query{Equal: []any{"x", true}}, []string{"a", "b.c"}, false,
			`{"$and":[{"a":{"$eq":"x"}},{"b.c":{"$eq":true}}]}`, `{"_id":1}`},
		{"open fields", store.Query{Equal: []any{"x"}}, []string{"a", "b", "c"}, false,
			`{"$and":[{"a":{"$eq":"x"}},{"b":{"$ne":null}},{"c":{"$ne":null}}]}`, `{"b":1,"c":1,"_id":1}`},
		{"range after", store.Query{From: at, After: encodeToken(position{Values: []value{{Time: &ms}}, ID: "i"})}, []string{"t"}, false,
			`{"$and":[{"t":{"$gte":{"$date":{"$numberLong":"5"}}}},{"t":{"$gte":{"$date":{"$numberLong":"5"}}}},` +
				`{"$or":[{"t":{"$gt":{"$date":{"$numberLong":"5"}}}},{"t":{"$eq":{"$date":{"$numberLong":"5"}}},"_id":{"$gt":"i"}}]}]}`,
			`{"t":1,"_id":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.fields != nil {
				tt.q.Index = "of " + strings.Join(tt.fields, ",")
			}
			b, err := (&Driver{sharded: tt.sharded}).build(tt.q, tt.fields)
			if err != nil {
				t.Fatal(err)
			}
			if got := js(t, b.filter); got != tt.filter {
				t.Errorf("filter\n%s, want\n%s", got, tt.filter)
			}
			if got := js(t, b.sort); got != strings.ReplaceAll(strings.ReplaceAll(tt.sort, ":1", `:{"$numberInt":"1"}`), ":-1", `:{"$numberInt":"-1"}`) {
				t.Errorf("sort %s, want %s", got, tt.sort)
			}
		})
	}
}

func js(t *testing.T, d bson.D) string {
	t.Helper()
	b, err := bson.MarshalExtJSON(d, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFiltersNameTheShard(t *testing.T) {
	d := &Driver{sharded: true}
	if got, want := js(t, d.byRev("s/1", 2)), `{"_id":"s/1","_s":"s","_rev":{"$numberLong":"2"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := js(t, d.byIDs([]string{"s/1", "s/2", "q"})), `{"_id":{"$in":["s/1","s/2","q"]},"_s":{"$in":["s","q"]}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := js(t, (&Driver{}).byID("s/1")), `{"_id":"s/1"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOnlyDeclaredTypesAreIndexed(t *testing.T) {
	doc := func(v any) bson.Raw {
		b, err := bson.Marshal(bson.D{{Key: "a", Value: bson.D{{Key: "b", Value: v}}}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range []any{"", "x", int32(1), int64(1), true, time.UnixMilli(1)} {
		if _, ok := positionOf(doc(v), []string{"a.b"}, 1); !ok {
			t.Errorf("%T is left out", v)
		}
	}
	for _, v := range []any{nil, 1.5, bson.A{"x"}, bson.D{}, bson.ObjectID{}} {
		if _, ok := positionOf(doc(v), []string{"a.b"}, 1); ok {
			t.Errorf("%T is in", v)
		}
	}
	for _, path := range []string{"a", "a.c", "a.b.c", "z"} {
		if _, ok := positionOf(doc("x"), []string{path}, 1); ok {
			t.Errorf("path %s is in", path)
		}
	}
}
