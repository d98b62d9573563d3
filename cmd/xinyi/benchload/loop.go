package benchload

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

// loop drives all connections of a phase from one goroutine: one for each connection would take
// more of the machine that the server runs on, for timers, switches and reads that find nothing.
type loop struct {
	schedule *schedule
	addr     string
	requests [][]byte
	marker   []byte
	dice     *rand.Rand

	workers []*worker
	free    []*worker // the longest first
	busy    int       // requests under way

	// What is sent next, and when; none while due is false.
	request uint64
	at      time.Time
	due     bool
	over    bool // nothing is sent any more
}

const (
	// look is how often the loop looks up where nothing happens.
	look = 100 * time.Millisecond
	// tick is how often it does so at a fixed rate, whatever happens: a look at each answer as
	// it comes would take from the server what it shares a machine with. Up to a tick of each
	// latency is this wait.
	tick = time.Millisecond
)

func (l *loop) turn(ctx context.Context) error {
	p, err := newPoll(l.workers)
	if err != nil {
		return err
	}
	defer p.close()
	for ctx.Err() == nil {
		l.send(p)
		if l.busy == 0 && (l.over || len(l.free) == 0) {
			return nil
		}
		if time.Now().After(l.schedule.end.Add(grace)) {
			l.giveUp()
			return nil
		}
		wait := look
		if l.schedule.gap > 0 {
			SleepUntil(l.schedule.nextTick(time.Now()))
			wait = 0
		}
		ready, err := p.wait(wait)
		if err != nil {
			return err
		}
		for _, i := range ready {
			l.read(p, l.workers[i])
		}
	}
	return ctx.Err()
}

// send sends what is due on connections that are free.
func (l *loop) send(p *poll) {
	for len(l.free) > 0 && !l.over {
		now := time.Now()
		if !l.due {
			if l.request, l.at, l.due = l.schedule.next(now, l.dice); !l.due {
				l.over = true
				return
			}
		}
		if l.at.After(now) {
			return
		}
		w := l.free[0]
		l.free = l.free[1:]
		w.at, w.busy, l.due = l.at, true, false
		l.busy++
		if err := w.socket.send(l.requests[l.request]); err != nil {
			l.lost(p, w, err)
		}
	}
}

// read takes the answer on a connection, if all of it has come.
func (l *loop) read(p *poll, w *worker) {
	status, body, err := w.answers.next()
	switch {
	case errors.Is(err, errWait):
	case err == nil && w.busy:
		w.answered(l.schedule, status, body, l.marker)
		l.done(w)
	default: // closed, perhaps between two requests, or not what was asked for
		l.lost(p, w, cmp.Or(err, errMalformed))
	}
}

func (l *loop) done(w *worker) {
	w.busy = false
	l.busy--
	l.free = append(l.free, w)
}

// lost counts a request without an answer and connects again, but for the end of a phase.
func (l *loop) lost(p *poll, w *worker, err error) {
	w.errs++
	w.fail(err)
	w.hangUp()
	if !w.busy {
		l.free = slices.DeleteFunc(l.free, func(f *worker) bool { return f == w })
		l.busy++
	}
	if time.Now().After(l.schedule.end) || w.connect(l.addr) != nil || p.add(w) != nil {
		w.busy = false
		l.busy--
		return
	}
	l.done(w)
}

// giveUp ends the wait for answers.
func (l *loop) giveUp() {
	for _, w := range l.workers {
		if w.busy {
			w.errs++
			w.fail(os.ErrDeadlineExceeded)
		}
	}
}
