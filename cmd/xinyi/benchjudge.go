package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"xinyi/cmd/xinyi/benchload"
	"xinyi/model"
	"xinyi/policy/grading"
)

// judgeLookups is the rate of look-ups beside the judging, per second: a county's peak.
const judgeLookups = 2000

// benchJudging publishes new grading models on a running server and measures how fast it
// judges everybody again, and what look-ups wait before and meanwhile.
func benchJudging(ctx context.Context, c command) (err error) {
	o, err := benchFlags(c)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "xinyi-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	county, err := openCounty(ctx, o, c.stderr)
	if err != nil {
		return err
	}
	m := &meter{o: o, work: work, county: county, progress: c.stderr}
	defer func() { err = errors.Join(err, m.close()) }()
	if err := m.start(ctx, &report{}); err != nil {
		return err
	}
	s := &stage{meter: m, job: job{name: "judge", make: fileRequests}}
	if _, err := s.make(ctx, poolFiles); err != nil {
		return err
	}
	if _, err := s.run(ctx, m.server, benchload.Phase{Conns: 32, Seconds: 120, Once: true}, nil); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	var before, during []figure
	for range o.rounds {
		f, err := s.lookups(ctx)
		if err != nil {
			return err
		}
		before = append(before, f)
	}
	published := time.Now()
	if err := publishModels(ctx, o.data); err != nil {
		return err
	}
	var run model.JudgingRun
	for !run.Done || run.StartedAt.Before(published) {
		f, err := s.lookups(ctx)
		if err != nil {
			return err
		}
		if run, err = judgeStateCall().ask(ctx, o.data, struct{}{}); err != nil {
			return err
		}
		if run.StartedAt.After(published) {
			during = append(during, f)
			fmt.Fprintf(m.progress, "judge      %8d seen  p50 %.1f ms  p99 %.1f ms\n", run.Seen, f.p50, f.p99)
		}
	}
	took := run.UpdatedAt.Sub(run.StartedAt).Seconds()
	was, is := medians(before), medians(during)
	fmt.Fprintf(c.stdout, "| subjects | judged | from records | subjects/s | judged/s | look-ups/s | p99 before | p99 meanwhile |\n|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	fmt.Fprintf(c.stdout, "| %d | %d | %d | %.0f | %.0f | %d | %.1f ms | %.1f ms |\n", run.Seen, run.Judged, run.FromRecords, float64(run.Seen)/took,
		float64(run.Judged)/took, judgeLookups, was.p99, is.p99)
	return nil
}

// lookups asks for files at the rate of a peak.
func (s *stage) lookups(ctx context.Context) (figure, error) {
	return s.phase(ctx, s.server, benchload.Phase{Conns: 64, Seconds: s.o.seconds, Rate: judgeLookups})
}

// publishModels puts versions of both models in force today that nobody was judged by.
func publishModels(ctx context.Context, data string) error {
	today := model.DateOf(time.Now())
	for _, name := range []string{"enterprise.yaml", "personal.yaml"} {
		raw, err := fs.ReadFile(grading.Seed(), name)
		if err != nil {
			return err
		}
		text := strings.Replace(string(raw), "validFrom: 2020-09-01", "validFrom: "+string(today), 1) + fmt.Sprintf("# %d\n", time.Now().UnixNano())
		in := applyRequest{Kind: gradingModelKind, Name: "bench-" + name, Body: []byte(text), By: "bench"}
		if _, err := policyApplyCall().ask(ctx, data, in); err != nil {
			return err
		}
	}
	return nil
}
