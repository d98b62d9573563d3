package main

import (
	"slices"
	"testing"
	"time"

	"xinyi/cmd/xinyi/benchload"
)

// A dip is two slow beats in a row; one alone was an interrupt.
func TestDipsOf(t *testing.T) {
	began := time.Unix(0, 0)
	at := func(ms float64) time.Time { return began.Add(time.Duration(ms * float64(time.Millisecond))) }
	const usual = 20 * time.Microsecond
	beats := make([]beat, 50)
	for i := range beats {
		beats[i] = beat{due: at(float64(2 * i)), took: usual}
	}
	beats[5].took = 10 * usual // alone
	beats[20].took, beats[21].took, beats[22].late = 11*usual, 3*usual, 4*time.Millisecond
	got := dipsOf(beats)
	want := []span{{at(40), at(42.06)}, {at(42), at(48.02)}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if dipsOf(nil) != nil {
		t.Error("dips of nothing")
	}
}

// Whoever waited through a dip, or came while it still weighed, is left out.
func TestEvenly(t *testing.T) {
	began := time.Unix(0, 0)
	dip := span{began.Add(time.Second), began.Add(1050 * time.Millisecond)}
	ms := func(due, took int) benchload.Sent { return benchload.Sent{uint32(due * 1000), uint32(took * 1000)} } //nolint:gosec // small
	sent := []benchload.Sent{ms(0, 5), ms(990, 20), ms(990, 5), ms(1020, 1), ms(1060, 90), ms(1299, 1), ms(1301, 40)}
	got := evenly(sent, began, []span{dip})
	if want := []benchload.Sent{ms(0, 5), ms(990, 5), ms(1301, 40)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A figure tells its even percentile from a thousand sends on.
func TestFigure_evenP99(t *testing.T) {
	f := figure{sent: 2000, p99: 40, bareP99: 20}
	for i := range uint32(evenLeast) {
		f.even = append(f.even, benchload.Sent{0, (i + 1) * 10})
	}
	if p99, share, ok := f.evenP99(); !ok || p99 != 9.91 || share != 0.5 {
		t.Errorf("got %v, %v, %v", p99, share, ok)
	}
	if got, want := f.openP99(), "40.0 ms (bare Gin 20.0; in the 50 % sent while the machine ran evenly 9.9)"; got != want {
		t.Errorf("got %q", got)
	}
	f.even = f.even[1:]
	if _, _, ok := f.evenP99(); ok {
		t.Error("a percentile of too few")
	}
}

// Beats come while the pulse is on, where the process may put a thread before others.
func TestPulse(t *testing.T) {
	p, err := startPulse()
	if err != nil {
		t.Logf("no pulse here: %v", err) // then open loops tell no even percentile
		return
	}
	time.Sleep(20 * time.Millisecond)
	p.dips() // how many there are is the machine's business; that it ends is ours
}
