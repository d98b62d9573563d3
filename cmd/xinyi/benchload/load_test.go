package benchload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// A quantile is at most 1 % above the one of the sorted values, and never below.
func TestHistogram_quantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 100_000_000), 1, 300).Draw(t, "values")
		var h, half histogram
		for i, v := range values {
			into := &h
			if i%2 == 1 {
				into = &half
			}
			into.add(time.Duration(v) * time.Microsecond)
		}
		h.merge(&half)
		slices.Sort(values)
		for _, q := range []float64{0, 0.5, 0.99, 0.999} {
			want := values[min(int(q*float64(len(values))), len(values)-1)]
			if got := h.quantile(q); got < want || float64(got) > float64(want)*1.01+1 {
				t.Fatalf("quantile %v: got %d, want %d", q, got, want)
			}
		}
		if h.max != values[len(values)-1] {
			t.Fatalf("max %d, want %d", h.max, values[len(values)-1])
		}
	})
}

func TestBucket_roundTrip(t *testing.T) {
	last := -1
	for _, v := range []uint64{0, 1, 127, 128, 255, 256, 257, 258, 511, 512, 4095, 1 << 20, 1<<32 - 1} {
		b := bucket(v)
		if b < last || upper(b) < v || (b > 0 && upper(b-1) >= v) {
			t.Errorf("%d: bucket %d ends at %d, the one before at %d", v, b, upper(b), upper(max(b-1, 0)))
		}
		last = b
	}
	if got := bucket(1 << 60); got != octaves<<subBits-1 {
		t.Errorf("a huge value: bucket %d", got)
	}
}

func TestAnswerReader(t *testing.T) {
	for _, tc := range []struct {
		name, wire string
		status     int
		body       string
		err        error
	}{
		{"length and body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", 200, "hello", nil},
		{"lower-case field", "HTTP/1.1 404 Not Found\r\ncontent-length:2\r\n\r\n{}", 404, "{}", nil},
		{"no body by status", "HTTP/1.1 304 Not Modified\r\nEtag: \"a\"\r\n\r\n", 304, "", nil},
		{"empty body", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, "", nil},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "", errChunked},
		{"not HTTP", "SSH-2.0-OpenSSH_9.6 hello\r\n\r\n", 0, "", errMalformed},
		{"bad length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, "", errMalformed},
		{"ends early", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 0, "", io.ErrUnexpectedEOF},
		{"nothing", "", 0, "", io.ErrUnexpectedEOF},
	} {
		for name, from := range map[string]io.Reader{
			"whole": strings.NewReader(tc.wire), "byte by byte": iotest.OneByteReader(strings.NewReader(tc.wire)),
		} {
			a := answerReader{from: from}
			status, body, err := a.next()
			if status != tc.status || string(body) != tc.body || !errors.Is(err, tc.err) {
				t.Errorf("%s, %s: got %d %q %v", tc.name, name, status, body, err)
			}
		}
	}
}

// Several answers in one segment come one by one; a big one grows the buffer.
func TestAnswerReader_sequence(t *testing.T) {
	big := strings.Repeat("x", 100_000)
	wire := "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + big +
		"HTTP/1.1 500 Oh\r\nContent-Length: 1\r\n\r\nb"
	a := answerReader{from: strings.NewReader(wire)}
	for _, want := range []string{"a", big, "b"} {
		if _, body, err := a.next(); err != nil || string(body) != want {
			t.Fatalf("got %d bytes, %v; want %d bytes", len(body), err, len(want))
		}
	}
}

// An answer that comes in pieces is there with the last of them.
func TestAnswerReader_waits(t *testing.T) {
	const wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	a := answerReader{from: &halting{from: iotest.OneByteReader(strings.NewReader(wire))}}
	for range wire {
		if _, _, err := a.next(); !errors.Is(err, errWait) {
			t.Fatal(err)
		}
	}
	if _, body, err := a.next(); err != nil || string(body) != "hello" {
		t.Fatalf("%q, %v", body, err)
	}
}

// halting has nothing at every other read.
type halting struct {
	from io.Reader
	odd  bool
}

func (h *halting) Read(b []byte) (int, error) {
	if h.odd = !h.odd; h.odd {
		return 0, errWait
	}
	return h.from.Read(b)
}

func FuzzParseHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5"))
	f.Add([]byte("HTTP/1.1 99\r\n:\r\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		status, size, err := parseHead(head)
		if err == nil && (status < 100 || status > 999 || size < 0 || size > maxAnswer) {
			t.Fatalf("%q: %d, %d", head, status, size)
		}
	})
}

func TestSchedule_openLoopKeepsItsInstants(t *testing.T) {
	start := time.Unix(0, 0)
	s := newSchedule(Phase{Seconds: 1, Rate: 1000}, 10, start)
	dice := rand.New(rand.NewPCG(1, 1))
	late := start.Add(time.Hour) // the caller's delay moves no instant
	for i := range 1000 {
		request, at, ok := s.next(late, dice)
		if !ok || request >= 10 || !at.Equal(start.Add(time.Duration(i)*time.Millisecond)) {
			t.Fatalf("send %d: request %d at %v, %v", i, request, at.Sub(start), ok)
		}
	}
	if _, _, ok := s.next(start, dice); ok {
		t.Fatal("a send after the end")
	}
}

func TestSchedule_bounds(t *testing.T) {
	start := time.Unix(0, 0)
	count := func(p Phase, now time.Time) (n int, last uint64) {
		s := newSchedule(p, 3, start)
		for n < 1000 {
			i, _, ok := s.next(now, rand.New(rand.NewPCG(1, 1)))
			if !ok {
				break
			}
			n, last = n+1, i
		}
		return n, last
	}
	for _, tc := range []struct {
		name string
		p    Phase
		now  time.Time
		want int
	}{
		{"once ends with the file", Phase{Seconds: 1, Once: true}, start, 3},
		{"once and count", Phase{Seconds: 1, Once: true, Count: 2}, start, 2},
		{"count", Phase{Seconds: 1, Count: 7}, start, 7},
		{"time", Phase{Seconds: 1}, start.Add(time.Second), 0},
	} {
		n, last := count(tc.p, tc.now)
		if n != tc.want || (tc.p.Once && int(last) != n-1) {
			t.Errorf("%s: %d sends, last request %d", tc.name, n, last)
		}
	}
}

// One phase through the process protocol against a real server.
func TestServe(t *testing.T) {
	var served, opened atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := served.Add(1)
		if n%10 == 0 {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprintf(w, `{"result":"pass"}`)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "requests")
	var requests [][]byte
	for i := range 200 {
		requests = append(requests, fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i))
	}
	if err := WriteRequests(file, requests); err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	answers, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Serve(t.Context(), in, write) }()
	g := &Generator{in: out, out: jsonFrom(answers)}
	edges := 0
	edge := func() error { edges++; return nil }
	p := Phase{Addr: srv.Listener.Addr().String(), File: file, Conns: 8, Seconds: 60, Once: true, Marker: `"pass"`}
	r, err := g.Run(p, edge, edge)
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 200 || r.Status[200] != 180 || r.Status[418] != 20 || r.Marked != 200 || r.Errors != 0 || !r.RanOut || edges != 2 {
		t.Fatalf("%+v, %d edges", r, edges)
	}
	for i, tc := range []struct {
		keep bool
		want int64 // connections until then, with the 8 above
	}{{true, 16}, {false, 16}, {false, 24}} {
		p.Keep = tc.keep
		if r, err := g.Run(p, edge, edge); err != nil || r.Requests != 200 || opened.Load() != tc.want {
			t.Fatalf("phase %d: %+v, %v, %d connections", i, r, err, opened.Load())
		}
	}
	p.File = filepath.Join(t.TempDir(), "missing")
	if _, err := g.Run(p, edge, edge); err == nil {
		t.Fatal("a missing file was read")
	}
	out.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// In an open loop everything due is sent, however late, and counted from when it was due.
func TestRun_openLoop(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer srv.Close()
	p := Phase{Addr: srv.Listener.Addr().String(), Conns: 3, Seconds: 0.2, Rate: 200}
	workers, err := dial(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(workers)
	r := run(t.Context(), p, [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, workers)
	due := map[time.Duration]bool{}
	for _, s := range r.Sent {
		due[s.Due()] = true
	}
	if r.Requests != 40 || r.Status[200] != 40 || r.Errors != 0 || r.Body != 80 || len(due) != 40 || !due[0] || !due[195*time.Millisecond] {
		t.Fatalf("%d requests, %d errors %s, due %v", r.Requests, r.Errors, r.Error, due)
	}
}

// A server that is gone costs errors, not a hang.
func TestRun_serverGone(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	p := Phase{Addr: srv.Listener.Addr().String(), Conns: 2, Seconds: 30, Count: 20}
	workers, err := dial(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t.Context(), p, [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, workers)
	hangUp(workers)
	srv.Close()
	if r.Errors != 20 || r.Requests != 0 || r.Error == "" {
		t.Fatalf("%+v", r)
	}
}

func jsonFrom(r io.Reader) *json.Decoder { return json.NewDecoder(r) }
