package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/service/exchange"
)

// The operator packs what goes to the platform above, from a running server and without
// one; what comes back stands on the worklist.
func TestUpstream(t *testing.T) {
	w := startDemo(t, func(c *Config) { c.Upstream = upstreamCity })
	data, out := w.cfg.Data, t.TempDir()
	at := []string{"--data", data, "--by", "office1"}
	if isMongo(w.cfg.Store) {
		at = append(at, "--store", w.cfg.Store, "--allow-standalone-mongodb")
	}
	call := func(args ...string) []string { return append(append([]string{"upstream"}, args...), at...) }

	w.eventually(func() bool { return w.metric(`xinyi_job_due_timestamp_seconds{job="upstream_export"}`) != "0" }, "the nightly export is due")
	said := okay(t, call("export", "--to", out)...) // the server does it
	require.Contains(t, said, filepath.Join(out, "00000001"))
	sums := func(dir string) map[string][32]byte {
		m := map[string][32]byte{}
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			body, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			info, err := e.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			m[e.Name()] = sha256.Sum256(body)
		}
		return m
	}
	first := sums(filepath.Join(out, "00000001"))
	require.Contains(t, first, "manifest.json")
	require.Contains(t, okay(t, call("export", "--to", out)...), "数据包 0 个")
	again := t.TempDir()
	okay(t, call("export", "--to", again, "--package", "00000001")...)
	require.Equal(t, first, sums(filepath.Join(again, "00000001")))

	raw, err := os.ReadFile(filepath.Join(out, "00000001", "manifest.json"))
	require.NoError(t, err)
	var m exchange.Manifest
	require.NoError(t, json.Unmarshal(raw, &m))
	receipt := filepath.Join(t.TempDir(), "receipt.json")
	text := fmt.Sprintf(`{"format":"xinyi-receipt/1","packageNo":"00000001","manifestSm3":%q,"issuedAt":%q,"results":[{"file":%q,"row":1,"result":"rejected","code":"E02","reason":"代码与名称不符"}]}`,
		exchange.Digest(raw), time.Now().Format(time.RFC3339), m.Files[0].Name)
	require.NoError(t, os.WriteFile(receipt, []byte(text), 0o600))
	require.Contains(t, okay(t, call("receipt", receipt)...), "退回 1 行")
	require.Contains(t, okay(t, call("receipt", receipt)...), "此前已导入")
	require.NoError(t, os.WriteFile(receipt, []byte(strings.Replace(text, `"row":1`, `"row":9999999`, 1)), 0o600))
	require.Contains(t, failed(t, exitFailed, call("receipt", receipt)...), "未作任何改动")

	found := false
	for cursor := ""; !found; {
		page := as[api.Worklist](w.do("office", "GET", "/v1/worklist?limit=100"+cursor, nil).want(200))
		for _, item := range page.Items {
			found = found || strings.Contains(item.Ask, "上级平台退回 E02：代码与名称不符")
		}
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + escape(page.NextCursor)
	}
	require.True(t, found)
	w.sentAgain(t, out, call)
}

// sentAgain: a line that came back stands on the worklist of the unit that reported it, until it is
// corrected and the next package has it.
func (w *world) sentAgain(t *testing.T, out string, call func(...string) []string) {
	e := w.demo.Enterprises[0]
	hand := func(content, mode string) {
		line := strings.TrimSuffix(w.permitLine(e, 701, "普通", content), "\n") + ",赵示例\n"
		st := w.worked(w.hand("department", "permit", "a.csv", []byte(strings.TrimSuffix(permitColumns, "\n")+",法定代表人\n"+line), "again-"+mode, "mode", mode))
		require.Equal(t, 1, st.Accepted, "%v", w.faultRows(st.SubmissionNo))
	}
	export := func(no string) (line string, manifest []byte) {
		require.Contains(t, okay(t, call("export", "--to", out)...), "上报 1 行")
		file, err := os.ReadFile(filepath.Join(out, no, "XK.csv"))
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSuffix(string(file), "\r\n"), "\r\n")
		require.Len(t, lines, 2, "the header and one permit")
		manifest, err = os.ReadFile(filepath.Join(out, no, "manifest.json"))
		require.NoError(t, err)
		return lines[1], manifest
	}
	returned := func() (asks []string) {
		for _, item := range as[api.Worklist](w.do("department", "GET", "/v1/worklist?limit=100", nil).want(200)).Items {
			if item.Kind == "upstream_return" {
				asks = append(asks, item.Ask)
			}
		}
		return asks
	}
	before := returned()
	hand("销售食品", "new")
	line, manifest := export("00000002")
	require.Contains(t, line, "顺市监许〔2026〕701号")
	receipt := filepath.Join(t.TempDir(), "receipt.json")
	text := fmt.Sprintf(`{"format":"xinyi-receipt/1","packageNo":"00000002","manifestSm3":%q,"issuedAt":%q,"results":[{"file":"XK.csv","row":1,"result":"rejected","code":"E07","reason":"许可内容过于简略"}]}`,
		exchange.Digest(manifest), time.Now().Format(time.RFC3339))
	require.NoError(t, os.WriteFile(receipt, []byte(text), 0o600))
	require.Contains(t, okay(t, call("receipt", receipt)...), "退回 1 行")
	require.ElementsMatch(t, append(before, "上级平台退回 E07：许可内容过于简略"), returned())

	hand("销售预包装食品（含冷藏冷冻）", "correction")
	line, _ = export("00000003")
	require.Contains(t, line, "销售预包装食品（含冷藏冷冻）")
	require.ElementsMatch(t, before, returned())
	require.Contains(t, okay(t, call("export", "--to", out)...), "数据包 0 个")
}

// An instance that stands alone keeps nothing for a platform above, and says so.
func TestUpstream_none(t *testing.T) {
	files, err := district()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "d")
	restoreFolder(t, files, dir)
	require.Contains(t, failed(t, exitFailed, "upstream", "export", "--data", dir, "--by", "office1", "--to", t.TempDir()), "upstream: city")
	require.Contains(t, failed(t, exitUsage, "upstream", "export", "--data", dir, "--by", "office1", "--to", t.TempDir(), "--upstream", "moon"), "city 或 none")
	require.Contains(t, failed(t, exitUsage, "upstream", "export", "--data", dir, "--by", "office1", "--upstream", "city"), "--to")
}
