package repotest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// program is the path of xinyi, built once.
func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "xinyi-repotest-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(built.dir, "xinyi"), "./cmd/xinyi")
		cmd.Dir = root(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	require.NoError(t, built.err)
	return filepath.Join(built.dir, "xinyi")
}

// help is what the program, or a verb, says of itself; ok is false when there is no such verb.
func help(t *testing.T, verb ...string) (text string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), append(verb, "--help")...)
	cmd.Env = clean()
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// clean is the environment without settings of ours.
func clean() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "XINYI_") {
			env = append(env, kv)
		}
	}
	return env
}

// demo is a running demo district.
type demo struct {
	base, metrics string
	data          string
}

var announced = regexp.MustCompile(`ready: (http://\S+).*metrics: (http://\S+)`)

// startWithin bounds the start of a demo, also on a busy machine.
const startWithin = 3 * time.Minute

// startDemo runs `xinyi serve --demo` on a free port until the test ends.
func startDemo(t *testing.T, args ...string) demo {
	t.Helper()
	d := demo{data: filepath.Join(t.TempDir(), "data")}
	cmd := exec.Command(program(t), append([]string{"serve", "--demo", "--data", d.data, "--listen", "127.0.0.1:0", "--log-level", "warn"}, args...)...)
	cmd.Env = clean()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		for range lines {
		}
		err := cmd.Wait()
		log.Close()
		if err != nil || t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the log of xinyi serve:\n%s", text)
		}
		require.NoError(t, err, "xinyi serve")
	})
	late := time.After(startWithin)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatal("xinyi serve ended before it was ready")
			}
			if m := announced.FindStringSubmatch(line); m != nil {
				d.base, d.metrics = m[1], m[2]
				go func() {
					for range lines { // the rest of the announcement
					}
				}()
				return d
			}
		case <-late:
			t.Fatal("xinyi serve was not ready in time")
		}
	}
}

// startFerret runs FerretDB of the nested module and gives its URI. The module's go.mod
// is copied, so that building writes nothing into the repository.
func startFerret(t *testing.T) string {
	t.Helper()
	module := filepath.Join(root(t), "store", "mongo", "ferrettest")
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(module, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-modfile="+filepath.Join(dir, "go.mod"), "-o", filepath.Join(dir, "ferret"), "./cmd/ferret")
	build.Dir = module
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.Command(filepath.Join(dir, "ferret"))
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close() // it ends with its input
		_ = cmd.Wait()
	})
	uri, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(uri)
}
