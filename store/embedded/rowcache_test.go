package embedded

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Whatever the order of reads, holds and releases: what the cache says is what is
// committed, and it stays within its room.
func TestRowCache_neverOld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newRowCache(rowShards * 8 << 10)
		truth, held := map[string][]byte{}, map[string]bool{}
		tickets := map[string][]uint64{} // of reads under way, with what they read
		read := map[string][][]byte{}
		type marked struct {
			mark model.Mark
			key  string
			was  []byte
		}
		var marks []marked
		key := func() string { return fmt.Sprintf("k%d", rapid.IntRange(0, 40).Draw(t, "key")) }
		t.Repeat(map[string]func(*rapid.T){
			"get": func(t *rapid.T) {
				k := key()
				v, known, ticket := c.get([]byte(k))
				if known && !bytes.Equal(v, truth[k]) {
					t.Fatalf("%s: got %q, want %q", k, v, truth[k])
				}
				if !known {
					tickets[k], read[k] = append(tickets[k], ticket), append(read[k], truth[k])
				}
			},
			"put": func(t *rapid.T) {
				k := key()
				if n := len(tickets[k]); n > 0 {
					c.put([]byte(k), read[k][n-1], tickets[k][n-1])
					tickets[k], read[k] = tickets[k][:n-1], read[k][:n-1]
				}
			},
			"watch": func(t *rapid.T) {
				m := marked{key: key()}
				c.watch([]byte(m.key), &m.mark)
				m.was = truth[m.key]
				marks = append(marks, m)
			},
			"unchanged": func(t *rapid.T) {
				for i := range marks {
					if m := &marks[i]; c.unchanged(m.mark) && !bytes.Equal(truth[m.key], m.was) {
						t.Fatalf("%s: said to be unchanged", m.key)
					}
				}
			},
			"hold": func(t *rapid.T) {
				if k := key(); !held[k] {
					held[k] = true
					c.hold([]byte(k))
				}
			},
			"commit": func(t *rapid.T) {
				if k := key(); held[k] {
					truth[k] = bytes.Repeat([]byte{byte(rapid.IntRange(1, 255).Draw(t, "byte"))}, rapid.IntRange(1, 400).Draw(t, "size"))
					c.release([]byte(k))
					delete(held, k)
				}
			},
			"": func(t *rapid.T) {
				for i := range c.shards {
					checkShard(t, &c.shards[i])
				}
			},
		})
	})
}

// checkShard: the index leads to rows of its keys, and slabs are counted and within the room.
func checkShard(t *rapid.T, s *rowShard) {
	slabs, live := 0, 0
	for i, b := range s.slabs {
		slabs += cap(b)
		for at := 0; at < len(b); {
			r := b.row(uint32(at))
			if s.places[rowHash(r)] == (place{s.first + uint64(i), uint32(at)}) {
				live++
			}
			at += len(r)
		}
	}
	if sum := slabs + rowOverhead*live; sum != s.bytes || slabs > s.room || live != len(s.places) {
		t.Fatalf("%d bytes counted as %d in a room of %d; %d rows, %d places", sum, s.bytes, s.room, live, len(s.places))
	}
}

// Rows that are used stay when many others pass by once.
func TestRowCache_keepsWhatIsUsed(t *testing.T) {
	c := newRowCache(rowShards * 8 << 10)
	look := func(k string) bool {
		_, known, ticket := c.get([]byte(k))
		if !known {
			c.put([]byte(k), make([]byte, 200), ticket)
		}
		return known
	}
	misses := 0
	for i := range 20_000 {
		if !look(fmt.Sprintf("hot%d", i%100)) {
			misses++
		}
		look(fmt.Sprintf("once%d", i))
	}
	if misses > 2000 {
		t.Fatalf("%d of 20000 looks at 100 hot rows missed", misses)
	}
}

// A large row has a slab to itself; small ones beside it fill theirs, and it stays while it is used.
func TestRowCache_largeBesideSmall(t *testing.T) {
	c := newRowCache(rowShards * 64 << 10)
	look := func(k string, size int) bool {
		_, known, ticket := c.get([]byte(k))
		if !known {
			c.put([]byte(k), make([]byte, size), ticket)
		}
		return known
	}
	misses := map[string]int{}
	for i := range 20_000 {
		for name, size := range map[string]int{"large": 3000, "small": 100} {
			if !look(fmt.Sprintf("%s%d", name, i%300), size) {
				misses[name]++
			}
		}
	}
	if misses["large"] > 600 || misses["small"] > 600 {
		t.Fatalf("%v of 20000 looks missed at 300 large and 300 small rows, which fill a third of the cache", misses)
	}
	for i := range 20_000 {
		look(fmt.Sprintf("large%d", i%300), 3000)
		look(fmt.Sprintf("once%d", i), 2500)
		if i > 15_000 && !look(fmt.Sprintf("large%d", i%300), 3000) {
			t.Fatal("just read, and gone")
		}
	}
}

// A full cache lets in what is asked for from now on.
func TestRowCache_takesNewRowsWhenFull(t *testing.T) {
	c := newRowCache(rowShards * 8 << 10)
	look := func(k string) bool {
		_, known, ticket := c.get([]byte(k))
		if !known {
			c.put([]byte(k), make([]byte, 200), ticket)
		}
		return known
	}
	for i := range 20_000 {
		look(fmt.Sprintf("old%d", i))
	}
	misses := 0
	for i := range 10_000 {
		if !look(fmt.Sprintf("new%d", i%400)) {
			misses++
		}
	}
	if misses > 1000 {
		t.Fatalf("%d of 10000 looks at 400 new rows missed", misses)
	}
}

// Readers never see a document go back while it is being written, deleted and inserted.
func TestGet_neverGoesBack(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	if err := d.EnsureIndexes(t.Context(), "things", nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			last := int32(0)
			for ctx.Err() == nil {
				doc, err := d.Get(context.Background(), "things", "a")
				if model.Is(err, model.CodeNotFound) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				n := doc.Body.Lookup("n").Int32()
				if n < last {
					t.Errorf("%d after %d", n, last)
					return
				}
				last = n
			}
		})
	}
	for n := range int32(2000) {
		body, err := bson.Marshal(bson.D{{Key: "_id", Value: "a"}, {Key: "n", Value: n}})
		if err != nil {
			t.Fatal(err)
		}
		op := store.Op{Kind: store.OpPut, Coll: "things", ID: "a", Body: body}
		if err := d.Apply(t.Context(), []store.Op{op}); err != nil {
			t.Fatal(err)
		}
		if n%50 == 49 {
			doc, err := d.Get(t.Context(), "things", "a")
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Apply(t.Context(), []store.Op{{Kind: store.OpDelete, Coll: "things", ID: "a", Rev: doc.Rev}}); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Get(t.Context(), "things", "a"); !model.Is(err, model.CodeNotFound) {
				t.Fatalf("after the deletion: %v", err)
			}
		}
	}
	stop()
	wg.Wait()
}

// What one request of a group writes, the next one of the same group knows of.
func TestTails_withinAGroup(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	stands, hold, ended := make(chan struct{}), make(chan struct{}), make(chan error, 3)
	submit := func(op store.Op) { ended <- d.Apply(t.Context(), []store.Op{op}) }
	// The committer stands still until both requests wait: they become one group.
	go func() {
		ended <- d.submit(&request{ctx: t.Context(), job: func() error {
			close(stands)
			<-hold
			return nil
		}})
	}()
	<-stands
	put := insertOp(t, "z")
	put.Kind = store.OpPut
	go submit(put)
	for len(d.queue) < 1 {
		runtime.Gosched()
	}
	go submit(insertOp(t, "m"))
	for len(d.queue) < 2 {
		runtime.Gosched()
	}
	close(hold)
	for range 3 {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Apply(t.Context(), []store.Op{insertOp(t, "z")}); !model.Is(err, model.CodeExists) {
		t.Fatalf("inserted over z: %v", err)
	}
}
