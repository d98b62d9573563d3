package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
	"xinyi/vault"
)

// errFindings is what a check answers that found something; its report says what.
var errFindings = errors.New("检查发现问题，见上")

// auditVerify proves the audit log of a store, and the files of the embedded engine.
func auditVerify(ctx context.Context, c command) error {
	checkpoints := ""
	t := tool{name: "audit verify", keys: toolKeys,
		brief: "校验审计日志与数据文件：服务停止或运行时均可，只读一份快照，不改动数据。发现问题时退出码为 1，并说明位置。\n" +
			"Verifies the audit log and the engine's files on a copy, with the server stopped or running; exit status 1 names what is wrong.",
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&checkpoints, "checkpoints", "", "folder of outside checkpoints; empty = <data>/checkpoints 外部检查点目录")
		}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if err := cfg.checkData(); err != nil {
		return err
	}
	if checkpoints == "" {
		checkpoints = checkpointsDir(cfg.Data)
	}
	v := auditCheck{cfg: cfg, checkpoints: checkpoints, log: toolLog(c, cfg), out: c.stdout}
	return v.run(ctx)
}

// auditCheck verifies the data of one configuration and reports to people.
type auditCheck struct {
	cfg         Config
	checkpoints string
	log         *slog.Logger
	out         io.Writer
}

// run gives errFindings when something is wrong with the data.
func (v auditCheck) run(ctx context.Context) error {
	started := time.Now()
	// Before the copy: a checkpoint goes outside after the store holds it.
	outside, err := audit.ReadOutside(v.checkpoints)
	if err != nil {
		return err
	}
	cfg, shown := v.cfg, func(s string) string { return s }
	if !isMongo(cfg.Store) {
		copied, err := copyStore(ctx, cfg.Data)
		if copied.dir != "" {
			defer copied.remove()
			shown = func(s string) string { return strings.ReplaceAll(s, storeDir(copied.dir), storeDir(v.cfg.Data)) }
		}
		if err != nil {
			return v.damaged(err, shown)
		}
		fmt.Fprintf(v.out, "校验 %s（%s）\n", storeDir(cfg.Data), copied.source)
		cfg = cfg.at(copied.dir)
	}
	p, err := openEvidence(ctx, cfg, v.log)
	if err != nil {
		return v.damaged(err, shown)
	}
	report, err := p.verify(ctx, outside)
	if err = errors.Join(err, p.close(context.WithoutCancel(ctx))); err != nil && report.OK() {
		return v.damaged(err, shown)
	}
	for _, line := range report.Lines() {
		fmt.Fprintln(v.out, shown(line))
	}
	for _, o := range report.Origins {
		if o.Outside == 0 && o.Size > 0 {
			fmt.Fprintf(v.out, "说明：日志 %s 在 %s 没有外部检查点，无法发现它的尾部是否被截断\n", o.Name, v.checkpoints)
		}
	}
	fmt.Fprintf(v.out, "用时 %.1f 秒\n", time.Since(started).Seconds())
	if !report.OK() {
		return errors.Join(errFindings, err)
	}
	return nil
}

// damaged reports a store that cannot even be read: that is a finding too.
func (v auditCheck) damaged(err error, shown func(string) string) error {
	var coded *model.Error
	if !errors.As(err, &coded) || coded.Code != model.CodeInternal {
		return errors.New(shown(explain(err)))
	}
	var file *embedded.CorruptionError
	if errors.As(err, &file) && file.File != "" {
		fmt.Fprintf(v.out, "异常 %s %s：%s\n", audit.FileDamaged, shown(file.File), shown(file.Err.Error()))
	} else {
		fmt.Fprintf(v.out, "异常 %s %s\n", audit.FileDamaged, shown(explain(err)))
	}
	fmt.Fprintln(v.out, "审计校验未通过：数据文件已损坏，无法读完")
	return errFindings
}

// openEvidence opens store and keys for verification only: nothing but the copy is made
// or changed.
func openEvidence(ctx context.Context, cfg Config, log *slog.Logger) (*platform, error) {
	p := &platform{cfg: cfg, clock: model.ClockFunc(time.Now), log: log}
	return p, p.open(ctx, p.openStore, p.openControl, p.openMaster)
}

// openMaster opens the keys with a master key that must be there.
func (p *platform) openMaster(ctx, _ context.Context) error {
	master, err := vault.LoadMaster(p.cfg.masterFile())
	if err != nil {
		return fmt.Errorf("主密钥 %s: %w", p.cfg.masterFile(), err)
	}
	others, err := otherMasters(p.cfg)
	if err != nil {
		return err
	}
	p.vault, err = vault.Open(ctx, master, controlRing{p.control}, p.clock, vault.Options{Policy: vault.Policy(p.cfg.Crypto), OldMasters: others})
	if err != nil {
		return fmt.Errorf("密钥无法用 %s 打开: %w", p.cfg.masterFile(), err)
	}
	return nil
}

func (p *platform) verify(ctx context.Context, outside audit.Outside) (audit.Report, error) {
	known, err := p.vault.NoteVerifiers(auditName)
	if err != nil {
		return audit.Report{}, err
	}
	return audit.Verify(ctx, store.NewAuditLog(p.driver), outside, known)
}

// storeCopy is a copy of the embedded store beside it, on the same file system, so that
// its tables are hard links and cost no space.
type storeCopy struct {
	dir    string // a data folder that holds nothing but the store
	source string // for people
}

// at is the configuration for a copy of the store; the keys stay where they are.
func (c Config) at(dir string) Config {
	c.Data, c.KeysDir = dir, c.keysDir()
	return c
}

func (c storeCopy) remove() error { return os.RemoveAll(c.dir) }

// copyStore takes one instant of the store of a data folder: from the running server, or
// from the folder that nobody has open. The original is only read. After an error dir
// may be there still.
func copyStore(ctx context.Context, data string) (c storeCopy, err error) {
	if c.dir, err = os.MkdirTemp(data, ".copy-"); err != nil {
		return c, err
	}
	if serverRuns(ctx, data) {
		c.source = "运行中服务的快照 snapshot of the running server"
		_, err = snapshotCall().ask(ctx, data, snapshotRequest{Dir: storeDir(c.dir)})
		return c, err
	}
	c.source = "已停止的数据目录 stopped data folder"
	return c, embedded.Clone(ctx, storeDir(data), filepath.Join(c.dir, "store"))
}
