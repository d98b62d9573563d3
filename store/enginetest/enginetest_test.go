package enginetest_test

import (
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/enginetest"
)

func clock() model.Clock { return model.ClockFunc(time.Now) }

func insert(t *testing.T, d store.Driver) error {
	body, err := bson.Marshal(bson.D{{Key: "_id", Value: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	return d.Apply(t.Context(), []store.Op{{Kind: store.OpInsert, Coll: "leases", ID: "a", Body: body}})
}

func TestOpen_givesEachTestItsOwn(t *testing.T) {
	one, other := enginetest.Open(t, clock()), enginetest.Open(t, clock())
	for _, d := range []store.Driver{one, other} {
		if err := insert(t, d); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenDir_findsItAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "again")
	d := enginetest.OpenDir(t, dir, clock())
	if err := store.Ensure(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := insert(t, d); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := insert(t, enginetest.OpenDir(t, dir, clock())); !model.Is(err, model.CodeExists) {
		t.Errorf("the document of the first opening: %v, want CodeExists", err)
	}
}
