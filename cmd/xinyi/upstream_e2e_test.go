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
