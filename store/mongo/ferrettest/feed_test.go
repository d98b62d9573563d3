package ferrettest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/mongo"
	"xinyi/store/mongo/mongotest"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// handClock is a clock that a test sets.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// pair are two processes on one database whose clocks differ.
func pair(t *testing.T, server *Server, behind time.Duration) (a, b *mongo.Driver, clock *handClock) {
	t.Helper()
	clock = &handClock{noon}
	a = mongotest.Open(t, server.URI(), t.Name(), clock)
	b = mongotest.Open(t, server.URI(), t.Name(), model.ClockFunc(func() time.Time { return clock.now.Add(-behind) }))
	for _, d := range []*mongo.Driver{a, b} {
		if err := d.EnsureIndexes(t.Context(), "c", []store.Index{store.FeedIndex, {Name: "n", Fields: []string{"n"}}}); err != nil {
			t.Fatal(err)
		}
	}
	return a, b, clock
}

func start(t *testing.T) *Server {
	t.Helper()
	server, err := Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

func put(t *testing.T, d *mongo.Driver, id string, n any) {
	t.Helper()
	body, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "n", Value: n}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(t.Context(), []store.Op{{Kind: store.OpPut, Coll: "c", ID: id, Body: body}}); err != nil {
		t.Fatal(err)
	}
}

// poll reads the feed to its end.
func poll(t *testing.T, d *mongo.Driver, token string, limit int) (ids, next string) {
	t.Helper()
	var all []string
	for {
		docs, next, err := d.Changes(t.Context(), "c", token, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(docs) == 0 {
			return strings.Join(all, " "), next
		}
		for _, doc := range docs {
			all = append(all, fmt.Sprintf("%s:%d", doc.ID, doc.Rev))
		}
		token = next
	}
}

func TestFeedAcrossClocks(t *testing.T) {
	a, b, clock := pair(t, start(t), 24*time.Second) // the overlap is 25 s
	put(t, a, "x", 1)
	got, token := poll(t, a, "", 1)
	if got != "x:1" {
		t.Fatalf("first %q", got)
	}
	put(t, b, "late", 1) // stamped before what the reader has seen
	if got, token = poll(t, a, token, 10); got != "late:1" {
		t.Fatalf("late %q", got)
	}
	put(t, a, "x", 2) // again within the millisecond
	if got, token = poll(t, a, token, 10); got != "x:2" {
		t.Fatalf("rewritten %q", got)
	}
	for range 3 { // nothing comes twice in one process
		clock.now = clock.now.Add(time.Second)
		if got, token = poll(t, a, token, 10); got != "" {
			t.Fatalf("repeated %q", got)
		}
	}
	if got, _ := poll(t, b, token, 10); got != "x:2" { // another process repeats the window once; late is older
		t.Fatalf("taken over: %q", got)
	}
	clock.now = clock.now.Add(time.Minute)
	_, token = poll(t, a, token, 10)
	if got, _ := poll(t, b, token, 10); got != "" { // and what is older, never
		t.Fatalf("taken over later: %q", got)
	}
}

func TestTwoReadersOfOneFeed(t *testing.T) {
	a, _, _ := pair(t, start(t), 0)
	put(t, a, "x", 1)
	_, token := poll(t, a, "", 10)
	put(t, a, "y", 1)
	first, _ := poll(t, a, token, 10)
	second, _ := poll(t, a, token, 10) // the same token: its memory is gone, so all again
	if first != "y:1" || second != "x:1 y:1" {
		t.Errorf("%q, %q", first, second)
	}
}

func TestFeedPagesThroughManyOfOneInstant(t *testing.T) {
	a, _, _ := pair(t, start(t), 0)
	var want []string
	for i := range 120 {
		id := fmt.Sprintf("%03d", i)
		put(t, a, id, i)
		want = append(want, id+":1")
	}
	for _, limit := range []int{7, 120, 1000} {
		if got, _ := poll(t, a, "", limit); got != strings.Join(want, " ") {
			t.Errorf("limit %d: %q", limit, got)
		}
	}
}

// What the contract keeps out of an index stays out, though MongoDB has it in: pages are
// full all the same.
func TestForeignTypesAreNotInTheIndex(t *testing.T) {
	a, _, _ := pair(t, start(t), 0)
	for i := range 6 {
		put(t, a, fmt.Sprintf("a%d", i), int64(5))
		put(t, a, fmt.Sprintf("b%d", i), bson.A{int64(5)})
		put(t, a, fmt.Sprintf("c%d", i), 5.0)
		put(t, a, fmt.Sprintf("d%d", i), "5")
	}
	q := store.Query{Index: "n", Equal: []any{int64(5)}, Limit: 2}
	var all []string
	for {
		page, err := a.Find(t.Context(), "c", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range page.Docs {
			all = append(all, doc.ID)
		}
		if page.Next == "" {
			break
		}
		if len(page.Docs) != 2 {
			t.Fatalf("a page of %d", len(page.Docs))
		}
		q.After = page.Next
	}
	if want := []string{"a0", "a1", "a2", "a3", "a4", "a5"}; !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
}

func TestStandaloneIsRefusedUnlessAllowed(t *testing.T) {
	_, err := mongo.Open(t.Context(), start(t).URI(), mongo.Options{Clock: &handClock{noon}})
	if !model.Is(err, model.CodeUnavailable) || !strings.Contains(err.Error(), "副本集") {
		t.Errorf("%v", err)
	}
}
