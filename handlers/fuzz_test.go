package handlers_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"xinyi/api/apitest"
)

// secret stands for what a caller sends: it must never come back.
const secret = "410203190001010011"

// FuzzRequest sends anything to a server on which every route is mounted: no panic, no
// answer ≥ 500 but the one of the handlers, every answer as declared, and nothing that
// was sent comes back in a problem or stands in the log.
func FuzzRequest(f *testing.F) {
	var log bytes.Buffer
	o := options(f, everything(f))
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	s := server(f, o)
	recorder, err := apitest.NewRecorder()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][5]string{
		{"GET", "/v1/enterprises", "q=" + secret + "&limit=" + secret, "", ""},
		{"GET", "/v1/enterprises/" + secret, "", "", ""},
		{"GET", "/v1/lists/honor", "cursor=" + secret, "", ""},
		{"GET", "/v1/me", secret + "=1", citizen, ""},
		{"POST", "/v1/credit-queries", "", "Bearer token-bank", `{"subject":{"idNo":"` + secret + `"},"purpose":"` + secret + `"}`},
		{"POST", "/v1/credit-queries", "", "Bearer token-bank", `{"` + secret + `":{"$where":"1"}}`},
		{"POST", "/v1/gate/redemptions", "", gate, `{"pass":["` + secret + `"]}`},
		{"POST", "/oauth2/token", "", "Basic " + secret, "grant_type=" + secret},
		{"POST", "/v1/auth/staff", "", "", `{"username":"\ud800","password":{"$ne":""}}`},
		{"TRACE", "/v1/../../etc/passwd", "%zz", "Bearer " + strings.Repeat("a", 9000), "\xff"},
		{"", "/%2e%2e/\\\x00", ";", "\x00", "{"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, method, path, query, authorization, body string) {
		log.Reset()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		if u, err := url.ParseRequestURI(path); err == nil && u.Host == "" && u.Scheme == "" {
			r.URL = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: query}
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Fatalf("%s %s?%s: status %d: %s", method, path, query, w.Code, log.String())
		}
		if strings.Contains(w.Body.String()+log.String(), secret) {
			t.Fatalf("what was sent came back: %s\n%s", w.Body, log.String())
		}
		if err := recorder.Check(r, []byte(body), w); err != nil && !strings.Contains(err.Error(), "unsupported") {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	})
}
