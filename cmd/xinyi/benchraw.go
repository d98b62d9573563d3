package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/store/embedded"
)

// rawFigure is what the engine alone does with the writes of a redemption.
type rawFigure struct {
	PerSecond float64 `json:"perSecond"` // batches
	Syncs     float64 `json:"syncs"`     // per batch
	CPU       float64 `json:"cpu"`       // µs per batch
	Ops       int     `json:"ops"`       // in a batch
	Bytes     int     `json:"bytes"`     // of a batch's documents
}

// benchRaw gives the batches of redemptions to an empty engine from 64 writers.
func benchRaw(ctx context.Context, c command, args []string) error {
	fs := flag.NewFlagSet("xinyi bench raw", flag.ContinueOnError)
	dir := fs.String("dir", "", "folder on the disk to be measured")
	seconds := fs.Float64("seconds", 2, "length")
	if err := fs.Parse(args); err != nil {
		return usageError{err}
	}
	shape, err := redemptionOps(ctx, filepath.Join(*dir, "shape"))
	if err != nil {
		return err
	}
	f, err := writeRaw(ctx, filepath.Join(*dir, "raw"), shape, time.Duration(*seconds*float64(time.Second)))
	if err != nil {
		return err
	}
	return json.NewEncoder(c.stdout).Encode(f)
}

// opRecorder keeps what is applied; write says whether the engine gets it too.
type opRecorder struct {
	store.Driver
	write   bool
	mu      sync.Mutex
	batches [][]store.Op
}

// Apply keeps ops.
func (r *opRecorder) Apply(ctx context.Context, ops []store.Op) error {
	r.mu.Lock()
	r.batches = append(r.batches, ops)
	r.mu.Unlock()
	if !r.write {
		return nil
	}
	return r.Driver.Apply(ctx, ops)
}

// redemptionOps has the product redeem one pass and gives the batch that it wrote.
func redemptionOps(ctx context.Context, dir string) (ops []store.Op, err error) {
	cfg := defaultConfig()
	cfg.Data = dir
	p, err := openPlatform(ctx, cfg, discardLog())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(context.WithoutCancel(ctx))) }()
	d, err := synth.New(synth.Config{People: 20, Seed: countySeed, AsOf: countyAsOf})
	if err != nil {
		return nil, err
	}
	rows := newDistrictRows(d)
	defer rows.stop()
	if _, err := p.importer().Import(ctx, "shape", "shape", rows, nil); err != nil {
		return nil, err
	}
	s, err := p.openServices(ctx, outside{openID: noWeChat, verifier: noVerifier{}}, benchIssuer)
	if err != nil {
		return nil, err
	}
	recorder := &opRecorder{Driver: p.driver}
	s.benefit.Store = store.NewBenefits(recorder)
	c := &county{size: countySize{People: 20}, vault: p.vault}
	if err := c.readPeople(ctx, p, d, 1); err != nil {
		return nil, err
	}
	codec := pass.NewCodec(p.vault, p.vault, 0)
	at := time.Now().Truncate(time.Second)
	text, err := codec.Mint(ctx, c.people[0].id, pass.Claims{Benefit: benchBenefit, PayPercent: 80, HolderMasked: c.people[0].masked, Site: benchSite,
		IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
	if err != nil {
		return nil, err
	}
	gate := model.Principal{ID: "client_bench_gate", Role: model.RoleGate, Unit: benchUnit, Sites: []string{benchSite}, RequestID: "r0123456789abcdef0123456"}
	if _, err := s.benefit.Redeem(ctx, gate, benefit.Scan{Pass: text, Key: "bench-attempt"}, p.keepAnswer); err != nil {
		return nil, err
	}
	if len(recorder.batches) != 1 {
		return nil, fmt.Errorf("bench: a redemption wrote %d batches", len(recorder.batches))
	}
	return recorder.batches[0], nil
}

// keepAnswer is the stored answer of a redemption, sealed and as long as a real one.
func (p *platform) keepAnswer(r model.Redemption) (*model.IdempotencyRecord, error) {
	const id = "0123456789abcdef0123456789abcdef01234567"
	body := fmt.Appendf(nil, `{"redemptionNo":"%s","result":"%s","benefitCode":"%s","payPercent":%d,"holderMasked":"%s"}`, r.No, r.Result, r.BenefitCode, r.PayPercent, r.HolderMasked)
	sealed, err := p.vault.Seal(model.SealAnswer, id, body)
	return &model.IdempotencyRecord{ID: id, Fingerprint: fmt.Sprintf("%064x", 1), Status: 201, Body: sealed, ExpiresAt: p.clock.Now().Add(24 * time.Hour)}, err
}

const rawWriters = 64

func writeRaw(ctx context.Context, dir string, shape []store.Op, length time.Duration) (f rawFigure, err error) {
	clock := model.ClockFunc(time.Now)
	d, err := embedded.Open(dir, embedded.Options{Clock: clock, Uncached: store.WrittenOnce(), CacheBytes: int64(defaultConfig().CacheMB) << 20})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := store.Ensure(ctx, d); err != nil {
		return f, err
	}
	f.Ops = len(shape)
	for _, op := range shape {
		f.Bytes += len(op.Body)
	}
	var done, serial atomic.Int64
	run := func(length time.Duration) error {
		done.Store(0)
		end := time.Now().Add(length)
		errs := make([]error, rawWriters)
		var wg sync.WaitGroup
		for w := range rawWriters {
			wg.Go(func() {
				for time.Now().Before(end) && errs[w] == nil {
					errs[w] = d.Apply(ctx, renamed(shape, uint64(serial.Add(1))))
					done.Add(1)
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
	if err := run(length / 4); err != nil {
		return f, err
	}
	cpu, err := cpuOf(os.Getpid())
	if err != nil {
		return f, err
	}
	syncs, started := d.Stats()["syncs"], time.Now()
	if err := run(length); err != nil {
		return f, err
	}
	n := float64(done.Load())
	f.PerSecond, f.Syncs = n/time.Since(started).Seconds(), float64(d.Stats()["syncs"]-syncs)/n
	after, err := cpuOf(os.Getpid())
	f.CPU = (after - cpu).Seconds() * 1e6 / n
	return f, err
}

// scattered collections have random ids; in the others each id follows the last.
var scattered = map[string]bool{"pass_claims": true, "usage": true, "idempotency": true, "audit_access": true}

// renamed copies a batch under new ids of the same form.
func renamed(shape []store.Op, serial uint64) []store.Op {
	ops := make([]store.Op, len(shape))
	for i, op := range shape {
		number := serial
		if scattered[op.Coll] {
			number = rand.Uint64() //nolint:gosec // names in a benchmark
		}
		id := []byte(op.ID)
		copy(place(id), model.AppendHex(nil, number, idDigits))
		if op.Kind == store.OpCheck { // of what nobody has written
			ops[i] = store.Op{Kind: store.OpCheck, Coll: op.Coll, ID: string(id)}
			continue
		}
		body := bytes.Clone(op.Body)
		at := bytes.Index(body, []byte(op.ID))
		copy(body[at:], id)
		ops[i] = store.Op{Kind: store.OpInsert, Coll: op.Coll, ID: string(id), Body: body}
	}
	return ops
}

const idDigits = 12

// place finds where the varying part of an id ends: the first run of letters and digits
// that is long enough.
func place(id []byte) []byte {
	run := 0
	for i, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			if run >= idDigits {
				return id[i-idDigits : i]
			}
			run = 0
			continue
		}
		run++
	}
	return id[len(id)-min(idDigits, run):]
}
