package judging

import (
	"context"
	"time"

	"xinyi/model"
)

// pacer spreads the work of a run over time, page by page; see Service.Pace.
type pacer struct {
	clock     model.Clock
	perSecond int
	due       time.Time // of the next page
}

const (
	// seenCost is how many subjects that need not be judged cost as much as one that is.
	seenCost = 8
	// behind is how much of what it is late a run makes good.
	behind = 5 * time.Millisecond
)

// wait returns when the next page is due.
func (p *pacer) wait(ctx context.Context) error {
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

// did says what the page before the next one was.
func (p *pacer) did(page model.JudgingPage) {
	if p.perSecond == 0 {
		return
	}
	if earliest := p.clock.Now().Add(-behind); p.due.Before(earliest) {
		p.due = earliest
	}
	p.due = p.due.Add(time.Duration((seenCost-1)*len(page.Files)+page.Seen) * time.Second / time.Duration(seenCost*p.perSecond))
}
