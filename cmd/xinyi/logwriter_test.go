package main

import (
	"bytes"
	"log/slog"
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
	for range 2 * logRoom / 60 {
		log.Info("request", "route", "/v1/me")
	}
	if out.writes < 3 {
		t.Fatal("waiting lines are not bounded")
	}
}

// A quiet line comes by itself after a while.
func TestLogWriter_ticks(t *testing.T) {
	out := &lines{wrote: make(chan struct{}, 1)}
	w := &logWriter{to: out, every: time.Millisecond}
	log := newLogger(w, "info")
	for range 3 {
		log.Info("request")
		<-out.wrote
	}
}
