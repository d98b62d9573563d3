package embedded

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

func (d *Driver) pebbleOptions() *pebble.Options {
	memTable := d.opt.MemTableBytes
	if memTable == 0 {
		memTable = 64 << 20
	}
	gap := d.opt.SyncGap
	if gap == 0 {
		gap = time.Millisecond
	}
	o := &pebble.Options{
		FS: d.fs, Lock: d.lock, Logger: logger{d.opt},
		FormatMajorVersion:          pebble.FormatNewest,
		CacheSize:                   d.opt.CacheBytes - d.opt.CacheBytes/4,
		MemTableSize:                memTable,
		MemTableStopWritesThreshold: 4,
		// Let tables pile up in L0: room for bulk loads before writes have to wait, and eight
		// flushes of keys all over a collection (access lines) cost one walk through it, not four.
		L0CompactionThreshold: 16,
		L0StopWritesThreshold: 64,
		// One level less to rewrite new data through: a fifth of the work of compactions.
		LBaseMaxBytes:      512 << 20,
		WALMinSyncInterval: func() time.Duration { return gap },
		MaxOpenFiles:       2048,
		BytesPerSync:       1 << 20,
		// Half the processors at most: people wait for the others.
		CompactionConcurrencyRange: func() (int, int) { return 1, max(1, runtime.GOMAXPROCS(0)/2) },
	}
	o.TargetFileSizes[0] = 4 << 20
	o.Experimental.SpanPolicyFunc = apart(d.opt.Uncached)
	for i := range o.Levels {
		// Filters on every level, the last too: an insert asks for what is not there.
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].IndexBlockSize = 64 << 10
	}
	l := logger{d.opt}
	o.EventListener = &pebble.EventListener{
		BackgroundError: func(err error) { l.Errorf("background work failed: %v", err) },
		// Pebble would end the process here; readers get the error and its file instead.
		DataCorruption: func(i pebble.DataCorruptionInfo) { l.Errorf("damaged file %s: %v", i.Path, i.Details) },
		DiskSlow:       func(i pebble.DiskSlowInfo) { l.Errorf("slow disk: %s took %v", i.Path, i.Duration) },
	}
	return o
}

// apart ends a table where one of the collections begins or ends. What comes in order of
// its ids then overlaps with no table of the levels below, and is moved down, not rewritten.
func apart(collections []string) pebble.SpanPolicyFunc {
	var edges [][]byte
	for _, coll := range collections {
		start := appendColl(nil, spaceDoc, coll)
		edges = append(edges, start, prefixEnd(start))
	}
	slices.SortFunc(edges, bytes.Compare)
	return func(start []byte) (policy pebble.SpanPolicy, end []byte, err error) {
		for _, edge := range edges {
			if bytes.Compare(start, edge) < 0 {
				return policy, edge, nil
			}
		}
		return policy, nil, nil
	}
}

// logger carries Pebble's words to slog; its chatter is dropped.
type logger struct{ opt Options }

func (l logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	if l.opt.Log != nil {
		l.opt.Log.Error("store_engine", "error", fmt.Sprintf(format, args...))
	}
}

func (l logger) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if l.opt.Fatal != nil {
		l.opt.Fatal(msg)
	}
	l.Errorf("%s", msg)
	fmt.Fprintln(os.Stderr, "xinyi: data engine:", msg) // a process must not end without a word
	os.Exit(1)
}
