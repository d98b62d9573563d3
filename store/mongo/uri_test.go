package mongo

import (
	"strings"
	"testing"

	"xinyi/model"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestDatabaseName(t *testing.T) {
	tests := []struct{ uri, want string }{
		{"mongodb://h", "xinyi"},
		{"mongodb://h/", "xinyi"},
		{"mongodb://h/?replicaSet=rs", "xinyi"},
		{"mongodb://h?replicaSet=rs", "xinyi"},
		{"mongodb://u:p%2Fq@h1:1,h2:2/city", "city"},
		{"mongodb://h/city?authSource=admin&x=/y", "city"},
		{"mongodb+srv://h/city_1", "city_1"},
		{"mongodb://h/%78", "x"},
		{"", ""}, {"http://h/x", ""}, {"h/x", ""},
		{"mongodb://h/a/b", ""}, {"mongodb://h/a.b", ""}, {"mongodb://h/admin", ""}, {"mongodb://h/local", ""},
		{"mongodb://h/%00", ""}, {"mongodb://h/%zz", ""}, {"mongodb://h/" + strings.Repeat("a", 64), ""},
	}
	for _, tt := range tests {
		got, err := databaseName(tt.uri)
		if got != tt.want || (err == nil) != (tt.want != "") || err != nil && !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%q: %q, %v; want %q", tt.uri, got, err, tt.want)
		}
	}
}

func TestOpenShowsNothingOfTheURI(t *testing.T) {
	clock := model.ClockFunc(nil)
	for _, uri := range []string{
		"mongodb://user:hush@h@x/xinyi", "mongodb://user:hush@h:99999999/xinyi", "mongodb://user:hush@h/xinyi?w=-3",
		"mongodb://user:hush@h/xinyi?connectTimeoutMS=hush", "redis://user:hush@h", "mongodb://user:hush@/",
	} {
		_, err := Open(t.Context(), uri, Options{Clock: clock})
		if !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		for e := err; e != nil; {
			if strings.Contains(e.Error(), "hush") {
				t.Errorf("%s: %v", uri, e)
			}
			w, ok := e.(interface{ Unwrap() error })
			if !ok {
				break
			}
			e = w.Unwrap()
		}
	}
}

func FuzzDatabaseName(f *testing.F) {
	f.Add("mongodb://u:p@h1,h2/city?replicaSet=rs")
	f.Fuzz(func(t *testing.T, uri string) {
		if name, err := databaseName(uri); (name == "") != (err != nil) || strings.ContainsAny(name, "/.$ \x00") {
			t.Fatalf("%q, %v", name, err)
		}
	})
}

func TestKindOf(t *testing.T) {
	doc := func(kv ...any) bson.Raw {
		d := bson.D{}
		for i := 0; i < len(kv); i += 2 {
			d = append(d, bson.E{Key: kv[i].(string), Value: kv[i+1]})
		}
		b, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := []struct {
		hello, build bson.Raw
		want         serverKind
	}{
		{doc("setName", "rs"), doc(), replicaSet},
		{doc("msg", "isdbgrid"), doc(), mongos},
		{doc("isWritablePrimary", true), doc(), standalone},
		{doc(), doc("ferretdbVersion", "v1.24.2"), ferret},
		{doc("setName", "rs"), doc("ferretdb", bson.D{{Key: "version", Value: "v2.0.0"}}), ferret},
	}
	for i, tt := range tests {
		got := kindOf(tt.hello, tt.build)
		if got != tt.want {
			t.Errorf("%d: kind %d, want %d", i, got, tt.want)
		}
		if whole := got.capabilities().Transactions; whole != (got == replicaSet || got == mongos) {
			t.Errorf("%d: transactions %v", i, whole)
		}
	}
}
