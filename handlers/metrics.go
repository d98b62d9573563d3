package handlers

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests by route template, method and status class; no label ever
// holds what a caller sent.
type Metrics struct {
	// Registry takes the collectors of other rooms too.
	Registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	panics   prometheus.Counter
}

// NewMetrics makes a registry with the process's own collectors.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinyi_http_requests_total",
			Help: "Requests answered, by route template, method and status class."}, []string{"route", "method", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinyi_http_request_seconds",
			Help:    "Time from the request's head to its answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}, []string{"route", "method"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "xinyi_http_panics_total", Help: "Panics caught in handlers."}),
	}
	m.Registry.MustRegister(m.requests, m.seconds, m.panics, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves /metrics on a listener of its own.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{Registry: m.Registry}))
	return mux
}

// routeMetrics are the series of one route, found once.
type routeMetrics struct {
	classes [5]prometheus.Counter
	seconds prometheus.Observer
}

var classNames = [5]string{"1xx", "2xx", "3xx", "4xx", "5xx"}

func (m *Metrics) route(path, method string) *routeMetrics {
	r := &routeMetrics{seconds: m.seconds.WithLabelValues(path, method)}
	for i, class := range classNames {
		r.classes[i] = m.requests.WithLabelValues(path, method, class)
	}
	return r
}

func (r *routeMetrics) observe(status int, took time.Duration) {
	if class := status/100 - 1; class >= 0 && class < len(r.classes) {
		r.classes[class].Inc()
	}
	r.seconds.Observe(took.Seconds())
}
