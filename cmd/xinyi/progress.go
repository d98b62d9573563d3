package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"xinyi/service/ingest"
)

// countedReader counts what is read, for others to look at meanwhile.
type countedReader struct {
	in   io.Reader
	read atomic.Int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// share is how much of size was read, 0–1.
func (c *countedReader) share(size int64) float64 {
	if size <= 0 {
		return 0
	}
	return min(float64(c.read.Load())/float64(size), 1)
}

// progress shows how far an import is: a bar that is drawn over on a terminal, now and
// then a line elsewhere.
type progress struct {
	w     io.Writer
	name  string
	done  func() float64
	bar   bool
	every time.Duration
	shown time.Time
	// first is where the first batch of this run ended: what an earlier run did says
	// nothing about the speed.
	first   float64
	firstAt time.Time
}

func newProgress(w io.Writer, name string, done func() float64) *progress {
	p := &progress{w: w, name: name, done: done, every: 10 * time.Second, shown: time.Now()}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.bar, p.every = true, 200*time.Millisecond
		}
	}
	return p
}

func (p *progress) show(now ingest.Progress) {
	if p.firstAt.IsZero() {
		p.first, p.firstAt = p.done(), time.Now()
	}
	if time.Since(p.shown) < p.every {
		return
	}
	p.shown = time.Now()
	line := p.line(now)
	if p.bar {
		fmt.Fprintf(p.w, "\r%s\x1b[K", line)
		return
	}
	fmt.Fprintln(p.w, line)
}

const barWidth = 24

func (p *progress) line(now ingest.Progress) string {
	rate := 0.0
	if now.Elapsed > 0 {
		rate = float64(now.Rows) / now.Elapsed.Seconds()
	}
	text := fmt.Sprintf("%d 行，每秒 %.0f 行，被拒 %d", now.Rows, rate, now.Rejected)
	done := p.done()
	if done <= 0 {
		return p.name + " " + text
	}
	full := int(done * barWidth)
	left := "…"
	if done > p.first {
		rest := time.Duration(float64(time.Since(p.firstAt)) * (1 - done) / (done - p.first))
		left = rest.Round(time.Second).String()
	}
	return fmt.Sprintf("%s [%s%s] %3.0f%% %s，剩余约 %s", p.name, strings.Repeat("█", full), strings.Repeat("░", barWidth-full), done*100, text, left)
}

// end leaves the line of the bar.
func (p *progress) end() {
	if p.bar && !p.firstAt.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
