package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"xinyi/api/apitest"
	"xinyi/store/mongo/mongotest"
)

// world is a demo server of one test, reached over its socket; every exchange is validated
// against the contract.
type world struct {
	t      testing.TB // the part that runs
	owner  testing.TB // whose end ends the server
	cfg    Config
	server *server
	demo   demoFile
	log    *safeBuffer // everything the server logged
	stdout *safeBuffer

	client   *http.Client
	recorder *apitest.Recorder
	mu       sync.Mutex
	tokens   map[string]string
	errors   bytes.Buffer // bodies of all refusals
	keys     int
}

// safeBuffer takes writes from many goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var newRecorder = sync.OnceValues(apitest.NewRecorder)

// demoConfig is what `serve --demo --data dir` runs with, on free ports and in little memory.
func demoConfig(dir string) Config {
	cfg := defaultConfig()
	cfg.Demo, cfg.Data, cfg.Listen, cfg.CacheMB, cfg.FileCache = true, dir, "127.0.0.1:0", 16, 1000
	raiseForDemo(&cfg)
	return cfg
}

// savedFile is one file of a data folder; its mode counts, for the keys are particular.
type savedFile struct {
	path string
	mode fs.FileMode
	body []byte
}

// district is the data folder of a demo that ran once; tests work on copies, which saves
// loading the district anew.
var district = sync.OnceValues(func() ([]savedFile, error) {
	dir, err := os.MkdirTemp("", "xinyi-e2e-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := contextFor(time.Minute)
	defer cancel()
	s, err := startServer(ctx, demoConfig(dir), slog.New(slog.DiscardHandler), io.Discard)
	if err != nil {
		return nil, err
	}
	if err := s.stop(ctx); err != nil {
		return nil, err
	}
	return saveFolder(dir)
})

func saveFolder(dir string) ([]savedFile, error) {
	var files []savedFile
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		files = append(files, savedFile{rel, info.Mode().Perm(), body})
		return err
	})
	return files, err
}

func restoreFolder(t testing.TB, files []savedFile, dir string) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, f.path)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err = errors.Join(err, os.WriteFile(path, f.body, f.mode)); err != nil {
			t.Fatal(err)
		}
	}
}

// startDemo runs a demo on a copy of the district; on MongoDB, where XINYI_TEST_MONGODB_URI
// names a server, on a new database.
func startDemo(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if mongotest.URI() == "" {
		files, err := district()
		if err != nil {
			t.Fatal(err)
		}
		restoreFolder(t, files, dir)
	}
	return startIn(t, dir, change...)
}

// startIn runs a demo in dir, as the first one there or not.
func startIn(t testing.TB, dir string, change ...func(*Config)) *world {
	t.Helper()
	cfg := demoConfig(dir)
	if uri := mongotest.URI(); uri != "" {
		cfg.Store, cfg.AllowStandalone = mongotest.Database(t, uri, dir), true
	}
	for _, c := range change {
		c(&cfg)
	}
	w := &world{t: t, owner: t, cfg: cfg, log: &safeBuffer{}, stdout: &safeBuffer{}, tokens: map[string]string{},
		client: newClient()}
	var err error
	if w.recorder, err = newRecorder(); err != nil {
		t.Fatal(err)
	}
	w.start(startServer)
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

func newClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128, MaxConnsPerHost: 256}}
}

// start runs the server, which ends with the test.
func (w *world) start(by starter) {
	w.t.Helper()
	s, err := by(w.owner.Context(), w.cfg, slog.New(slog.NewJSONHandler(w.log, nil)), w.stdout)
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = s
	w.owner.Cleanup(w.stop)
	w.readDemo()
}

// stop ends the server if it runs.
func (w *world) stop() {
	if w.server == nil {
		return
	}
	ctx, cancel := contextFor(30 * time.Second)
	defer cancel()
	w.client.CloseIdleConnections()
	if err := w.server.stop(ctx); err != nil {
		w.t.Errorf("stop: %v", err)
	}
	w.server = nil
}

// restart stops the server and starts it again on the same address.
func (w *world) restart() {
	w.t.Helper()
	w.cfg.Listen = strings.TrimPrefix(w.server.baseURL, "http://")
	w.stop()
	w.start(startServer)
}

func (w *world) readDemo() {
	w.t.Helper()
	w.demo = demoFile{}
	if err := readJSON(filepath.Join(w.cfg.Data, "demo.json"), &w.demo); err != nil {
		w.t.Fatal(err)
	}
}
