package main

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"xinyi/handlers"
)

// metricsHandler serves /metrics with the figures of engine and audit log.
func metricsHandler(m *handlers.Metrics, s *server) http.Handler {
	m.Registry.MustRegister(&roomStats{s}, &jobStats{s})
	return m.Handler()
}

// roomStats exports the counters that the rooms below HTTP keep themselves.
type roomStats struct{ server *server }

// Describe sends nothing: the names are known when they are collected.
func (r *roomStats) Describe(chan<- *prometheus.Desc) {}

// Collect exports Driver.Stats as xinyi_store_* and the audit log's as xinyi_audit_*.
func (r *roomStats) Collect(out chan<- prometheus.Metric) {
	send := func(name string, v float64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, "See docs/operations.md.", nil, nil), prometheus.UntypedValue, v)
	}
	for name, v := range r.server.platform.driver.Stats() {
		send("xinyi_store_"+snake(name), float64(v))
	}
	stats := reflect.ValueOf(r.server.platform.audit.Stats())
	for i := range stats.NumField() {
		name := "xinyi_audit_" + snake(stats.Type().Field(i).Name)
		switch f := stats.Field(i); {
		case f.CanInt():
			send(name, float64(f.Int()))
		case f.CanUint():
			send(name, float64(f.Uint()))
		}
	}
	send("xinyi_control_age_seconds", r.server.platform.control.Age().Seconds())
	messages := r.server.services.message.Stats()
	send("xinyi_messages_sent", float64(messages.Sent))
	send("xinyi_messages_failed", float64(messages.Failed))
	send("xinyi_messages_dead", float64(messages.Dead))
	send("xinyi_messages_oldest_seconds", float64(messages.Oldest))
	send("xinyi_search_names", float64(r.server.services.search.Len()))
}

// snake writes a Go name the way metrics are named.
func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
