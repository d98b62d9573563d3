package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers"
)

// discard is an answer that nobody reads; httptest's recorder would cost more than Gin.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// serve measures h alone: request and answer are made once, the body is rewound.
func serve(b *testing.B, h http.Handler, r *http.Request, body string) {
	b.Helper()
	w := &discard{header: http.Header{}}
	reader := strings.NewReader(body)
	if body != "" {
		r.Body = io.NopCloser(reader)
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Type", "application/json")
	}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		reader.Reset(body)
		h.ServeHTTP(w, r)
	}
}

var benchBody = api.GateCheck{Result: "pass", BenefitCode: "TT-PARK-80", PayPercent: 80, HolderMasked: "王*"}

func benchServer(b *testing.B, level slog.Level, resources ...handlers.Resource) *handlers.Server {
	o := options(b, resources...)
	o.Log = slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: level}))
	return server(b, o)
}

func BenchmarkBareGin(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/v1/me", func(c *gin.Context) { c.JSON(http.StatusOK, benchBody) })
	serve(b, engine, httptest.NewRequestWithContext(b.Context(), "GET", "/v1/me", nil), "")
}

func BenchmarkGet(b *testing.B) {
	for name, level := range map[string]slog.Level{"logged": slog.LevelInfo, "silent": slog.LevelError} {
		b.Run(name, func(b *testing.B) {
			s := benchServer(b, level, route("GET", "/v1/me", func(c *gin.Context) error { return handlers.Respond(c, http.StatusOK, benchBody) }))
			r := httptest.NewRequestWithContext(b.Context(), "GET", "/v1/me", nil)
			r.Header.Set("Authorization", citizen)
			serve(b, s, r, "")
		})
	}
}

func BenchmarkPost(b *testing.B) {
	s := benchServer(b, slog.LevelInfo, route("POST", "/v1/gate/checks", func(c *gin.Context) error { return handlers.Respond(c, http.StatusOK, benchBody) }))
	r := httptest.NewRequestWithContext(b.Context(), "POST", "/v1/gate/checks", nil)
	r.Header.Set("Authorization", gate)
	serve(b, s, r, `{"pass":"`+strings.Repeat("A", 230)+`"}`)
}

func BenchmarkTake(b *testing.B) {
	limits, err := handlers.NewLocalLimits(handlers.Rate{PerSecond: 1e9, Burst: 1e9}, handlers.Rate{PerSecond: 1, Burst: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		limits.Take(handlers.LimitClient, "client_bank_1", now)
	}
}
