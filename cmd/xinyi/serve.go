package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/handlers/contract"
	"xinyi/miniprogram"
	"xinyi/model"
	"xinyi/service/jobs"
	"xinyi/store"
)

// serve runs the server until ctx ends.
func serve(ctx context.Context, c command) error {
	cfg, rest, err := loadConfig("serve", c, nil)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError{fmt.Errorf("多余的参数 %q", rest[0])}
	}
	if err := errors.Join(cfg.checkWorld()...); err != nil {
		return usageError{err}
	}
	tuneCollector(c.env)
	lines := newLogWriter(c.stderr)
	defer lines.Close()
	log := newLogger(lines, cfg.LogLevel)
	for _, wide := range wideProxies(cfg.TrustedProxies) {
		log.Warn("configuration", "hint", wide)
	}
	if cfg.Data, err = filepath.Abs(cfg.Data); err != nil {
		return err
	}
	s, err := startServer(ctx, cfg, log, c.stdout)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		log.Info("stopping")
		err = nil
	case err = <-s.failed:
	}
	return errors.Join(err, s.stop(context.WithoutCancel(ctx)))
}

func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}

// server is a running xinyi.
type server struct {
	platform *platform
	services *services
	baseURL  string
	metrics  string // address
	failed   chan error
	// runner does what time starts.
	runner *jobs.Runner
	// limitJobs keep the shares of rates; see limiter.
	limitJobs []func(context.Context)
	stops     []func(context.Context) error
}

func (s *server) onStop(f func(context.Context) error) { s.stops = append(s.stops, f) }

// stop ends listeners first, then what stands below, in reverse order.
func (s *server) stop(ctx context.Context) error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i](ctx))
	}
	return errors.Join(errs...)
}

// startServer listens first, so that an address in use fails before anything is made.
func startServer(ctx context.Context, cfg Config, log *slog.Logger, stdout io.Writer) (s *server, err error) {
	s = &server{failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop(context.WithoutCancel(ctx)))
		}
	}()
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return s, fmt.Errorf("监听 %s: %w", cfg.Listen, err)
	}
	s.onStop(func(context.Context) error { return closed(listener.Close()) })
	s.baseURL = cfg.BaseURL
	if s.baseURL == "" {
		s.baseURL = "http://" + listener.Addr().String()
	}
	if s.platform, err = openPlatform(ctx, cfg, log); err != nil {
		return s, err
	}
	s.onStop(s.platform.close)
	o, err := openOutside(cfg, s.platform.clock)
	if err != nil {
		return s, err
	}
	var d *demo
	if cfg.Demo {
		if d, err = s.openDemo(ctx, &o); err != nil {
			return s, err
		}
	}
	if s.services, err = s.platform.openServices(ctx, o, s.baseURL); err != nil {
		return s, err
	}
	if d != nil {
		if err := d.bind(ctx, s.services, s.platform.clock); err != nil {
			return s, err
		}
	}
	if err := s.listen(ctx, cfg, log, listener); err != nil {
		return s, err
	}
	if d != nil {
		if err := d.announce(stdout, s); err != nil {
			return s, err
		}
	}
	log.Info("ready", "listen", listener.Addr().String(), "metrics", s.metrics)
	return s, nil
}

func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// listen starts the API, the metrics, the admin socket and the background jobs.
func (s *server) listen(ctx context.Context, cfg Config, log *slog.Logger, listener net.Listener) error {
	metrics := handlers.NewMetrics()
	handler, err := s.handler(cfg, log, metrics)
	if err != nil {
		return err
	}
	if err := s.openJobs(); err != nil {
		return err
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.jobs(background)
	s.onStop(func(context.Context) error { cancel(); return nil })
	stopAdmin, err := serveAdmin(background, s.platform, log)
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { stopAdmin(); return nil })
	address := cfg.MetricsListen
	if address == "" {
		address = "127.0.0.1:9090"
		if cfg.Demo {
			address = "127.0.0.1:0"
		}
	}
	ml, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("监听 %s: %w", address, err)
	}
	s.metrics = ml.Addr().String()
	s.run(ml, metricsHandler(metrics, s), cfg.ShutdownGrace)
	s.run(listener, handler, cfg.ShutdownGrace)
	return nil
}

// run serves on l until stop; requests under way get grace to end.
func (s *server) run(l net.Listener, h http.Handler, grace time.Duration) {
	srv := newHTTPServer(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.onStop(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, grace)
		defer cancel()
		err := srv.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = srv.Close()
		}
		<-done
		return err
	})
}

// handler puts the HTTP surface together.
func (s *server) handler(cfg Config, log *slog.Logger, metrics *handlers.Metrics) (http.Handler, error) {
	p := s.platform
	limits, err := s.limiter(cfg)
	if err != nil {
		return nil, err
	}
	proxies, err := prefixes(cfg.TrustedProxies)
	if err != nil {
		return nil, usageError{err}
	}
	doc := api.OpenAPI()
	operations, err := contract.Load(doc)
	if err != nil {
		return nil, err
	}
	access, err := liveAccess(operations.Permissions(), p.control, log)
	if err != nil {
		return nil, err
	}
	home, _, err := miniprogram.H5()
	if err != nil {
		return nil, err
	}
	server, err := handlers.New(handlers.Options{Contract: doc, Tokens: s.services.tokens, Resolve: s.services.citizens.Resolve, Access: access, Limits: limits,
		Answers: store.NewAnswers(p.driver), Sealer: p.vault, MACs: p.vault, Clock: p.clock, Log: log, Metrics: metrics,
		Ready: s.checks(), Proxies: proxies, MaxBody: int64(cfg.MaxBodyKB) << 10, Spool: p.spool, Docs: api.Docs(), Home: home, Resources: s.services.resources(p, s.baseURL)})
	if err != nil {
		return nil, err
	}
	if missing := server.Unmounted(); len(missing) > 0 {
		return nil, fmt.Errorf("operations of the contract without a handler: %v", missing)
	}
	return server, nil
}

// staleControl is how old the view of the control collection may be before the process
// calls itself not ready.
const staleControl = 10 * time.Second

// checks are what /readyz looks at: engine, keys, log and rules.
func (s *server) checks() []handlers.Check {
	p := s.platform
	return []handlers.Check{
		{Name: "store", Test: func(ctx context.Context) error {
			_, err := p.driver.Get(ctx, "leases", "readiness")
			if model.Is(err, model.CodeNotFound) {
				return nil
			}
			return err
		}},
		{Name: "control", Test: func(context.Context) error {
			if age := p.control.Age(); age > staleControl {
				return fmt.Errorf("control view is %s old", age)
			}
			return nil
		}},
		{Name: "audit", Test: func(context.Context) error {
			if !p.audit.Ready() {
				return errors.New("the audit log holds no slot")
			}
			return nil
		}},
		{Name: "keys", Test: func(context.Context) error {
			if kid, key := p.vault.JWTSigner(); kid == "" || key == nil {
				return errors.New("no signing key is active")
			}
			return nil
		}},
	}
}

// sweepEvery and sweepMost bound the removal of what has expired; claims and answers come
// in with every redemption, and go many in one write.
const (
	sweepEvery = 30 * time.Second
	keysEvery  = 30 * time.Second
	sweepMost  = 5000
	sweepUses  = 100_000
)

// jobs run until ctx ends: what each process does for itself, and the runner of what one
// does for all.
func (s *server) jobs(ctx context.Context) {
	p := s.platform
	refusals := func(ctx context.Context) {
		s.services.refusals.Run(ctx, func(err error) { p.log.Error("refusals not recorded", "code", string(model.CodeOf(err))) })
	}
	jobs := []func(context.Context){s.services.feed.run, s.services.submitted.Run, p.keepJudged, p.foldQuality, s.runner.Run, refusals, func(ctx context.Context) {
		ticker := time.NewTicker(keysEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			p.refreshKeys(ctx) // a key may have become active or retired meanwhile
			p.useAuditKeys()
		}
	}}
	for _, job := range append(jobs, s.limitJobs...) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			job(ctx)
		}()
		s.onStop(func(context.Context) error { <-done; return nil })
	}
}

func (s *server) sweep(ctx context.Context) error {
	p := s.platform
	_, err := store.SweepExpired(ctx, p.driver, p.clock.Now(), sweepUses)
	_, err2 := store.NewSignIns(p.driver).Sweep(ctx, p.clock.Now(), sweepMost)
	_, err3 := p.control.Sweep(ctx)
	return errors.Join(err, err2, err3, s.services.benefit.SweepBudgets(ctx, sweepMost))
}
