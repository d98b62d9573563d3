package main

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// Lines of the request log wait this long, or until so many bytes wait.
const (
	logEvery = 200 * time.Millisecond
	logRoom  = 64 << 10
)

// logWriter gathers JSON lines of level INFO and below, so that a request does not cost a
// system call; anything graver is written at once, with what waits. A process that is
// killed loses at most the last logEvery of requests; who did what stands in the audit
// log. Safe for concurrent use.
type logWriter struct {
	to    io.Writer
	every time.Duration

	mu      sync.Mutex
	waiting []byte
	timer   *time.Timer
	due     bool
}

func newLogWriter(to io.Writer) *logWriter { return &logWriter{to: to, every: logEvery} }

var quietLevels = [][]byte{[]byte(`"level":"INFO"`), []byte(`"level":"DEBUG"`)}

// Write takes one line.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, line...)
	head := line[:min(len(line), 96)]
	if len(w.waiting) >= logRoom || !bytes.Contains(head, quietLevels[0]) && !bytes.Contains(head, quietLevels[1]) {
		return len(line), w.flush()
	}
	if !w.due {
		w.due = true
		if w.timer == nil {
			w.timer = time.AfterFunc(w.every, w.tick)
		} else {
			w.timer.Reset(w.every)
		}
	}
	return len(line), nil
}

func (w *logWriter) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = false
	_ = w.flush() // nobody is left to be told
}

// flush writes what waits. The lock is held.
func (w *logWriter) flush() error {
	if len(w.waiting) == 0 {
		return nil
	}
	_, err := w.to.Write(w.waiting)
	w.waiting = w.waiting[:0]
	return err
}

// Close writes what waits.
func (w *logWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}
