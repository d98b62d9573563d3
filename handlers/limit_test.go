package handlers_test

import (
	"net/netip"
	"testing"
	"time"

	"xinyi/handlers"
	"xinyi/model"
)

func TestRateLimit(t *testing.T) {
	at := now
	o := options(t, route("GET", "/v1/me", me))
	limits, err := handlers.NewLocalLimits(handlers.Rate{PerSecond: 2, Burst: 3}, handlers.Rate{PerSecond: 1, Burst: 1})
	if err != nil {
		t.Fatal(err)
	}
	o.Limits, o.Clock = limits, model.ClockFunc(func() time.Time { return at })
	o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} // what httptest says
	s := server(t, o)
	for i := range 3 {
		if w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen); w.Code != 200 {
			t.Fatalf("request %d: status %d", i, w.Code)
		}
	}
	w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen)
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || w.Header().Get("RateLimit") != `"client";r=0;t=2` ||
		w.Header().Get("RateLimit-Policy") != `"client";q=3;w=2` {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	if w = send(t, s, "GET", "/v1/me", "", "Authorization", citizen+"/2"); w.Code != 200 {
		t.Errorf("another client: status %d", w.Code)
	}
	at = at.Add(500 * time.Millisecond)
	if w = send(t, s, "GET", "/v1/me", "", "Authorization", citizen); w.Code != 200 {
		t.Errorf("after half a second: status %d", w.Code)
	}
	if w = send(t, s, "GET", "/healthz", "", "X-Forwarded-For", "203.0.113.9"); w.Code != 200 {
		t.Errorf("first of an address: status %d", w.Code)
	}
	if w = send(t, s, "GET", "/healthz", "", "X-Forwarded-For", "6.6.6.6, 203.0.113.9"); w.Code != 429 {
		t.Errorf("second of an address that lies about another: status %d, want 429", w.Code)
	}
	if w = send(t, s, "GET", "/v1/me", "", "Authorization", "Bearer forged", "X-Forwarded-For", "203.0.113.9"); w.Code != 429 {
		t.Errorf("a forged token of that address: status %d, want 429", w.Code)
	}
	if w = send(t, s, "GET", "/healthz", "", "X-Forwarded-For", "203.0.113.10"); w.Code != 200 {
		t.Errorf("another address: status %d", w.Code)
	}
	for _, bad := range []handlers.Rate{{}, {PerSecond: 1}, {Burst: 1}, {PerSecond: -1, Burst: 1}} {
		if _, err := handlers.NewLocalLimits(bad, handlers.Rate{PerSecond: 1, Burst: 1}); err == nil {
			t.Errorf("rate %+v was accepted", bad)
		}
	}
}
