package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// malformed is how many requests are forged; a race-detecting build makes fewer.
const (
	malformed     = 20_000
	malformedRace = 3_000
	seedVariable  = "XINYI_TEST_SEED" // makes a run's requests again
)

// TestMalformed sends what nobody means to send over real sockets: no answer ≥ 500, no
// panic, no hang, and the server is well afterwards.
func TestMalformed(t *testing.T) {
	w := startDemo(t, func(c *Config) { c.LogLevel = "error" })
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("%s=%d", seedVariable, seed)
	count := malformed
	if raceDetector {
		count = malformedRace
	}
	uscc := w.lastEnterprise().USCC
	known := map[string]string{"uscc": uscc, "key": "tax", "code": ticket, "kind": "honor", "index": "0", "origin": "o001", "q": "开封", "limit": "5",
		"benefitCode": ticket, "itemCode": "SP-FOOD-001", "pass": w.pass("citizen1"), "purpose": "award", "name": w.demo.Citizens[0].Name, "idNo": w.demo.Citizens[0].IDNo,
		"username": "demo-reviewer", "client_id": "demo-bank", "usccs": uscc, "date": "2026-11-22"}
	var tokens []string
	for _, who := range []string{"citizen1", "citizen5", "citizen9", "client:gate", "gate", "client:bank", "clerk", "department", "office", "reviewer", "security_admin", "auditor"} {
		tokens = append(tokens, w.token(who))
	}
	stall := w.stall(t, 16)
	// Signing out would make the good tokens bad.
	operations := slices.DeleteFunc(operationsOf(w.recorder.Doc), func(o operation) bool { return o.op.OperationID == "signOut" })
	secret := []byte(w.demo.Citizens[0].IDNo)
	var next atomic.Int64
	statuses := [6]atomic.Int64{}
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			f := &forger{Rand: rand.New(rand.NewPCG(seed, uint64(worker))), operations: operations, tokens: tokens, known: known}
			s := &sender{address: strings.TrimPrefix(w.server.baseURL, "http://")}
			defer s.close()
			for next.Add(1) <= int64(count) {
				request := f.request()
				status, body, err := s.send(request)
				switch {
				case err != nil:
					t.Errorf("worker %d: %v after %s", worker, err, brief(request))
					return
				case status >= 400 && bytes.Contains(body, secret):
					t.Errorf("worker %d: what was sent came back: %.300s", worker, body)
				case status >= 500:
					t.Errorf("worker %d: status %d for %s", worker, status, brief(request))
				}
				statuses[min(status/100, 5)].Add(1)
			}
		})
	}
	workers.Wait()
	stall()
	t.Logf("closed without an answer %d, 2xx %d, 3xx %d, 4xx %d, 5xx %d", statuses[0].Load(), statuses[2].Load(), statuses[3].Load(), statuses[4].Load(), statuses[5].Load())
	require.Greater(t, statuses[2].Load(), int64(count/50), "forging is no use if everything is refused at the door")
	require.Equal(t, "0", w.metric("xinyi_http_panics_total"))
	w.do("", "GET", "/readyz", nil).want(200)
	w.do("citizen1", "GET", "/v1/me/credit", nil).want(200)
	require.NotContains(t, w.log.String(), `"panic"`)
	require.NotContains(t, w.log.String(), "X-Injected")
}

// stall holds n connections that never finish their request; the end closes them.
func (w *world) stall(t *testing.T, n int) (end func()) {
	var conns []net.Conn
	for i := range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.server.baseURL, "http://"))
		require.NoError(t, err)
		half := "POST /v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"co"
		_, err = io.WriteString(c, half[:len(half)-i*5])
		require.NoError(t, err)
		conns = append(conns, c)
	}
	return func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// sender keeps a connection while the server does.
type sender struct {
	address string
	conn    net.Conn
	read    *bufio.Reader
}

func (s *sender) close() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

// hang is how long an answer may take on a busy machine.
const hang = 20 * time.Second

// send gives status and body, 0 when the server closed the connection without an answer, as
// it may do to what is no HTTP. A request that ends early is cut off after it was sent.
func (s *sender) send(request []byte) (status int, body []byte, err error) {
	if s.conn == nil {
		conn, err := net.DialTimeout("tcp", s.address, hang)
		if err != nil {
			return 0, nil, err
		}
		s.conn, s.read = conn, bufio.NewReader(conn)
	}
	_ = s.conn.SetDeadline(time.Now().Add(hang))
	conn, cut := s.conn, incomplete(request)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = conn.Write(request) // the server may stop reading
		if tcp, ok := conn.(*net.TCPConn); ok && cut {
			_ = tcp.CloseWrite()
		}
	}()
	method, _, _ := strings.Cut(string(request[:min(len(request), 20)]), " ")
	resp, err := http.ReadResponse(s.read, &http.Request{Method: method})
	if err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		s.close()
		<-sent
		return 0, nil, fmt.Errorf("no answer within %s: %w", hang, err)
	}
	if err != nil || resp.Close || cut || s.read.Buffered() > 0 {
		s.close()
	}
	<-sent
	if resp == nil {
		return 0, nil, nil
	}
	return resp.StatusCode, body, nil
}

// brief shows the ends of a request, without its token.
func brief(request []byte) string {
	head, rest, _ := strings.Cut(string(request), "\r\nAuthorization: ")
	_, tail, _ := strings.Cut(rest, "\r\n")
	return fmt.Sprintf("%.300q … %.300q", head, tail)
}

// incomplete reports whether the server would wait for more: what is sent is then all.
func incomplete(request []byte) bool {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(request))))
	if err != nil {
		return true
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err != nil
}
