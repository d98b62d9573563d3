package audit

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	maxNotes   = 4096
	notesEvery = 250 * time.Millisecond
)

// Note logs a subject's view of its own file: it does not wait, and the entry is durable
// within a second. When the store does not keep up, events are dropped, counted and logged.
func (l *Log) Note(ev model.AuditEvent) {
	if ev.At.IsZero() {
		ev.At = l.clock.Now()
	}
	select {
	case l.notes <- ev:
	default:
		l.drop(1)
	}
}

func (l *Log) drop(n int64) {
	// Each power of two is logged, so that a flood does not flood the log.
	if total := l.counters.notesDropped.Add(n); total&(total-1) == 0 || n > 1 {
		l.logger.Error("audit notes dropped", "total", total)
	}
}

// writeNotes writes queued events until the log stops, then once more.
func (l *Log) writeNotes() {
	ticker := time.NewTicker(notesEvery)
	defer ticker.Stop()
	var batch []model.AuditEntry // written again unchanged until the store takes it
	for {
		stopping := false
		select {
		case <-ticker.C:
		case <-l.stopped:
			stopping = true
		}
		for {
			if len(batch) == 0 {
				batch = l.beginNotes()
			}
			if len(batch) == 0 || !l.appendNotes(batch) {
				break
			}
			batch = nil
		}
		if stopping {
			if n := len(batch) + len(l.notes); n > 0 {
				l.drop(int64(n))
			}
			return
		}
	}
}

// beginNotes takes what waits, up to one group. Events stay queued while no slot is held.
func (l *Log) beginNotes() []model.AuditEntry {
	var batch []model.AuditEntry
	for len(batch) < groupLimit && len(l.notes) > 0 && l.held.Load() != nil {
		e, err := l.Begin(<-l.notes)
		if err != nil {
			l.drop(1)
			continue
		}
		batch = append(batch, e)
	}
	return batch
}

// appendNotes reports whether batch is durable now.
func (l *Log) appendNotes(batch []model.AuditEntry) bool {
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	err := l.storage.Append(ctx, batch)
	if model.Is(err, model.CodeExists) {
		err = nil // an earlier try, whose answer was lost, wrote it
	}
	if err != nil {
		l.logger.Warn("audit notes wait", "count", len(batch), "error_code", model.CodeOf(err))
		return false
	}
	l.end(batch, nil)
	return true
}
