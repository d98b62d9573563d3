package main

import "runtime/debug"

// The collector of a server: rarer than Go's default, since a server allocates little
// that lives and has memory to spare, within a bound that leaves room for the engine's
// caches under 1.5 GiB. GOGC and GOMEMLIMIT win.
const (
	collectAt    = 400       // percent of growth
	collectBound = 900 << 20 // bytes of Go memory
)

func tuneCollector(env []string) {
	if envOf(env, "GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if envOf(env, "GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectBound)
	}
}
