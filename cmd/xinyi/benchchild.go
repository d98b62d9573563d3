package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"xinyi/handlers"
)

// child is a process under measurement, started by the bench from its own binary.
type child struct {
	cmd          *exec.Cmd
	addr, debug  string
	metrics      string // address of /metrics; "" for the bare handler
	started      time.Time
	exited       chan struct{}
	exit         error
	log          lastLines
	clientNoIdle *http.Client
}

// freePorts gives addresses on loopback that nobody listens on now.
func freePorts(n int) ([]string, error) {
	addrs := make([]string, n)
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // after the last one, so that all differ
		addrs[i] = l.Addr().String()
	}
	return addrs, nil
}

// startChild runs "xinyi bench args…" and waits until url answers 200.
func startChild(ctx context.Context, name string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	p := &child{addr: ports[0], debug: ports[1], exited: make(chan struct{}),
		clientNoIdle: &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}}
	all := append([]string{"bench", name, "--debug", p.debug, "--listen", p.addr}, args...)
	if name == "serve" {
		p.metrics = ports[2]
		all = append(all, "--metrics-listen", p.metrics)
	}
	p.cmd = exec.CommandContext(ctx, self, all...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 20 * time.Second
	p.cmd.Stderr, p.cmd.Stdout = &p.log, &p.log
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.exit = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// ready waits until path answers 200 and gives the time since the start.
func (p *child) ready(ctx context.Context, path string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		if body, err := p.get(ctx, p.addr, path); err == nil && body != nil {
			return time.Since(p.started), nil
		}
		select {
		case <-p.exited:
			return 0, fmt.Errorf("%s ended: %w; %s", p.cmd.Args[2], p.exit, p.lastLog())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (p *child) lastLog() string { return p.log.String() }

// lastLines keeps the end of a log, in memory: on the disk it would be in the way of what is
// measured there. Safe for concurrent use.
type lastLines struct {
	mu   sync.Mutex
	text []byte
}

const lastLinesRoom = 2000

func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p[max(0, len(p)-lastLinesRoom):]...)
	l.text = append(l.text[:0], l.text[max(0, len(l.text)-lastLinesRoom):]...)
	return len(p), nil
}

func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func (p *child) get(ctx context.Context, addr, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := p.clientNoIdle.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return body, err
}

// stop ends the process and waits for it.
func (p *child) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	return nil
}

// busy reports whether the server still works on what it has answered: the engine rewrites
// tables (other engines do so elsewhere), or entries of the log wait for their place in it.
func (p *child) busy(ctx context.Context) bool {
	body, err := p.get(ctx, p.metrics, "/metrics")
	c := counters(body)
	return err == nil && c["xinyi_store_compacting"]+c["xinyi_audit_notes_queued"]+c["xinyi_audit_unfolded"] > 0
}

// sample is what a process has used so far.
type sample struct {
	cpu   time.Duration // user and system
	rss   int64         // bytes
	heap  heapSample
	store map[string]float64 // xinyi_store_*, xinyi_audit_*
}

// heapSample comes from the debug listener.
type heapSample struct {
	Objects uint64 `json:"objects"` // allocated since the start
	Bytes   uint64 `json:"bytes"`
	Cycles  uint64 `json:"cycles"` // of the collector
	Mapped  int64  `json:"mapped"` // bytes that the Go runtime holds
	Free    int64  `json:"free"`   // of them without an object
}

// sample reads the use at an edge of a phase: what asking costs falls outside of it.
func (p *child) sample(ctx context.Context, before bool) (s sample, err error) {
	pid := p.cmd.Process.Pid
	steps := []func() error{
		func() (err error) { s.cpu, err = cpuOf(pid); return err },
		func() (err error) { s.rss, err = rssOf(pid); return err },
		func() error {
			body, err := p.get(ctx, p.debug, "/heap")
			if err != nil {
				return err
			}
			return json.Unmarshal(body, &s.heap)
		},
		func() error {
			if p.metrics == "" {
				return nil
			}
			body, err := p.get(ctx, p.metrics, "/metrics")
			s.store = counters(body)
			return err
		},
	}
	if before {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// counters reads the unlabelled series of our rooms from the Prometheus text format.
func counters(text []byte) map[string]float64 {
	m := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || (!strings.HasPrefix(name, "xinyi_store_") && !strings.HasPrefix(name, "xinyi_audit_")) {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			m[name] = v
		}
	}
	return m
}

// ticks is USER_HZ of Linux: /proc counts CPU time in hundredths of a second.
const ticks = 100

// cpuOf gives the CPU time of a process, all threads, user and system.
func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseCPU(stat)
}

// parseCPU reads fields 14 and 15 of proc_pid_stat(5); the name in field 2 may hold anything.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("bench: /proc stat has another form")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks, errors.Join(err1, err2)
}

func rssOf(pid int) (int64, error) { return statusOf(pid, "VmRSS") }

// benchServe is the server under measurement: serve, and a debug listener beside it.
func benchServe(ctx context.Context, c command) error {
	if len(c.args) < 2 || c.args[0] != "--debug" {
		return usageError{errors.New("bench serve --debug ADDR …")}
	}
	if err := serveDebug(ctx, c.args[1]); err != nil {
		return err
	}
	c.args = c.args[2:]
	return serve(ctx, c)
}

// serveDebug offers heap counters and profiles until the process ends.
func serveDebug(ctx context.Context, addr string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /heap", func(w http.ResponseWriter, _ *http.Request) {
		s := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
			{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		metrics.Read(s)
		_ = json.NewEncoder(w).Encode(heapSample{Objects: s[0].Value.Uint64(), Bytes: s[1].Value.Uint64(), Cycles: s[2].Value.Uint64(),
			Mapped: int64(s[3].Value.Uint64() - s[4].Value.Uint64()), Free: int64(s[5].Value.Uint64() + s[6].Value.Uint64())}) //nolint:gosec // sizes of memory
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	return nil
}

// benchBare is the process of the bare Gin handler.
func benchBare(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("xinyi bench bare", flag.ContinueOnError)
	listen := fs.String("listen", "", "address")
	debug := fs.String("debug", "", "address of the debug listener")
	size := fs.Int("size", 600, "bytes of the answer")
	if err := fs.Parse(args); err != nil {
		return usageError{err}
	}
	if err := serveDebug(ctx, *debug); err != nil {
		return err
	}
	body := append(append([]byte(`{"filler":"`), bytes.Repeat([]byte("x"), max(*size-13, 0))...), `"}`...)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	srv := newHTTPServer(handlers.Bare(body))
	ended := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer ended()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
