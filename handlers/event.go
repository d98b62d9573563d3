package handlers

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// leave writes the one event of a request and counts it. The event holds the route's
// template, never a path value, a name or a body; the cause of an error is text of ours.
func (s *Server) leave(c *gin.Context, call *call) {
	status := c.Writer.Status()
	now := s.Clock.Now()
	took := now.Sub(call.start)
	call.route.metrics.observe(status, took)
	if call.stack != "" {
		s.Metrics.panics.Inc()
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	ctx := c.Request.Context()
	if !s.Log.Enabled(ctx, level) {
		return
	}
	attrs := [10]slog.Attr{ // up to five are written without an allocation
		slog.String("method", method(c.Request.Method)),
		slog.Int("status", status),
		slog.Float64("ms", float64(took)/float64(time.Millisecond)),
		slog.String("request_id", call.requestID),
	}
	n := 4
	add := func(name, value string) {
		if value != "" {
			attrs[n] = slog.String(name, value)
			n++
		}
	}
	add("role", string(call.principal.Role))
	add("code", string(call.code))
	add("trace_id", call.traceID)
	if call.cause != nil {
		add("cause", call.cause.Error())
	}
	add("panic", call.stack)
	if c.Writer.Header().Get("Idempotency-Replayed") != "" {
		add("replayed", "true")
	}
	// Straight to the handler: a Logger would look for its caller in the stack, each time.
	line := slog.NewRecord(now, level, "request", 0)
	line.AddAttrs(attrs[:n]...)
	_ = call.route.log.Handler().Handle(ctx, line) // as a Logger: who logs has nobody to tell
}

// method gives one of the known methods: the caller may send any text as a method.
func method(given string) string {
	switch given {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return given
	default:
		return "other"
	}
}
