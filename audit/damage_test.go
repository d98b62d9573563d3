package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/store"
	"xinyi/store/embedded"
)

// TestVerify_flippedByteInAFile flips bytes all over the engine's tables: the engine's
// checksums or the log itself find each of them.
func TestVerify_flippedByteInAFile(t *testing.T) {
	h := written(t, 2000)
	storeDir := filepath.Join(h.dir, "store")
	require.NoError(t, h.driver.Close())
	h.openStore(storeDir) // what was in the write-ahead log is in tables now
	require.NoError(t, h.driver.Close())
	outside, err := ReadOutside(h.checkpoints())
	require.NoError(t, err)
	tables, err := filepath.Glob(filepath.Join(storeDir, "*.sst"))
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		content, err := os.ReadFile(table)
		require.NoError(t, err)
		for at := 0; at < len(content); at += 1 + len(content)/25 {
			flipped := append([]byte(nil), content...)
			flipped[at] ^= 1
			dir := filepath.Join(t.TempDir(), "store")
			require.NoError(t, os.CopyFS(dir, os.DirFS(storeDir)))
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(table)), flipped, 0o600))
			if !h.noticed(dir, outside) {
				t.Errorf("%s: nobody noticed byte %d of %d", filepath.Base(table), at, len(content))
			}
			require.NoError(t, os.RemoveAll(dir))
		}
	}
}

// TestVerify_cutWriteAheadLog cuts the engine's log, which it cannot tell from a crash:
// the outside checkpoint can.
func TestVerify_cutWriteAheadLog(t *testing.T) {
	h := written(t, 600)
	outside, err := ReadOutside(h.checkpoints())
	require.NoError(t, err)
	killed := filepath.Join(h.dir, "killed") // what a killed process leaves: all is in the log
	require.NoError(t, os.CopyFS(killed, os.DirFS(filepath.Join(h.dir, "store"))))
	logs, err := filepath.Glob(filepath.Join(killed, "*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	last := logs[len(logs)-1]
	content, err := os.ReadFile(last)
	require.NoError(t, err)
	content = bytes.TrimRight(content, "\x00")
	require.Greater(t, len(content), 100_000)
	for kept := len(content) - 1; kept > 0; kept -= len(content) / 10 {
		dir := filepath.Join(t.TempDir(), "store")
		require.NoError(t, os.CopyFS(dir, os.DirFS(killed)))
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(last)), content[:kept], 0o600))
		require.True(t, h.noticed(dir, outside), "%d of %d bytes kept", kept, len(content))
	}
}

// noticed reports whether the damaged store in dir is refused or found out.
func (h *house) noticed(dir string, outside Outside) bool {
	h.t.Helper()
	d, err := embedded.Open(dir, embedded.Options{Clock: h.clock})
	if err != nil {
		return true
	}
	defer d.Close()
	report, err := Verify(h.t.Context(), store.NewAuditLog(d), outside, h.known)
	require.NoError(h.t, err)
	return !report.OK()
}
