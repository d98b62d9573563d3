package identity

import (
	"context"
	"strconv"
	"sync"
	"time"

	"xinyi/model"
)

// Refusals is the Auditor of the desks that strangers reach. A refusal of a caller who
// proved nothing (no ActorID) is written at once when it is the first of its action and
// outcome within a minute; further ones are counted and written as one entry when the
// minute is over, so that nobody fills a log that cannot be shortened. Everything else
// passes. Safe for concurrent use.
type Refusals struct {
	Auditor
	clock model.Clock

	mu      sync.Mutex
	since   time.Time // when the minute began
	tallies map[refusalKind]*refusalTally
}

// refusalKind is what is counted together: the outcomes are a closed set, so that the
// tallies are few.
type refusalKind struct{ action, outcome string }

type refusalTally struct {
	first bool // it was written
	more  int
	last  time.Time
}

const (
	refusalsOver = time.Minute
	// reasonRepeated marks an entry that stands for as many refusals as its ref says.
	reasonRepeated = "repeated"
)

// NewRefusals wraps a. Call Run, so that what is counted is written also when nobody comes.
func NewRefusals(a Auditor, clock model.Clock) *Refusals {
	return &Refusals{Auditor: a, clock: clock, tallies: map[refusalKind]*refusalTally{}}
}

// Record makes ev durable, or counts it.
func (r *Refusals) Record(ctx context.Context, ev model.AuditEvent) error {
	if ev.ActorID != "" {
		return r.Auditor.Record(ctx, ev)
	}
	if err := r.flush(ctx, false); err != nil {
		return err
	}
	if !r.take(ev) {
		return nil
	}
	err := r.Auditor.Record(ctx, ev)
	if err != nil { // the next one is the first
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tally(ev).first = false
	}
	return err
}

// Note queues ev, or counts it.
func (r *Refusals) Note(ev model.AuditEvent) {
	if ev.ActorID != "" || r.take(ev) {
		r.Auditor.Note(ev)
	}
}

// take reports whether ev is the first of its kind, else counts it.
func (r *Refusals) take(ev model.AuditEvent) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tally(ev)
	if !t.first {
		t.first = true
		return true
	}
	t.more++
	t.last = ev.At
	return false
}

func (r *Refusals) tally(ev model.AuditEvent) *refusalTally {
	if len(r.tallies) == 0 {
		r.since = r.clock.Now()
	}
	kind := refusalKind{ev.Action, ev.Outcome}
	t := r.tallies[kind]
	if t == nil {
		t = &refusalTally{}
		r.tallies[kind] = t
	}
	return t
}

// Run writes what was counted each minute, and when ctx ends.
func (r *Refusals) Run(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(refusalsOver)
	defer ticker.Stop()
	for {
		last := false
		select {
		case <-ctx.Done():
			last = true
		case <-ticker.C:
		}
		if err := r.flush(context.WithoutCancel(ctx), last); err != nil {
			failed(err)
		}
		if last {
			return
		}
	}
}

// flush writes what was counted in a minute that is over, or, at the end, in any. What
// cannot be written is kept.
func (r *Refusals) flush(ctx context.Context, end bool) error {
	r.mu.Lock()
	if len(r.tallies) == 0 || !end && r.clock.Now().Sub(r.since) < refusalsOver {
		r.mu.Unlock()
		return nil
	}
	counted := r.tallies
	r.tallies = map[refusalKind]*refusalTally{}
	r.mu.Unlock()
	var failed error
	for kind, t := range counted {
		if t.more == 0 {
			continue
		}
		ev := model.AuditEvent{At: t.last, ActorRole: model.RolePublic, Action: kind.action, Outcome: kind.outcome, Reason: reasonRepeated, Ref: strconv.Itoa(t.more)}
		if err := r.Auditor.Record(ctx, ev); err != nil {
			failed = err
			r.keep(ev, t)
		}
	}
	return failed
}

func (r *Refusals) keep(ev model.AuditEvent, counted *refusalTally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tally(ev)
	t.more += counted.more
	if t.last.Before(counted.last) {
		t.last = counted.last
	}
}
