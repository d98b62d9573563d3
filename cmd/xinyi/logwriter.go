package main

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	// Lines of the request log wait this long, or until so many bytes wait.
	logEvery = 200 * time.Millisecond
	logRoom  = 64 << 10
	// logBound is what may wait for a slow disk before requests do.
	logBound = 4 << 20
)

// logWriter gathers JSON lines of level INFO and below, so that a request costs no system call
// and does not wait for the disk that takes the log; anything graver is written at once, with
// what waits. A process that is killed loses at most the last logEvery of requests, or what a
// slow disk has not taken; who did what stands in the audit log. Safe for concurrent use.
type logWriter struct {
	to    io.Writer
	every time.Duration

	writing sync.Mutex // held while to is written to, so that lines keep their order
	spare   []byte     // the room of what was written last

	mu      sync.Mutex // never held while to is written to
	waiting []byte
	timer   *time.Timer
	due     bool // the timer runs
	soon    bool // and is about to end
}

func newLogWriter(to io.Writer) *logWriter { return &logWriter{to: to, every: logEvery} }

var quietLevels = [][]byte{[]byte(`"level":"INFO"`), []byte(`"level":"DEBUG"`)}

// Write takes one line.
func (w *logWriter) Write(line []byte) (int, error) {
	if w.hold(line) {
		return len(line), w.flush()
	}
	return len(line), nil
}

// hold has a line wait and reports whether its caller must see it written.
func (w *logWriter) hold(line []byte) (now bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, line...)
	head := line[:min(len(line), 96)]
	if len(w.waiting) >= logBound || !bytes.Contains(head, quietLevels[0]) && !bytes.Contains(head, quietLevels[1]) {
		return true
	}
	if full := len(w.waiting) >= logRoom; !w.due || full && !w.soon {
		w.due, w.soon = true, full
		w.wake()
	}
	return false
}

// wake sets the timer. The lock is held.
func (w *logWriter) wake() {
	in := w.every
	if w.soon {
		in = 0
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(in, w.tick)
	} else {
		w.timer.Reset(in)
	}
}

func (w *logWriter) tick() { _ = w.flush() } // nobody is left to be told

// flush writes what waits; lines that come meanwhile wait for the next. Until it is its turn the
// timer stays due: one that waits for a slow disk is enough.
func (w *logWriter) flush() error {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	lines := w.waiting
	w.waiting = w.spare[:0]
	w.due, w.soon = false, false
	w.mu.Unlock()
	w.spare = lines
	if len(lines) == 0 {
		return nil
	}
	_, err := w.to.Write(lines)
	return err
}

// Close writes what waits.
func (w *logWriter) Close() error { return w.flush() }
