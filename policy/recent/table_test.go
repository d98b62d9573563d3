package recent

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What a table gives is what was put last under that key, and what was just put is there.
func TestTable_givesWhatWasPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := New[[2]byte, int](rapid.IntRange(0, 100).Draw(t, "size"))
		last := map[[2]byte]int{}
		for n := range rapid.IntRange(1, 400).Draw(t, "steps") {
			key := [2]byte{byte(rapid.IntRange(0, 200).Draw(t, "key"))}
			if rapid.Bool().Draw(t, "put") {
				table.Put(key, n)
				last[key] = n
				got, ok := table.Get(key)
				if ok != (len(table.sets) > 0) || ok && got != n {
					t.Fatalf("put %d, got %d, %v", n, got, ok)
				}
				continue
			}
			if got, ok := table.Get(key); ok && got != last[key] {
				t.Fatalf("got %d, put %d", got, last[key])
			}
		}
	})
}

// A key that is asked for again and again stays while others come and go, and no more are kept than
// there is room for.
func TestTable_makesRoom(t *testing.T) {
	table := New[int, int](ways)
	require.Len(t, table.sets, 1)
	table.Put(0, 0)
	for key := range 1000 {
		table.Put(key+1, key+1)
		_, ok := table.Get(0)
		require.True(t, ok, key)
	}
	kept := 0
	for key := range 1001 {
		if got, ok := table.Get(key); ok {
			require.Equal(t, key, got)
			kept++
		}
	}
	require.Equal(t, ways, kept)
}

// Keys spread over the sets: of two thirds of the keys that there is room for nearly all are kept.
func TestTable_spreads(t *testing.T) {
	const keys = 4096
	table := New[int, int](keys * 3 / 2)
	for key := range keys {
		table.Put(key, key)
	}
	kept := 0
	for key := range keys {
		if _, ok := table.Get(key); ok {
			kept++
		}
	}
	require.Greater(t, kept, keys*98/100)
}

func TestTable_zero(t *testing.T) {
	var table Table[string, int]
	table.Put("a", 1)
	_, ok := table.Get("a")
	require.False(t, ok)
}

func TestTable_together(t *testing.T) {
	table := New[int, int](64)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range 2000 {
				key := (n*7 + worker) % 200
				table.Put(key, key)
				if got, ok := table.Get(key * 3 % 200); ok && got != key*3%200 {
					t.Errorf("got %d", got)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkTable_Get(b *testing.B) {
	table := New[[32]byte, [30]int64](16384)
	var keys [][32]byte
	for n := range 10000 {
		key := [32]byte{byte(n), byte(n >> 8), 1}
		keys = append(keys, key)
		table.Put(key, [30]int64{int64(n)})
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		table.Get(keys[n*7919%len(keys)])
	}
}
