package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"xinyi/cmd/xinyi/benchload"
	"xinyi/model"
)

// Rates of look-ups beside long work, per second: a county's peak, and an ordinary hour.
const (
	peakRate     = 2000
	ordinaryRate = 200
)

// beside is a stage whose look-ups of public files go on while something else is done.
type beside struct {
	*stage
	rate           float64
	before, during []figure
}

// openBeside starts the server, asks for every file once and measures look-ups without
// anything beside them.
func (m *meter) openBeside(ctx context.Context, name string, rate float64) (*beside, error) {
	if err := m.start(ctx, &report{}); err != nil {
		return nil, err
	}
	b := &beside{rate: rate, stage: &stage{meter: m, job: job{name: name, make: fileRequests}}}
	if _, err := b.make(ctx, poolFiles); err != nil {
		return nil, err
	}
	if _, err := b.run(ctx, m.server, benchload.Phase{Conns: 32, Seconds: 120, Once: true}, nil); err != nil {
		return nil, err
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	for range max(m.o.rounds, 3) {
		f, err := b.lookups(ctx)
		if err != nil {
			return nil, err
		}
		b.before = append(b.before, f)
	}
	return b, nil
}

// lookups asks for files at the rate of a peak.
func (b *beside) lookups(ctx context.Context) (figure, error) {
	return b.phase(ctx, b.server, benchload.Phase{Conns: 64, Seconds: b.o.seconds, Rate: b.rate})
}

// until measures look-ups, phase after phase, until done says so. A phase counts when
// counts says that the work went on all through it.
func (b *beside) until(ctx context.Context, look func() (counts, done bool, err error)) error {
	profiled := b.profileNow(ctx)
	defer func() { <-profiled }()
	for {
		f, err := b.lookups(ctx)
		if err != nil {
			return err
		}
		counts, done, err := look()
		if err != nil {
			return err
		}
		if counts {
			b.during = append(b.during, f)
			fmt.Fprintf(b.progress, "  look-ups  p50 %.1f ms  p99 %.1f ms\n", f.p50, f.p99)
		}
		if done {
			return nil
		}
	}
}

// profileNow takes profiles of the work in the background, if the bench is to.
func (b *beside) profileNow(ctx context.Context) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		if b.o.profile == "" {
			return
		}
		for _, kind := range []string{"profile?seconds=10", "heap", "allocs"} {
			body, err := b.server.get(ctx, b.server.debug, "/debug/pprof/"+kind)
			name, _, _ := strings.Cut(kind, "?")
			path := filepath.Join(b.o.profile, b.job.name+"."+name+".prof")
			if err = errors.Join(err, os.MkdirAll(b.o.profile, 0o755), os.WriteFile(path, body, 0o600)); err != nil { //nolint:gosec // nothing secret
				fmt.Fprintf(b.progress, "  no profile: %v\n", err)
			}
		}
	}()
	return done
}

// report sets the latency of look-ups beside the work against that without it; what = "" is
// no target. most bounds it in milliseconds; 0 = it at most doubles.
func (b *beside) report(f *wholeFigure, what string, most float64) {
	if len(b.during) == 0 {
		f.say("The work ended before one stretch of look-ups did.")
		return
	}
	was, is := medians(b.before), medians(b.during)
	must := "p99 at most doubles"
	if most == 0 {
		most = 2 * was.p99
	} else {
		must = fmt.Sprintf("p99 ≤ %.0f ms", most)
	}
	if what != "" {
		f.target("look-ups beside "+what, must, fmt.Sprintf("%.1f → %.1f ms", was.p99, is.p99), is.p99 <= most)
	}
	f.say("Look-ups at %.0f/s over 64 connections, stretches of %g s, medians: p50 %.2f ms, p99 %.1f ms before (%d stretches), p50 %.2f ms, p99 %.1f ms meanwhile (%d).",
		b.rate, b.o.seconds, was.p50, was.p99, len(b.before), is.p50, is.p99, len(b.during))
}

// ask sends one request to the server and decodes the answer; into nil = it is not looked at.
func (m *meter) ask(ctx context.Context, method, path, token string, body, into any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+m.server.addr+path, in)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", rand.Text())
	}
	return m.send(req, token, into)
}

// send sends a request in the name of token and decodes the answer.
func (m *meter) send(req *http.Request, token string, into any) error {
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", req.Method, req.URL.Path, resp.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// staffToken signs the access token of somebody who works with the bench's server.
func (m *meter) staffToken(role model.Role, unit, unitName string) (string, error) {
	return m.county.token(model.Principal{ID: "staff_bench_" + string(role), Role: role, Unit: unit, UnitName: unitName})
}
