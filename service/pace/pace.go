// Package pace spreads long work on the whole population over time, so that look-ups go on
// beside it (全员作业的节奏).
package pace

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	// Page is how many subjects are worked on at a stretch, which look-ups may have to wait
	// for: Go asks for what has come in over the network when a processor has nothing to do.
	Page = 8
	// seenCost is how many subjects that need no work cost as much as one that does.
	seenCost = 8
	// behind is how much of what it is late the work makes good.
	behind = 5 * time.Millisecond
)

// Pacer is the pace of one run. It is used by one goroutine.
type Pacer struct {
	clock     model.Clock
	perSecond int
	due       time.Time // of the next page
}

// New gives the pace of at most perSecond files worked on in a second, 0 = as fast as it goes.
// To see that a subject needs no work costs an eighth.
func New(clock model.Clock, perSecond int) *Pacer {
	return &Pacer{clock: clock, perSecond: perSecond}
}

// Wait returns when the next page is due. Errors: that of ctx.
func (p *Pacer) Wait(ctx context.Context) error {
	now := p.clock.Now()
	if p.perSecond == 0 || !p.due.After(now) {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(p.due.Sub(now)):
		return nil
	}
}

// Did says what the page before the next one was.
func (p *Pacer) Did(page model.JudgingPage) {
	if p.perSecond == 0 {
		return
	}
	if earliest := p.clock.Now().Add(-behind); p.due.Before(earliest) {
		p.due = earliest
	}
	p.due = p.due.Add(time.Duration((seenCost-1)*len(page.Files)+page.Seen) * time.Second / time.Duration(seenCost*p.perSecond))
}
