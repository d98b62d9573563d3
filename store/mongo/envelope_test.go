package mongo

import (
	"bytes"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestEnvelopeComesOff(t *testing.T) {
	at := time.UnixMilli(1_790_000_000_123).UTC()
	in, err := bson.Marshal(bson.D{{Key: "n", Value: int64(7)}, {Key: "_id", Value: "s/1"}, {Key: "sub", Value: bson.D{{Key: "_rev", Value: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	raw := stored("s/1", in, 3, at)
	if err := raw.Validate(); err != nil {
		t.Fatal(err)
	}
	want := `{"_id": "s/1","n": {"$numberLong":"7"},"sub": {"_rev": {"$numberInt":"1"}},"_rev": {"$numberLong":"3"},` +
		`"_at": {"$date":{"$numberLong":"1790000000123"}},"_s": "s"}`
	if raw.String() != want {
		t.Errorf("stored\n%s, want\n%s", raw, want)
	}
	doc, err := opened(raw)
	if err != nil {
		t.Fatal(err)
	}
	if doc.ID != "s/1" || doc.Rev != 3 || !doc.At.Equal(at) || doc.At.Location() != time.UTC {
		t.Errorf("%+v", doc)
	}
	if got, want := doc.Body.String(), `{"_id": "s/1","n": {"$numberLong":"7"},"sub": {"_rev": {"$numberInt":"1"}}}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if !bytes.Equal(stored("s/1", doc.Body, 3, at), raw) {
		t.Error("the body does not seal to the same document")
	}
}

func TestReservedFields(t *testing.T) {
	for _, key := range []string{"_s", "_lock"} {
		b, err := bson.Marshal(bson.D{{Key: "_id", Value: "x"}, {Key: key, Value: 1}})
		if err != nil {
			t.Fatal(err)
		}
		d := &Driver{caps: store.Capabilities{Concurrency: true}, timeout: time.Second}
		err = d.Apply(t.Context(), []store.Op{{Kind: store.OpInsert, Coll: "c", ID: "x", Body: b}})
		if !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func FuzzOpened(f *testing.F) {
	f.Add([]byte(stored("s/1", nil, 3, time.UnixMilli(5))))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := opened(b)
		if err == nil && (doc.ID == "" || doc.Rev < 1) {
			t.Fatalf("%+v", doc)
		}
	})
}
