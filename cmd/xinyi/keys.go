package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"xinyi/model"
	"xinyi/vault"
)

// toolKeys are the configuration keys that every tool's help shows.
var toolKeys = []string{"data", "store", "keys-dir"}

// keysList shows every key, never a secret.
func keysList(ctx context.Context, c command) error {
	t := tool{name: "keys list", keys: toolKeys,
		brief: "列出所有密钥的编号、用途、状态和日期，不含秘密。\nLists ids, uses, states and dates of all keys; never a secret."}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	keys, err := keysListCall().run(ctx, cfg, toolLog(c, cfg), struct{}{})
	if err != nil {
		return err
	}
	return printKeys(c.stdout, keys)
}

func keysListCall() adminCall[struct{}, []vault.KeyInfo] {
	return adminCall[struct{}, []vault.KeyInfo]{"/keys/list", func(ctx context.Context, p *platform, _ struct{}) ([]vault.KeyInfo, error) {
		err := p.vault.Refresh(ctx)
		return p.vault.Keys(), err
	}}
}

func printKeys(w io.Writer, keys []vault.KeyInfo) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "编号 id\t用途 use\t算法 alg\t状态 state\t生成 created\t启用 active from\t退役 retires\t失效 gone\tkid")
	for _, k := range keys {
		kid := k.KID
		if kid == "" {
			kid = "-"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Use, k.Alg, k.State,
			instant(k.CreatedAt), instant(k.ActiveFrom), instant(k.RetireAt), instant(k.GoneAt), kid)
	}
	return tw.Flush()
}

// instant is a time for operators: with its zone, "-" if it is not foreseen.
func instant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(model.Shanghai).Format(time.RFC3339)
}

// rotateRequest asks for the next key of a use.
type rotateRequest struct {
	Use vault.Use `json:"use"`
	Now bool      `json:"now"`
	By  string    `json:"by"`
}

// keysRotate publishes the next key of a use.
func keysRotate(ctx context.Context, c command) error {
	var by operator
	in := rotateRequest{}
	t := tool{name: "keys rotate", args: "USE", keys: toolKeys,
		brief: fmt.Sprintf("公布某一用途的下一把密钥；到启用时间后自动接替。用途: %v\nPublishes the next key of a use; it takes over at the time shown.", vault.Uses()),
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.BoolVar(&in.Now, "now", false, "take over at once: only for a key that leaked 立即启用，仅用于密钥泄露")
		}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	if len(rest) != 1 || !slices.Contains(vault.Uses(), vault.Use(rest[0])) {
		return usageError{fmt.Errorf("请写明一个用途: %v", vault.Uses())}
	}
	if err := by.check(); err != nil {
		return err
	}
	in.Use, in.By = vault.Use(rest[0]), by.id
	key, err := keysRotateCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	switch {
	case key.State == vault.StatePending:
		fmt.Fprintf(c.stdout, "已公布 %s，将于 %s 启用；此前由现用密钥继续工作。\n", key.ID, instant(key.ActiveFrom))
	case holdsData(key.Use):
		fmt.Fprintf(c.stdout, "%s 已启用（%s），只用于新写入的数据。已有的数据仍由旧密钥保护，旧密钥须保留。\n", key.ID, instant(key.ActiveFrom))
	default:
		fmt.Fprintf(c.stdout, "%s 已启用（%s）。确认旧密钥泄露后，请用 xinyi keys retire 销毁旧密钥。\n", key.ID, instant(key.ActiveFrom))
	}
	return nil
}

// holdsData reports whether stored data stays under a key of this use for as long as the
// data is kept.
func holdsData(use vault.Use) bool { return use == vault.UseSeal || use == vault.UseIndex }

func keysRotateCall() adminCall[rotateRequest, vault.KeyInfo] {
	return adminCall[rotateRequest, vault.KeyInfo]{"/keys/rotate", func(ctx context.Context, p *platform, in rotateRequest) (vault.KeyInfo, error) {
		rotate := p.vault.Rotate
		if in.Now {
			rotate = p.vault.RotateNow
		}
		key, err := rotate(ctx, in.Use)
		if err != nil {
			return key, err
		}
		return key, p.audit.Record(ctx, operatorEvent(in.By, "key.rotate", key.ID, string(key.State)))
	}}
}

// retireRequest asks to destroy a retired key.
type retireRequest struct {
	ID string `json:"id"`
	By string `json:"by"`
}

// keysRetire destroys the secret of a key that has retired.
func keysRetire(ctx context.Context, c command) error {
	var by operator
	var yes bool
	t := tool{name: "keys retire", args: "ID", keys: toolKeys,
		brief: "销毁一把已退役密钥的秘密，不可恢复：由它签名的检查点将无法再核对。封存 (seal) 与索引 (index) 密钥不能销毁。\n" +
			"Destroys the secret of a retired key for good: what is still signed under it is lost. Not for seal and index keys, which hold data.",
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.BoolVar(&yes, "yes", false, "really destroy it 确认销毁")
		}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{errors.New("请写明一把密钥的编号，例如 jwt.1（见 xinyi keys list）")}
	}
	if err := by.check(); err != nil {
		return err
	}
	if !yes {
		return usageError{fmt.Errorf("销毁 %s 不可恢复：审计 (audit) 密钥销毁后其检查点无法再核对；确认后加 --yes", rest[0])}
	}
	if _, err := keysRetireCall().run(ctx, cfg, toolLog(c, cfg), retireRequest{ID: rest[0], By: by.id}); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s 的秘密已销毁。\n", rest[0])
	return nil
}

func keysRetireCall() adminCall[retireRequest, struct{}] {
	return adminCall[retireRequest, struct{}]{"/keys/retire", func(ctx context.Context, p *platform, in retireRequest) (struct{}, error) {
		if use, _, _ := strings.Cut(in.ID, "."); holdsData(vault.Use(use)) { // nothing can tell yet that no data is left under it
			return struct{}{}, model.Errorf(model.CodeConflict, "封存 (seal) 与索引 (index) 密钥不能销毁：已有的数据可能仍由它封存或按它查找，销毁后将永远无法读取。退役的密钥不再用于新数据，请保留。")
		}
		if err := p.vault.Forget(ctx, in.ID); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.audit.Record(ctx, operatorEvent(in.By, "key.retire", in.ID, "destroyed"))
	}}
}

// nextMaster is the master key to come, beside master.key until all keys are wrapped
// under it. A start in between knows both.
func nextMaster(cfg Config) string { return cfg.masterFile() + ".new" }

// keysMaster changes the master key.
func keysMaster(ctx context.Context, c command) error {
	var by operator
	var prepare bool
	t := tool{name: "keys master", keys: append(slices.Clone(toolKeys), "crypto"),
		brief: "更换主密钥：生成 master.key.new，把所有密钥改封在它之下，再换名；旧主密钥留作 master.key.<编号>。中断后可重复运行。\n" +
			"内嵌引擎须先停止服务。MongoDB: 先 --prepare，把 master.key.new 复制到各主机并逐个重启服务，再运行本命令。\n" +
			"Changes the master key; may be repeated after an interruption. The embedded engine wants the server stopped.",
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.BoolVar(&prepare, "prepare", false, "only make master.key.new 只生成新主密钥")
		}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if err := errors.Join(by.check(), cfg.checkData()); err != nil {
		return usageError{err}
	}
	if !prepare && !isMongo(cfg.Store) && serverRuns(ctx, cfg.Data) {
		return errors.New("服务正在运行。请先停止服务，再更换主密钥")
	}
	if err := vault.WriteMaster(nextMaster(cfg), vault.NewMaster()); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if prepare {
		fmt.Fprintf(c.stdout, "已生成 %s。请复制到每台主机的密钥目录（权限 0600）并逐个重启服务，然后运行 xinyi keys master。\n", nextMaster(cfg))
		return nil
	}
	from, err := vault.LoadMaster(cfg.masterFile())
	if err != nil {
		return err
	}
	to, err := vault.LoadMaster(nextMaster(cfg))
	if err != nil {
		return err
	}
	err = withPlatform(ctx, cfg, toolLog(c, cfg), func(p *platform) error {
		if err := vault.RotateMaster(ctx, controlRing{p.control}, from, to, vault.Policy(cfg.Crypto)); err != nil {
			return err
		}
		return p.audit.Record(ctx, operatorEvent(by.id, "key.master", to.ID(), "done"))
	})
	if err != nil {
		return fmt.Errorf("主密钥尚未换完，两把都须保留，请再次运行本命令: %w", err)
	}
	old, err := swapMaster(cfg, from)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "主密钥已更换为 %s。请立即另行备份 %s；旧主密钥 %s 在 %s，此前的备份仍需要它，备份过期后请销毁。\n", to.ID(), cfg.masterFile(), from.ID(), old)
	return nil
}

// swapMaster puts the new master key in its place in one step and keeps the old one.
func swapMaster(cfg Config, from vault.Master) (old string, err error) {
	old = cfg.masterFile() + "." + from.ID()
	if err := os.Link(cfg.masterFile(), old); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	if err := os.Rename(nextMaster(cfg), cfg.masterFile()); err != nil {
		return "", err
	}
	return old, syncFolder(cfg.keysDir())
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// otherMasters are the master keys beside master.key: the one to come, and earlier ones,
// for stores that are wrapped under them still.
func otherMasters(cfg Config) ([]vault.Master, error) {
	names, err := filepath.Glob(cfg.masterFile() + ".*")
	if err != nil {
		return nil, err
	}
	var masters []vault.Master
	for _, name := range names {
		m, err := vault.LoadMaster(name)
		if err != nil {
			return nil, err
		}
		masters = append(masters, m)
	}
	return masters, nil
}
