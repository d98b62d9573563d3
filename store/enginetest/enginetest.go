// Package enginetest opens the engine that tests of services and handlers run on: the
// embedded one, or MongoDB where XINYI_TEST_MONGODB_URI names a server.
package enginetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
	"xinyi/store/mongo/mongotest"
)

// Open gives an empty engine of t's own with every collection declared. The end of the
// test closes it; the caller may close it before.
func Open(t testing.TB, clock model.Clock) store.Driver {
	t.Helper()
	d := OpenDir(t, Dir(t), clock)
	if err := store.Ensure(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// Dir is a name for OpenDir that no other test has.
func Dir(t testing.TB) string { return filepath.Join(t.TempDir(), "store") }

// Crashed opens what a process that was killed left of d: the engine that dir named, under a
// new name. Nobody may write to d meanwhile; d is closed. It declares nothing.
func Crashed(t testing.TB, d store.Driver, dir string, clock model.Clock) (store.Driver, string) {
	t.Helper()
	next := dir
	if mongotest.URI() == "" { // a server outlives its clients
		next = copied(t, dir)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return OpenDir(t, next, clock), next
}

// copied gives a copy of the files in dir as they stand at one moment: the engine may compact
// while they are copied, and goes on only until all is written.
func copied(t testing.TB, dir string) string {
	t.Helper()
	names := func() (names []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	for {
		before, next := names(), Dir(t)
		err := os.CopyFS(next, os.DirFS(dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if err == nil && slices.Equal(before, names()) {
			return next
		}
	}
}

// OpenDir gives the engine that dir names (any path of the test's own): the same dir, the
// same documents, also after closing and opening again. It declares nothing.
func OpenDir(t testing.TB, dir string, clock model.Clock) store.Driver {
	t.Helper()
	if uri := mongotest.URI(); uri != "" {
		return mongotest.Open(t, uri, dir, clock)
	}
	d, err := embedded.Open(dir, embedded.Options{Clock: clock, Uncached: store.WrittenOnce(), Queues: store.Queues(),
		CacheBytes: 16 << 20, MemTableBytes: 4 << 20, SyncGap: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}
