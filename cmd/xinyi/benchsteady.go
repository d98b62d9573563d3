package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// steadiness is how evenly the machine runs by itself. Where it does not, tails of latency
// tell of the machine.
type steadiness struct {
	slow  float64 // share of slices, before and after the run, in which a bare loop had less than half of its usual speed
	taken float64 // share of the processor time asked for in the run that other machines of the host had
}

func (s steadiness) String() string {
	return fmt.Sprintf("%.1f %% of %d ms slices of a loop of additions, before and after the run, at less than half of their usual speed; %.1f %% of the processor time of the run taken by other machines of the host",
		s.slow*100, slice.Milliseconds(), s.taken*100)
}

const (
	slice     = 10 * time.Millisecond
	steadyFor = 5 * time.Second
)

// slowShare keeps every processor busy for d and gives the share of slow slices.
func slowShare(d time.Duration) float64 {
	counts := make([][]int, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	started := time.Now()
	for i := range counts {
		counts[i] = make([]int, d/slice)
		wg.Go(func() { countSlices(counts[i], started) })
	}
	wg.Wait()
	slow, all := 0, 0
	for _, c := range counts {
		all += len(c)
		slow += slowSlices(c)
	}
	return float64(slow) / float64(max(all, 1))
}

// countSlices counts the rounds of additions in each slice.
func countSlices(counts []int, started time.Time) {
	sum := uint64(1)
	for {
		at := int(time.Since(started) / slice)
		if at >= len(counts) {
			runtime.KeepAlive(sum)
			return
		}
		for i := range uint64(2000) {
			sum += i ^ sum>>3
		}
		counts[at]++
	}
}

// slowSlices tells how many have less than half of the median.
func slowSlices(counts []int) (slow int) {
	sorted := slices.Sorted(slices.Values(counts))
	for _, n := range sorted {
		if 2*n < sorted[len(sorted)/2] {
			slow++
		}
	}
	return slow
}

// processorTime is what /proc/stat has counted since the start of the machine, in ticks;
// nothing elsewhere than on Linux.
type processorTime struct{ asked, taken float64 }

func processorTimeNow() processorTime {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processorTime{}
	}
	return parseProcessorTime(string(text))
}

func parseProcessorTime(stat string) (t processorTime) {
	line, _, _ := strings.Cut(stat, "\n")
	var user, nice, system, idle, wait, irq, softirq float64
	if _, err := fmt.Sscanf(line, "cpu %f %f %f %f %f %f %f %f", &user, &nice, &system, &idle, &wait, &irq, &softirq, &t.taken); err != nil {
		return processorTime{}
	}
	t.asked = user + nice + system + irq + softirq + t.taken
	return t
}

// since gives the share taken of what was asked for after before.
func (t processorTime) since(before processorTime) float64 {
	return (t.taken - before.taken) / max(t.asked-before.asked, 1)
}
