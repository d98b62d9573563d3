package recent

import (
	"sync"
	"sync/atomic"
)

// Shared numbers values that many entries of a table have in common, so that the entries themselves
// point to nothing. Numbers are good in this process. Safe for concurrent use; the zero Shared has
// none.
type Shared[V comparable] struct {
	numbered atomic.Pointer[numbered[V]]

	mu      sync.Mutex // for what follows, and for who changes numbered
	numbers map[V]uint32
}

// numbered is never changed where a reader looks: values are added behind those that it has.
type numbered[V any] struct {
	first  uint32 // number of the first value
	values []V
}

// sharedRoom bounds the values that are kept; a table's entries have some hundreds in common.
const sharedRoom = 4096

// Number gives the number of v, the same for equal values. Where there are too many values all are
// given up, and what asks for one by its number learns that.
func (s *Shared[V]) Number(v V) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number, ok := s.numbers[v]; ok {
		return number
	}
	var next numbered[V]
	if n := s.numbered.Load(); n != nil {
		next = *n
	}
	if s.numbers == nil || len(next.values) == sharedRoom {
		next, s.numbers = next.after(), map[V]uint32{}
	}
	number := next.first + uint32(len(next.values)) //nolint:gosec // at most sharedRoom
	next.values = append(next.values, v)
	s.numbers[v] = number
	s.numbered.Store(&next)
	return number
}

// Forget gives up all values, and what they point to.
func (s *Shared[V]) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.numbered.Load(); n != nil {
		next := n.after()
		s.numbers = nil
		s.numbered.Store(&next)
	}
}

// after has no values, and numbers that were not given yet.
func (n *numbered[V]) after() numbered[V] {
	return numbered[V]{first: n.first + uint32(len(n.values))} //nolint:gosec // at most sharedRoom
}

// Value gives the value of a number that Number gave; false when it was given up since.
func (s *Shared[V]) Value(number uint32) (value V, ok bool) {
	n := s.numbered.Load()
	if n == nil || number < n.first || number-n.first >= uint32(len(n.values)) { //nolint:gosec // at most sharedRoom
		return value, false
	}
	return n.values[number-n.first], true
}
