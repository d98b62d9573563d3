package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"xinyi/cmd/xinyi/benchload"
)

// meter drives the processes of one run.
type meter struct {
	o        benchOptions
	work     string
	county   *county
	gen      *benchload.Generator
	server   *child
	bare     *child
	progress io.Writer
	files    int
	data     string // the server's own copy of the county; "" = none
	serving  string // the folder that the server works in
}

// measure starts the server and runs the jobs.
func measure(ctx context.Context, o benchOptions, work string, c *county, r *report, progress io.Writer) (err error) {
	m := &meter{o: o, work: work, county: c, progress: progress}
	defer func() { err = errors.Join(err, m.close()) }()
	if err := m.start(ctx, r); err != nil {
		return err
	}
	for _, j := range benchJobs() {
		if !o.wants(j.name) {
			continue
		}
		if err := m.job(ctx, j, r); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	if err := m.end(ctx, r); err != nil {
		return err
	}
	if o.wants(jobOffline) {
		if err := m.offline(ctx, r); err != nil {
			return err
		}
	}
	if o.wants(jobRaw) {
		if err := m.raw(ctx, r); err != nil {
			return err
		}
	}
	if o.wants(jobImport) {
		return m.importing(ctx, r)
	}
	return nil
}

func (o *benchOptions) wants(job string) bool {
	return len(o.jobs) == 0 || slices.Contains(o.jobs, job)
}

// job measures one job at every number of connections, then at half its peak.
func (m *meter) job(ctx context.Context, j job, r *report) error {
	s := &stage{meter: m, job: j}
	if err := s.open(ctx); err != nil {
		return err
	}
	defer func() { m.bare = nil }()
	peak := 0.0
	for _, conns := range m.o.conns {
		f, err := s.closedLoop(ctx, conns)
		if err != nil {
			return err
		}
		peak = max(peak, f.perSecond)
		r.add(j, f)
		fmt.Fprintf(m.progress, "%-10s %4d conns  %8.0f/s  cpu %6.1f µs  ratio %.2f  p99 %.1f ms  allocs %.0f\n", j.name, conns, f.perSecond, f.cpu, f.ratio, f.p99, f.allocs)
	}
	f, err := s.openLoop(ctx, peak/2)
	if err != nil {
		return err
	}
	r.add(j, f)
	fmt.Fprintf(m.progress, "%-10s open loop %8.0f/s  p50 %.1f ms  p99 %.1f ms  p99.9 %.1f ms\n", j.name, f.rate, f.p50, f.p99, f.p999)
	if m.o.profile != "" {
		if err := s.profile(ctx, peak/2); err != nil {
			return err
		}
	}
	return m.bare.stop()
}

// stage is one job being measured.
type stage struct {
	*meter
	job    job
	file   string  // of requests
	expect float64 // requests per second, for how many to make
}

// open makes the requests, warms the server up and starts a bare handler whose answers
// are as long.
func (s *stage) open(ctx context.Context) error {
	s.expect = 3000
	if _, err := s.make(ctx, s.pool()); err != nil {
		return err
	}
	// Whatever can be sent again is sent once before anything counts: the figures are
	// those of a server that has been up for a while.
	warm, err := s.run(ctx, s.server, benchload.Phase{Conns: 32, Seconds: 120, Once: true}, nil)
	if err != nil {
		return err
	}
	size := int(float64(warm.Body)/float64(max(warm.Requests, 1)) + 0.5)
	if s.bare, err = startChild(ctx, "bare", "--size", fmt.Sprint(size)); err != nil {
		return err
	}
	if _, err = s.bare.ready(ctx, "/"); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle waits, for a minute at most, until the server has done what the requests before
// have left it with, so that a job pays for its own and not for those of the job before.
func (s *stage) settle(ctx context.Context) error { return s.settleWithin(ctx, time.Minute) }

func (s *stage) settleWithin(ctx context.Context, limit time.Duration) error {
	const look = 200 * time.Millisecond
	for quiet, left := 0, limit; quiet < 5 && left > 0; left -= look {
		if quiet++; s.server.busy(ctx) {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
	return nil
}

// pool is how many different requests the job takes.
func (s *stage) pool() int {
	switch s.job.name {
	case "own":
		return s.o.citizens
	case "search":
		return poolSearch
	}
	if s.job.used {
		return int(s.expect*s.o.seconds*2) + 2000
	}
	return poolPasses
}

// make writes a new file of n requests.
func (s *stage) make(ctx context.Context, n int) ([][]byte, error) {
	requests, err := s.job.make(ctx, s.county, n)
	if err != nil {
		return nil, err
	}
	if s.file != "" {
		if err := os.Remove(s.file); err != nil {
			return nil, err
		}
	}
	s.files++
	s.file = filepath.Join(s.work, fmt.Sprintf("%s-%d.requests", s.job.name, s.files))
	return requests, benchload.WriteRequests(s.file, requests)
}

// renew makes n new requests and sends what the job wants to come first.
func (s *stage) renew(ctx context.Context, n int) error {
	requests, err := s.make(ctx, n)
	if err != nil || s.job.first == nil {
		return err
	}
	for i, r := range requests {
		requests[i] = s.job.first(r)
	}
	measured := s.file
	s.file = measured + ".first"
	defer func() { s.file = measured }()
	if err := benchload.WriteRequests(s.file, requests); err != nil {
		return err
	}
	_, err = s.run(ctx, s.server, benchload.Phase{Conns: 64, Seconds: 30, Once: true}, nil)
	return errors.Join(err, os.Remove(s.file))
}

// closedLoop takes bare handler and job in turn and gives the medians.
func (s *stage) closedLoop(ctx context.Context, conns int) (figure, error) {
	if s.job.stale {
		if err := s.renew(ctx, s.pool()); err != nil {
			return figure{}, err
		}
	}
	var rounds []figure
	for round := range s.o.rounds {
		if s.job.used {
			if err := s.renew(ctx, s.pool()); err != nil {
				return figure{}, err
			}
		}
		p := benchload.Phase{Conns: conns, Seconds: s.o.seconds, Seed: uint64(round)}
		bare, err := s.phase(ctx, s.bare, p)
		if err != nil {
			return figure{}, err
		}
		f, err := s.phase(ctx, s.server, p)
		if err != nil {
			return figure{}, err
		}
		f.beside(bare)
		rounds = append(rounds, f)
		s.expect = f.perSecond
	}
	return medians(rounds), nil
}

// renewedWithin bounds the wait after new passes were made, which are good for a minute.
const renewedWithin = 10 * time.Second

// phase runs p against one server and relates what it used to the requests.
func (s *stage) phase(ctx context.Context, on *child, p benchload.Phase) (figure, error) {
	if p.Rate > 0 && on == s.server && (s.job.used || s.job.stale) {
		n := s.pool()
		if s.job.used {
			n = int(p.Rate*p.Seconds) + 1
		}
		if err := s.renew(ctx, n); err != nil {
			return figure{}, err
		}
		if err := s.settleWithin(ctx, renewedWithin); err != nil {
			return figure{}, err
		}
	}
	p.Once = s.job.used && on == s.server
	p.Marker = s.job.marker
	if err := s.warm(ctx, on, p); err != nil {
		return figure{}, err
	}
	var used [2]sample
	r, even, err := s.watched(ctx, on, p, &used)
	if err != nil {
		return figure{}, err
	}
	n := float64(max(r.Requests, 1))
	per := func(after, before float64) float64 { return (after - before) / n }
	return figure{conns: p.Conns, rate: p.Rate, perSecond: n / r.Seconds, cpu: per(used[1].cpu.Seconds(), used[0].cpu.Seconds()) * 1e6,
		allocs:     per(float64(used[1].heap.Objects), float64(used[0].heap.Objects)),
		allocBytes: per(float64(used[1].heap.Bytes), float64(used[0].heap.Bytes)),
		syncs:      per(used[1].store["xinyi_store_syncs"], used[0].store["xinyi_store_syncs"]),
		p50:        float64(r.P50) / 1e3, p99: float64(r.P99) / 1e3, p999: float64(r.P999) / 1e3,
		body: float64(r.Body) / n, marked: float64(r.Marked) / n, sent: len(r.Sent), even: even}, nil
}

// run runs one phase and refuses answers that are no success: their figures would lie.
func (s *stage) run(ctx context.Context, on *child, p benchload.Phase, used *[2]sample) (benchload.Result, error) {
	p.Addr, p.File = on.addr, s.file
	edge := func(i int) func() error {
		return func() (err error) {
			if used != nil {
				used[i], err = on.sample(ctx, i == 0)
			}
			return err
		}
	}
	r, err := s.gen.Run(p, edge(0), edge(1))
	if err != nil {
		return r, err
	}
	for status, n := range r.Status {
		if status >= 300 && n > 0 {
			return r, fmt.Errorf("%d of %d answers had status %d; the server's log ends: %s", n, r.Requests, status, on.lastLog())
		}
	}
	if r.Errors > 0 || r.Requests == 0 {
		return r, fmt.Errorf("%d requests without an answer: %s; the server's log ends: %s", r.Errors, r.Error, on.lastLog())
	}
	return r, nil
}
