package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"xinyi/cmd/xinyi/benchload"
)

// profile takes CPU profiles under load at 64 connections and at the rate, and what was
// allocated until then.
func (s *stage) profile(ctx context.Context, rate float64) error {
	if err := os.MkdirAll(s.o.profile, 0o755); err != nil { //nolint:gosec // nothing secret
		return err
	}
	for name, p := range map[string]benchload.Phase{
		s.job.name:           {Conns: 64},
		s.job.name + ".open": {Conns: s.job.openConns, Rate: rate},
	} {
		if err := s.profileCPU(ctx, name, p); err != nil {
			return err
		}
	}
	for _, kind := range []string{"allocs", "heap"} {
		body, err := s.server.get(ctx, s.server.debug, "/debug/pprof/"+kind+"?gc=1")
		if err := errors.Join(err, os.WriteFile(filepath.Join(s.o.profile, s.job.name+"."+kind+".prof"), body, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) profileCPU(ctx context.Context, name string, p benchload.Phase) error {
	const seconds = 5
	p.Seconds, p.Once = seconds+1, s.job.used
	if s.job.used || s.job.stale {
		n := s.pool()
		if s.job.used {
			n = int(s.expect*(seconds+3)*1.5) + 2000
		}
		if err := s.renew(ctx, n); err != nil {
			return err
		}
	}
	if p.Rate > 0 {
		if err := s.settleWithin(ctx, renewedWithin); err != nil {
			return err
		}
	}
	taken := make(chan error, 1)
	before := func() error {
		go func() {
			body, err := s.server.get(ctx, s.server.debug, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
			taken <- errors.Join(err, os.WriteFile(filepath.Join(s.o.profile, name+".cpu.prof"), body, 0o600))
		}()
		return nil
	}
	p.Addr, p.File = s.server.addr, s.file
	_, err := s.gen.Run(p, before, func() error { return <-taken })
	return err
}
