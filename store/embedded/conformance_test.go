package embedded

import (
	"testing"

	"xinyi/store"
	"xinyi/store/storetest"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// harness keeps databases on fs; nil = the operating system's.
func harness(fs vfs.FS) func(*testing.T) storetest.Harness {
	return func(*testing.T) storetest.Harness {
		return storetest.Harness{Durable: true, Open: func(t testing.TB, dir string) store.Driver {
			d, err := Open(dir, Options{Clock: wall, FS: fs, MemTableBytes: 1 << 20, CacheBytes: 8 << 20})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}}
	}
}

func TestConformance(t *testing.T) { storetest.Run(t, harness(nil)) }

// TestProperty opens hundreds of databases: in memory, the disk is not its subject.
func TestProperty(t *testing.T) { storetest.Property(t, harness(vfs.NewMem())) }
