package sms

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

// Taken is a text that the emulator would have sent.
type Taken struct {
	ID       string            `json:"id"`
	Phone    string            `json:"phone"` // masked
	Template string            `json:"template"`
	Params   map[string]string `json:"params"`
	At       time.Time         `json:"at"`
}

// Emulator is a platform that sends nothing and keeps what it would have sent. Safe for
// concurrent use.
type Emulator struct {
	Secret string
	Clock  model.Clock

	mu    sync.Mutex
	known map[string]bool
	taken []Taken
	fail  []int
}

const (
	kept     = 10_000
	oldest   = 5 * time.Minute
	biggest  = 1 << 16
	unproved = http.StatusUnauthorized
)

// Fail makes the next calls answer these statuses.
func (e *Emulator) Fail(statuses ...int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail = append(e.fail, statuses...)
}

// Messages gives what arrived, oldest first.
func (e *Emulator) Messages() []Taken {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Taken{}, e.taken...)
}

// ServeHTTP takes a message.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, biggest))
	if err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(e.take(r.Header, body))
}

func (e *Emulator) take(h http.Header, body []byte) int {
	at, id := h.Get("X-Sms-Time"), h.Get("Idempotency-Key")
	seconds, err := strconv.ParseInt(at, 10, 64)
	age := e.Clock.Now().Sub(time.Unix(seconds, 0)).Abs()
	if err != nil || age > oldest || !hmac.Equal([]byte(h.Get("X-Sms-Signature")), []byte(signature(e.Secret, at, id, body))) {
		return unproved
	}
	var in text
	if json.Unmarshal(body, &in) != nil || in.ID != id || in.Template == "" || len(in.Phone) != 11 {
		return http.StatusBadRequest
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.fail) > 0 {
		status := e.fail[0]
		e.fail = e.fail[1:]
		return status
	}
	if e.known == nil {
		e.known = map[string]bool{}
	}
	if !e.known[id] && len(e.taken) < kept {
		e.known[id] = true
		e.taken = append(e.taken, Taken{ID: id, Phone: model.MaskPhone(in.Phone), Template: in.Template, Params: in.Params, At: e.Clock.Now()})
	}
	return http.StatusOK
}
