package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// TestImport_killedProcess kills xinyi import with SIGKILL at random moments, again and
// again, and lets it end. What it leaves is what one undisturbed run leaves.
func TestImport_killedProcess(t *testing.T) {
	dir := t.TempDir()
	data, clean, file := filepath.Join(dir, "data"), filepath.Join(dir, "clean"), filepath.Join(dir, "district.ndjson")
	okay(t, "synth", "--people", "900", "--orgs", "60", "--out", file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	rows := strings.Count(string(text), "\n")
	digest, _, err := digestOf(t.Context(), file)
	require.NoError(t, err)

	began := time.Now()
	okay(t, "import", "--create", "--data", clean, file)
	undisturbed := time.Since(began)
	var killed []int
	for range 6 {
		importKilled(t, data, file, time.Duration(rand.Int64N(int64(undisturbed))))
		killed = append(killed, positionOf(t, data, digest))
	}
	out := okay(t, "import", "--create", "--data", data, file)
	t.Logf("killed at %v of %d rows; %s", killed, rows, out)
	require.Contains(t, out, "重复 0，被拒 0")
	require.Equal(t, rows, positionOf(t, data, digest))
	require.Equal(t, contentsOf(t, clean), contentsOf(t, data))
}

func importKilled(t *testing.T, data, file string, after time.Duration) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "import", "--create", "--data", data, file)
	cmd.Env = append(os.Environ(), "XINYI_TEST_MAIN=1")
	require.NoError(t, cmd.Start())
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended
	defer kill.Stop()
	_ = cmd.Wait() // it was killed, or it was faster
}

// positionOf gives the rows of the file that have come in.
func positionOf(t *testing.T, data, digest string) int {
	t.Helper()
	p := openTest(t, data)
	defer func() { require.NoError(t, p.close(context.Background())) }()
	job, err := store.NewIngest(p.subjects).Job(t.Context(), digest)
	if model.Is(err, model.CodeNotFound) {
		return 0
	}
	require.NoError(t, err)
	return job.Rows
}

// contentsOf counts the documents of what an import writes, and what the quality figures
// count.
func contentsOf(t *testing.T, data string) map[string]int64 {
	t.Helper()
	p := openTest(t, data)
	defer func() { require.NoError(t, p.close(context.Background())) }()
	found := map[string]int64{}
	for _, coll := range []string{"subjects", "records", "record_keys", "person_index", "aliases", "search_names", "list_entries", "rating_stats", "import_faults"} {
		for query := (store.Query{Limit: 1000}); ; {
			page, err := p.driver.Find(t.Context(), coll, query)
			require.NoError(t, err)
			found[coll] += int64(len(page.Docs))
			if query.After = page.Next; page.Next == "" {
				break
			}
		}
	}
	sheets, err := store.NewQuality(p.driver).Sheet(t.Context(), model.QualityArea)
	require.NoError(t, err)
	for month, counters := range sheets.Counts[model.QualityArea] {
		for counter, n := range counters {
			found[month+" "+counter] = n
		}
	}
	require.Positive(t, found["records"])
	return found
}
