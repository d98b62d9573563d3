package embedded

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	killDir     = "XINYI_TEST_KILL_DIR" // set in the child only
	killWriters = 6
	killRounds  = 20
)

// TestKill lets a child write and acknowledge over a pipe, kills it at a random moment,
// and looks whether what was acknowledged is there and whole. 20 times on one folder.
func TestKill(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		killChild(t, dir)
		return
	}
	dir := t.TempDir()
	acked := map[string]int64{}
	var steps, lost int64
	for round := range killRounds {
		runAndKill(t, dir, time.Duration(rand.IntN(80))*time.Millisecond, acked)
		d, err := Open(dir, killOptions())
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		total := int64(0)
		for i := range killWriters {
			w := fmt.Sprintf("w%d", i)
			n := checkLedger(t, d, w, acked[w])
			lost += n - acked[w]
			total += n*ledgerParts + min(n, 1)
		}
		if steps = total; steps > 0 {
			checkFeed(t, d, total)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if steps == 0 {
		t.Fatal("the child never got to write")
	}
	t.Logf("%d documents over %d kills; %d steps were durable and not yet acknowledged", steps, killRounds, lost)
}

// killOptions make the engine flush and compact often.
func killOptions() Options {
	return Options{Clock: wall, MemTableBytes: 256 << 10, CacheBytes: 8 << 20}
}

// runAndKill starts a child, reads its acknowledgements, and kills it some time after
// the first one.
func runAndKill(t *testing.T, dir string, after time.Duration, acked map[string]int64) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$", "-test.count=1")
	child.Env = append(os.Environ(), killDir+"="+dir)
	child.ExtraFiles = []*os.File{write}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	lines := bufio.NewScanner(read)
	for first := true; lines.Scan(); first = false {
		var w string
		var n int64
		if _, err := fmt.Sscan(lines.Text(), &w, &n); err != nil {
			break // cut by the kill
		}
		acked[w] = max(acked[w], n)
		if first {
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
	}
	_ = read.Close()
	_ = child.Process.Kill()
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
}

func killChild(t *testing.T, dir string) {
	pipe := os.NewFile(3, "acknowledgements")
	d := open(t, dir, killOptions())
	if err := d.EnsureIndexes(t.Context(), ledger, ledgerIndexes); err != nil {
		t.Fatal(err)
	}
	writeLedger(t, d, killWriters, func() bool { return false }, func(w string, n int64) {
		if _, err := fmt.Fprintf(pipe, "%s %d\n", w, n); err != nil { // one write, whole or not at all
			os.Exit(3) // the parent is gone
		}
	})
}
