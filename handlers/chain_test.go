package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/model"
)

func TestOrderOfJudgement(t *testing.T) {
	s := server(t, options(t, everything(t)))
	wrong := []string{"Content-Type", "text/plain", "Authorization"}
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code                     model.Code
	}{
		{"no route before all", "POST", "/v1/nowhere", "{", append(wrong, "nonsense"), 404, model.CodeNotFound},
		{"method before token", "DELETE", "/v1/me", "", nil, 405, model.CodeMethodNotAllowed},
		{"token before permission", "POST", "/v1/gate/checks?x=1", "{", append(wrong, "Bearer forged"), 401, model.CodeUnauthenticated},
		{"no token", "GET", "/v1/me?x=1", "", nil, 401, model.CodeUnauthenticated},
		{"another scheme", "GET", "/v1/me", "", []string{"Authorization", "Basic YTpi"}, 401, model.CodeUnauthenticated},
		{"an old token", "GET", "/v1/me", "", []string{"Authorization", "Bearer old"}, 401, model.CodeTokenExpired},
		{"permission before contract", "POST", "/v1/gate/checks?x=1", "{", append(wrong, citizen), 403, model.CodeForbidden},
		{"query before body", "POST", "/v1/gate/checks?x=1", "{", append(wrong, gate), 400, model.CodeInvalidRequest},
		{"media type", "POST", "/v1/gate/checks", "{", append(wrong, gate), 415, model.CodeUnsupportedMediaType},
		{"body", "POST", "/v1/gate/checks", "{", []string{"Authorization", gate}, 400, model.CodeInvalidRequest},
		{"missing body", "POST", "/v1/gate/checks", "", []string{"Authorization", gate}, 400, model.CodeInvalidRequest},
		{"contract before idempotency", "POST", "/v1/gate/redemptions", "{}", []string{"Authorization", gate}, 400, model.CodeInvalidRequest},
		{"idempotency before the handler", "POST", "/v1/gate/redemptions", `{"pass":"p"}`, []string{"Authorization", gate}, 400, model.CodeIdempotencyKeyRequired},
		{"then the handler", "POST", "/v1/gate/checks", `{"pass":"p"}`, []string{"Authorization", gate}, 503, model.CodeUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := send(t, s, c.method, c.path, c.body, c.header...)
			if p := problem(t, w); w.Code != c.status || p.Code != string(c.code) {
				t.Errorf("got %d %s, want %d %s", w.Code, p.Code, c.status, c.code)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
		})
	}
}

func TestParameters(t *testing.T) {
	s := server(t, options(t, everything(t)))
	for _, c := range []struct{ query, pointer, rule string }{
		{"q=a&limit=abc", "?limit", "integer"},
		{"q=a&limit=-1", "?limit", "minimum"},
		{"q=a&limit=0", "?limit", "minimum"},
		{"q=a&limit=101", "?limit", "maximum"},
		{"q=a&limit=1.5", "?limit", "integer"},
		{"q=a&limit=+1", "?limit", "integer"},
		{"q=a&limit=%2B1", "?limit", "integer"},
		{"q=a&limit=", "?limit", "integer"},
		{"q=a&limit=99999999999999999999", "?limit", "integer"},
		{"q=a&limit=1&limit=2", "?limit", "repeated"},
		{"", "?q", "required"},
		{"q=", "?q", "min_length"},
		{"q=" + strings.Repeat("a", 65), "?q", "max_length"},
		{"q=%ff", "?q", "utf8"},
		{"q=%00", "?q", "characters"},
		{"q=%zz", "?", "syntax"},
		{"q=a&sort=name", "?sort", "unknown_parameter"},
		{"q=a&190001010011=1", "?", "unknown_parameter"},
		{"q=a&$where=1", "?", "unknown_parameter"},
		{"q[$ne]=a", "?q", "required"},
	} {
		t.Run(c.query, func(t *testing.T) {
			w := send(t, s, "GET", "/v1/enterprises?"+c.query, "")
			p := problem(t, w)
			if w.Code != 400 || p.Code != "invalid_request" {
				t.Fatalf("got %d %s, want 400 invalid_request", w.Code, p.Code)
			}
			for _, f := range p.Errors {
				if f.Pointer == c.pointer && f.Code == c.rule {
					return
				}
			}
			t.Errorf("errors %+v, want %s %s", p.Errors, c.pointer, c.rule)
		})
	}
	for _, good := range []string{"q=a", "q=%E5%BC%80%E5%B0%81&limit=100", "q=a&limit=1"} {
		if w := send(t, s, "GET", "/v1/enterprises?"+good, ""); w.Code != 503 {
			t.Errorf("?%s: status %d, want 503 from the handler", good, w.Code)
		}
	}
}

func TestPaths_neverRouted(t *testing.T) {
	s := server(t, options(t, everything(t)))
	for _, path := range []string{"/v1/../healthz", "/./healthz", "/v1/me/.", "/v1/me/..", "//healthz", "/healthz//", "/healthz/", "/v1//me",
		"/v1%2Fme", "/v1%2fme", "/healthz%00", "/v1/%2e%2e/healthz", "/v1/%2E/me", "/v1\\me", "/v1%5Cme", "/v1/lists/honor%2f", "/v1/lists/%252e",
		"/V1/me", "/healthz%0a", "/v1/sectors/%ff", "/HEALTHZ", "/docs/../healthz", "/assets/..%2findex.html"} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
			u, err := url.ParseRequestURI(path)
			if err != nil {
				u = &url.URL{Path: path}
			}
			r.URL = u
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != http.StatusNotFound || w.Header().Get("Location") != "" || w.Header().Get("X-Request-Id") == "" {
				t.Errorf("%s %s: status %d, location %q, want 404 without redirect", method, path, w.Code, w.Header().Get("Location"))
			}
		}
	}
	for _, path := range []string{"", "*", "healthz"} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.URL = &url.URL{Path: path}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusNotFound {
			t.Errorf("path %q: status %d, want 404", path, w.Code)
		}
	}
}

func TestMethods(t *testing.T) {
	s := server(t, options(t, everything(t)))
	w := send(t, s, "DELETE", "/v1/me/enterprises", "")
	if allow := w.Header().Get("Allow"); w.Code != 405 || !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") || !strings.Contains(allow, "HEAD") {
		t.Errorf("status %d, Allow %q", w.Code, allow)
	}
	w = send(t, s, "OPTIONS", "/v1/me/enterprises", "")
	if w.Code != 204 || w.Header().Get("Allow") == "" || w.Body.Len() > 0 {
		t.Errorf("OPTIONS: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if w = send(t, s, "OPTIONS", "/v1/nowhere", ""); w.Code != 404 {
		t.Errorf("OPTIONS of no route: status %d", w.Code)
	}
	served := httptest.NewServer(s) // net/http leaves the body out and tells its length
	defer served.Close()
	for _, path := range []string{"/healthz", "/openapi.yaml"} { // shorter and longer than what net/http counts
		get, err := served.Client().Get(served.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		get.Body.Close()
		head, err := served.Client().Head(served.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		if head.StatusCode != 200 || head.ContentLength <= 0 || head.ContentLength != get.ContentLength {
			t.Errorf("HEAD %s: status %d, length %d, of GET %d", path, head.StatusCode, head.ContentLength, get.ContentLength)
		}
	}
	if w = send(t, s, "POST", "/assets/a-1.js", ""); w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Errorf("POST of an asset: status %d", w.Code)
	}
}

func TestMethodOverride(t *testing.T) {
	s := server(t, options(t, everything(t)))
	const one, body = "/v1/commitments/00000000000000000000", `{"fulfilment":"full"}`
	for _, c := range []struct {
		name, method, path, override, token string
		status                              int
	}{
		{"a POST that is a PATCH", "POST", one, "PATCH", "Bearer token-clerk", 503},
		{"its permission", "POST", one, "PATCH", citizen, 403},
		{"a path without one", "POST", "/v1/gate/checks", "PATCH", gate, 405},
		{"a plain POST", "POST", one, "", "Bearer token-clerk", 405},
		{"another method", "POST", one, "DELETE", "Bearer token-clerk", 405},
		{"several", "POST", one, "PATCH, PUT", "Bearer token-clerk", 405},
		{"in small letters", "POST", one, "patch", "Bearer token-clerk", 405},
		{"from GET", "GET", one, "PATCH", "Bearer token-clerk", 503},
		{"from PUT", "PUT", one, "PATCH", "Bearer token-clerk", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := send(t, s, c.method, c.path, body, "Authorization", c.token, "X-HTTP-Method-Override", c.override, "If-Match", `"a"`)
			if w.Code != c.status {
				t.Errorf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	o := options(t, everything(t))
	o.MaxBody = 2000
	s := server(t, o)
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct {
		name, body, media string
		status            int
		pointer, rule     string
	}{
		{"good", `{"pass":"p"}`, "application/json", 503, "", ""},
		{"good with charset", ` { "pass" : "\u5f20" } `, "application/json; charset=UTF-8", 503, "", ""},
		{"another charset", `{"pass":"p"}`, "application/json; charset=gbk", 415, "", ""},
		{"another parameter", `{"pass":"p"}`, "application/json; version=2", 415, "", ""},
		{"a form", `pass=p`, "application/x-www-form-urlencoded", 415, "", ""},
		{"no type", `{"pass":"p"}`, "", 415, "", ""},
		{"too large", `{"pass":"` + strings.Repeat("a", 2000) + `"}`, "application/json", 413, "", ""},
		{"bad UTF-8", "{\"pass\":\"\xff\"}", "application/json", 400, "", "utf8"},
		{"not JSON", `pass`, "application/json", 400, "", "json_syntax"},
		{"cut off", `{"pass":"p"`, "application/json", 400, "", "json_syntax"},
		{"trailing data", `{"pass":"p"}{}`, "application/json", 400, "", "json_syntax"},
		{"twice the same name", `{"pass":"p","pass":"q"}`, "application/json", 400, "/pass", "repeated"},
		{"same name escaped", `{"pass":"p","p\u0061ss":"q"}`, "application/json", 400, "/pass", "repeated"},
		{"unknown name", `{"pass":"p","admin":true}`, "application/json", 400, "/admin", "unknown_property"},
		{"unknown name with data in it", `{"pass":"p","410203190001010011":true}`, "application/json", 400, "/", "unknown_property"},
		{"a query operator", `{"pass":{"$ne":null}}`, "application/json", 400, "/pass", "type"},
		{"a number", `{"pass":1}`, "application/json", 400, "/pass", "type"},
		{"null", `{"pass":null}`, "application/json", 400, "/pass", "null"},
		{"an array", `[]`, "application/json", 400, "", "type"},
		{"missing", `{}`, "application/json", 400, "/pass", "required"},
		{"empty", `{"pass":""}`, "application/json", 400, "/pass", "min_length"},
		{"NUL", `{"pass":"\u0000"}`, "application/json", 400, "/pass", "characters"},
		{"control character", "{\"pass\":\"\n\"}", "application/json", 400, "", "json_syntax"},
		{"bad escape", `{"pass":"\x"}`, "application/json", 400, "", "json_syntax"},
		{"too deep", `{"pass":` + deep + `}`, "application/json", 400, "", "json_syntax"},
		{"bad number", `{"pass":01}`, "application/json", 400, "", "json_syntax"},
		{"byte order mark", "\ufeff{\"pass\":\"p\"}", "application/json", 400, "", "json_syntax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := send(t, s, "POST", "/v1/gate/checks", c.body, "Authorization", gate, "Content-Type", c.media)
			p := problem(t, w)
			if w.Code != c.status {
				t.Fatalf("status %d %+v, want %d", w.Code, p, c.status)
			}
			if c.rule == "" {
				return
			}
			for _, f := range p.Errors {
				if f.Pointer == c.pointer && f.Code == c.rule {
					return
				}
			}
			t.Errorf("errors %+v, want %s %s", p.Errors, c.pointer, c.rule)
		})
	}
	w := send(t, s, "POST", "/v1/gate/checks", `{"pass":"p"}`, "Authorization", gate, "Content-Encoding", "gzip")
	if w.Code != 415 {
		t.Errorf("a compressed body: status %d, want 415", w.Code)
	}
}

// Without Content-Length the limit holds too.
func TestBodies_chunked(t *testing.T) {
	o := options(t, everything(t))
	o.MaxBody = 100
	s := server(t, o)
	for size, want := range map[int]int{50: 503, 200: 413} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/gate/checks", strings.NewReader(`{"pass":"`+strings.Repeat("a", size)+`"}`))
		r.ContentLength = -1
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", gate)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%d bytes: status %d, want %d", size, w.Code, want)
		}
	}
}

func TestProblems_sayNothingInternal(t *testing.T) {
	secret := errors.New("410203190001010011 is in the cause")
	for name, cause := range map[string]error{
		"a foreign error":      secret,
		"an internal error":    &model.Error{Code: model.CodeInternal, Detail: "detail 410203190001010011", Err: secret},
		"an unknown code":      &model.Error{Code: "made_up", Detail: "x", Err: secret},
		"a wrapped model code": fmt.Errorf("outside: %w", model.Wrap(secret, model.CodeForbidden, "请重试。")),
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, options(t, route("GET", "/v1/me", func(*gin.Context) error { return cause })))
			w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen)
			if strings.Contains(w.Body.String(), "410203190001010011") {
				t.Errorf("the problem shows the cause: %s", w.Body)
			}
			if name == "a wrapped model code" {
				if w.Code != 403 {
					t.Errorf("status %d, want 403", w.Code)
				}
			} else if w.Code != 500 || problem(t, w).Code != "internal" {
				t.Errorf("status %d, want 500", w.Code)
			}
		})
	}
}

func TestProblems_cancelled(t *testing.T) {
	s := server(t, options(t, route("GET", "/v1/me", func(*gin.Context) error { return fmt.Errorf("read: %w", context.Canceled) })))
	if w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen); w.Code != 503 || problem(t, w).Code != "unavailable" {
		t.Errorf("status %d, want 503 unavailable", w.Code)
	}
}

func TestPanic(t *testing.T) {
	var log bytes.Buffer
	o := options(t, route("GET", "/v1/me", func(*gin.Context) error { panic("410203190001010011") }))
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	s := server(t, o)
	w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen)
	if w.Code != 500 || problem(t, w).Code != "internal" {
		t.Errorf("status %d, want 500 internal", w.Code)
	}
	if !strings.Contains(log.String(), `"panic":"goroutine`) || strings.Contains(log.String(), "410203190001010011") {
		t.Errorf("the event lacks the stack or shows the value: %s", log.String())
	}
	if w = send(t, s, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("after the panic: status %d", w.Code)
	}
}

func TestEvent(t *testing.T) {
	var log bytes.Buffer
	o := options(t, everything(t))
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	s := server(t, o)
	send(t, s, "GET", "/v1/enterprises/91410203MA44444T88?secret=张三", "", "X-Request-Id", "from-proxy-1",
		"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	line := log.String()
	for _, want := range []string{`"route":"/v1/enterprises/{uscc}"`, `"method":"GET"`, `"status":400`, `"code":"invalid_request"`,
		`"request_id":"from-proxy-1"`, `"trace_id":"0af7651916cd43dd8448eb211c80319c"`} {
		if !strings.Contains(line, want) {
			t.Errorf("the event lacks %s: %s", want, line)
		}
	}
	if strings.Contains(line, "91410203MA44444T88") || strings.Contains(line, "张三") || strings.Count(line, "\n") != 1 {
		t.Errorf("the event shows values, or is not one line: %s", line)
	}
	o.Proxies = nil
	s = server(t, o)
	if w := send(t, s, "GET", "/healthz", "", "X-Request-Id", "from-proxy-1"); w.Header().Get("X-Request-Id") == "from-proxy-1" {
		t.Error("a request id was taken from a caller that is no trusted proxy")
	}
}

func TestTraceparent_malformed(t *testing.T) {
	for _, value := range []string{"", "00", "00-0-0-0", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra"} {
		var log bytes.Buffer
		o := options(t)
		o.Log = slog.New(slog.NewJSONHandler(&log, nil))
		send(t, server(t, o), "GET", "/healthz", "", "Traceparent", value)
		if strings.Contains(log.String(), "trace_id") {
			t.Errorf("traceparent %q was taken: %s", value, log.String())
		}
	}
}

func TestReady(t *testing.T) {
	o := options(t)
	if w := send(t, server(t, o), "GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("without checks: status %d", w.Code)
	}
	o.Ready = []handlers.Check{{Name: "engine", Test: func(context.Context) error { return nil }},
		{Name: "keys", Test: func(context.Context) error { return errors.New("no key") }}}
	w := send(t, server(t, o), "GET", "/readyz", "")
	if w.Code != 503 || !strings.Contains(w.Body.String(), `{"name":"keys","ok":false}`) || strings.Contains(w.Body.String(), "no key") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestNew_reportsFaults(t *testing.T) {
	if _, err := handlers.New(handlers.Options{Contract: api.OpenAPI()}); err == nil || !strings.Contains(err.Error(), "Tokens, Access, Limits") {
		t.Errorf("missing dependencies: %v", err)
	}
	if _, err := handlers.New(handlers.Options{Contract: []byte("openapi: 3.0.3")}); err == nil {
		t.Error("a broken contract was accepted")
	}
	o := options(t, route("GET", "/v1/secret", me), route("GET", "/v1/me", me), route("GET", "/v1/me", me))
	if _, err := handlers.New(o); err == nil || strings.Count(err.Error(), "not in the contract, or mounted twice") != 2 {
		t.Errorf("routes outside the contract: %v", err)
	}
}
