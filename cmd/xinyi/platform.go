package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/quality"
	"xinyi/service/ingest"
	"xinyi/service/judging"
	"xinyi/store"
	"xinyi/store/embedded"
	"xinyi/store/mongo"
	"xinyi/vault"
)

// auditName is the name that checkpoints are signed under.
const auditName = "xinyi-audit"

// platform is what every verb that touches data stands on: engine, keys, log, rules.
type platform struct {
	cfg     Config
	clock   model.Clock
	log     *slog.Logger
	driver  store.Driver
	control *store.Control
	vault   *vault.Vault
	audit   *audit.Log
	ids     *model.IDs
	// shared: other processes may use the store at the same time.
	shared bool
	// ticks drive the polls of the control collection; nil = each half second.
	ticks <-chan time.Time

	subjects *store.Subjects
	calendar *liveCalendar
	judge    *liveModels
	judging  *judging.Service
	display  *liveRepair
	// catalogue says what may be recorded, compliance how rows are checked.
	catalogue  *liveCatalogue
	measures   *liveMeasures
	compliance *liveCompliance
	quality    *quality.Book
	forms      *liveForms
	sectors    *liveSectors

	closers []func(context.Context) error
	cancel  context.CancelFunc
}

// openPlatform opens everything below the services. close ends it; after an error
// nothing stays open.
func openPlatform(ctx context.Context, cfg Config, log *slog.Logger) (*platform, error) {
	p := &platform{cfg: cfg, clock: model.ClockFunc(time.Now), log: log, shared: isMongo(cfg.Store)}
	if err := p.open(ctx, p.openStore, p.openControl, p.openKeys, p.openAudit, p.loadRules); err != nil {
		return nil, err
	}
	return p, nil
}

// open takes steps in order; after an error everything is closed again.
func (p *platform) open(ctx context.Context, steps ...func(ctx, background context.Context) error) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	for _, step := range steps {
		if err := step(ctx, background); err != nil {
			return errors.Join(err, p.close(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

// onClose adds a step; steps run in reverse.
func (p *platform) onClose(f func(context.Context) error) { p.closers = append(p.closers, f) }

func (p *platform) close(ctx context.Context) error {
	p.cancel()
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i](ctx))
	}
	p.closers = nil
	return errors.Join(errs...)
}

func isMongo(uri string) bool { return strings.HasPrefix(uri, "mongodb") }

func storeDir(data string) string { return filepath.Join(data, "store") }

func (p *platform) openStore(ctx, background context.Context) (err error) {
	if isMongo(p.cfg.Store) {
		p.driver, err = mongo.Open(ctx, p.cfg.Store, mongo.Options{Clock: p.clock, AllowStandalone: p.cfg.AllowStandalone})
	} else {
		p.driver, err = embedded.Open(storeDir(p.cfg.Data), embedded.Options{Clock: p.clock, Uncached: store.WrittenOnce(), Queues: store.Queues(), CacheBytes: int64(p.cfg.CacheMB) << 20, Log: p.log})
	}
	if err != nil {
		return err
	}
	p.onClose(func(context.Context) error { return p.driver.Close() })
	return store.Ensure(ctx, p.driver)
}

func (p *platform) openControl(ctx, background context.Context) (err error) {
	p.ids, p.subjects = model.NewIDs(p.clock), store.NewSubjects(p.driver, p.cfg.FileCache)
	p.subjects.Upstream = p.cfg.Upstream == upstreamCity
	if p.control, err = store.OpenControl(ctx, p.driver, store.ControlOptions{Clock: p.clock, Ticks: p.ticks, Log: p.log}); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.control.Run(background)
	}()
	p.onClose(func(context.Context) error { <-ended; return nil })
	return nil
}

// keysDir is where the master key stands.
func (c Config) keysDir() string {
	if c.KeysDir != "" {
		return c.KeysDir
	}
	return filepath.Join(c.Data, "keys")
}

func (p *platform) openKeys(ctx, background context.Context) error {
	if err := os.MkdirAll(p.cfg.keysDir(), 0o700); err != nil {
		return err
	}
	master, err := vault.LoadOrCreateMaster(p.cfg.masterFile())
	if err != nil {
		return err
	}
	others, err := otherMasters(p.cfg)
	if err != nil {
		return err
	}
	p.vault, err = vault.Open(ctx, master, controlRing{p.control}, p.clock, vault.Options{Policy: vault.Policy(p.cfg.Crypto), OldMasters: others})
	if err != nil {
		return err
	}
	stop := p.control.Watch(keyKind, func(store.ControlDoc) { p.refreshKeys(background) })
	p.onClose(func(context.Context) error { stop(); return nil })
	return nil
}

// refreshKeys takes up keys that were written or whose time has come.
func (p *platform) refreshKeys(ctx context.Context) {
	if err := p.vault.Refresh(ctx); err != nil {
		p.log.Error("keys not refreshed", "code", string(model.CodeOf(err)))
	}
}

// useAuditKeys has the log sign with the key that is active now.
func (p *platform) useAuditKeys() {
	signer, verifiers, err := p.auditKeys()
	if err != nil {
		p.log.Error("audit keys not changed", "code", string(model.CodeOf(err)))
		return
	}
	p.audit.UseKeys(signer, verifiers)
}

// auditKeys give the key that signs checkpoints now, and all that were good.
func (p *platform) auditKeys() (note.Signer, note.Verifiers, error) {
	signer, err := p.vault.NoteSigner(auditName)
	if err != nil {
		return nil, nil, err
	}
	verifiers, err := p.vault.NoteVerifiers(auditName)
	return signer, verifiers, err
}

// keyKind is the control kind of wrapped keys.
const keyKind = "key"

// controlRing keeps the vault's wrapped keys where every process sees them.
type controlRing struct{ control *store.Control }

// Load reads this process's view; it must not poll, since the watcher calls it.
func (r controlRing) Load(context.Context) ([]vault.WrappedKey, error) {
	var keys []vault.WrappedKey
	for _, d := range r.control.List(keyKind) {
		var k vault.WrappedKey
		if err := json.Unmarshal(d.Body, &k); err != nil {
			return nil, fmt.Errorf("key %s: %w", d.Name, err)
		}
		k.Rev = d.Rev
		keys = append(keys, k)
	}
	return keys, nil
}

// Save writes one key. The loser of a race polls, so that it sees the winner's.
func (r controlRing) Save(ctx context.Context, k vault.WrappedKey) error {
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	err = r.control.Put(ctx, store.ControlDoc{Kind: keyKind, Name: k.ID, Body: body, Rev: k.Rev})
	if err == nil {
		return nil
	}
	return errors.Join(err, r.control.Sync(ctx))
}

func checkpointsDir(data string) string { return filepath.Join(data, "checkpoints") }

func (p *platform) openAudit(ctx, _ context.Context) error {
	signer, verifiers, err := p.auditKeys()
	if err != nil {
		return err
	}
	witness, err := audit.NewFiles(checkpointsDir(p.cfg.Data))
	if err != nil {
		return err
	}
	p.audit, err = audit.Open(ctx, audit.Options{Storage: store.NewAuditLog(p.driver), Signer: signer, Verifiers: verifiers, Witness: witness,
		Clock: p.clock, Holder: holderName(), Logger: p.log, Exclusive: !p.shared})
	if err != nil {
		return err
	}
	p.onClose(p.audit.Close)
	stop := p.control.Watch(keyKind, func(store.ControlDoc) { p.useAuditKeys() }) // after the vault's watcher
	p.onClose(func(context.Context) error { stop(); return nil })
	return nil
}

// holderName is unique among running processes.
func holderName() string {
	host, _ := os.Hostname() // a missing name is no reason not to start
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:8]))
}

func (p *platform) loadRules(context.Context, context.Context) error {
	var err error
	if p.judge, err = newLiveModels(p.control, p.log); err != nil {
		return err
	}
	p.judging = p.newJudging()
	if p.display, err = newLiveRepair(p.control, p.log); err != nil {
		return err
	}
	if p.catalogue, err = newLiveCatalogue(p.control, p.log); err != nil {
		return err
	}
	if p.measures, err = newLiveMeasures(p.control, p.log); err != nil {
		return err
	}
	if p.compliance, err = newLiveCompliance(p.control, p.log); err != nil {
		return err
	}
	if p.forms, err = newLiveForms(p.control, p.log); err != nil {
		return err
	}
	if p.sectors, err = newLiveSectors(p.control, p.clock, p.log); err != nil {
		return err
	}
	if p.calendar, err = newLiveCalendar(p.control, p.log); err != nil {
		return err
	}
	p.quality, err = quality.Load(quality.Seed(), p.calendar)
	return err
}

// importer brings rows in as the operator of this machine.
func (p *platform) importer() *ingest.Importer {
	return &ingest.Importer{Store: store.NewIngest(p.subjects), Judge: p.judge, Sealer: p.vault, Display: p.display, Auditor: p.audit,
		Catalogue: p.catalogue.Load(), Compliance: p.compliance.Load(), Schemes: p.sectors.All, Lists: p.measures,
		IDs: p.ids, Clock: p.clock, Quality: p.quality.On(model.DateOf(p.clock.Now())), Actor: model.Principal{ID: "operator", Role: model.RoleOffice, UnitName: "信用办"}}
}
