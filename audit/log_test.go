package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
	"xinyi/store"
)

func TestRecord_concurrentCallersAreAllDurableAndFolded(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	var callers sync.WaitGroup
	for c := range 50 {
		callers.Go(func() {
			for i := range 20 {
				if err := l.Record(t.Context(), look(c*20+i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Go(func() {
		for range 20 {
			if err := l.tick(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	callers.Wait()
	require.NoError(t, l.Close(t.Context()))
	report := h.requireSound()
	require.Equal(t, int64(1000), report.Origins[0].Size)
	require.Zero(t, report.Origins[0].Waiting)
}

func TestBegin_entryIsWrittenWithTheChange(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	var written []model.AuditEntry
	for i := range 20 {
		e, err := l.Begin(look(i))
		require.NoError(t, err)
		if i%3 == 0 { // the change lost a race: its batch left no trace
			l.End(e, &model.Error{Code: model.CodeConflict})
			continue
		}
		l.End(e, h.change(e))
		written = append(written, e)
	}
	h.tick(l)
	for i, e := range written {
		p, err := l.Inclusion(t.Context(), "o001", int64(i))
		require.NoError(t, err)
		require.Equal(t, e.ID(), p.Entry.ID())
		require.Equal(t, e.Event, p.Entry.Event)
		require.NoError(t, tlog.CheckRecord(p.Path, p.Checkpoint.Size, p.Checkpoint.Root, p.Index, tlog.RecordHash(p.Entry.Leaf)))
		index, err := l.Index(t.Context(), e.ID().String())
		require.NoError(t, err)
		require.Equal(t, int64(i), index)
	}
	require.NoError(t, l.Close(t.Context()))
	h.requireSound()
}

func TestEnd_doubtfulEntriesAreLookedUp(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	appeared, err := l.Begin(look(1))
	require.NoError(t, err)
	never, err := l.Begin(look(2))
	require.NoError(t, err)
	require.NoError(t, h.change(appeared))
	l.End(appeared, context.DeadlineExceeded)
	l.End(never, context.DeadlineExceeded)
	h.record(l, 3)
	h.tick(l)
	require.Equal(t, int64(3), size(t, l), "the clear ones do not wait")
	h.tick(l)
	require.Equal(t, int64(4), size(t, l), "the one that appeared is in the tree")
	h.requireSound()
	h.clock.pass(giveUp + time.Second)
	h.tick(l)
	require.NoError(t, l.Close(t.Context()))
	require.Empty(t, origins(t, h)[0].Open, "nothing is in doubt any more")
	h.requireSound()
}

func TestEnd_forgottenEntryDoesNotHoldUpOthers(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	e, err := l.Begin(look(1))
	require.NoError(t, err)
	h.record(l, 3)
	h.tick(l)
	require.Zero(t, size(t, l), "the open one may still end in order")
	h.clock.pass(patience)
	h.tick(l)
	require.Equal(t, int64(3), size(t, l))
	l.End(e, h.change(e))
	h.tick(l)
	require.Equal(t, int64(4), size(t, l))
	h.requireSound()
}

func TestEnd_manySlowEntriesAreAllFolded(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	entries := make([]model.AuditEntry, askLimit+904)
	for i := range entries {
		e, err := l.Begin(look(i))
		require.NoError(t, err)
		entries[i] = e
	}
	for range 2 { // a stalled disk: all of them become doubtful and are asked about
		h.clock.pass(2 * patience)
		h.tick(l)
	}
	err := h.storage.Append(t.Context(), entries)
	require.NoError(t, err)
	l.end(entries, err)
	h.tick(l)
	require.Equal(t, int64(len(entries)), size(t, l))
	report := h.requireSound()
	require.Zero(t, report.Origins[0].Waiting)
}

func TestWindow_doubtfulOnesTakeRoomAndAreAskedInTurns(t *testing.T) {
	w, now := newWindow(), time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	const count = 10
	for range count {
		_, ok := w.reserve(now)
		require.True(t, ok)
	}
	w.take(1, now.Add(patience), foldLimit)
	for _, want := range [][]uint64{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 1, 2}, {3, 4, 5, 6}} {
		require.Equal(t, want, w.unclear(4))
	}
	for range maxWindow - count {
		_, ok := w.reserve(now)
		require.True(t, ok)
	}
	_, ok := w.reserve(now)
	require.False(t, ok, "those in doubt count")
	w.settle(1, 1, void, tlog.Hash{}, now)
	_, ok = w.reserve(now)
	require.True(t, ok)
}

func size(t *testing.T, l *Log) int64 {
	t.Helper()
	checkpoints, err := l.Checkpoints(t.Context())
	require.NoError(t, err)
	total := int64(0)
	for _, c := range checkpoints {
		total += c.Size
	}
	return total
}

func origins(t *testing.T, h *house) []model.AuditOrigin {
	t.Helper()
	list, err := h.storage.Origins(t.Context())
	require.NoError(t, err)
	return list
}

// faulty fails on demand, before or after the store has done its work.
type faulty struct {
	*store.AuditLog
	append, save func() error
	after        bool
}

func (f *faulty) Append(ctx context.Context, entries []model.AuditEntry) error {
	if err := f.append(); err != nil {
		if f.after {
			_ = f.AuditLog.Append(ctx, entries)
		}
		return err
	}
	return f.AuditLog.Append(ctx, entries)
}

func (f *faulty) SaveOrigin(ctx context.Context, o model.AuditOrigin, tiles []model.AuditTile) error {
	if err := f.save(); err != nil {
		if f.after {
			_ = f.AuditLog.SaveOrigin(ctx, o, tiles)
		}
		return err
	}
	return f.AuditLog.SaveOrigin(ctx, o, tiles)
}

func well() error { return nil }

func ill() error { return &model.Error{Code: model.CodeUnavailable, Err: errors.New("disk")} }

func TestRecord_failingStoreRefuses(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("the store did its work: %v", after), func(t *testing.T) {
			h := newHouse(t)
			f := &faulty{AuditLog: h.storage, append: well, save: well, after: after}
			o := h.options("one")
			o.Storage = f
			l := h.openWith(o)
			h.record(l, 2)
			f.append, f.save = ill, ill
			require.True(t, model.Is(l.Record(t.Context(), look(3)), model.CodeAuditUnavailable))
			require.Error(t, l.tick(t.Context()))
			f.append, f.save = well, well
			h.record(l, 2)
			h.tick(l)
			h.clock.pass(askEvery)
			h.tick(l)
			h.clock.pass(askEvery)
			h.tick(l)
			want := int64(4)
			if after {
				want = 5
			}
			require.Equal(t, want, size(t, l))
			require.NoError(t, l.Close(t.Context()))
			h.requireSound()
		})
	}
}

func TestRecord_refusedWithoutALease(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	h.record(l, 1)
	h.clock.pass(15 * time.Second)
	require.False(t, l.Ready())
	require.True(t, model.Is(l.Record(t.Context(), look(1)), model.CodeAuditUnavailable))
	h.tick(l)
	require.True(t, l.Ready())
	h.record(l, 1)
	require.Equal(t, uint32(1), l.Stats().Generation, "nobody took it meanwhile")
	require.NoError(t, l.Close(t.Context()))
	require.True(t, model.Is(l.Record(t.Context(), look(1)), model.CodeAuditUnavailable))
	_, err := l.Begin(look(1))
	require.True(t, model.Is(err, model.CodeAuditUnavailable))
	h.requireSound()
}

func TestNote_isWrittenByClose(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	for i := range 600 {
		l.Note(look(i))
	}
	require.NoError(t, l.Close(t.Context()))
	require.Zero(t, l.Stats().NotesDropped)
	require.Equal(t, int64(600), h.requireSound().Origins[0].Size)
}

func TestNote_dropsAreCounted(t *testing.T) {
	h := newHouse(t)
	f := &faulty{AuditLog: h.storage, append: ill, save: well}
	o := h.options("one")
	o.Storage = f
	l := h.openWith(o)
	for i := range maxNotes + 2*groupLimit {
		l.Note(look(i))
	}
	require.NoError(t, l.Close(t.Context()))
	require.Equal(t, int64(maxNotes+2*groupLimit), l.Stats().NotesDropped)
	h.requireSound()
}

func TestNote_retriedBatchIsWrittenOnce(t *testing.T) {
	h := newHouse(t)
	tries := 0
	f := &faulty{AuditLog: h.storage, save: well, after: true, append: func() error {
		if tries++; tries == 1 {
			return ill()
		}
		return nil
	}}
	o := h.options("one")
	o.Storage = f
	l := h.openWith(o)
	l.Note(look(1))
	for l.Stats().NotesQueued > 0 || l.Stats().Durable == 0 { // the flusher works on its own time
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, l.Close(t.Context()))
	require.Equal(t, int64(1), h.requireSound().Origins[0].Size)
}

func TestAccessLog_newestFirstOverAllOrigins(t *testing.T) {
	h := newHouse(t)
	one, two := h.open("one"), h.open("two")
	var want []string
	for i := range 42 {
		l := one
		if i%2 == 1 {
			l = two
		}
		h.clock.pass(time.Millisecond)
		h.record2(l, i)
		if i%7 == 3 {
			want = append([]string{fmt.Sprintf("req-%d", i)}, want...)
		}
	}
	var got []string
	for after := ""; ; {
		page, next, err := one.AccessLog(t.Context(), subject(3), 4, after)
		require.NoError(t, err)
		for _, item := range page {
			require.Equal(t, "示范银行", item.UnitName)
			e, err := two.Entry(t.Context(), item.Entry)
			require.NoError(t, err)
			got = append(got, e.Event.RequestID)
		}
		if after = next; after == "" {
			break
		}
	}
	require.Equal(t, want, got)
}

func (h *house) record2(l *Log, i int) {
	h.t.Helper()
	require.NoError(h.t, l.Record(h.t.Context(), look(i)))
}

func TestList_mergesOriginsAndFilters(t *testing.T) {
	h := newHouse(t)
	one, two := h.open("one"), h.open("two")
	for i := range 30 {
		h.clock.pass(time.Millisecond)
		if i%3 == 0 {
			h.record2(two, i)
		} else {
			h.record2(one, i)
		}
	}
	start := h.clock.Now()
	cases := []struct {
		name   string
		filter Filter
		count  int
	}{
		{"everything", Filter{}, 30},
		{"one origin", Filter{Origin: "o002"}, 10},
		{"a subject over all origins", Filter{Subject: subject(2)}, 4},
		{"another actor", Filter{Actor: "client_other"}, 0},
		{"the last ten milliseconds", Filter{From: start.Add(-9 * time.Millisecond)}, 10},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []model.AuditEntry
			for after := ""; ; {
				page, next, err := one.List(t.Context(), c.filter, 7, after)
				require.NoError(t, err)
				got = append(got, page...)
				if after = next; after == "" {
					break
				}
			}
			require.Len(t, got, c.count)
			for i := 1; i < len(got); i++ {
				require.False(t, got[i].Event.At.After(got[i-1].Event.At), "newest first")
			}
		})
	}
	_, _, err := one.List(t.Context(), Filter{}, 7, "nonsense")
	require.True(t, model.Is(err, model.CodeInvalidCursor))
}

// counting counts what a List reads.
type counting struct {
	*store.AuditLog
	entries, lines int
}

func (c *counting) Entries(ctx context.Context, span model.AuditSpan) ([]model.StoredAuditEntry, string, error) {
	list, next, err := c.AuditLog.Entries(ctx, span)
	c.entries += len(list)
	return list, next, err
}

func (c *counting) Access(ctx context.Context, span model.AuditSpan) ([]string, string, error) {
	list, next, err := c.AuditLog.Access(ctx, span)
	c.lines += len(list)
	return list, next, err
}

func TestList_readsOnlyThePeriod(t *testing.T) {
	h := newHouse(t)
	c := &counting{AuditLog: h.storage}
	o := h.options("one")
	o.Storage = c
	l := h.openWith(o)
	h.record(l, 700)
	h.clock.pass(time.Hour)
	h.tick(l)
	start := h.clock.Now()
	late := look(0) // told later than it happened
	late.At = start.Add(-30 * time.Minute)
	require.NoError(t, l.Record(t.Context(), late))
	h.record(l, 14)
	end := start.Add(time.Hour)
	h.clock.pass(time.Hour)
	h.tick(l)
	h.record(l, 70)

	list := func(f Filter, limit int) (n int) {
		c.entries, c.lines = 0, 0
		for after := ""; ; {
			page, next, err := l.List(t.Context(), f, limit, after)
			require.NoError(t, err)
			n += len(page)
			if after = next; after == "" {
				return n
			}
		}
	}
	require.Equal(t, 84, list(Filter{From: start}, 100))
	require.LessOrEqual(t, c.entries, 100)
	require.Equal(t, 785, list(Filter{}, 100))
	require.Equal(t, 785, list(Filter{From: start.Add(-time.Hour)}, 100), "the start is in the period")
	require.Equal(t, 2, list(Filter{Subject: subject(0), From: start, To: end}, 7))
	require.Equal(t, 2, c.lines)
	require.Equal(t, 3, list(Filter{Subject: subject(0), From: late.At, To: end}, 7))
	require.Equal(t, 1, list(Filter{Subject: subject(0), From: late.At, To: start}, 7))
}

func TestConsistency_provesThatTheTreeOnlyGrew(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	var old []Checkpoint
	for n := range 6 {
		h.record(l, 1+n*70)
		h.tick(l)
		c, err := l.Checkpoints(t.Context())
		require.NoError(t, err)
		old = append(old, c[0])
	}
	for _, c := range old {
		p, err := l.Consistency(t.Context(), "o001", c.Size, 0)
		require.NoError(t, err)
		require.Equal(t, c.Root, p.OldRoot)
		require.NoError(t, tlog.CheckTree(p.Path, p.Size, p.Root, c.Size, c.Root))
	}
	for _, bad := range [][2]int64{{0, 0}, {5, 4}, {1, 1 << 40}} {
		_, err := l.Consistency(t.Context(), "o001", bad[0], bad[1])
		require.True(t, model.Is(err, model.CodeInvalidRequest))
	}
	_, err := l.Consistency(t.Context(), "o009", 1, 0)
	require.True(t, model.Is(err, model.CodeNotFound))
}
