package main

import (
	"os"
	"runtime/debug"
)

// The collector of a server: rarer than Go's default, since a server allocates little
// that lives and has memory to spare, within a bound that leaves room for the engine's
// caches under 1.5 GiB. GOGC and GOMEMLIMIT win.
const (
	collectAt    = 400       // percent of growth
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

// collectOften has the collector come often until over is called. One caller at a time.
func collectOften() (over func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(collectBusy)
	return func() { debug.SetGCPercent(before) }
}
