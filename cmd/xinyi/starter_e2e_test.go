package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// starter runs a server; startServer is one.
type starter func(ctx context.Context, cfg Config, log *slog.Logger, stdout io.Writer) (*server, error)

func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// startOver is startServer with something between the engine and everything that uses it.
func startOver(wrap func(store.Driver) store.Driver) starter {
	return startAt(model.ClockFunc(time.Now), wrap)
}

// startAt is startOver under a clock of the test's own.
func startAt(clock model.Clock, wrap func(store.Driver) store.Driver) starter {
	return startWith(clock, wrap, func(*services) {})
}

// startWith is startAt with desks that the test changes before anybody asks them.
func startWith(clock model.Clock, wrap func(store.Driver) store.Driver, change func(*services)) starter {
	return func(ctx context.Context, cfg Config, log *slog.Logger, stdout io.Writer) (*server, error) {
		s := &server{failed: make(chan error, 4)}
		l, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return nil, err
		}
		s.baseURL = "http://" + l.Addr().String()
		p := &platform{cfg: cfg, clock: clock, log: log}
		put := func(context.Context, context.Context) error { p.driver = wrap(p.driver); return nil }
		if err := p.open(ctx, p.openStore, put, p.openControl, p.openKeys, p.openAudit, p.loadRules); err != nil {
			return nil, err
		}
		s.platform = p
		s.onStop(p.close)
		o, err := openOutside(cfg, p.clock)
		if err != nil {
			return nil, err
		}
		d, err := s.openDemo(ctx, &o)
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		if s.services, err = p.openServices(ctx, o, s.baseURL); err != nil {
			return nil, err
		}
		if err := d.bind(ctx, s.services, p.clock); err != nil {
			return nil, err
		}
		change(s.services)
		return s, s.listen(ctx, cfg, log, l)
	}
}
