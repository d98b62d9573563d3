package handlers

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// call is one request on its way through the chain. It is pooled: nothing may keep it.
type call struct {
	server    *Server
	route     *route
	start     time.Time
	answer    answer
	requestID string
	traceID   string
	address   string
	principal model.Principal
	query     url.Values
	body      []byte
	upload    *upload // the form that came instead of a body
	receipt   receiptKey
	code      model.Code // of the problem that was written
	cause     error
	stack     string
	// head backs the header values set on every answer; it is not pooled, since who holds
	// the answer's header may read it later.
	head *[6]string
}

// answer is the writer of one request; it leads to the call without the map that
// gin.Context.Set would make for each request.
type answer struct {
	gin.ResponseWriter
	call *call
}

// callOf gives the call of c. The chain has set it.
func callOf(c *gin.Context) *call {
	if a, ok := c.Writer.(*answer); ok {
		return a.call
	}
	return nil
}

func (s *Server) begin(c *gin.Context, route *route) *call {
	call, _ := s.calls.Get().(*call)
	buffer := call.body[:0]
	*call = callZero
	call.server, call.route, call.body, call.head = s, route, buffer, new([6]string)
	call.start = s.Clock.Now()
	call.requestID = s.requestID(c.Request)
	call.traceID = traceID(c.Request.Header)
	call.answer = answer{c.Writer, call}
	c.Writer = &call.answer
	h := c.Writer.Header()
	call.head[0] = call.requestID
	h["X-Request-Id"] = call.head[0:1:1]
	h["X-Content-Type-Options"] = noSniff
	h["Content-Security-Policy"] = nothingLoads
	if route.public {
		h["Cache-Control"] = revalidate
	} else {
		h["Cache-Control"] = noStore
	}
	return call
}

var callZero call

// Shared header values: a slice without spare room, so that nobody can append to it.
var (
	noSniff      = []string{"nosniff"}
	nothingLoads = []string{"default-src 'none'; frame-ancestors 'none'"}
	noStore      = []string{"no-store"}
	revalidate   = []string{"no-cache"}
)

// release gives the call back. A big body is left to the collector.
func (s *Server) release(call *call) {
	if cap(call.body) > 64<<10 {
		call.body = nil
	}
	s.calls.Put(call)
}

// caller gives the principal of the request; zero = public. It carries the request id.
func caller(c *gin.Context) model.Principal {
	call := callOf(c)
	p := call.principal
	p.RequestID = call.requestID
	return p
}

// query gives a query parameter that the contract has checked; "" when absent.
func query(c *gin.Context, name string) string { return callOf(c).query.Get(name) }

// bind decodes the body that the contract has checked.
func bind(c *gin.Context, into any) error {
	call := callOf(c)
	if len(call.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(call.body, into); err != nil {
		return model.Wrap(err, model.CodeInternal, "请求正文无法读取。")
	}
	return nil
}

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// requestIDs makes ids of 24 characters: a random prefix of this server and a counter.
type requestIDs struct {
	prefix  [7]byte
	counter atomic.Uint64
}

func newRequestIDs() *requestIDs {
	ids := &requestIDs{}
	_, _ = rand.Read(ids.prefix[:]) // never fails: it ends the program instead
	return ids
}

func (ids *requestIDs) next() string {
	var raw [15]byte
	copy(raw[:], ids.prefix[:])
	binary.BigEndian.PutUint64(raw[7:], ids.counter.Add(1))
	var text [24]byte
	idText.Encode(text[:], raw[:])
	return string(text[:])
}
