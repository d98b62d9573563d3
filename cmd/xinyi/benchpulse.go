package main

import (
	"runtime"
	"slices"
	"time"

	"xinyi/cmd/xinyi/benchload"
)

// A pulse watches, while a phase runs, whether the machine gives the processors their usual
// speed: a thread on each, before all others, now and then does the same work. Where the work
// takes long, or the thread was not let on, it was the machine and not what is measured.
type pulse struct {
	stop  chan struct{}
	beats chan []beat // one list for each processor
	n     int
}

// beat is one piece of work of a pulse.
type beat struct {
	due  time.Time
	late time.Duration // until it began
	took time.Duration
}

const (
	pulseEvery = 10 * time.Millisecond
	pulseWork  = 20_000 // additions, some 20 µs: a five-hundredth of a processor
	// A beat that took slowBeat times its usual time, or came lateBeat late, is part of a dip
	// if the next one is too: an interrupt hits one.
	slowBeat = 2
	lateBeat = time.Millisecond
	// dipPast is how long what a dip has heaped up weighs on who comes after it.
	dipPast = 250 * time.Millisecond
)

// startPulse fails where the process may not put a thread before others.
func startPulse() (*pulse, error) {
	p := &pulse{stop: make(chan struct{}), beats: make(chan []beat), n: runtime.NumCPU()}
	ready := make(chan error, p.n)
	for cpu := range p.n {
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			err := firstOn(cpu)
			ready <- err
			if err == nil {
				p.beats <- p.beat()
			}
		}()
	}
	var failed error
	started := 0
	for range p.n {
		if err := <-ready; err != nil {
			failed = err
		} else {
			started++
		}
	}
	p.n = started
	if failed != nil {
		p.dips()
		return nil, failed
	}
	return p, nil
}

func (p *pulse) beat() (beats []beat) {
	for due := time.Now(); ; due = due.Add(pulseEvery) {
		select {
		case <-p.stop:
			return beats
		default:
		}
		benchload.SleepUntil(due)
		began := time.Now()
		additions()
		b := beat{due: due, late: began.Sub(due), took: time.Since(began)}
		beats = append(beats, b)
		if b.late > pulseEvery { // what was slept through is not made up
			due = began
		}
	}
}

func additions() {
	sum := uint64(1)
	for i := range uint64(pulseWork) {
		sum += i ^ sum>>3
	}
	runtime.KeepAlive(sum)
}

// span is a stretch of time.
type span struct{ from, to time.Time }

// dips ends the pulse and tells when a processor was slow.
func (p *pulse) dips() (dips []span) {
	close(p.stop)
	for range p.n {
		dips = append(dips, dipsOf(<-p.beats)...)
	}
	return dips
}

func dipsOf(beats []beat) (dips []span) {
	if len(beats) == 0 {
		return nil
	}
	usual := make([]time.Duration, len(beats))
	for i, b := range beats {
		usual[i] = b.took
	}
	slices.Sort(usual)
	limit := slowBeat * usual[len(usual)/2]
	slow := func(b beat) bool { return b.took > limit || b.late > lateBeat }
	for i := 1; i < len(beats); i++ {
		if slow(beats[i-1]) && slow(beats[i]) {
			dips = append(dips, span{beats[i-1].due, beats[i].due.Add(beats[i].late + beats[i].took)})
		}
	}
	return dips
}

// evenly keeps of what was sent that which no dip touched: none began before its answer and
// ended less than dipPast before it was due.
func evenly(sent []benchload.Sent, began time.Time, dips []span) (even []benchload.Sent) {
	for _, s := range sent {
		due, answered := began.Add(s.Due()), began.Add(s.Due()+s.Took())
		if !slices.ContainsFunc(dips, func(d span) bool { return d.from.Before(answered) && d.to.Add(dipPast).After(due) }) {
			even = append(even, s)
		}
	}
	return even
}
