package recent

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShared(t *testing.T) {
	var s Shared[string]
	_, ok := s.Value(0)
	require.False(t, ok, "before the first")
	a, b := s.Number("a"), s.Number("b")
	require.NotEqual(t, a, b)
	require.Equal(t, a, s.Number("a"))
	for want, number := range map[string]uint32{"a": a, "b": b} {
		got, ok := s.Value(number)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok = s.Value(b + 1)
	require.False(t, ok, "never given")
}

// However many values come: a number leads to the value it was given for, or to none; the last ones
// are there, and no more are kept than there is room for.
func TestShared_makesRoom(t *testing.T) {
	var s Shared[int]
	given := map[int]uint32{}
	for v := range 3*sharedRoom + 7 {
		given[v] = s.Number(v)
		got, ok := s.Value(given[v])
		require.True(t, ok)
		require.Equal(t, v, got)
	}
	kept := 0
	for v, number := range given {
		if got, ok := s.Value(number); ok {
			require.Equal(t, v, got)
			kept++
		}
	}
	require.Equal(t, 7, kept)
	require.Len(t, s.numbers, 7)
	again := s.Number(0)
	require.NotEqual(t, given[0], again)
	got, ok := s.Value(again)
	require.True(t, ok)
	require.Zero(t, got)
}

func TestShared_Forget(t *testing.T) {
	var s Shared[string]
	s.Forget()
	a := s.Number("a")
	s.Forget()
	_, ok := s.Value(a)
	require.False(t, ok)
	b := s.Number("b")
	require.NotEqual(t, a, b, "a's number does not lead to b")
	got, ok := s.Value(b)
	require.True(t, ok)
	require.Equal(t, "b", got)
}

func TestShared_together(t *testing.T) {
	var s Shared[int]
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range 2 * sharedRoom {
				v := n + worker
				if got, ok := s.Value(s.Number(v)); ok && got != v {
					t.Errorf("got %d, want %d", got, v)
				}
			}
		})
	}
	wg.Wait()
}
