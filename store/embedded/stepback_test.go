package embedded

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// seenFS keeps as what tables were made.
type seenFS struct {
	vfs.FS
	mu   sync.Mutex
	seen []vfs.DiskWriteCategory
}

func (s *seenFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") {
		s.mu.Lock()
		s.seen = append(s.seen, c)
		s.mu.Unlock()
	}
	return s.FS.Create(name, c)
}

// Pebble says which tables it flushes, and of those alone it may take its time.
func TestRestOf(t *testing.T) {
	fs := &seenFS{FS: vfs.NewMem()}
	db, err := pebble.Open("", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 2 {
		for _, key := range []string{"a", "z"} {
			if err := db.Set([]byte(key), nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	fs.mu.Lock()
	tables := fs.seen
	fs.seen = nil
	fs.mu.Unlock()
	if len(tables) == 0 || restOf(tables[0]) != 3 {
		t.Errorf("flushes were made as %v", tables)
	}
	if err := db.Compact(t.Context(), []byte("a"), []byte("zz"), false); err != nil {
		t.Fatal(err)
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.seen) == 0 || restOf(fs.seen[0]) != 1 {
		t.Errorf("compactions were made as %v", fs.seen)
	}
}

// Much within a second is a bulk load, until two seconds after the last of it.
func TestBulk(t *testing.T) {
	start := time.UnixMilli(1_795_000_000_000)
	for _, c := range []struct {
		name       string
		every      time.Duration
		bytes, num int
		bulk       bool
	}{
		{"gates", time.Millisecond, 9 << 10, 3000, false},
		{"an import", 50 * time.Millisecond, 1400 << 10, 20, true},
		{"one large upload", time.Second, 17 << 20, 1, true},
		{"a large one now and then", 2 * time.Second, 15 << 20, 5, false},
	} {
		var b bulk
		at := start
		for range c.num {
			b.wrote(c.bytes, at)
			at = at.Add(c.every)
		}
		if b.now(at) != c.bulk {
			t.Errorf("%s: %v", c.name, !c.bulk)
		}
		if b.now(at.Add(bulkFor)) {
			t.Errorf("%s: does not end", c.name)
		}
	}
}
