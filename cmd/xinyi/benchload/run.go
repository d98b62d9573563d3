package benchload

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Phase is one measured stretch of load.
type Phase struct {
	Addr    string  `json:"addr"` // IP:port of the server
	File    string  `json:"file"` // of WriteRequests
	Conns   int     `json:"conns"`
	Seconds float64 `json:"seconds"`
	// Rate is requests per second over all connections; 0 = each connection sends as
	// soon as it has its answer.
	Rate float64 `json:"rate,omitempty"`
	// Count bounds the requests; 0 = time alone does.
	Count int `json:"count,omitempty"`
	// Once sends each request of the file once, in order; else uniformly random ones.
	Once bool   `json:"once,omitempty"`
	Seed uint64 `json:"seed,omitempty"`
	// Keep leaves the connections open for the next phase, if that wants as many to Addr.
	Keep bool `json:"keep,omitempty"`
	// Marker is text to be counted in good answers, such as `"result":"pass"`.
	Marker string `json:"marker,omitempty"`
}

// Result is what a phase saw. Latencies are microseconds.
type Result struct {
	Requests int64         `json:"requests"` // answered
	Seconds  float64       `json:"seconds"`  // from the first send to the last answer
	Status   map[int]int64 `json:"status"`
	Marked   int64         `json:"marked"`
	Errors   int64         `json:"errors"` // requests without an answer
	Error    string        `json:"error,omitempty"`
	Body     int64         `json:"body"` // bytes of all bodies
	P50      uint64        `json:"p50"`
	P99      uint64        `json:"p99"`
	P999     uint64        `json:"p999"`
	Max      uint64        `json:"max"`
	Mean     float64       `json:"mean"`
	// Ran reports whether the file ran out of requests to send once.
	RanOut bool `json:"ranOut,omitempty"`
	// Began is the instant from which Sent counts, and Sent what was answered; both of an
	// open loop only.
	Began time.Time `json:"began"`
	Sent  []Sent    `json:"sent,omitempty"`
}

// Sent is when a request was meant to leave and how long its answer took from then on, in
// microseconds.
type Sent [2]uint32

// Due counts from the beginning of the phase.
func (s Sent) Due() time.Duration { return time.Duration(s[0]) * time.Microsecond }

// Took counts from Due.
func (s Sent) Took() time.Duration { return time.Duration(s[1]) * time.Microsecond }

// grace is how long answers may take after the end of a phase.
const grace = 15 * time.Second

// worker is one connection and what it saw.
type worker struct {
	index   int // among those of a phase
	socket  socket
	at      time.Time // when the request under way was meant to leave
	busy    bool      // a request is under way
	answers answerReader
	latency histogram
	sent    []Sent
	status  [600]int64
	marked  int64
	body    int64
	errs    int64
	err     error
}

// renewed gives the connections of the phase before to the next one, as if new.
func renewed(workers []*worker) []*worker {
	for i, w := range workers {
		workers[i] = &worker{index: i, socket: w.socket, answers: w.answers}
	}
	return workers
}

// dial opens the connections of a phase before its clock starts.
func dial(ctx context.Context, p Phase) ([]*worker, error) {
	workers := make([]*worker, p.Conns)
	for i := range workers {
		workers[i] = &worker{index: i, socket: noSocket}
		if err := errors.Join(ctx.Err(), workers[i].connect(p.Addr)); err != nil {
			hangUp(workers[:i+1])
			return nil, err
		}
	}
	return workers, nil
}

func (w *worker) connect(addr string) (err error) {
	w.socket, err = connect(addr)
	w.answers = answerReader{from: w.socket, buf: w.answers.buf}
	return err
}

func (w *worker) hangUp() {
	w.socket.close()
	w.socket = noSocket
}

func hangUp(workers []*worker) {
	for _, w := range workers {
		w.hangUp()
	}
}

// run sends requests until the phase is over and every answer is in.
func run(ctx context.Context, p Phase, requests [][]byte, workers []*worker) Result {
	s := newSchedule(p, len(requests), time.Now())
	l := loop{schedule: s, addr: p.Addr, requests: requests, marker: []byte(p.Marker), dice: rand.New(rand.NewPCG(p.Seed, 0)),
		workers: workers, free: slices.Clone(workers)}
	err := l.turn(ctx)
	r := collect(workers, time.Since(s.start), s)
	if err != nil {
		r.Errors, r.Error = r.Errors+1, err.Error()
	}
	return r
}

// answered counts an answer, which is good until the next.
func (w *worker) answered(s *schedule, status int, body, marker []byte) {
	took := time.Since(w.at)
	w.latency.add(took)
	if s.gap > 0 {
		w.sent = append(w.sent, Sent{micros(w.at.Sub(s.start)), micros(took)})
	}
	w.status[min(status, len(w.status)-1)]++
	w.body += int64(len(body))
	if len(marker) > 0 && bytes.Contains(body, marker) {
		w.marked++
	}
}

// micros fits an hour; a phase is shorter.
func micros(d time.Duration) uint32 { return uint32(min(max(d.Microseconds(), 0), math.MaxUint32)) } //nolint:gosec // within bounds

func (w *worker) fail(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
}

func collect(workers []*worker, took time.Duration, s *schedule) Result {
	var all histogram
	var errs []error
	r := Result{Seconds: took.Seconds(), Status: map[int]int64{}, Began: s.start}
	for _, w := range workers {
		all.merge(&w.latency)
		for status, n := range w.status {
			if n > 0 {
				r.Status[status] += n
			}
		}
		r.Marked += w.marked
		r.Body += w.body
		r.Errors += w.errs
		r.Sent = append(r.Sent, w.sent...)
		if w.err != nil && len(errs) == 0 {
			errs = append(errs, w.err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		r.Error = err.Error()
	}
	r.Requests = int64(all.total)
	r.P50, r.P99, r.P999, r.Max = all.quantile(0.5), all.quantile(0.99), all.quantile(0.999), all.max
	if all.total > 0 {
		r.Mean = float64(all.sum) / float64(all.total)
	}
	r.RanOut = s.once && s.sent.Load() >= s.limit
	return r
}
