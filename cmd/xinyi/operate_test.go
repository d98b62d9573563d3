package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/access"
	"xinyi/vault"
)

var update = flag.Bool("update", false, "write docs/config.md anew")

// TestMain lets the test binary be the program, for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv("XINYI_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// testServer is a running xinyi serve.
type testServer struct {
	cmd     *exec.Cmd
	metrics string
}

// serveChild starts a server on data in a process of its own and waits until it is ready.
func serveChild(t *testing.T, data string) testServer {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--cache-mb", "8")
	cmd.Env = append(os.Environ(), "XINYI_TEST_MAIN=1")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := testServer{cmd: cmd}
	t.Cleanup(func() { c.stop(syscall.SIGKILL) })
	lines := bufio.NewScanner(stderr)
	var seen []string
	for lines.Scan() {
		var line struct{ Msg, Metrics string }
		seen = append(seen, lines.Text())
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			c.metrics = line.Metrics
			go io.Copy(io.Discard, stderr)
			return c
		}
	}
	t.Fatalf("the server did not start:\n%s", strings.Join(seen, "\n"))
	return c
}

// stop ends the child; it may have ended already.
func (c testServer) stop(s syscall.Signal) {
	_ = c.cmd.Process.Signal(s)
	_ = c.cmd.Wait()
}

// okay runs the program and wants success.
func okay(t *testing.T, args ...string) string {
	t.Helper()
	status, out, errs := xinyi(t, args...)
	require.Equal(t, exitOK, status, "%v: %s%s", args, out, errs)
	return out
}

// failed runs the program, wants status, and gives all it said.
func failed(t *testing.T, status int, args ...string) string {
	t.Helper()
	got, out, errs := xinyi(t, args...)
	require.Equal(t, status, got, "%v: %s%s", args, out, errs)
	return out + errs
}

// actions are what operators did, as the log of a stopped data folder tells.
func actions(t *testing.T, data string) (list []string) {
	t.Helper()
	p := openTest(t, data)
	defer func() { require.NoError(t, p.close(context.Background())) }()
	entries, _, err := p.audit.List(t.Context(), audit.Filter{Role: model.RoleSecurityAdmin}, 100, "")
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, strings.Join([]string{e.Event.ActorID, e.Event.Action, e.Event.Ref, e.Event.Outcome}, " "))
	}
	slices.Reverse(list)
	return list
}

func prepared(t *testing.T) string {
	t.Helper()
	data := dataFolder(t)
	p := openTest(t, data)
	work(t, p, 100)
	require.NoError(t, p.close(context.Background()))
	return data
}

// TestOperators_besideARunningServer does everything an operator may while a server runs.
func TestOperators_besideARunningServer(t *testing.T) {
	data := prepared(t)
	server := serveChild(t, data)

	require.Contains(t, okay(t, "audit", "verify", "--data", data), "运行中服务的快照")
	require.Contains(t, okay(t, "keys", "rotate", "jwt", "--by", "ops1", "--data", data), "jwt.2")
	require.Contains(t, failed(t, exitFailed, "keys", "rotate", "jwt", "--by", "ops1", "--data", data), "等待启用")
	require.Contains(t, okay(t, "keys", "rotate", "cursor", "--now", "--by", "ops1", "--data", data), "cursor.2 已启用")
	require.Contains(t, failed(t, exitFailed, "keys", "retire", "jwt.1", "--yes", "--by", "ops1", "--data", data), "仍在使用")
	okay(t, "keys", "retire", "cursor.1", "--yes", "--by", "ops1", "--data", data)
	list := okay(t, "keys", "list", "--data", data)
	require.Regexp(t, `jwt\.2 +jwt +EdDSA +pending`, list)
	require.Regexp(t, `cursor\.1 +cursor +HMAC-SM3 +gone`, list)
	require.Contains(t, failed(t, exitFailed, "keys", "master", "--by", "ops1", "--data", data), "先停止服务")

	rule := filepath.Join("..", "..", "policy", "benefit", "rules", "tt-park-80.yaml")
	text, err := os.ReadFile(rule)
	require.NoError(t, err)
	next := filepath.Join(t.TempDir(), "tt-park-80-2027.yaml")
	require.NoError(t, os.WriteFile(next, []byte(strings.Replace(string(text), "validFrom: 2026-04-01", "validFrom: 2027-01-01", 1)), 0o600))
	people := newRulePeople(t, "--data", data)
	require.Contains(t, people.publish(benefitRuleKind, next), "已公布 TT-PARK-80@2027-01-01#")
	require.Contains(t, okay(t, people.propose(benefitRuleKind, next)...), "没有改动")
	twice := filepath.Join(t.TempDir(), "another-name.yaml")
	require.NoError(t, os.WriteFile(twice, text, 0o600))
	require.Contains(t, failed(t, exitFailed, people.propose(benefitRuleKind, twice)...), "两个版本")

	_, csv := access.Seed()
	good, bad := filepath.Join(t.TempDir(), "good.csv"), filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(good, []byte(csv+"\n# reviewed\n"), 0o600))
	require.NoError(t, os.WriteFile(bad, []byte(csv+"\np, nobody, session:end\np, bank, no:such\n"), 0o600))
	refused := failed(t, exitFailed, people.propose(accessPolicyKind, bad)...)
	require.Contains(t, refused, "nobody")
	require.Contains(t, refused, "no:such")
	people.laterCode()
	people.publish(accessPolicyKind, good)
	require.Contains(t, failed(t, exitUsage, "policy", "propose", "--kind", accessPolicyKind, "--data", data, good), "--by")
	require.Contains(t, failed(t, exitUsage, "keys", "rotate", "jwt", "--by", "411202190001010001", "--data", data), "证件号")

	table := filepath.Base(glob(t, filepath.Join(storeDir(data), "*.sst"))[0])
	flip(t, filepath.Join(storeDir(data), table))
	require.Contains(t, failed(t, exitFailed, "audit", "verify", "--data", data), table)
	flip(t, filepath.Join(storeDir(data), table))

	server.stop(syscall.SIGKILL)
	require.Contains(t, okay(t, "audit", "verify", "--data", data), "已停止的数据目录")
	done := slices.DeleteFunc(actions(t, data), func(a string) bool { return !strings.Contains(a, " key.") })
	require.Equal(t, []string{"ops1 key.rotate jwt.2 pending", "ops1 key.rotate cursor.2 active", "ops1 key.retire cursor.1 destroyed"}, done)
	p := openTest(t, data)
	require.Equal(t, []string{"policy.propose office", "policy.publish reviewer", "policy.propose security_admin", "policy.publish reviewer"}, ruleEntries(t, p))
	require.NoError(t, p.close(context.Background()))
	left, err := filepath.Glob(filepath.Join(data, ".copy-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// flip changes one byte in the middle of a file in place; a second time restores it.
func flip(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	at := size(t, path) / 2
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	require.NoError(t, err)
	b[0] ^= 0x10
	_, err = f.WriteAt(b, at)
	require.NoError(t, err)
}

func TestBackup(t *testing.T) {
	data := prepared(t)
	server := serveChild(t, data)
	running, stopped := filepath.Join(t.TempDir(), "running"), filepath.Join(t.TempDir(), "stopped")
	require.Contains(t, okay(t, "backup", "--data", data, "--to", running, "--with-master-key"), "已备份")
	server.stop(syscall.SIGTERM)
	require.Contains(t, okay(t, "backup", "--data", data, "--to", stopped), "另行保管")
	require.NoFileExists(t, filepath.Join(stopped, masterInBackup))

	t.Run("with the master key", func(t *testing.T) {
		to := dataFolder(t)
		require.Contains(t, okay(t, "restore", "--from", running, "--data", to), "审计校验通过")
		serveChild(t, to).stop(syscall.SIGTERM)
		require.Contains(t, failed(t, exitUsage, "restore", "--from", running, "--data", to), "不是空的")
	})
	t.Run("master key put there before", func(t *testing.T) {
		to := dataFolder(t)
		require.Contains(t, failed(t, exitUsage, "restore", "--from", stopped, "--data", to), "缺少主密钥")
		require.NoDirExists(t, to)
		require.NoError(t, os.MkdirAll(filepath.Join(to, "keys"), 0o700))
		key, err := os.ReadFile(filepath.Join(data, "keys", "master.key"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, "keys", "master.key"), key, 0o600))
		require.Contains(t, okay(t, "restore", "--from", stopped, "--data", to), "审计校验通过")
	})
	t.Run("independent of the original", func(t *testing.T) {
		for _, table := range glob(t, filepath.Join(storeDir(data), "*.sst")) {
			flip(t, table)
		}
		to := dataFolder(t)
		okay(t, "restore", "--from", running, "--data", to)
	})
	t.Run("damaged", func(t *testing.T) {
		for _, file := range glob(t, filepath.Join(running, "*"), filepath.Join(running, "*", "*")) {
			if info, err := os.Stat(file); err != nil || info.IsDir() || info.Size() == 0 {
				continue
			}
			flip(t, file)
			to := dataFolder(t)
			status, out, errs := xinyi(t, "restore", "--from", running, "--data", to)
			require.NotEqual(t, exitOK, status, "%s: %s%s", file, out, errs)
			require.Contains(t, out+errs, strings.TrimSuffix(filepath.Base(file), ".sha256"))
			flip(t, file)
		}
	})
	t.Run("incomplete and more", func(t *testing.T) {
		extra := filepath.Join(running, "store", "999999.sst")
		require.NoError(t, os.WriteFile(extra, []byte("x"), 0o600))
		require.Contains(t, failed(t, exitFailed, "restore", "--from", running, "--data", dataFolder(t)), "清单之外的文件 store/999999.sst")
		require.NoError(t, os.Remove(extra))
		require.NoError(t, os.Remove(filepath.Join(running, keysNote)))
		require.Contains(t, failed(t, exitFailed, "restore", "--from", running, "--data", dataFolder(t)), "缺少文件 "+keysNote)
	})
	t.Run("refused", func(t *testing.T) {
		require.Contains(t, failed(t, exitUsage, "backup", "--data", data, "--to", filepath.Join(data, "b")), "之内")
		require.Contains(t, failed(t, exitUsage, "backup", "--data", data, "--to", stopped), "不是空的")
		require.Contains(t, failed(t, exitUsage, "backup", "--data", data), "--to")
		require.Contains(t, failed(t, exitUsage, "backup", "--data", data, "--to", t.TempDir(), "--store", "mongodb://h/x"), "mongodump")
	})
}

func glob(t *testing.T, patterns ...string) (all []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		all = append(all, found...)
	}
	return all
}

// TestKeysMaster changes the master key, also after a change that broke off half-way.
func TestKeysMaster(t *testing.T) {
	data := prepared(t)
	keys := filepath.Join(data, "keys")
	before := filepath.Join(t.TempDir(), "before")
	okay(t, "backup", "--data", data, "--to", before)
	okay(t, "keys", "master", "--prepare", "--by", "ops1", "--data", data)
	require.FileExists(t, filepath.Join(keys, "master.key.new"))
	serveChild(t, data).stop(syscall.SIGTERM) // a server may run between the two steps
	require.Contains(t, okay(t, "keys", "master", "--by", "ops1", "--data", data), "主密钥已更换")
	require.NoFileExists(t, filepath.Join(keys, "master.key.new"))
	old := only(t, filepath.Join(keys, "master.key.*"))
	okay(t, "audit", "verify", "--data", data)

	// The old key still opens the backup from before, and is not needed for what is now.
	to := dataFolder(t)
	require.NoError(t, os.MkdirAll(filepath.Join(to, "keys"), 0o700))
	require.NoError(t, os.Rename(old, filepath.Join(to, "keys", "master.key")))
	okay(t, "restore", "--from", before, "--data", to)
	serveChild(t, data).stop(syscall.SIGTERM)
	require.Equal(t, "ops1 key.master", strings.Join(strings.Fields(actions(t, data)[0])[:2], " "))

	// Broken off after the keys were wrapped anew, before the files changed names.
	okay(t, "keys", "master", "--by", "ops1", "--data", data)
	require.NoError(t, os.Rename(filepath.Join(keys, "master.key"), filepath.Join(keys, "master.key.new")))
	require.NoError(t, os.Rename(only(t, filepath.Join(keys, "master.key.????????")), filepath.Join(keys, "master.key")))
	okay(t, "audit", "verify", "--data", data)
	okay(t, "keys", "master", "--by", "ops1", "--data", data)
	okay(t, "audit", "verify", "--data", data)
}

func TestPolicyCheck(t *testing.T) {
	root := filepath.Join("..", "..", "policy")
	all := glob(t, filepath.Join(root, "*", "rules", "*.yaml"), filepath.Join(root, "access", "policy.csv"))
	require.Greater(t, len(all), 20)
	out := okay(t, append([]string{"policy", "check"}, all...)...)
	require.Contains(t, out, "whitelist@2024-10-15#")
	require.NotContains(t, out, "@#")

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	park, err := os.ReadFile(filepath.Join(root, "benefit", "rules", "tt-park-80.yaml"))
	require.NoError(t, err)
	broken := strings.NewReplacer("validFrom: 2026-04-01", "validFrom: yesterday", "siteName:", "siteNam:").Replace(string(park))
	said := failed(t, exitFailed, "policy", "check", file("a.yaml", broken), file("b.yaml", "year: 1999\nnotice: x\n"), file("c.yaml", "hello: 1\n"),
		file("d.csv", "p, clerk\np, clerk, no:such\n"))
	for _, want := range []string{"siteNam", "2000–2199", "无法判断规则种类", "line 1", "no:such"} {
		require.Contains(t, said, want)
	}
	require.Contains(t, failed(t, exitUsage, "policy", "check", filepath.Join(dir, "none.yaml")), "none.yaml")
	require.Contains(t, failed(t, exitUsage, "policy", "check"), "至少一个")
	require.Contains(t, failed(t, exitUsage, "policy", "check", "--kind", "x", all[0]), "--kind")
}

func TestConfigCheck(t *testing.T) {
	dir := t.TempDir()
	secret, file := filepath.Join(dir, "secret"), filepath.Join(dir, "xinyi.yaml")
	require.NoError(t, os.WriteFile(secret, []byte("not-to-be-shown\n"), 0o600))
	require.NoError(t, os.WriteFile(file, []byte("data: "+dir+"\nwechat-app-id: wx1\nwechat-secret-file: "+secret+"\nclient-rate: 7\n"), 0o600))
	out := okay(t, "config", "check", "--config", file, "--store", "mongodb://user:pa/ss@host/db", "--log-level", "debug")
	require.Regexp(t, `client-rate +7 +\*`, out)
	require.Regexp(t, `max-body-kb +1024 *\n`, out)
	require.NotContains(t, out, "not-to-be-shown")
	require.NotContains(t, out, "pa/ss")
	require.NotContains(t, okay(t, "config", "check", "--store", "mongodb://user:pass@h1,h2/db?replicaSet=r"), "pass@")

	require.NoError(t, os.WriteFile(file, []byte("dta: x\nclient-rate: many\n"), 0o600))
	said := failed(t, exitUsage, "config", "check", "--config", file, "--crypto", "rot13", "--log-level", "loud")
	for _, want := range []string{`未知的配置项 "dta"`, "client-rate", "crypto", "log-level"} {
		require.Contains(t, said, want)
	}
	said = failed(t, exitUsage, "config", "check", "--trusted-proxies", "ten", "--base-url", "host", "--verifier-secret-file", filepath.Join(dir, "none"), "--rules-dir", dir)
	for _, want := range []string{"trusted-proxies", "base-url", "verifier-secret-file", "rules-dir"} {
		require.Contains(t, said, want)
	}
}

// configTable is the table of docs/config.md.
func configTable() string {
	var b strings.Builder
	b.WriteString("| key 配置项 | variable 环境变量 | default 默认值 | meaning 含义 |\n|---|---|---|---|\n")
	def := defaultConfig()
	eachField(&def, func(key, help string, v reflect.Value) {
		value := text(v)
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", key, envName(key), value, strings.ReplaceAll(help, "|", "\\|"))
	})
	return b.String()
}

// TestConfigDoc keeps docs/config.md equal to Config: names, defaults and meanings.
// go test -run ConfigDoc ./cmd/xinyi -update writes the table.
func TestConfigDoc(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "config.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- table: go test -run ConfigDoc ./cmd/xinyi -update -->\n", "<!-- end -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	table, tail, ok := strings.Cut(rest, end)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(head+begin+configTable()+end+tail), 0o644))
		return
	}
	require.Equal(t, configTable(), table)
	eachField(&Config{}, func(key, help string, _ reflect.Value) {
		require.NotEmpty(t, key)
		require.NotEmpty(t, help, key)
	})
}

// TestMetricsDoc keeps the list of docs/operations.md equal to what a server exports.
func TestMetricsDoc(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## 指标 Metrics\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(xinyi_[A-Za-z_]+)`").FindAllStringSubmatch(section, -1) {
		listed = append(listed, m[1])
	}
	server := serveChild(t, prepared(t))
	resp, err := http.Get("http://" + server.metrics + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var exported []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (xinyi_\S+)`).FindAllStringSubmatch(string(body), -1) {
		exported = append(exported, m[1])
	}
	require.ElementsMatch(t, exported, listed)
}

// TestTools_help: every tool explains itself and takes nothing that it does not know.
func TestTools_help(t *testing.T) {
	for _, v := range verbs() {
		words := strings.Fields(v.name)
		if len(words) == 1 && v.name != "backup" && v.name != "restore" {
			continue
		}
		out := okay(t, append(words, "--help")...)
		require.Contains(t, out, "xinyi "+v.name)
		require.Greater(t, strings.Count(out, "\n"), 6)
		failed(t, exitUsage, append(slices.Clone(words), "--no-such-flag")...)
		require.NotContains(t, v.brief, "TODO")
	}
}

// TestTool_order: flags may stand after arguments, and "--" ends them.
func TestTool_order(t *testing.T) {
	tool := tool{name: "x", args: "USE", flags: func(fs *flag.FlagSet) { fs.Bool("now", false, ""); fs.String("by", "", "") }}
	got := tool.order([]string{"jwt", "--by", "ops1", "--now", "b", "--data=d", "-", "--", "--by"})
	require.Equal(t, []string{"--by", "ops1", "--now", "--data=d", "--", "jwt", "b", "-", "--by"}, got)
}

// TestAdmin_longPath says what is wrong when the socket's path does not fit.
func TestAdmin_longPath(t *testing.T) {
	p := &platform{cfg: Config{Data: "/" + strings.Repeat("x", 120)}}
	_, err := serveAdmin(t.Context(), p, nil)
	require.ErrorContains(t, err, "路径太长")
}

// TestVerify_lockedWithoutServer: a lock without a server behind it is said as such.
func TestVerify_lockedWithoutServer(t *testing.T) {
	data := prepared(t)
	p := openTest(t, data)
	said := failed(t, exitFailed, "audit", "verify", "--data", data)
	require.NoError(t, p.close(context.Background()))
	require.Contains(t, said, "正被另一个 xinyi 进程使用")
}

// TestOperators_mongodb works directly on the database that several servers share.
func TestOperators_mongodb(t *testing.T) {
	uri := os.Getenv("XINYI_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("XINYI_TEST_MONGODB_URI is not set")
	}
	cfg := defaultConfig()
	cfg.Data, cfg.Store, cfg.AllowStandalone = dataFolder(t), uri, true
	p, err := openPlatform(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	work(t, p, 20)
	flags := []string{"--data", cfg.Data, "--store", uri, "--allow-standalone-mongodb"}
	okay(t, append([]string{"keys", "rotate", "jwt", "--now", "--by", "ops1"}, flags...)...)
	require.Eventually(t, func() bool { // the running process learns of it
		key := p.vault.Keys()
		return slices.ContainsFunc(key, func(k vault.KeyInfo) bool { return k.Use == vault.UseJWT && k.Number > 1 })
	}, 5*time.Second, 20*time.Millisecond)
	require.Contains(t, okay(t, append([]string{"keys", "list"}, flags...)...), "jwt.2")
	require.NoError(t, p.close(context.Background()))
	require.Contains(t, okay(t, append([]string{"audit", "verify"}, flags...)...), "审计校验通过")
}
