package audit

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
	"xinyi/store"
)

// cpu is the processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRecord has 256 callers who each wait for durability, while the log folds.
func BenchmarkRecord(b *testing.B) {
	h := newHouse(b)
	o := h.options("bench")
	o.byHand, o.Clock = false, model.ClockFunc(time.Now)
	l := h.openWith(o)
	bench(b, h, func(i int) error { return l.Record(b.Context(), look(i)) })
	b.ReportMetric(float64(l.Stats().Unfolded), "unfolded")
}

// BenchmarkBegin does the same with one batch per caller, as changes do.
func BenchmarkBegin(b *testing.B) {
	h := newHouse(b)
	o := h.options("bench")
	o.byHand, o.Clock = false, model.ClockFunc(time.Now)
	l := h.openWith(o)
	bench(b, h, func(i int) error {
		e, err := l.Begin(look(i))
		if err != nil {
			return err
		}
		err = h.driver.Apply(b.Context(), store.AuditOps(e))
		l.End(e, err)
		return err
	})
}

// BenchmarkInsert is the engine alone: the same documents without a log.
func BenchmarkInsert(b *testing.B) {
	h := newHouse(b)
	bench(b, h, func(i int) error {
		ev := look(i)
		canonical(&ev, h.clock.now)
		id := model.AuditID{Origin: "o001", Gen: 1, Seq: uint64(i)}
		e := model.AuditEntry{Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Event: ev, Leaf: appendLeaf(nil, id, &ev)}
		return h.driver.Apply(b.Context(), store.AuditOps(e))
	})
}

func bench(b *testing.B, h *house, do func(i int) error) {
	var next atomic.Int64
	syncs, used := h.driver.Stats()["syncs"], cpu()
	b.ReportAllocs()
	b.ResetTimer()
	var callers sync.WaitGroup
	for range 256 {
		callers.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := do(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/n/1000, "µs-cpu/entry")
	b.ReportMetric(float64(h.driver.Stats()["syncs"]-syncs)/n, "syncs/entry")
}

// BenchmarkEncode is what a request pays to make its entry and its documents.
func BenchmarkEncode(b *testing.B) {
	ev := look(1)
	canonical(&ev, time.Now())
	id := model.AuditID{Origin: "o001", Gen: 1, Seq: 1}
	b.ReportAllocs()
	for b.Loop() {
		e := model.AuditEntry{Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Event: ev}
		e.Leaf = appendLeaf(make([]byte, 0, leafRoom), id, &ev)
		store.AuditOps(e)
	}
}

// BenchmarkFold folds what waits in batches as the folder does, including the store.
func BenchmarkFold(b *testing.B) {
	h := newHouse(b)
	l := h.open("bench")
	used := cpu()
	b.ResetTimer()
	for n := 0; n < b.N; {
		b.StopTimer()
		hold := l.held.Load()
		for range min(foldLimit, b.N-n) {
			seq, _ := hold.window.reserve(h.clock.Now())
			hold.window.settle(hold.gen, seq, durable, tlog.Hash{byte(seq)}, h.clock.Now())
			n++
		}
		b.StartTimer()
		require.NoError(b, l.tick(b.Context()))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/float64(b.N)/1000, "µs-cpu/entry")
}

// BenchmarkVerify reads and proves a store of 100,000 entries.
func BenchmarkVerify(b *testing.B) {
	h := newHouse(b)
	l := h.open("bench")
	for i := range 100_000 / groupLimit {
		var entries []model.AuditEntry
		for k := range groupLimit {
			e, err := l.Begin(look(i*groupLimit + k))
			require.NoError(b, err)
			entries = append(entries, e)
		}
		l.end(entries, h.storage.Append(b.Context(), entries))
	}
	require.NoError(b, l.Close(b.Context()))
	for b.Loop() {
		h.t = b
		h.requireSound()
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "entries/s")
}
