package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/store/embedded"
)

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// importFigure compares an import of NDJSON with the raw bulk write of the same
// documents and index entries.
type importFigure struct {
	Rows      int     `json:"rows"`
	PerSecond float64 `json:"perSecond"` // rows
	Raw       float64 `json:"raw"`       // rows per second that the engine alone would allow
	Ratio     float64 `json:"ratio"`
}

// benchImport does one round: import, noting every batch, then the same batches again.
func benchImport(ctx context.Context, c command, args []string) error {
	fs := flag.NewFlagSet("xinyi bench import", flag.ContinueOnError)
	dir := fs.String("dir", "", "folder on the disk to be measured")
	people := fs.Int("people", 10_000, "people")
	if err := fs.Parse(args); err != nil {
		return usageError{err}
	}
	text, rows, err := districtText(synth.Config{People: *people, Orgs: *people / 10, Seed: countySeed, AsOf: countyAsOf})
	if err != nil {
		return err
	}
	recorder := &opRecorder{write: true}
	if _, err := timeImport(ctx, filepath.Join(*dir, "noted"), text, recorder); err != nil {
		return err
	}
	f := importFigure{Rows: rows}
	raw, err := timeReplay(ctx, filepath.Join(*dir, "raw"), recorder.batches)
	if err != nil {
		return err
	}
	recorder.batches = nil
	whole, err := timeImport(ctx, filepath.Join(*dir, "whole"), text, nil)
	if err != nil {
		return err
	}
	f.PerSecond, f.Raw, f.Ratio = float64(rows)/whole.Seconds(), float64(rows)/raw.Seconds(), raw.Seconds()/whole.Seconds()
	return json.NewEncoder(c.stdout).Encode(f)
}

// districtText is a district as NDJSON, without the rows that are no part of the county.
func districtText(cfg synth.Config) (text []byte, rows int, err error) {
	d, err := synth.New(cfg)
	if err != nil {
		return nil, 0, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = d.Each(func(row *ingest.Row) error { rows++; return enc.Encode(row) })
	return b.Bytes(), rows, err
}

// timeImport imports text into a new data folder.
func timeImport(ctx context.Context, dir string, text []byte, recorder *opRecorder) (took time.Duration, err error) {
	defer os.RemoveAll(dir)
	cfg := defaultConfig()
	cfg.Data = dir
	p, err := openPlatform(ctx, cfg, discardLog())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.close(context.WithoutCancel(ctx))) }()
	if recorder != nil {
		recorder.Driver = p.driver
		p.subjects = store.NewSubjects(recorder, cfg.FileCache)
	}
	started := time.Now()
	result, err := p.importer().Import(ctx, "bench", "bench", ingest.NewNDJSON(bytes.NewReader(text)), nil)
	if err == nil && result.Rejected > 0 {
		err = fmt.Errorf("bench: %d rows were rejected", result.Rejected)
	}
	return time.Since(started), err
}

// timeReplay gives the batches to a fresh engine, two in flight, as the importer has
// one being written while the next is made.
func timeReplay(ctx context.Context, dir string, batches [][]store.Op) (took time.Duration, err error) {
	defer os.RemoveAll(dir)
	d, err := embedded.Open(dir, embedded.Options{Clock: model.ClockFunc(time.Now), CacheBytes: int64(defaultConfig().CacheMB) << 20})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := store.Ensure(ctx, d); err != nil {
		return 0, err
	}
	queue := make(chan []store.Op, len(batches))
	for _, ops := range batches {
		for i := range ops {
			ops[i].Kind = store.OpPut // two in flight may swap places; it reads as much as an insert
		}
		queue <- ops
	}
	close(queue)
	started := time.Now()
	err = applyTwo(ctx, d, queue)
	return time.Since(started), err
}

// raw runs the engine alone, in a process of its own, and keeps the median.
func (m *meter) raw(ctx context.Context, r *report) error {
	var rounds []rawFigure
	for range m.o.rounds {
		var f rawFigure
		if err := m.helper(ctx, &f, "raw", "--seconds", fmt.Sprint(m.o.seconds)); err != nil {
			return err
		}
		rounds = append(rounds, f)
	}
	f := rounds[0]
	f.PerSecond = medianOf(rounds, func(f rawFigure) float64 { return f.PerSecond })
	f.Syncs = medianOf(rounds, func(f rawFigure) float64 { return f.Syncs })
	f.CPU = medianOf(rounds, func(f rawFigure) float64 { return f.CPU })
	r.rawEngine = &f
	fmt.Fprintf(m.progress, "raw        %4d writers %7.0f batches/s, %.3f syncs a batch\n", rawWriters, f.PerSecond, f.Syncs)
	return nil
}

func (m *meter) importing(ctx context.Context, r *report) error {
	var rounds []importFigure
	for range m.o.rounds {
		var f importFigure
		if err := m.helper(ctx, &f, "import"); err != nil {
			return err
		}
		rounds = append(rounds, f)
	}
	f := rounds[0]
	f.PerSecond = medianOf(rounds, func(f importFigure) float64 { return f.PerSecond })
	f.Raw = medianOf(rounds, func(f importFigure) float64 { return f.Raw })
	f.Ratio = medianOf(rounds, func(f importFigure) float64 { return f.Ratio })
	r.importing = &f
	fmt.Fprintf(m.progress, "import     %.0f rows/s, raw %.0f rows/s, ratio %.2f\n", f.PerSecond, f.Raw, f.Ratio)
	return nil
}

func medianOf[T any](rounds []T, value func(T) float64) float64 {
	values := make([]float64, len(rounds))
	for i, f := range rounds {
		values[i] = value(f)
	}
	return median(values)
}

// helper runs one of the bench's processes to its end on a fresh folder beside the data
// and decodes what it prints.
func (m *meter) helper(ctx context.Context, into any, name string, args ...string) error {
	dir, err := os.MkdirTemp(m.o.data, name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := runSelf(ctx, m.progress, self, append([]string{"bench", name, "--dir", dir}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, into)
}

func runSelf(ctx context.Context, stderr io.Writer, self string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = stderr
	return cmd.Output()
}
