package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/model"
)

func issue(t testing.TB, s http.Handler, key, code, token string) *httptest.ResponseRecorder {
	return send(t, s, "POST", "/v1/me/passes", `{"benefitCode":"`+code+`"}`, "Authorization", token, "Idempotency-Key", key)
}

// issuer is a service as handlers see it: it writes receipt and effect together.
type issuer struct {
	store *answers
	count atomic.Int64
	// before runs between the look for a stored answer and the effect.
	before func()
}

func (i *issuer) handle(c *gin.Context) error {
	made := handlers.Receipt(c, http.StatusCreated, func(n int64) any {
		return api.Pass{Pass: strings.Repeat("x", int(n)), ExpiresAt: "2026-11-22T10:00:00+08:00", OfflineUntil: "2026-11-22T10:00:00+08:00"}
	})
	if i.before != nil {
		i.before()
	}
	n := i.count.Add(1)
	record, err := made.Make(n)
	if err != nil {
		return err
	}
	if err = i.store.insert(record); err != nil {
		i.count.Add(-1)
		return err
	}
	c.JSON(http.StatusCreated, api.Pass{Pass: strings.Repeat("x", int(n)), ExpiresAt: "2026-11-22T10:00:00+08:00", OfflineUntil: "2026-11-22T10:00:00+08:00"})
	return nil
}

func newIssuer(t testing.TB) (*issuer, handlers.Options) {
	i := &issuer{store: &answers{records: map[string]model.IdempotencyRecord{}}}
	o := options(t, route("POST", "/v1/me/passes", i.handle))
	o.Answers = i.store
	return i, o
}

func TestIdempotency(t *testing.T) {
	i, o := newIssuer(t)
	at := now
	o.Clock = model.ClockFunc(func() time.Time { return at })
	s := server(t, o)
	first := issue(t, s, "k1", "A", citizen)
	if first.Code != 201 || first.Header().Get("Idempotency-Replayed") != "" {
		t.Fatalf("first: status %d", first.Code)
	}
	again := issue(t, s, "k1", "A", citizen)
	if again.Code != 201 || again.Header().Get("Idempotency-Replayed") != "true" || again.Body.String() != first.Body.String() {
		t.Errorf("again: status %d, replayed %q, body %s", again.Code, again.Header().Get("Idempotency-Replayed"), again.Body)
	}
	if other := issue(t, s, "k1", "B", citizen); other.Code != 422 || problem(t, other).Code != "idempotency_key_reused" {
		t.Errorf("another body: status %d", other.Code)
	}
	if other := issue(t, s, "k1", "A", citizen+"/2"); other.Code != 201 || other.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("another caller: status %d, replayed %q", other.Code, other.Header().Get("Idempotency-Replayed"))
	}
	if i.count.Load() != 2 {
		t.Errorf("it happened %d times, want 2", i.count.Load())
	}
	for _, record := range i.store.records {
		if !strings.HasPrefix(string(record.Body), "sealed:") {
			t.Error("a stored answer is not sealed")
		}
	}
	for key, want := range map[string]string{"": "idempotency_key_required", "a b": "invalid_request", "键": "invalid_request", strings.Repeat("k", 65): "invalid_request"} {
		if w := issue(t, s, key, "A", citizen); w.Code != 400 || problem(t, w).Code != want {
			t.Errorf("key %q: %d %s, want 400 %s", key, w.Code, problem(t, w).Code, want)
		}
	}
}

// An answer is replayed for a day. After it the key is as good as new, also while nobody
// has swept the old answer away.
func TestIdempotency_expired(t *testing.T) {
	i, o := newIssuer(t)
	at := now
	o.Clock = model.ClockFunc(func() time.Time { return at })
	s := server(t, o)
	for round, after := range []time.Duration{0, 24*time.Hour - time.Millisecond, time.Millisecond, time.Hour, 24 * time.Hour} {
		at = at.Add(after)
		replayed := round == 1 || round == 3
		w := issue(t, s, "k", "A", citizen)
		if w.Code != 201 || (w.Header().Get("Idempotency-Replayed") == "true") != replayed {
			t.Errorf("round %d: status %d, replayed %q: %s", round, w.Code, w.Header().Get("Idempotency-Replayed"), w.Body)
		}
	}
	if i.count.Load() != 3 {
		t.Errorf("it happened %d times, want 3", i.count.Load())
	}
}

// Two processes get one key at once: the loser's insert fails, and it replays.
func TestIdempotency_twoProcesses(t *testing.T) {
	i, o := newIssuer(t)
	one := server(t, o)
	var other handlers.Options
	j := &issuer{store: i.store}
	other = options(t, route("POST", "/v1/me/passes", j.handle))
	other.Answers = i.store
	two := server(t, other)
	i.before = func() {
		i.before = nil
		if w := issue(t, two, "k", "A", citizen); w.Code != 201 {
			t.Errorf("the other process: status %d", w.Code)
		}
	}
	w := issue(t, one, "k", "A", citizen)
	if w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the loser: status %d, replayed %q: %s", w.Code, w.Header().Get("Idempotency-Replayed"), w.Body)
	}
	if i.count.Load()+j.count.Load() != 1 {
		t.Errorf("it happened %d times", i.count.Load()+j.count.Load())
	}
}

func TestIdempotency_inFlight(t *testing.T) {
	i, o := newIssuer(t)
	s := server(t, o)
	i.before = func() {
		i.before = nil
		if w := issue(t, s, "k", "A", citizen); w.Code != 409 || problem(t, w).Code != "request_in_flight" || w.Header().Get("Retry-After") == "" {
			t.Errorf("while the first is under way: %d %s", w.Code, w.Body)
		}
	}
	if w := issue(t, s, "k", "A", citizen); w.Code != 201 {
		t.Errorf("the first: status %d", w.Code)
	}
}

func TestIdempotency_concurrent(t *testing.T) {
	i, o := newIssuer(t)
	s := server(t, o)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for {
				if w := issue(t, s, "k", "A", citizen); w.Code == 201 {
					return
				} else if w.Code != 409 {
					t.Errorf("status %d", w.Code)
					return
				}
			}
		})
	}
	callers.Wait()
	if i.count.Load() != 1 {
		t.Errorf("it happened %d times", i.count.Load())
	}
}

// A refused request left nothing, so the key is as good as new.
func TestIdempotency_errorsAreNotKept(t *testing.T) {
	fail := true
	o := options(t, route("POST", "/v1/me/passes", func(c *gin.Context) error {
		if fail {
			return model.Errorf(model.CodeNotEligible, "本次按标准办理。")
		}
		c.JSON(http.StatusCreated, api.Pass{ExpiresAt: "2026-11-22T10:00:00+08:00", OfflineUntil: "2026-11-22T10:00:00+08:00"})
		return nil
	}))
	s := server(t, o)
	if w := issue(t, s, "k", "A", citizen); w.Code != 409 {
		t.Errorf("refused: status %d", w.Code)
	}
	fail = false
	if w := issue(t, s, "k", "A", citizen); w.Code != 201 {
		t.Errorf("then: status %d", w.Code)
	}
}
