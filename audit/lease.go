package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// acquire takes a slot: its own from before, one that was given back, one whose lease
// ran out, or a new one. Called at the start and by tick.
func (l *Log) acquire(ctx context.Context) error {
	origins, err := l.storage.Origins(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(origins, func(a, b model.AuditOrigin) int { return l.preference(a) - l.preference(b) })
	for _, o := range origins {
		if l.preference(o) == notFree || l.broken[o.Name] {
			continue
		}
		err := l.claim(ctx, o)
		switch {
		case errors.Is(err, errBroken):
			l.broken[o.Name] = true
			l.logger.Error("audit origin left alone", "origin", o.Name, "error", err)
		case model.Is(err, model.CodeConflict):
		default:
			return err
		}
	}
	for n := len(origins) + 1; ; n++ {
		err := l.claim(ctx, model.AuditOrigin{Name: fmt.Sprintf("o%03d", n)})
		if !model.Is(err, model.CodeConflict) && !errors.Is(err, errBroken) {
			return err
		}
	}
}

const notFree = 9

func (l *Log) preference(o model.AuditOrigin) int {
	switch {
	case o.Holder == l.options.Holder:
		return 0
	case o.Released:
		return 1
	case l.abandoned(o):
		return 2
	}
	return notFree
}

// abandoned reports whether the holder of o is taken for dead. Being wrong costs the
// holder its slot, never an entry: generations are fenced, and late entries are found.
func (l *Log) abandoned(o model.AuditOrigin) bool {
	return !o.Released && (l.options.Exclusive || l.clock.Now().After(o.Until.Add(l.options.Lease)))
}

// claim makes o this process's slot, under a new generation.
func (l *Log) claim(ctx context.Context, o model.AuditOrigin) error {
	s, err := l.open(ctx, o)
	if err != nil {
		return err
	}
	now := l.clock.Now()
	until := now.Add(l.options.Lease)
	err = l.fold(ctx, s, nil, lag{}, func(next *model.AuditOrigin) {
		endGenerations(next, now)
		next.Gen++
		next.Holder, next.Until, next.Released = l.options.Holder, until, false
		next.Open = append(next.Open, model.AuditGeneration{Gen: next.Gen, Settled: 1})
	})
	if err != nil {
		return err
	}
	if _, before := l.firstGen[o.Name]; !before {
		l.firstGen[o.Name] = s.origin.Gen
	}
	h := &holding{origin: o.Name, gen: s.origin.Gen, window: newWindow()}
	h.until.Store(until.UnixMilli())
	l.slot, l.nextRenew, l.nextLook = s, now.Add(l.options.Lease/3), now
	l.held.Store(h)
	l.logger.Info("audit log held", "origin", o.Name, "generation", h.gen, "size", s.origin.Size)
	return nil
}

// endedBelow gives the generation of origin below which no process can write any more.
func (l *Log) endedBelow(origin string) uint32 {
	if !l.options.Exclusive {
		return 0
	}
	if gen, own := l.firstGen[origin]; own {
		return gen
	}
	return math.MaxUint32
}

func endGenerations(o *model.AuditOrigin, now time.Time) {
	for i := range o.Open {
		if o.Open[i].Ended.IsZero() {
			o.Open[i].Ended = now
		}
	}
}

// tick folds what is durable, renews the lease, and now and then looks for what others
// left behind. Safe for concurrent use.
func (l *Log) tick(ctx context.Context) error {
	l.tending.Lock()
	defer l.tending.Unlock()
	if l.slot == nil {
		if err := l.acquire(ctx); err != nil {
			return err
		}
	}
	if err := l.tend(ctx); err != nil {
		return l.lost(err)
	}
	now := l.clock.Now()
	if now.Before(l.nextLook) {
		return nil
	}
	l.nextLook = now.Add(lookEvery)
	if _, err := l.rescan(ctx, l.slot, l.endedBelow(l.slot.origin.Name), l.held.Load().window.waiting()); err != nil {
		return l.lost(err)
	}
	return errors.Join(l.attest(l.slot, false), l.lookAfterOthers(ctx))
}

// lost gives the slot up if err says that it is gone, or that leaves were dropped, which
// the rescan under the next generation finds again.
func (l *Log) lost(err error) error {
	if model.Is(err, model.CodeConflict) || errors.Is(err, errUnsigned) {
		l.held.Store(nil)
		l.slot = nil
		l.logger.Warn("audit log lost", "error", err)
	}
	return err
}

// tend folds until nothing durable waits, and renews the lease.
func (l *Log) tend(ctx context.Context) error {
	h := l.held.Load()
	if err := l.finish(ctx, l.slot); err != nil {
		return err
	}
	h.until.Store(l.slot.origin.Until.UnixMilli())
	if err := l.askAboutDoubts(ctx, h); err != nil {
		l.logger.Warn("audit doubts not cleared", "error_code", model.CodeOf(err))
	}
	for {
		now := l.clock.Now()
		leaves, settled := h.window.take(h.gen, now, foldLimit)
		if len(leaves) == 0 && now.Before(l.nextRenew) {
			break
		}
		if err := l.foldOwn(ctx, h, leaves, settled, now); err != nil {
			return err
		}
		if len(leaves) < foldLimit {
			break
		}
	}
	if err := l.attest(l.slot, false); err != nil {
		l.counters.witnessErrors.Add(1)
		l.logger.Error("audit checkpoint not kept outside", "error", err)
	}
	return nil
}

func (l *Log) foldOwn(ctx context.Context, h *holding, leaves []leaf, settled uint64, now time.Time) error {
	until := now.Add(l.options.Lease)
	err := l.fold(ctx, l.slot, leaves, h.window.waiting(), func(next *model.AuditOrigin) {
		next.Until = until
		generation(next, h.gen).Settled = settled
	})
	if err != nil {
		return err
	}
	l.counters.folded.Add(int64(len(leaves)))
	h.until.Store(until.UnixMilli())
	l.nextRenew = now.Add(l.options.Lease / 3)
	return nil
}

// askAboutDoubts looks in the store for entries whose write had no clear answer.
func (l *Log) askAboutDoubts(ctx context.Context, h *holding) error {
	now := l.clock.Now()
	if now.Before(l.nextAsk) {
		return nil
	}
	numbers := h.window.unclear(askLimit)
	if len(numbers) == 0 {
		return nil
	}
	l.nextAsk = now.Add(askEvery)
	ids := make([]string, len(numbers))
	for i, seq := range numbers {
		ids[i] = model.AuditID{Origin: h.origin, Gen: h.gen, Seq: seq}.String()
	}
	found, err := l.storage.EntriesByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range found {
		if id, err := model.ParseAuditID(e.ID); err == nil {
			h.window.settle(h.gen, id.Seq, durable, tlog.RecordHash(e.Leaf), now)
		}
	}
	for _, seq := range numbers { // those found are in doubt no more
		h.window.absent(seq, now)
	}
	return nil
}

// lookAfterOthers folds what the holders of other slots left: it needs no lease for
// that, each write being a compare-and-swap.
func (l *Log) lookAfterOthers(ctx context.Context) error {
	origins, err := l.storage.Origins(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range origins {
		abandoned := l.abandoned(o)
		if o.Name == l.slot.origin.Name || l.broken[o.Name] || !abandoned && (!o.Released || len(o.Open) == 0) {
			continue
		}
		err := l.foldLeftovers(ctx, o, abandoned)
		if errors.Is(err, errBroken) {
			l.broken[o.Name] = true
		}
		if !model.Is(err, model.CodeConflict) { // else somebody took it
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (l *Log) foldLeftovers(ctx context.Context, o model.AuditOrigin, abandoned bool) error {
	s, err := l.open(ctx, o)
	if err != nil {
		return err
	}
	if abandoned {
		err := l.fold(ctx, s, nil, lag{}, func(next *model.AuditOrigin) {
			endGenerations(next, l.clock.Now())
			next.Released = true
		})
		if err != nil {
			return err
		}
	}
	n, err := l.rescan(ctx, s, l.endedBelow(o.Name), lag{})
	if err != nil {
		return err
	}
	if n > 0 || abandoned {
		l.logger.Info("audit entries of a lost holder folded", "origin", o.Name, "count", n)
		return l.attest(s, true)
	}
	return nil
}

// release folds what is left and gives the slot back.
func (l *Log) release(ctx context.Context) error {
	l.tending.Lock()
	defer l.tending.Unlock()
	h := l.held.Load()
	if h == nil {
		return nil
	}
	clean := h.window.close()
	for range 2 { // the second time asks about what turned out doubtful
		l.nextAsk = time.Time{}
		if err := l.tend(ctx); err != nil {
			return err
		}
	}
	if clean = clean || h.window.close(); clean {
		if _, err := l.rescan(ctx, l.slot, l.endedBelow(l.slot.origin.Name), l.held.Load().window.waiting()); err != nil {
			return err
		}
	}
	err := l.fold(ctx, l.slot, nil, h.window.waiting(), func(next *model.AuditOrigin) {
		endGenerations(next, l.clock.Now())
		next.Released = true
		if clean {
			next.Open = slices.DeleteFunc(next.Open, func(g model.AuditGeneration) bool { return g.Gen == h.gen })
		}
	})
	l.held.Store(nil)
	if err != nil {
		return err
	}
	return l.attest(l.slot, true)
}
