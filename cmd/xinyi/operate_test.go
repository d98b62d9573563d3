package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
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
	for _, use := range []string{"seal", "index"} { // stored data stays under the old key
		out := okay(t, "keys", "rotate", use, "--now", "--by", "ops1", "--data", data)
		require.Contains(t, out, "旧密钥须保留")
		require.NotContains(t, out, "销毁")
		require.Contains(t, failed(t, exitFailed, "keys", "retire", use+".1", "--yes", "--by", "ops1", "--data", data), "不能销毁")
	}
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
	require.Equal(t, []string{"ops1 key.rotate jwt.2 pending", "ops1 key.rotate cursor.2 active", "ops1 key.retire cursor.1 destroyed",
		"ops1 key.rotate seal.2 active", "ops1 key.rotate index.2 active"}, done)
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
