package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"xinyi/store/embedded"
)

// The collector of a server and of an import: rarer than Go's default, since they allocate
// little that lives and have memory to spare, within a bound that leaves room for the engine's
// caches under 1.5 GiB. GOGC and GOMEMLIMIT win.
const (
	collectAt    = 300       // percent of growth
	collectBound = 900 << 20 // bytes of Go memory
	// collectBusy is the percentage while a file is brought in: more lives meanwhile, and
	// four times of it would be garbage.
	collectBusy = 100
)

func tuneCollector(env []string) {
	if envOf(env, "GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if envOf(env, "GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectBound)
	}
}

// collectOften has the collector come often until over is called, and keeps what Go and the
// engine hold near to what lives: what garbage took before is given back. One caller at a time.
func collectOften() (over func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	percent, bound := debug.SetGCPercent(collectBusy), debug.SetMemoryLimit(-1)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for { // caches fill meanwhile
			debug.SetMemoryLimit(min(bound, busyBound(liveBytes())))
			embedded.GiveBack()
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() {
		close(stop)
		<-ended
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(bound)
	}
}

// busyBound leaves the collector room for a cycle a second or so.
func busyBound(live int64) int64 { return live + live*3/4 + 64<<20 }

// liveBytes is what the last cycle of the collector found alive.
func liveBytes() int64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()) //nolint:gosec // a size of memory
}
