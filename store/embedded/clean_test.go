package embedded

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// closing closes a folder with one document on disk; at is called with each operation on
// disk from the first one that is about the witness.
func closing(t *testing.T, disk vfs.FS, at func(op errorfs.Op) error) error {
	t.Helper()
	begun := false
	watched := errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if begun = begun || strings.HasPrefix(filepath.Base(op.Path), cleanFile); begun {
			return at(op)
		}
		return nil
	})}
	d, err := Open("data", Options{Clock: wall, FS: errorfs.Wrap(disk, &watched)})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, d, insertOp(t, "a"))
	watched.On()
	return d.Close()
}

func opensWhole(t *testing.T, disk vfs.FS) {
	t.Helper()
	d, err := Open("data", Options{Clock: wall, FS: disk})
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	if _, err := d.Get(t.Context(), "things", "a"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestClean_powerLoss cuts the power at each step of leaving the witness.
func TestClean_powerLoss(t *testing.T) {
	disk, rng := vfs.NewCrashableMem(), rand.New(rand.NewPCG(1, 1900))
	var cuts []*vfs.MemFS
	cut := func() {
		for _, percent := range []int{0, 50, 50, 50, 100} {
			cuts = append(cuts, disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}))
		}
	}
	err := closing(t, disk, func(errorfs.Op) error {
		cut()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cut()
	witnesses := 0
	for _, c := range cuts {
		content, err := readFile(c, "data/"+cleanFile)
		if err == nil {
			witnesses++
			if want, err := inventory(c, "data"); err != nil || string(content) != string(want) {
				t.Errorf("a torn witness of %d bytes, %v", len(content), err)
			}
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		opensWhole(t, c)
	}
	if len(cuts) < 25 || witnesses == 0 || witnesses == len(cuts) {
		t.Fatalf("%d cuts, %d with a witness: they miss what they are for", len(cuts), witnesses)
	}
}

// TestClean_failingDisk fails each step of leaving the witness in turn.
func TestClean_failingDisk(t *testing.T) {
	for failing, done := 1, false; !done; failing++ {
		disk, n := vfs.NewMem(), 0
		err := closing(t, disk, func(errorfs.Op) error {
			if n++; n == failing {
				return errors.New("no")
			}
			return nil
		})
		if done = n < failing; done && err != nil {
			t.Fatal(err)
		}
		opensWhole(t, disk)
	}
}

// TestClean_emptyOfAnOlderVersion: it says nothing, as if the process had been killed.
func TestClean_emptyOfAnOlderVersion(t *testing.T) {
	disk := vfs.NewMem()
	if err := closing(t, disk, func(errorfs.Op) error { return nil }); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Create("data/"+cleanFile, vfs.WriteCategoryUnspecified)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	opensWhole(t, disk)
}
