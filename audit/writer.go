package audit

import (
	"context"
	"runtime"
	"sync"

	"xinyi/model"
)

const (
	// writerCount groups are on their way to the store at once: while one is synced the
	// next one gathers.
	writerCount = 2
	groupLimit  = 256 // entries in one batch
)

// waiting is an entry whose caller waits until it is durable.
type waiting struct {
	entry model.AuditEntry
	done  chan error
}

var waits = sync.Pool{New: func() any { return &waiting{done: make(chan error, 1)} }}

// Record makes ev durable before it returns; entries of concurrent callers share a
// batch. CodeAuditUnavailable: nothing may be answered; the entry may still appear.
func (l *Log) Record(ctx context.Context, ev model.AuditEvent) error {
	entry, err := l.Begin(ev)
	if err != nil {
		return err
	}
	w := waits.Get().(*waiting)
	w.entry = entry
	if err := l.send(ctx, w); err != nil {
		l.end([]model.AuditEntry{entry}, errNotSent)
		return unavailable(err)
	}
	select {
	case err = <-w.done:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	w.entry = model.AuditEntry{}
	waits.Put(w) // only here: on every other way out a writer may still answer
	if err != nil {
		l.counters.refused.Add(1)
		return unavailable(err)
	}
	return nil
}

// send gives w to the writers, who answer whatever they were given.
func (l *Log) send(ctx context.Context, w *waiting) error {
	l.sending.RLock()
	defer l.sending.RUnlock()
	if l.closed {
		return errClosed
	}
	select {
	case l.records <- w: // a select with nothing to wait for is cheap
		return nil
	default:
	}
	select {
	case l.records <- w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// endWriters takes no more entries and waits until those that were sent are answered.
func (l *Log) endWriters() {
	l.sending.Lock()
	l.closed = true
	l.sending.Unlock()
	close(l.closing)
	l.writers.Wait()
}

// errNotSent ends an entry that no engine has seen.
var errNotSent = &model.Error{Code: model.CodeConflict, Detail: "审计记录未写入。"}

// write sends groups of entries to the store until closing, when no more come, and then what still waits.
func (l *Log) write() {
	group := make([]*waiting, 0, groupLimit)
	entries := make([]model.AuditEntry, 0, groupLimit)
	for {
		group = group[:0]
		select {
		case w := <-l.records:
			group = append(group, w)
		case <-l.closing:
		}
		runtime.Gosched() // who runs already has entries in a moment: one batch for all of them
		group = l.gather(group)
		if len(group) == 0 {
			return // closing, and nothing waits
		}
		entries = entries[:0]
		for _, w := range group {
			entries = append(entries, w.entry)
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
		err := l.storage.Append(ctx, entries)
		cancel()
		l.end(entries, err)
		for _, w := range group {
			w.done <- err
		}
	}
}

// gather adds what waits already.
func (l *Log) gather(group []*waiting) []*waiting {
	for len(group) < groupLimit {
		select {
		case w := <-l.records:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}
