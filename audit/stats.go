package audit

import (
	"sync/atomic"
	"time"
)

type counters struct {
	durable, refused, folded, foldErrors, witnessErrors, notesDropped atomic.Int64
}

// Stats are for metrics and readiness.
type Stats struct {
	// Origin and Generation say what is held; Origin is "" while no slot is held, and
	// every request that needs an entry is refused.
	Origin     string
	Generation uint32
	// Durable, Refused, Folded, NotesDropped count entries since the start.
	Durable, Refused, Folded, NotesDropped int64
	// FoldErrors and WitnessErrors count failed tries; each is tried again.
	FoldErrors, WitnessErrors int64
	// Unfolded is the lag: entries begun but not in the tree, the oldest since Since.
	Unfolded int
	Since    time.Time
	// NotesQueued counts own views not written yet.
	NotesQueued int
}

// Stats gives the present counts.
func (l *Log) Stats() Stats {
	c := &l.counters
	s := Stats{Durable: c.durable.Load(), Refused: c.refused.Load(), Folded: c.folded.Load(),
		FoldErrors: c.foldErrors.Load(), WitnessErrors: c.witnessErrors.Load(),
		NotesDropped: c.notesDropped.Load(), NotesQueued: len(l.notes)}
	if h := l.held.Load(); h != nil {
		s.Origin, s.Generation = h.origin, h.gen
		behind := h.window.waiting()
		s.Unfolded, s.Since = behind.unfolded, behind.since
	}
	return s
}

// Ready reports whether the log accepts entries now.
func (l *Log) Ready() bool {
	h := l.held.Load()
	return h != nil && l.clock.Now().UnixMilli() < h.until.Load()
}
