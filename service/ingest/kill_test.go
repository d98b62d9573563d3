package ingest_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store/embedded"
	"xinyi/vault"
)

const (
	killDir    = "XINYI_TEST_IMPORT_DIR" // set in the child only
	killRounds = 6
)

var killDistrict = synth.Config{People: 120, Orgs: 60, PerPerson: 6, Seed: 9, AsOf: "2026-11-01"}

// TestImport_kill lets a child import a file and kills it at a random moment, again and
// again; then the import is finished. It leaves what one undisturbed import leaves.
func TestImport_kill(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		killChild(t, dir)
		return
	}
	dir := t.TempDir()
	var done []int
	for range killRounds {
		done = append(done, importAndKill(t, dir, time.Duration(rand.IntN(60))*time.Millisecond))
	}
	text := district(t, killDistrict)
	d := killDesk(t, dir)
	res, err := d.Import(t.Context(), "job", "f", ingest.NewNDJSON(strings.NewReader(text)), nil)
	if err != nil || !res.Job.Done || res.Job.Accepted != strings.Count(text, "\n") || res.Job.Duplicate+res.Job.Rejected > 0 {
		t.Fatalf("%+v %v", res.Job, err)
	}
	clean, err := assemble(t.Context(), openEngine(t), nil, d.vault, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run(t, clean, text)
	sameState(t, d, clean)
	t.Logf("killed after %v of %d rows", done, res.Job.Rows)
	clean.close()
	d.close()
}

// killDesk is a desk on a folder. Its ids follow the real time, so that those of later
// processes are later.
func killDesk(t *testing.T, dir string) *desk {
	t.Helper()
	master, err := vault.LoadOrCreateMaster(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Open(t.Context(), master, vault.FileRing{Dir: dir}, clock(), vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	driver, err := embedded.Open(filepath.Join(dir, "store"), embedded.Options{Clock: clock(), MemTableBytes: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	d, err := assemble(t.Context(), driver, nil, keys, filepath.Join(dir, "witness"))
	if err != nil {
		t.Fatal(err)
	}
	d.BatchRows, d.IDs = 20, model.NewIDs(model.ClockFunc(time.Now))
	return d
}

func importAndKill(t *testing.T, dir string, after time.Duration) (rows int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestImport_kill$", "-test.count=1")
	child.Env = append(os.Environ(), killDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for first := true; lines.Scan(); first = false {
		if n, err := fmt.Sscanf(lines.Text(), "rows %d", &rows); n == 1 && err == nil && first {
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Process.Kill()
	_ = child.Wait() // it was killed, or it was faster
	return rows
}

func killChild(t *testing.T, dir string) {
	d := killDesk(t, dir)
	fmt.Println("rows 0")
	_, err := d.Import(t.Context(), "job", "f", ingest.NewNDJSON(strings.NewReader(district(t, killDistrict))),
		func(p ingest.Progress) { fmt.Println("rows", p.Rows) })
	if err != nil {
		t.Fatal(err)
	}
}
