package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines counts the writes that reach it.
type lines struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
	wrote  chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func TestLogWriter(t *testing.T) {
	out := &lines{wrote: make(chan struct{}, 1)}
	w := &logWriter{to: out, every: time.Hour}
	log := newLogger(w, "info")
	for range 100 {
		log.Info("request", "route", "/v1/me")
	}
	if out.writes != 0 {
		t.Fatalf("%d writes for quiet lines", out.writes)
	}
	log.Log(t.Context(), slog.LevelError, "request", "note", `"level":"INFO"`)
	if got := strings.Count(out.text.String(), "\n"); out.writes != 1 || got != 101 {
		t.Fatalf("after an error: %d lines in %d writes", got, out.writes)
	}
	log.Info("last")
	if err := w.Close(); err != nil || strings.Count(out.text.String(), "\n") != 102 {
		t.Fatalf("after the end: %v, %d lines", err, strings.Count(out.text.String(), "\n"))
	}
}

// While the disk takes its time nobody waits for it, up to a bound; then all lines come, in order.
func TestLogWriter_slowDisk(t *testing.T) {
	disk := &slowDisk{began: make(chan struct{}, 1), free: make(chan struct{})}
	w := &logWriter{to: disk, every: time.Hour}
	const size = 1 << 10
	line := func(i int) []byte {
		s := fmt.Sprintf(`{"level":"INFO","n":%d,"`, i)
		return []byte(s + strings.Repeat("x", size-len(s)-3) + "\"}\n")
	}
	n := 0
	for ; n < logRoom/size; n++ { // enough to be written
		w.hold(line(n))
	}
	<-disk.began
	before := runtime.NumGoroutine()
	for begun := n; n < begun+logBound/size-1; n++ {
		if _, err := w.Write(line(n)); err != nil {
			t.Fatal(err)
		}
	}
	if now := w.hold(line(n)); !now {
		t.Error("what waits is not bounded")
	}
	if more := runtime.NumGoroutine() - before; more > 10 {
		t.Errorf("%d goroutines wait for the disk", more)
	}
	close(disk.free)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(disk.text.String()), "\n")
	for i, got := range lines {
		if got != strings.TrimSpace(string(line(i))) {
			t.Fatalf("line %d: %.40s", i, got)
		}
	}
	if len(lines) != n+1 {
		t.Fatalf("%d lines, want %d", len(lines), n+1)
	}
}

// slowDisk takes nothing until it is free.
type slowDisk struct {
	began, free chan struct{}
	text        bytes.Buffer
}

func (d *slowDisk) Write(p []byte) (int, error) {
	select {
	case d.began <- struct{}{}:
	default:
	}
	<-d.free
	return d.text.Write(p)
}
