package benchload

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// schedule hands out what to send and when, to all connections of a phase.
type schedule struct {
	start, end time.Time
	gap        time.Duration // between sends at a fixed rate; 0 = as fast as answers come
	once       bool          // each request once, in file order
	requests   uint64
	limit      uint64 // sends in all; 0 = no limit
	sent       atomic.Uint64
}

func newSchedule(p Phase, requests int, start time.Time) *schedule {
	s := &schedule{start: start, end: start.Add(time.Duration(p.Seconds * float64(time.Second))), once: p.Once,
		requests: uint64(requests), limit: uint64(max(p.Count, 0))}
	if p.Rate > 0 {
		s.gap = max(time.Duration(float64(time.Second)/p.Rate), 1)
	}
	if p.Once && (s.limit == 0 || s.limit > s.requests) {
		s.limit = s.requests
	}
	return s
}

// next gives the request to send and the instant it is meant to leave; ok is false
// when the phase is over. At a fixed rate at may be past: the caller was late.
func (s *schedule) next(now time.Time, dice *rand.Rand) (request uint64, at time.Time, ok bool) {
	if !now.Before(s.end) && s.gap == 0 {
		return 0, now, false
	}
	n := s.sent.Add(1) - 1
	if s.limit > 0 && n >= s.limit {
		return 0, now, false
	}
	at = now
	if s.gap > 0 {
		if at = s.start.Add(time.Duration(n) * s.gap); !at.Before(s.end) {
			return 0, at, false
		}
	}
	if s.once {
		return n, at, true
	}
	return dice.Uint64N(s.requests), at, true
}

// nextTick is the first whole tick of the phase after now.
func (s *schedule) nextTick(now time.Time) time.Time {
	return s.start.Add(now.Sub(s.start).Truncate(tick) + tick)
}
