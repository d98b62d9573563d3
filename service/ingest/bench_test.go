package ingest_test

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/store/embedded"
)

// BenchmarkImport measures, in one run and over the same rows,
//
//	import  the whole of it: parse, check, index, seal, judge, encode, audit, commit
//	raw     the very ops that the import made, given to a fresh engine in the same
//	        batches, two of them in flight
//
// and reports rows/s of both and their ratio, which must reach 0.5.
func BenchmarkImport(b *testing.B) {
	text := district(b, synth.Config{People: 5000, Orgs: 500, Seed: 3, AsOf: "2026-11-01"})
	rows := float64(strings.Count(text, "\n")) * float64(b.N)
	var whole, raw spent
	for i := range b.N {
		log := &opLog{}
		runImport(b, text, i, func(d store.Driver) store.Driver { log.Driver = d; return log })
		raw.add(replay(b, log.batches))
		log.batches = nil
		whole.add(runImport(b, text, i, func(d store.Driver) store.Driver { return d }))
	}
	b.ReportMetric(rows/whole.wall.Seconds(), "rows/s")
	b.ReportMetric(rows/raw.wall.Seconds(), "raw-rows/s")
	b.ReportMetric(raw.wall.Seconds()/whole.wall.Seconds(), "ratio")
	b.ReportMetric(float64(whole.cpu.Microseconds())/rows, "cpu-us/row")
	b.ReportMetric(float64(raw.cpu.Microseconds())/rows, "rawcpu-us/row")
}

// spent is wall clock and processor time; the latter says more on a busy machine.
type spent struct{ wall, cpu time.Duration }

func (s *spent) add(t spent) { s.wall, s.cpu = s.wall+t.wall, s.cpu+t.cpu }

// stopwatch gives what was spent between its call and the call of what it returns.
func stopwatch() func() spent {
	started, before := time.Now(), cpuTime()
	return func() spent { return spent{time.Since(started), cpuTime() - before} }
}

func cpuTime() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func runImport(b *testing.B, text string, i int, wrap func(store.Driver) store.Driver) spent {
	runtime.GC()
	driver := openEngine(b)
	d := deskOn(b, wrap(driver))
	d.BatchRows = 0
	stop := stopwatch()
	if _, err := d.Import(b.Context(), strconv.Itoa(i), "f", ingest.NewNDJSON(strings.NewReader(text)), nil); err != nil {
		b.Fatal(err)
	}
	took := stop()
	d.close()
	return took
}

// replay gives the batches to a fresh engine.
func replay(b *testing.B, batches [][]store.Op) spent {
	runtime.GC()
	driver := openEngine(b)
	if err := store.Ensure(b.Context(), driver); err != nil {
		b.Fatal(err)
	}
	stop := stopwatch()
	var wg sync.WaitGroup
	queue := make(chan []store.Op)
	for range 2 {
		wg.Go(func() {
			for ops := range queue {
				if err := driver.Apply(b.Context(), ops); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, ops := range batches {
		for i := range ops {
			ops[i].Kind = store.OpPut // two in flight may swap places; it reads as much as an insert
		}
		queue <- ops
	}
	close(queue)
	wg.Wait()
	took := stop()
	if err := driver.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

func openEngine(t testing.TB) *embedded.Driver {
	t.Helper()
	driver, err := embedded.Open(t.TempDir(), embedded.Options{Clock: clock()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.Close() })
	return driver
}

// opLog keeps the batches of an import in the order in which they were given.
type opLog struct {
	store.Driver
	mu      sync.Mutex
	batches [][]store.Op
}

func (l *opLog) Apply(ctx context.Context, ops []store.Op) error {
	l.mu.Lock()
	if len(ops) > 50 { // not the audit log's own
		l.batches = append(l.batches, ops)
	}
	l.mu.Unlock()
	return l.Driver.Apply(ctx, ops)
}
