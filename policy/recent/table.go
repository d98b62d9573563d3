// Package recent remembers what was worked out lately about many keys, all in one piece of memory:
// the garbage collector looks at one table, not at some objects for each key.
package recent

import (
	"hash/maphash"
	"math/bits"
	"sync"
)

// ways is how many keys share a set. A key that comes in takes the place of one of its set that was
// not asked for lately. With many, hardly any set has too many of the keys that are asked for now.
const (
	ways = 32
	all  = 1<<ways - 1
)

// Table keeps values of some thousand keys. Keys and values should point to nothing but what is kept
// elsewhere or shared by many: what a table points to lives until its place is taken. Safe for
// concurrent use; the zero Table keeps nothing.
type Table[K comparable, V any] struct {
	seed maphash.Seed
	sets []set[K, V]
}

type set[K comparable, V any] struct {
	mu     sync.Mutex
	taken  uint32 // bits of the places that hold a key
	used   uint32 // bits of those that were asked for since the last time all were
	tags   [ways]uint32
	keys   [ways]K
	values [ways]V
}

// New makes a table for at least so many keys, rounded up; 0 = none.
func New[K comparable, V any](keys int) *Table[K, V] {
	return &Table[K, V]{seed: maphash.MakeSeed(), sets: make([]set[K, V], (keys+ways-1)/ways)}
}

func (t *Table[K, V]) set(key K) (s *set[K, V], tag uint32) {
	hash := maphash.Comparable(t.seed, key)
	return &t.sets[(hash>>32)*uint64(len(t.sets))>>32], uint32(hash) //nolint:gosec // the lower half
}

// find gives the place of key; false when it has none.
func (s *set[K, V]) find(key K, tag uint32) (int, bool) {
	for i := range ways {
		if s.tags[i] == tag && s.taken&(1<<i) != 0 && s.keys[i] == key {
			return i, true
		}
	}
	return 0, false
}

// Get gives the value of key; false when it is not kept.
func (t *Table[K, V]) Get(key K) (value V, ok bool) {
	if len(t.sets) == 0 {
		return value, false
	}
	s, tag := t.set(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.find(key, tag)
	if ok {
		s.use(i)
		value = s.values[i]
	}
	return value, ok
}

// Put keeps a value of key in the place of what was kept of it.
func (t *Table[K, V]) Put(key K, value V) {
	if len(t.sets) == 0 {
		return
	}
	s, tag := t.set(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.place(key, tag)
	s.tags[i], s.keys[i], s.values[i] = tag, key, value
	s.taken |= 1 << i
	s.use(i)
}

// place gives the place of key, else a free one, else one that was not asked for lately.
func (s *set[K, V]) place(key K, tag uint32) int {
	i, ok := s.find(key, tag)
	switch {
	case ok:
		return i
	case s.taken != all:
		return bits.TrailingZeros32(^s.taken)
	}
	return bits.TrailingZeros32(^s.used)
}

// use notes that place i was asked for. Where that makes all of them, only i stays noted: there is
// always one to give away.
func (s *set[K, V]) use(i int) {
	if s.used |= 1 << i; s.used == all {
		s.used = 1 << i
	}
}
