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
	"reflect"
	"slices"
	"strings"

	"xinyi/model"
)

// tool is a verb that works on the data of a server, and therefore reads the server's
// configuration.
type tool struct {
	name  string // "audit verify"
	args  string // "FILE…"; "" = takes none
	brief string
	// keys are the configuration keys that its help shows; it accepts all.
	keys  []string
	flags func(*flag.FlagSet)
}

// read gives the configuration, with an absolute data folder, and the arguments. Flags
// may stand before and after them.
func (t tool) read(c command) (Config, []string, error) {
	out := c.stdout
	c.args, c.stdout = t.order(c.args), io.Discard
	cfg, rest, err := loadConfig(t.name, c, t.flags)
	if errors.Is(err, flag.ErrHelp) {
		t.help(out)
		return cfg, nil, err
	}
	if err != nil {
		return cfg, nil, err
	}
	if t.args == "" && len(rest) > 0 {
		return cfg, nil, usageError{fmt.Errorf("多余的参数 %q", rest[0])}
	}
	cfg.Data, err = filepath.Abs(cfg.Data)
	return cfg, rest, err
}

// flagSet holds the flags as far as their names and kinds go.
func (t tool) flagSet(keep func(key string) bool) *flag.FlagSet {
	fs := flag.NewFlagSet("xinyi "+t.name, flag.ContinueOnError)
	fs.String("config", "", "strict YAML file with the server's keys 服务的配置文件")
	cfg := defaultConfig()
	eachField(&cfg, func(key, help string, v reflect.Value) {
		if keep(key) {
			flagFor(fs, key, help, v)
		}
	})
	if t.flags != nil {
		t.flags(fs)
	}
	return fs
}

func (t tool) help(w io.Writer) {
	fmt.Fprintf(w, "用法 usage: xinyi %s\n\n%s\n\n", strings.TrimSpace(t.name+" [flags] "+t.args), t.brief)
	fs := t.flagSet(func(key string) bool { return slices.Contains(t.keys, key) })
	fs.SetOutput(w)
	fs.PrintDefaults()
	fmt.Fprintln(w, "\n也接受 serve 的其余配置项、XINYI_… 环境变量和 --config 文件 (docs/config.md)。")
}

// order puts flags before arguments, which package flag would otherwise end at.
func (t tool) order(args []string) []string {
	fs := t.flagSet(func(string) bool { return true })
	var flags, rest []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			rest = append(rest, a)
			continue
		}
		flags = append(flags, a)
		f := fs.Lookup(strings.TrimLeft(a, "-"))
		if f == nil {
			continue
		}
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); (!ok || !b.IsBoolFlag()) && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return append(append(flags, "--"), rest...)
}

// masterFile is where the master key stands.
func (c Config) masterFile() string { return filepath.Join(c.keysDir(), "master.key") }

// checkData makes sure that there is a store to work on: a tool must not make one, nor a
// master key, because of a mistyped folder.
func (c Config) checkData() error {
	want := []string{c.masterFile()}
	if !isMongo(c.Store) {
		want = append(want, storeDir(c.Data))
	}
	for _, path := range want {
		if _, err := os.Stat(path); err != nil {
			return usageError{fmt.Errorf("没有找到 %s，请用 --data（或 --keys-dir）指定服务的数据目录：%w", path, err)}
		}
	}
	return nil
}

// withPlatform runs f on the data of a server that does not run, or on MongoDB.
func withPlatform(ctx context.Context, cfg Config, log *slog.Logger, f func(*platform) error) error {
	if err := cfg.checkData(); err != nil {
		return err
	}
	p, err := openPlatform(ctx, cfg, log)
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.close(context.WithoutCancel(ctx)))
}

// toolLog says only what an operator must know.
func toolLog(c command, cfg Config) *slog.Logger {
	level := "warn"
	if cfg.LogLevel != defaultConfig().LogLevel {
		level = cfg.LogLevel
	}
	return newLogger(c.stderr, level)
}

// operator is who changes something from this machine, as the audit log names him.
type operator struct{ id string }

func (o *operator) flag(fs *flag.FlagSet) {
	fs.StringVar(&o.id, "by", "", "account of who does this, for the audit log; no name, no id number 操作人账号，记入审计日志")
}

const maxOperator = 64

// check wants an account name: the log holds no number of a person.
func (o operator) check() error {
	digits := 0
	for _, r := range o.id {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', strings.ContainsRune("._@-", r):
		default:
			return usageError{errors.New("--by 应为账号：字母、数字和 . _ @ -")}
		}
	}
	if o.id == "" || len(o.id) > maxOperator || digits > 10 {
		return usageError{fmt.Errorf("请用 --by 写明操作人账号（1–%d 个字符，不得是证件号或手机号）", maxOperator)}
	}
	return nil
}

// event is what the operator did, ready for the log.
func operatorEvent(by, action, ref, outcome string) model.AuditEvent {
	return model.AuditEvent{ActorID: by, ActorRole: model.RoleSecurityAdmin, UnitName: "运维", Action: action, Ref: ref, Outcome: outcome}
}
