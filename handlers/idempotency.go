package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// keepAnswers is how long a first answer is replayed.
const keepAnswers = 24 * time.Hour

// Answers finds the stored answer of an idempotent request: CodeNotFound if none.
// Answers are written by the services, in the batch of the effect.
type Answers interface {
	Answer(ctx context.Context, id string) (model.IdempotencyRecord, error)
}

// Sealer keeps stored answers unreadable in the store.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
}

// receiptKey is what the stored answer of the request is called; zero = none is kept. rev is
// that of an expired answer in its place.
type receiptKey struct {
	id   string
	what []byte // digest of path and body; it is stored under a key only
	rev  int64
}

// fingerprintPurpose keeps the MACs of stored requests apart from those of cursors. A
// plain digest would let who has the store try all numbers that a body may hold.
const fingerprintPurpose = "idempotency"

// flights are the idempotent requests that this process is answering now.
type flights struct {
	mu   sync.Mutex
	open map[string]struct{}
}

func (f *flights) start(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, busy := f.open[id]; busy {
		return false
	}
	f.open[id] = struct{}{}
	return true
}

func (f *flights) end(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, id)
}

// once answers a request with an Idempotency-Key: the first time through h, which
// stores its answer with its effect, later with that answer. Of two processes with one
// key, one finds the other's answer in its way and replays it.
func (s *Server) once(c *gin.Context, call *call, h Handler) error {
	key := c.Request.Header.Get("Idempotency-Key")
	if key == "" {
		return &model.Error{Code: model.CodeIdempotencyKeyRequired,
			Fields: []model.FieldError{{Pointer: "Idempotency-Key:", Code: "required", Detail: "必须提供。"}}}
	}
	call.receipt = newReceiptKey(call, key, c.Request.URL.Path)
	if !s.flights.start(call.receipt.id) {
		return &model.Error{Code: model.CodeRequestInFlight, RetryAfter: time.Second}
	}
	defer s.flights.end(call.receipt.id)
	if done, err := s.replay(c, call); done || err != nil {
		return err
	}
	err := h(c)
	if err == nil || c.Writer.Written() {
		return err
	}
	switch model.CodeOf(err) {
	case model.CodeInternal, model.CodeUnavailable, model.CodeAuditUnavailable:
		return err
	default: // perhaps another process did it meanwhile
	}
	if done, lost := s.replay(c, call); done || lost != nil {
		return lost
	}
	return err
}

// newReceiptKey scopes the key to caller and operation; path and body are what must be
// the same in a retry.
func newReceiptKey(call *call, key, path string) receiptKey {
	id := sha256.Sum256([]byte(call.principal.ID + "\x00" + call.route.op.ID + "\x00" + key))
	what := sha256.New()
	what.Write([]byte(path + "\x00"))
	what.Write(call.body)
	return receiptKey{id: hex.EncodeToString(id[:20]), what: what.Sum(nil)}
}

// replay answers with the stored answer, if there is one.
func (s *Server) replay(c *gin.Context, call *call) (done bool, err error) {
	record, err := s.Answers.Answer(c.Request.Context(), call.receipt.id)
	if model.Is(err, model.CodeNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !call.start.Before(record.ExpiresAt) {
		call.receipt.rev = record.Rev // the new answer takes its place
		return false, nil
	}
	mac, err := hex.DecodeString(record.Fingerprint)
	if err != nil || !s.MACs.CheckMAC(fingerprintPurpose, call.receipt.what, mac) {
		return false, &model.Error{Code: model.CodeIdempotencyKeyReused}
	}
	body, err := s.Sealer.Open(model.SealAnswer, record.ID, record.Body)
	if err != nil {
		return false, err
	}
	h := c.Writer.Header()
	for name, value := range record.Header {
		h[http.CanonicalHeaderKey(name)] = []string{value}
	}
	h["Idempotency-Replayed"] = []string{"true"}
	writeBody(c, record.Status, jsonMedia, body)
	return true, nil
}

// receipt makes what a service writes with its effect, so that the answer that wire
// gives can be replayed. nil when the operation keeps none.
func receipt[T any](c *gin.Context, status int, wire func(T) any) model.Receipt[T] {
	call := callOf(c)
	key, s, at := call.receipt, call.server, call.start
	if key.id == "" {
		return nil
	}
	return func(result T) (*model.IdempotencyRecord, error) {
		body, err := encode(wire(result))
		if err != nil {
			return nil, err
		}
		sealed, err := s.Sealer.Seal(model.SealAnswer, key.id, body)
		if err != nil {
			return nil, err
		}
		mac, err := s.MACs.MAC(fingerprintPurpose, key.what)
		if err != nil {
			return nil, err
		}
		return &model.IdempotencyRecord{ID: key.id, Fingerprint: hex.EncodeToString(mac), Status: status, Body: sealed,
			ExpiresAt: at.Add(keepAnswers), Rev: key.rev}, nil
	}
}
