package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/vault"
)

// county is the synthetic county of the bench: made once, kept, opened for each run to
// learn who lives there and to take its keys along, so that sign-in is no part of a job.
type county struct {
	size    countySize
	orgs    []countyOrg
	people  []countyPerson
	vault   *vault.Vault // its keys stay in memory after the engine is closed
	diskMiB int64
	built   time.Duration // 0 = it was there
	rows    int
	// unit reports permits: its code and name.
	unit, unitName string
}

type countyOrg struct{ uscc, name string }

type countyPerson struct {
	id     model.SubjectID
	masked string
}

const (
	countySeed = 11
	countyAsOf = "2026-11-01"
	countyFile = "county.json" // in the data folder: the countySize, once it is complete
)

// benchConfig is the configuration of the county's platform.
func benchConfig(o benchOptions) Config {
	cfg := defaultConfig()
	cfg.Data, cfg.Store = o.data, o.store
	return cfg
}

// openCounty makes the county if need be, and reads a sample of at most o.holders
// people and all organisations.
func openCounty(ctx context.Context, o benchOptions, progress io.Writer) (_ *county, err error) {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return nil, err
	}
	c := &county{size: o.county}
	complete, err := c.known(o)
	if err != nil {
		return nil, err
	}
	d, err := synth.New(synth.Config{People: c.size.People, Orgs: c.size.Orgs, PerPerson: c.size.PerPerson, Seed: countySeed, AsOf: countyAsOf})
	if err != nil {
		return nil, err
	}
	p, err := openPlatform(ctx, benchConfig(o), slog.New(slog.NewTextHandler(progress, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(context.WithoutCancel(ctx))) }()
	if err := p.offerPersonalLevel(ctx, "bench"); err != nil {
		return nil, err
	}
	c.vault = p.vault
	if !complete {
		if err := c.build(ctx, p, d, o, progress); err != nil {
			return nil, err
		}
	}
	if err := c.settle(ctx, p); err != nil {
		return nil, err
	}
	c.unitName, c.unit = d.Authority(0)
	c.diskMiB = p.driver.Stats()["diskBytes"] >> 20
	if err := c.readOrgs(d); err != nil {
		return nil, err
	}
	return c, c.readPeople(ctx, p, d, max(o.holders, o.citizens))
}

// known reports whether the folder holds a complete county, whose size then counts.
func (c *county) known(o benchOptions) (bool, error) {
	text, err := os.ReadFile(filepath.Join(o.data, countyFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var there countySize
	if err := json.Unmarshal(text, &there); err != nil {
		return false, err
	}
	if there != c.size {
		return false, usageError{fmt.Errorf("%s 中已有另一规模的数据（%d 人、%d 家机构、人均 %d 条）；请用相同规模，或换一个 --data 目录",
			o.data, there.People, there.Orgs, there.PerPerson)}
	}
	return true, nil
}

// build brings the county in through the importer; an interrupted build goes on.
func (c *county) build(ctx context.Context, p *platform, d *synth.District, o benchOptions, progress io.Writer) error {
	fmt.Fprintf(progress, "正在生成 %d 人、%d 家机构的县域数据…\n", c.size.People, c.size.Orgs)
	started, last := time.Now(), time.Now()
	digest := sha256.Sum256(fmt.Appendf(nil, "county %+v", c.size))
	rows := newDistrictRows(d)
	defer rows.stop()
	result, err := p.importer().Import(ctx, hex.EncodeToString(digest[:]), "county", rows, func(now ingest.Progress) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			fmt.Fprintf(progress, "  %d 行，每秒 %.0f 行\n", now.Rows, float64(now.Rows)/now.Elapsed.Seconds())
		}
	})
	if err != nil {
		return err
	}
	if result.Rejected > 0 {
		return fmt.Errorf("县域数据有 %d 行被拒，例如 %+v", result.Rejected, result.Faults[0])
	}
	c.built, c.rows = time.Since(started), result.Rows
	text, err := json.Marshal(c.size)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.data, countyFile), text, 0o600)
}

// settle does what a server would have done long ago: counters folded, everybody judged.
func (c *county) settle(ctx context.Context, p *platform) error {
	if _, err := store.NewQuality(p.driver).Fold(ctx); err != nil {
		return err
	}
	_, err := p.judging.Run(ctx, nil)
	return err
}

// districtRows gives a district to the importer without a file between.
type districtRows struct {
	next func() (*ingest.Row, error, bool)
	stop func()
	line int
}

func newDistrictRows(d *synth.District) *districtRows {
	errStopped := errors.New("bench: nobody reads any more")
	next, stop := iter.Pull2(func(yield func(*ingest.Row, error) bool) {
		err := d.Each(func(row *ingest.Row) error {
			if !yield(row, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	})
	return &districtRows{next: next, stop: stop}
}

// Next gives the next row of the district.
func (r *districtRows) Next(row *ingest.Row) (int, error) {
	given, err, ok := r.next()
	if !ok {
		return r.line, io.EOF
	}
	if err != nil {
		return r.line, err
	}
	r.line++
	*row = *given
	return r.line, nil
}

func (c *county) readOrgs(d *synth.District) error {
	c.orgs = make([]countyOrg, c.size.Orgs)
	for i := range c.orgs {
		rows, err := d.Org(i)
		if err != nil {
			return err
		}
		c.orgs[i] = countyOrg{rows[0].USCC, rows[0].Name}
	}
	return nil
}

// readPeople finds the subjects of at most n people spread over the county.
func (c *county) readPeople(ctx context.Context, p *platform, d *synth.District, n int) error {
	chosen := rand.New(rand.NewPCG(countySeed, 1)).Perm(c.size.People)[:min(n, c.size.People)]
	indexes := make([]string, len(chosen))
	masked := map[string]string{}
	for i, person := range chosen {
		identity, err := d.Identity(person)
		if err != nil {
			return err
		}
		indexes[i] = p.vault.Index(model.IndexCitizenID, identity.IDNo)
		masked[indexes[i]] = model.MaskName(identity.Name)
	}
	found, err := p.subjects.Persons(ctx, indexes)
	if err != nil {
		return err
	}
	if len(found) < len(chosen) {
		return fmt.Errorf("县域数据不完整：%d 人中只找到 %d 人，请删除数据目录后重新生成", len(chosen), len(found))
	}
	for _, index := range indexes {
		c.people = append(c.people, countyPerson{found[index], masked[index]})
	}
	return nil
}
