package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"xinyi/cmd/xinyi/benchload"
	"xinyi/policy/benefit"
	"xinyi/store/embedded"
)

// figure is what one phase, or the median of several, measured of one server.
type figure struct {
	conns      int
	rate       float64 // asked for; 0 = closed loop
	perSecond  float64
	cpu        float64 // µs of server CPU per request
	allocs     float64 // objects per request
	allocBytes float64
	syncs      float64 // file syncs per request
	p50, p99   float64 // ms
	p999       float64
	ratio      float64 // bare CPU per request ÷ this
	body       float64 // bytes
	marked     float64 // share
	bare       float64 // requests per second of the bare handler
	bareCPU    float64
}

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

// start starts generator and server, and takes the time until it is ready.
func (m *meter) start(ctx context.Context, r *report) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "bench", "load")
	cmd.Stderr = m.progress
	if m.gen, err = benchload.Start(cmd); err != nil {
		return err
	}
	rules, err := uncappedRules(m.work)
	if err != nil {
		return err
	}
	data, err := m.copyOf(ctx, m.o)
	if err != nil {
		return err
	}
	args := []string{"--data", data, "--base-url", benchIssuer, "--rules-dir", rules, "--client-rate", "1000000", "--address-rate", "1000000"}
	if m.o.store != "" {
		args = append(args, "--store", m.o.store)
	}
	if m.server, err = startChild(ctx, m.work, "serve", args...); err != nil {
		return err
	}
	if r.coldStart, err = m.server.ready(ctx, "/readyz"); err != nil {
		return err
	}
	s, err := m.server.sample(ctx, true)
	r.startRSS = s.rss
	return err
}

// copyOf gives a folder with the county's data that ends with the run: what one run logs
// must not weigh on the next. Tables become links, so that it costs next to nothing.
func (m *meter) copyOf(ctx context.Context, o benchOptions) (dir string, err error) {
	if o.store != "" {
		return o.data, nil
	}
	if m.data, err = os.MkdirTemp(o.data, "run-"); err != nil {
		return "", err
	}
	if err := os.Symlink(filepath.Join(o.data, "keys"), filepath.Join(m.data, "keys")); err != nil {
		return "", err
	}
	err = os.CopyFS(checkpointsDir(m.data), os.DirFS(checkpointsDir(o.data)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return m.data, embedded.Clone(ctx, storeDir(o.data), storeDir(m.data))
}

var caps = regexp.MustCompile(`(?m)^(per|cooldownMinutes|timeWindow|budget):.*\n`)

// anyLevel is the condition that nobody of the bench county meets, since joining the
// incentive level is a choice; adults do instead, so that most gates say pass and count.
var anyLevel = strings.NewReplacer("cel: level in param.levels\n    needs: [level]",
	"cel: adult || size(param.levels) == 0\n    needs: [adult]")

// uncappedRules writes the seed rules without caps: the same holder may come again.
func uncappedRules(work string) (string, error) {
	files, err := readAll(benefit.Seed())
	if err != nil {
		return "", err
	}
	dir := filepath.Join(work, "rules")
	if err := os.MkdirAll(filepath.Join(dir, "benefit"), 0o700); err != nil {
		return "", err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "benefit", name), []byte(anyLevel.Replace(string(caps.ReplaceAll(text, nil)))), 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func (m *meter) end(ctx context.Context, r *report) error {
	s, err := m.server.sample(ctx, false)
	if err != nil {
		return err
	}
	r.endRSS = s.rss
	return m.server.stop()
}

func (m *meter) close() error {
	var errs []error
	for _, p := range []*child{m.bare, m.server} {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	if m.gen != nil {
		errs = append(errs, m.gen.Close())
	}
	if m.data != "" {
		errs = append(errs, os.RemoveAll(m.data))
	}
	return errors.Join(errs...)
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
	f, err := s.phase(ctx, m.server, benchload.Phase{Conns: j.openConns, Seconds: max(5, 2*m.o.seconds), Rate: peak / 2})
	if err != nil {
		return err
	}
	r.add(j, f)
	fmt.Fprintf(m.progress, "%-10s open loop %8.0f/s  p50 %.1f ms  p99 %.1f ms  p99.9 %.1f ms\n", j.name, f.rate, f.p50, f.p99, f.p999)
	if m.o.profile != "" {
		if err := s.profile(ctx); err != nil {
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
	if s.bare, err = startChild(ctx, s.work, "bare", "--size", fmt.Sprint(size)); err != nil {
		return err
	}
	if _, err = s.bare.ready(ctx, "/"); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle waits, for a minute at most, until the server has done what the requests before
// have left it with, so that a job pays for its own and not for those of the job before.
func (s *stage) settle(ctx context.Context) error {
	for quiet, tries := 0, 0; quiet < 5 && tries < 300; tries++ {
		if quiet++; s.server.busy(ctx) {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
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
		f.bare, f.bareCPU, f.ratio = bare.perSecond, bare.cpu, bare.cpu/f.cpu
		rounds = append(rounds, f)
		s.expect = f.perSecond
	}
	return medians(rounds), nil
}

// phase runs p against one server and relates what it used to the requests.
func (s *stage) phase(ctx context.Context, on *child, p benchload.Phase) (figure, error) {
	if p.Rate > 0 && (s.job.used || s.job.stale) {
		n := s.pool()
		if s.job.used {
			n = int(p.Rate*p.Seconds) + 1
		}
		if err := s.renew(ctx, n); err != nil {
			return figure{}, err
		}
	}
	p.Once = s.job.used && on == s.server
	p.Marker = s.job.marker
	var used [2]sample
	r, err := s.run(ctx, on, p, &used)
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
		body: float64(r.Body) / n, marked: float64(r.Marked) / n}, nil
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

// profile takes CPU and allocation profiles under load at 64 connections.
func (s *stage) profile(ctx context.Context) error {
	const seconds = 5
	if err := os.MkdirAll(s.o.profile, 0o755); err != nil { //nolint:gosec // nothing secret
		return err
	}
	p := benchload.Phase{Conns: 64, Seconds: seconds + 1, Once: s.job.used}
	if s.job.used || s.job.stale {
		n := s.pool()
		if s.job.used {
			n = int(s.expect*(seconds+3)*1.5) + 2000
		}
		if err := s.renew(ctx, n); err != nil {
			return err
		}
	}
	taken := make(chan error, 1)
	before := func() error {
		go func() {
			body, err := s.server.get(ctx, s.server.debug, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
			taken <- errors.Join(err, os.WriteFile(filepath.Join(s.o.profile, s.job.name+".cpu.prof"), body, 0o600))
		}()
		return nil
	}
	p.Addr, p.File = s.server.addr, s.file
	if _, err := s.gen.Run(p, before, func() error { return <-taken }); err != nil {
		return err
	}
	for _, kind := range []string{"allocs", "heap"} {
		body, err := s.server.get(ctx, s.server.debug, "/debug/pprof/"+kind+"?gc=1")
		if err := errors.Join(err, os.WriteFile(filepath.Join(s.o.profile, s.job.name+"."+kind+".prof"), body, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// medians gives the median of each measured value; what was asked for is the same in all.
func medians(rounds []figure) figure {
	out := rounds[0]
	pick := func(value func(*figure) *float64) {
		values := make([]float64, len(rounds))
		for i := range rounds {
			values[i] = *value(&rounds[i])
		}
		*value(&out) = median(values)
	}
	for _, value := range []func(*figure) *float64{
		func(f *figure) *float64 { return &f.perSecond }, func(f *figure) *float64 { return &f.cpu },
		func(f *figure) *float64 { return &f.allocs }, func(f *figure) *float64 { return &f.allocBytes },
		func(f *figure) *float64 { return &f.syncs }, func(f *figure) *float64 { return &f.p50 },
		func(f *figure) *float64 { return &f.p99 }, func(f *figure) *float64 { return &f.p999 },
		func(f *figure) *float64 { return &f.ratio }, func(f *figure) *float64 { return &f.body },
		func(f *figure) *float64 { return &f.marked }, func(f *figure) *float64 { return &f.bare },
		func(f *figure) *float64 { return &f.bareCPU },
	} {
		pick(value)
	}
	return out
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
