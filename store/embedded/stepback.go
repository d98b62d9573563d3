package embedded

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"xinyi/model"
)

// bulk knows whether much is being written, as when data is brought in: then tables are written
// as fast as can be, or they would not keep up.
type bulk struct {
	since time.Time // the start of the second that sum counts; the committer's alone, as sum is
	sum   int
	until atomic.Int64 // unix ns
}

const (
	bulkBytes = 16 << 20 // in a second: more than people at counters and gates write
	bulkFor   = 2 * time.Second
)

// wrote notes a batch of so many bytes.
func (b *bulk) wrote(bytes int, at time.Time) {
	if at.Sub(b.since) > time.Second {
		b.since, b.sum = at, 0
	}
	if b.sum += bytes; b.sum >= bulkBytes {
		b.until.Store(at.Add(bulkFor).UnixNano())
	}
}

func (b *bulk) now(at time.Time) bool { return at.UnixNano() < b.until.Load() }

// tableFile is a table that a flush or a compaction writes. Both take a processor for hundreds of
// milliseconds; while little is written, they step back after each block, so that requests that
// wait come first, and rest as long as they worked or longer.
type tableFile struct {
	syncFile
	clock  model.Clock
	bulk   *bulk
	rest   int           // for how many times as long as they worked
	worked time.Duration // since the last rest
	last   time.Time     // the end of the last write
}

// restAfter is for how long a table is written between two rests.
const restAfter = time.Millisecond

// restOf tells for how many times its work a writer of tables rests. A flush has time: working a
// quarter of it, it writes 40 MB a second, more than comes while it rests at all. A compaction
// writes all of that again, and must not fall behind.
func restOf(c vfs.DiskWriteCategory) int {
	if c == "pebble-memtable-flush" {
		return 3
	}
	return 1
}

func (f *tableFile) Write(p []byte) (int, error) {
	n, err := f.syncFile.Write(p)
	now := f.clock.Now()
	if f.bulk.now(now) {
		f.last = time.Time{}
		return n, err
	}
	if !f.last.IsZero() {
		f.worked += max(0, min(now.Sub(f.last), restAfter)) // no more: it may have been waiting, or the clock was set
	}
	if f.worked >= restAfter {
		time.Sleep(time.Duration(f.rest) * f.worked)
		f.worked = 0
	} else {
		runtime.Gosched()
	}
	f.last = f.clock.Now()
	return n, err
}
