package main

import (
	"context"
	"time"

	"xinyi/handlers"
	"xinyi/store"
)

// countEvery is how often a process counts those that share the rates with it.
const countEvery = 5 * time.Second

// limiter counts the requests of callers: here, or, when other processes may serve the same
// callers, together with them. Its work in the background goes to limitJobs.
func (s *server) limiter(cfg Config) (handlers.Limiter, error) {
	p := s.platform
	client, address := rate(cfg.ClientRate), rate(cfg.AddressRate)
	if !p.shared {
		return handlers.NewLocalLimits(client, address)
	}
	shared, err := handlers.NewSharedLimits(client, address, store.NewRateLeases(p.driver, p.clock), p.vault, p.clock)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) {
		if n, err := p.processes(ctx); err == nil { // else the last count goes on
			shared.SetProcesses(n)
		}
	}
	s.limitJobs = []func(context.Context){shared.Run, func(ctx context.Context) {
		ticker := time.NewTicker(countEvery)
		defer ticker.Stop()
		for count(ctx); ; count(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}}
	return shared, nil
}

func rate(perSecond int) handlers.Rate {
	return handlers.Rate{PerSecond: float64(perSecond), Burst: 2 * perSecond}
}

// processes counts those that run on the store: each holds a slot of the audit log.
func (p *platform) processes(ctx context.Context) (n int, err error) {
	origins, err := store.NewAuditLog(p.driver).Origins(ctx)
	if err != nil {
		return 0, err
	}
	now := p.clock.Now()
	for _, o := range origins {
		if !o.Released && now.Before(o.Until) {
			n++
		}
	}
	return n, nil
}
