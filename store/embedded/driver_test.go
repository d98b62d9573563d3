package embedded

import (
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var wall = model.ClockFunc(time.Now)

// body makes a document from pairs of name and value.
func body(t testing.TB, id string, fields ...any) bson.Raw {
	t.Helper()
	d := bson.D{{Key: "_id", Value: id}}
	for i := 0; i < len(fields); i += 2 {
		d = append(d, bson.E{Key: fields[i].(string), Value: fields[i+1]})
	}
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func open(t testing.TB, dir string, opt Options) *Driver {
	t.Helper()
	if opt.Clock == nil {
		opt.Clock = wall
	}
	d, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, Options{})
	op := store.Op{Kind: store.OpInsert, Coll: "things", ID: "a", Body: body(t, "a", "n", 1)}
	if err := d.Apply(t.Context(), []store.Op{op}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir, Options{})
	doc, err := d.Get(t.Context(), "things", "a")
	if err != nil || doc.Rev != 1 {
		t.Fatal(doc, err)
	}
}
