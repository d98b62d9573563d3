package handlers_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/api/apitest"
	"xinyi/handlers"
	"xinyi/model"
	"xinyi/policy/access"
)

// now is when every test of this room happens.
var now = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// tokens knows one token per role: "token-" + role.
type tokens struct{}

func (tokens) Authenticate(token string) (model.Principal, error) {
	role, ok := strings.CutPrefix(token, "token-")
	if token == "old" {
		return model.Principal{}, model.Errorf(model.CodeTokenExpired, "登录已过期，请换取新的访问令牌。")
	}
	if !ok {
		return model.Principal{}, model.Errorf(model.CodeUnauthenticated, "令牌无效，请重新登录。")
	}
	role, id, _ := strings.Cut(role, "/")
	return model.Principal{ID: "caller-" + role + id, Role: model.Role(role), Subject: "p_own"}, nil
}

// keys signs cursors and "seals" answers, so that a test sees that they were sealed.
type keys struct{}

func (keys) MAC(purpose string, data []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte(purpose))
	mac.Write(data)
	return mac.Sum(nil), nil
}

func (k keys) CheckMAC(purpose string, data, mac []byte) bool {
	want, _ := k.MAC(purpose, data)
	return hmac.Equal(want, mac)
}

func (keys) Seal(_, _ string, plain []byte) (model.Sealed, error) {
	return append([]byte("sealed:"), plain...), nil
}

func (keys) Open(_, _ string, sealed model.Sealed) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte("sealed:"))
	if !ok {
		return nil, model.Errorf(model.CodeInternal, "not sealed")
	}
	return plain, nil
}

// answers is a store of idempotent answers in memory.
type answers struct {
	mu      sync.Mutex
	records map[string]model.IdempotencyRecord
}

func (a *answers) Answer(_ context.Context, id string) (model.IdempotencyRecord, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	record, ok := a.records[id]
	if !ok {
		return record, model.Errorf(model.CodeNotFound, "no such answer")
	}
	return record, nil
}

func (a *answers) insert(record *model.IdempotencyRecord) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.records[record.ID].Rev != record.Rev {
		return model.Errorf(model.CodeExists, "taken")
	}
	kept := *record
	kept.Rev++
	a.records[record.ID] = kept
	return nil
}

// mount is a Resource made of a function.
type mount func(handlers.Router)

func (m mount) Mount(r handlers.Router) { m(r) }

func route(method, template string, h handlers.Handler) handlers.Resource {
	return mount(func(r handlers.Router) { r.Handle(method, template, h) })
}

func options(t testing.TB, resources ...handlers.Resource) handlers.Options {
	t.Helper()
	limits, err := handlers.NewLocalLimits(handlers.Rate{PerSecond: 1e6, Burst: 1e6}, handlers.Rate{PerSecond: 1e6, Burst: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	return handlers.Options{
		Contract: api.OpenAPI(), Tokens: tokens{}, Access: access.NewCurrent(table(t)), Limits: limits,
		Answers: &answers{records: map[string]model.IdempotencyRecord{}}, Sealer: keys{}, MACs: keys{},
		Clock: model.ClockFunc(func() time.Time { return now }), Log: slog.New(slog.DiscardHandler), Metrics: handlers.NewMetrics(),
		Docs: api.Docs(), Home: fstest.MapFS{"index.html": {Data: []byte("<script>1</script>home")}, "assets/a-1.js": {Data: []byte("a")},
			"assets/b-1.js": {Data: []byte("plain")}, "assets/b-1.js.br": {Data: []byte("br")}, "assets/b-1.js.gz": {Data: []byte("gz")}},
		Resources: resources,
	}
}

func table(t testing.TB) *access.Table {
	t.Helper()
	conf, policy := access.Seed()
	table, err := access.Load(conf, policy, permissions(t))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func server(t testing.TB, o handlers.Options) *handlers.Server {
	t.Helper()
	s, err := handlers.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var newRecorder = sync.OnceValues(apitest.NewRecorder)

// send sends one request, checks the exchange against the contract and gives the answer.
func send(t testing.TB, h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	recorder, err := newRecorder()
	if err != nil {
		t.Fatal(err)
	}
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, from)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := recorder.Exchange(h, r)
	if err != nil {
		t.Errorf("%s %s: %v", method, target, err)
	}
	return w
}

func problem(t testing.TB, w *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("not a problem document: %v: %s", err, w.Body)
	}
	if p.Status != w.Code || p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("problem says status %d, request %q; the answer %d, %q", p.Status, p.RequestID, w.Code, w.Header().Get("X-Request-Id"))
	}
	return p
}

const (
	citizen = "Bearer token-citizen"
	gate    = "Bearer token-gate"
)

func me(c *gin.Context) error {
	c.JSON(http.StatusOK, api.Me{ID: "acct_1", Roles: []string{"citizen"}})
	return nil
}

func rawContract(testing.TB) []byte { return api.OpenAPI() }

// roleOf gives the role of a test's caller: "citizen1" is a citizen.
func roleOf(who string) model.Role { return model.Role(strings.TrimRight(who, "0123456789")) }
