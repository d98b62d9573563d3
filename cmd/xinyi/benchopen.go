package main

import (
	"context"

	"xinyi/cmd/xinyi/benchload"
)

const (
	// openSeconds is how long an open loop lasts at least: the collector comes about as often
	// under a gate's load, so that each loop has its share of cycles, where of shorter ones
	// some would have none and others twice as much.
	openSeconds = 15
	bareSeconds = 5
	// warmSeconds is how long a load has been there when an open loop begins to count: nobody
	// comes with all connections new in one instant.
	warmSeconds = 1
)

// openLoop sends at a rate whatever the answers do, to the bare handler and the server in
// turn, and gives the medians.
func (s *stage) openLoop(ctx context.Context, rate float64) (figure, error) {
	var rounds []figure
	p := benchload.Phase{Conns: s.job.openConns, Seconds: max(openSeconds, 2*s.o.seconds), Rate: rate}
	beside := p
	beside.Seconds = bareSeconds
	for range s.o.rounds {
		bare, err := s.phase(ctx, s.bare, beside)
		if err != nil {
			return figure{}, err
		}
		// Nobody comes at half of the peak right after the peak.
		if err := s.settle(ctx); err != nil {
			return figure{}, err
		}
		f, err := s.phase(ctx, s.server, p)
		if err != nil {
			return figure{}, err
		}
		f.beside(bare)
		rounds = append(rounds, f)
	}
	return medians(rounds), nil
}

// warm has the load of an open loop come before it counts, over the same connections, but where
// each request is sent once.
func (s *stage) warm(ctx context.Context, on *child, p benchload.Phase) error {
	if p.Rate == 0 || p.Once {
		return nil
	}
	p.Seconds, p.Keep = warmSeconds, true
	_, err := s.run(ctx, on, p, nil)
	return err
}

// watched runs a phase and, of an open loop, tells when the machine did not run evenly; every
// send counts as uneven where nothing can watch it.
func (s *stage) watched(ctx context.Context, on *child, p benchload.Phase, used *[2]sample) (r benchload.Result, even []benchload.Sent, err error) {
	if p.Rate == 0 {
		r, err = s.run(ctx, on, p, used)
		return r, nil, err
	}
	watch, notWatched := startPulse()
	if r, err = s.run(ctx, on, p, used); notWatched != nil {
		return r, nil, err
	}
	return r, evenly(r.Sent, r.Began, watch.dips()), err
}
