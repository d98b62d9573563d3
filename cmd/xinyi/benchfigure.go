package main

import (
	"fmt"
	"slices"
	"time"

	"xinyi/cmd/xinyi/benchload"
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
	// Of an open loop: how many were sent, and those of them which no dip of the machine touched.
	sent int
	even []benchload.Sent
}

// beside notes what the bare handler took for the same requests.
func (f *figure) beside(bare figure) {
	f.bare, f.bareCPU, f.bareP99, f.ratio = bare.perSecond, bare.cpu, bare.p99, bare.cpu/f.cpu
}

// openP99 tells the latency and what of it generator and machine alone would take.
func (f *figure) openP99() string {
	text := fmt.Sprintf("%.1f ms (bare Gin %.1f", f.p99, f.bareP99)
	if p99, share, ok := f.evenP99(); ok {
		text += fmt.Sprintf("; in the %.0f %% sent while the machine ran evenly %.1f", share*100, p99)
	}
	return text + ")"
}

// evenLeast is how many sends a 99th percentile needs.
const evenLeast = 1000

// evenP99 is the latency, in ms, of what no dip of the machine touched, and its share.
func (f *figure) evenP99() (p99, share float64, ok bool) {
	if len(f.even) < evenLeast {
		return 0, 0, false
	}
	took := make([]time.Duration, len(f.even))
	for i, s := range f.even {
		took[i] = s.Took()
	}
	slices.Sort(took)
	return float64(took[len(took)*99/100].Microseconds()) / 1e3, float64(len(f.even)) / float64(f.sent), true
}

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
	// A round may have few even sends: those of all rounds make one distribution.
	out.sent, out.even = 0, nil
	for _, f := range rounds {
		out.sent += f.sent
		out.even = append(out.even, f.even...)
	}
	return out
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
