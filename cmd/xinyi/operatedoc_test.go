package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/config.md anew")

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

// TestConfig_refused: what cannot be right stops serve and the check alike with status 2, so
// that a supervisor does not start it again and again.
func TestConfig_refused(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("made-up\n"), 0o600))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"verifier-secret-file", []string{"--verifier-url", "https://verifier.example.org/v1"}},
		{"verifier-secret-file", []string{"--verifier-url", "https://verifier.example.org/v1", "--verifier-secret-file", filepath.Join(dir, "none")}},
		{"wechat-secret-file", []string{"--wechat-app-id", "wx1"}},
		{"sms-secret-file", []string{"--sms-url", "https://sms.example.org"}},
		{"wechat-base-url", []string{"--wechat-base-url", "http://relay.example.org"}},
		{"verifier-url", []string{"--verifier-secret-file", secret, "--verifier-url", "http://verifier.example.org"}},
		{"sms-url", []string{"--sms-secret-file", secret, "--sms-url", "http://sms.example.org"}},
		{"trusted-proxies", []string{"--trusted-proxies", "0.0.0.0/0"}},
		{"trusted-proxies", []string{"--trusted-proxies", "192.0.2.1/32,10.0.0.0/8"}},
		{"trusted-proxies", []string{"--trusted-proxies", "172.16.0.0/12"}},
		{"trusted-proxies", []string{"--trusted-proxies", "2001:db8::/32"}},
		{"trusted-proxies", []string{"--trusted-proxies", "::ffff:192.0.2.0/120"}},
		{"trusted-proxies", []string{"--trusted-proxies", "INGRESS"}},
	} {
		for _, verb := range []string{"config check", "serve"} {
			said := failed(t, exitUsage, append(append(strings.Fields(verb), "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0"), c.args...)...)
			require.Contains(t, said, c.want, "%s %v", verb, c.args)
		}
	}
	require.NoDirExists(t, filepath.Join(dir, "data"))
	for args, hint := range map[string]bool{"192.0.2.1/32": false, "192.0.2.0/24": false, "10.244.0.0/16": true, "2001:db8::/64": false, "2001:db8::/48": true} {
		require.Equal(t, hint, strings.Contains(okay(t, "config", "check", "--trusted-proxies", args), "提醒"), args)
	}
	okay(t, "config", "check", "--wechat-base-url", "http://127.0.0.1:9", "--sms-secret-file", secret, "--sms-url", "http://localhost:9/send")
}

// TestConfig_demoRates: the demo's rates are defaults; what is given counts, also when it is
// what holds elsewhere by default.
func TestConfig_demoRates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "xinyi.yaml")
	require.NoError(t, os.WriteFile(file, []byte("demo: true\naddress-rate: 50\n"), 0o600))
	for _, c := range []struct {
		args, env       []string
		client, address int
	}{
		{nil, nil, 200, 50},
		{[]string{"--demo"}, nil, demoRate, demoRate},
		{[]string{"--demo", "--client-rate", "200"}, nil, 200, demoRate},
		{[]string{"--demo"}, []string{"XINYI_CLIENT_RATE=200"}, 200, demoRate},
		{[]string{"--config", file}, nil, demoRate, 50},
		{[]string{"--config", file, "--demo=false"}, nil, 200, 50},
		{[]string{"--client-rate", "7"}, []string{"XINYI_DEMO=true"}, 7, demoRate},
	} {
		cfg, _, err := loadConfig("serve", command{args: c.args, env: c.env}, nil)
		require.NoError(t, err)
		require.Equal(t, []int{c.client, c.address}, []int{cfg.ClientRate, cfg.AddressRate}, "%v %v", c.args, c.env)
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
