package main

import (
	"fmt"
	"slices"
)

// figure is what one phase, or the median of several, measured of one server.
type figure struct {
	conns      int
	rate       float64 // asked for; 0 = closed loop
	perSecond  float64
	cpu        float64 // µs of server CPU per request
	allocs     float64 // objects per request
	allocBytes float64
	syncs      float64 // file syncs per request
	p50, p99   float64 // ms
	p999       float64
	ratio      float64 // bare CPU per request ÷ this
	body       float64 // bytes
	marked     float64 // share
	bare       float64 // requests per second of the bare handler
	bareCPU    float64
	bareP99    float64 // ms
}

// beside notes what the bare handler took for the same requests.
func (f *figure) beside(bare figure) {
	f.bare, f.bareCPU, f.bareP99, f.ratio = bare.perSecond, bare.cpu, bare.p99, bare.cpu/f.cpu
}

// openP99 tells the latency and what of it generator and machine alone would take.
func (f *figure) openP99() string { return fmt.Sprintf("%.1f ms (bare Gin %.1f)", f.p99, f.bareP99) }

// medians gives the median of each measured value; what was asked for is the same in all.
func medians(rounds []figure) figure {
	out := rounds[0]
	pick := func(value func(*figure) *float64) {
		values := make([]float64, len(rounds))
		for i := range rounds {
			values[i] = *value(&rounds[i])
		}
		*value(&out) = median(values)
	}
	for _, value := range []func(*figure) *float64{
		func(f *figure) *float64 { return &f.perSecond }, func(f *figure) *float64 { return &f.cpu },
		func(f *figure) *float64 { return &f.allocs }, func(f *figure) *float64 { return &f.allocBytes },
		func(f *figure) *float64 { return &f.syncs }, func(f *figure) *float64 { return &f.p50 },
		func(f *figure) *float64 { return &f.p99 }, func(f *figure) *float64 { return &f.p999 },
		func(f *figure) *float64 { return &f.ratio }, func(f *figure) *float64 { return &f.body },
		func(f *figure) *float64 { return &f.marked }, func(f *figure) *float64 { return &f.bare },
		func(f *figure) *float64 { return &f.bareCPU }, func(f *figure) *float64 { return &f.bareP99 },
	} {
		pick(value)
	}
	return out
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
