package handlers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

// What was kept is given back whole for the very stamp and names it was made from, and for no others.
func TestFileCache(t *testing.T) {
	const id = model.SubjectID("91410203MA0F1LE000")
	stamp := model.Stamp{Rev: 3, Rules: "r1", Day: "2026-11-22"}
	cache := newFileCache(0)
	cache.put(id, stamp, "n1", encodedFile{[]byte(`{"a":1}`), `"tag"`})
	got, ok := cache.get(id, stamp, "n1")
	require.True(t, ok)
	require.Equal(t, encodedFile{[]byte(`{"a":1}`), `"tag"`}, got)

	newer, other, later := stamp, stamp, stamp
	newer.Rev, other.Rules, later.Day = 4, "r2", "2026-11-23"
	for _, s := range []model.Stamp{newer, other, later} {
		_, ok = cache.get(id, s, "n1")
		require.False(t, ok, s)
	}
	_, ok = cache.get(id, stamp, "n2")
	require.False(t, ok)

	long := model.SubjectID(strings.Repeat("9", 29))
	cache.put(long, stamp, "n1", encodedFile{[]byte("{}"), `"t"`})
	for _, unknown := range []model.SubjectID{long, long[:28], "91410203MA0F1LE001"} {
		_, ok = cache.get(unknown, stamp, "n1")
		require.False(t, ok, unknown)
	}
}

// A file that is too long to be kept is made anew each time, and takes nothing from the others.
func TestFileCache_tooLong(t *testing.T) {
	const id, other = model.SubjectID("91410203MA0L0NG000"), model.SubjectID("91410203MA0F1LE000")
	cache := newFileCache(64)
	cache.put(other, model.Stamp{}, "", encodedFile{[]byte("{}"), `"t"`})
	cache.put(id, model.Stamp{}, "", encodedFile{make([]byte, 64*keptBytes), `"t"`})
	_, ok := cache.get(id, model.Stamp{}, "")
	require.False(t, ok)
	_, ok = cache.get(other, model.Stamp{}, "")
	require.True(t, ok)
}
