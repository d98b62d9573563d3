package recent

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A text is given as it was put or not at all; the last ones are there, and all together stay within
// their room.
func TestTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const slab = 40
		texts := NewTexts(maxSlabs * slab)
		var places []Place
		var put [][]byte
		for range rapid.IntRange(1, 400).Draw(t, "texts") {
			text := rapid.SliceOfN(rapid.Byte(), 0, slab+4).Draw(t, "text")
			cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
			place, ok := texts.Put(text[:cut], text[cut:])
			if ok != (len(text) <= slab) {
				t.Fatalf("%d bytes kept: %v", len(text), ok)
			}
			if ok {
				places, put = append(places, place), append(put, bytes.Clone(text))
				clear(text)
			}
		}
		for i, place := range places {
			got, ok := texts.Get(place)
			if ok && !bytes.Equal(got, put[i]) {
				t.Fatalf("text %d: got %q, put %q", i, got, put[i])
			}
			if !ok && len(places)-i < maxSlabs {
				t.Fatalf("text %d of %d went", i, len(places))
			}
		}
		if len(texts.slabs) > maxSlabs {
			t.Fatalf("%d slabs", len(texts.slabs))
		}
	})
}

// The oldest texts go; who still reads one may go on.
func TestTexts_makeRoom(t *testing.T) {
	texts := NewTexts(maxSlabs * 10)
	first, ok := texts.Put([]byte("0123456789"))
	require.True(t, ok)
	reading, ok := texts.Get(first)
	require.True(t, ok)
	for range maxSlabs {
		_, ok = texts.Put([]byte("abcdefghij"))
		require.True(t, ok)
	}
	_, ok = texts.Get(first)
	require.False(t, ok)
	require.Equal(t, "0123456789", string(reading))
	_, ok = texts.Get(Place{slab: maxSlabs + 1})
	require.False(t, ok, "not yet")
}

func TestTexts_together(t *testing.T) {
	texts := NewTexts(maxSlabs * 64)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			text := bytes.Repeat([]byte{byte(worker)}, 20+worker)
			for range 5000 {
				place, _ := texts.Put(text)
				if got, ok := texts.Get(place); ok && !bytes.Equal(got, text) {
					t.Errorf("got %q, put %q", got, text)
				}
			}
		})
	}
	wg.Wait()
}
