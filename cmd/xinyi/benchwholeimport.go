package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/store/embedded"
)

// wholeImportFigure is what the process that imports the county says.
type wholeImportFigure struct {
	Rows    int     `json:"rows"`
	Seconds float64 `json:"seconds"` // from its start to the closed store
	Peak    int64   `json:"peak"`    // bytes resident
	DiskMiB int64   `json:"diskMiB"`
}

// replayFigure is what the process that writes the same batches says.
type replayFigure struct {
	Batches int     `json:"batches"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"` // of documents
}

// wholeImport imports the county from its file into a new data folder as xinyi import does,
// then once more noting every batch, which is no part of the figure, and gives the batches to
// an engine alone.
func wholeImport(ctx context.Context, m *meter, f *wholeFigure) error {
	path, err := countyText(ctx, m)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(m.o.data, "import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	noted, data := filepath.Join(dir, "batches"), filepath.Join(dir, "data")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var is, noting wholeImportFigure
	if err := m.child(ctx, self, &is, "import-noted", "", data, path); err != nil {
		return err
	}
	fmt.Fprintf(m.progress, "  import    %d rows in %.0f s, %.0f MiB at the peak\n", is.Rows, is.Seconds, mib(is.Peak))
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	if err := m.child(ctx, self, &noting, "import-noted", noted, data, path); err != nil {
		return err
	}
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	var raw replayFigure
	if err := m.child(ctx, self, &raw, "replay", noted, filepath.Join(dir, "raw")); err != nil {
		return err
	}
	rate, ratio := float64(is.Rows)/is.Seconds, raw.Seconds/is.Seconds
	f.target("import of the county", "≥ 15,000 records/s", fmt.Sprintf("%.0f/s", rate), rate >= 15_000)
	f.target("import of the county ÷ raw bulk write", "≥ 0.50", fmt.Sprintf("%.2f", ratio), ratio >= 0.5)
	f.target("import of the county, resident memory", "≤ 2 GiB", fmt.Sprintf("%.2f GiB", float64(is.Peak)/(1<<30)), is.Peak <= 2<<30)
	f.say("`xinyi import --create` of one NDJSON file: %d rows checked, sealed, indexed, judged, counted and audited in **%.0f s** (%.0f rows/s, from the digest of the file to the closed store), "+
		"%.0f MiB resident at the peak, %d MiB on disk. The same %d batches (%.0f MiB of documents, index entries on top) given to a fresh engine, two in flight, to the closed store: %.0f s; they were read beside it, and the processor time of that is taken off. Ratio **%.2f**.",
		is.Rows, is.Seconds, rate, mib(is.Peak), is.DiskMiB, raw.Batches, mib(raw.Bytes), raw.Seconds, ratio)
	f.say("That an import that is killed goes on without loss or duplicate is a test, at a small scale: `TestImport_kill` in `service/ingest`, `TestImport_killedProcess` in `cmd/xinyi`.")
	return nil
}

// child runs one of the bench's processes to its end and decodes what it prints last.
func (m *meter) child(ctx context.Context, self string, into any, args ...string) error {
	out, err := runSelf(ctx, m.progress, self, append([]string{"bench"}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, into)
}

// countyText gives the county as one file, made once and kept beside it.
func countyText(ctx context.Context, m *meter) (string, error) {
	path := filepath.Join(m.o.data, "county.ndjson")
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return path, err
	}
	size := m.county.size
	d, err := synth.New(synth.Config{People: size.People, Orgs: size.Orgs, PerPerson: size.PerPerson, Seed: countySeed, AsOf: countyAsOf})
	if err != nil {
		return "", err
	}
	_, err = writeDistrict(ctx, d, path)
	return path, err
}

// benchImportNoted is xinyi import --create of one file, with every batch noted unless BATCHES
// is empty.
func benchImportNoted(ctx context.Context, c command, args []string) (err error) {
	if len(args) != 3 {
		return usageError{errors.New("bench import-noted BATCHES DATA FILE")}
	}
	started := time.Now()
	tuneCollector(c.env)
	cfg := defaultConfig()
	cfg.Data = args[1]
	p, err := openPlatform(ctx, cfg, discardLog())
	if err != nil {
		return err
	}
	if args[0] != "" {
		out, err := newSpool(args[0])
		if err != nil {
			return errors.Join(err, p.close(ctx))
		}
		p.onClose(func(context.Context) error { return out.close() })
		p.subjects = store.NewSubjects(&spoolRecorder{Driver: p.driver, out: out}, cfg.FileCache)
	}
	result := 0
	err = p.folding(ctx, func() (err error) {
		result, err = importCounty(ctx, p, args[2])
		return err
	})
	disk := p.driver.Stats()["diskBytes"] >> 20
	if err = errors.Join(err, p.close(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	took := time.Since(started)
	peak, err := statusOf(os.Getpid(), "VmHWM")
	if err != nil {
		return err
	}
	return json.NewEncoder(c.stdout).Encode(wholeImportFigure{Rows: result, Seconds: took.Seconds(), Peak: peak, DiskMiB: disk})
}

// importCounty imports one file and wants every row to come in.
func importCounty(ctx context.Context, p *platform, path string) (rows int, err error) {
	digest, size, err := digestOf(ctx, path)
	if err != nil {
		return 0, err
	}
	src, err := openSource(path, size)
	if err != nil {
		return 0, err
	}
	defer src.close()
	result, err := p.importer().Import(ctx, digest, filepath.Base(path), src.Reader, nil)
	if err == nil && result.Accepted != result.Rows {
		err = fmt.Errorf("%d of %d rows came in", result.Accepted, result.Rows)
	}
	return result.Rows, err
}

// replayAhead is how many batches are read ahead.
const replayAhead = 64

// benchReplay gives noted batches to an engine alone, two in flight, as the importer has one
// being written while the next is made. They are read beside it, so that the engine gets no
// time for its work in the background that does not count; the processor time of reading is
// taken off.
func benchReplay(ctx context.Context, c command, args []string) error {
	if len(args) != 2 {
		return usageError{errors.New("bench replay BATCHES DIR")}
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	defer os.RemoveAll(args[1])
	tuneCollector(c.env)
	d, err := embedded.Open(args[1], embedded.Options{Clock: model.ClockFunc(time.Now), Uncached: store.WrittenOnce(), CacheBytes: int64(defaultConfig().CacheMB) << 20})
	if err != nil {
		return err
	}
	if err := store.Ensure(ctx, d); err != nil {
		return errors.Join(err, d.Close())
	}
	var f replayFigure
	started := time.Now()
	reading, err := f.write(ctx, d, file)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	f.Seconds = (time.Since(started) - reading/time.Duration(runtime.NumCPU())).Seconds()
	return json.NewEncoder(c.stdout).Encode(f)
}

// write gives the batches of in to d and says what processor time reading them took.
func (f *replayFigure) write(ctx context.Context, d store.Driver, in io.Reader) (reading time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan []store.Op, replayAhead)
	read := make(chan error, 1)
	go func() {
		defer close(queue)
		runtime.LockOSThread() // whose time is asked for; it ends with the goroutine
		err := f.read(ctx, bufio.NewReaderSize(in, 1<<20), queue)
		reading = threadTime()
		read <- err
	}()
	err = errors.Join(applyTwo(ctx, d, queue), <-read)
	return reading, err
}

func (f *replayFigure) read(ctx context.Context, in *bufio.Reader, queue chan<- []store.Op) error {
	for {
		ops, err := readBatch(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range ops {
			if ops[i].Kind != store.OpMark {
				ops[i].Kind = store.OpPut // two in flight may swap places; it reads as much as an insert
			}
			f.Bytes += int64(len(ops[i].Body))
		}
		f.Batches++
		select {
		case queue <- ops:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// threadTime is the processor time that this thread has taken; 0 where the kernel does not say.
func threadTime() time.Duration {
	text, _ := os.ReadFile("/proc/thread-self/schedstat")
	ns, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseInt(ns, 10, 64)
	return time.Duration(n)
}

// applyTwo writes batches, two in flight, and reads the queue to its end.
func applyTwo(ctx context.Context, d store.Driver, queue <-chan []store.Op) error {
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for ops := range queue {
				if errs[w] == nil {
					errs[w] = d.Apply(ctx, ops)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
