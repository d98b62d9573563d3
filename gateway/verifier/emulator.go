package verifier

import (
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"xinyi/model"
)

// Emulator is a verification service for demos and tests: the other end of Remote,
// answering from a Register.
type Emulator struct {
	Register *Register
	// Secret and KeyID as in Config.
	Secret string
	KeyID  string
	Clock  model.Clock
	// Fault, if set, may answer a request instead: it returns true when it did.
	Fault func(http.ResponseWriter, *http.Request) bool

	mu   sync.Mutex
	seen map[string]time.Time
}

const tolerance = 5 * time.Minute

// ServeHTTP answers one question.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil || r.Method != http.MethodPost {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if e.Fault != nil && e.Fault(w, r) {
		return
	}
	var q question
	if err := json.Unmarshal(body, &q); err != nil || q.RequestID == "" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if !e.proved(r, q.RequestID, body) {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	v := verdict{RequestID: q.RequestID, Result: "not_found"}
	if id, err := model.ParseCitizenID(q.IDNo, model.DateOf(e.Clock.Now())); err == nil {
		switch err := e.Register.Verify(r.Context(), q.Name, id); {
		case err == nil:
			v.Result = "match"
		case model.Is(err, model.CodeIdentityMismatch):
			v.Result = "mismatch"
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (e *Emulator) proved(r *http.Request, requestID string, body []byte) bool {
	if e.KeyID == "" {
		return hmac.Equal([]byte(r.Header.Get("Authorization")), []byte("Bearer "+e.Secret))
	}
	at := r.Header.Get("X-Verify-Time")
	want := signature(e.Secret, r.Method, r.URL.EscapedPath(), at, requestID, body)
	if r.Header.Get("X-Verify-Key") != e.KeyID || !hmac.Equal([]byte(r.Header.Get("X-Verify-Signature")), []byte(want)) {
		return false
	}
	unix, err := strconv.ParseInt(at, 10, 64)
	now := e.Clock.Now()
	if off := now.Sub(time.Unix(unix, 0)).Abs(); err != nil || off > tolerance {
		return false
	}
	return e.first(requestID, now)
}

// first reports whether requestID is new within the tolerance.
func (e *Emulator) first(requestID string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seen == nil {
		e.seen = map[string]time.Time{}
	}
	if len(e.seen) >= 10_000 {
		for id, at := range e.seen {
			if now.Sub(at) > 2*tolerance {
				delete(e.seen, id)
			}
		}
	}
	if _, ok := e.seen[requestID]; ok {
		return false
	}
	e.seen[requestID] = now
	return true
}
