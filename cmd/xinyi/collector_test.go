package main

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is set while a file is brought in is as before when it is over.
func TestCollectOften_putsBack(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	bound, percent := debug.SetMemoryLimit(collectBound), debug.SetGCPercent(collectAt)
	t.Cleanup(func() { debug.SetMemoryLimit(bound); debug.SetGCPercent(percent) })
	over := collectOften()
	over()
	require.Equal(t, int64(collectBound), debug.SetMemoryLimit(-1))
	require.Equal(t, collectAt, debug.SetGCPercent(collectAt))
}
