package audit

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// window holds the numbers of one generation that were taken and are not folded yet.
//
//	reserve → open → settle → durable | void | doubt → take
//
// Entries leave in order of their numbers, except that one which stays open longer than
// patience, or whose write ended without a clear answer, steps aside as doubtful until
// the store tells (or giveUp passes) and does not hold up the others.
type window struct {
	mu     sync.Mutex
	closed bool
	base   uint64 // number of items[0]
	items  []item
	doubts map[uint64]int64 // number → taken at, unix ms
	late   []leaf           // doubtful ones that proved durable
}

type item struct {
	hash  tlog.Hash
	begun int64 // unix ms
	state itemState
}

type itemState uint8

const (
	open itemState = iota
	durable
	void
	doubt
)

const (
	maxWindow = 1 << 20 // entries that may wait to be folded; 48 bytes each
	maxDoubts = 4096
	patience  = 500 * time.Millisecond
	// giveUp is how long a write of unknown outcome may still appear: MongoDB ends a
	// transaction after 60 s.
	giveUp = 2 * time.Minute
)

func newWindow() *window { return &window{base: 1, doubts: map[uint64]int64{}} }

// reserve takes the next number; false if the window is closed or full.
func (w *window) reserve(now time.Time) (uint64, bool) {
	ms := now.UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.items) >= maxWindow {
		return 0, false
	}
	w.items = append(w.items, item{begun: ms})
	return w.base + uint64(len(w.items)) - 1, true
}

// settle says what became of number seq.
func (w *window) settle(gen uint32, seq uint64, state itemState, hash tlog.Hash) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seq >= w.base && seq-w.base < uint64(len(w.items)) {
		if it := &w.items[seq-w.base]; it.state == open {
			it.state, it.hash = state, hash
		}
		return
	}
	if _, doubtful := w.doubts[seq]; doubtful && state != doubt {
		delete(w.doubts, seq)
		if state == durable {
			w.late = append(w.late, leaf{gen, seq, hash})
		}
	}
}

// take removes up to limit durable entries, and gives settled: every smaller number is
// void or was taken.
func (w *window) take(gen uint32, now time.Time, limit int) (leaves []leaf, settled uint64) {
	ms := now.UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(limit, len(w.late))
	leaves = append(leaves, w.late[:n]...)
	w.late = w.late[n:]
	taken := 0
	for ; taken < len(w.items) && len(leaves) < limit; taken++ {
		it, seq := &w.items[taken], w.base+uint64(taken)
		if it.state == open && ms-it.begun < patience.Milliseconds() {
			break
		}
		switch it.state {
		case durable:
			leaves = append(leaves, leaf{gen, seq, it.hash})
		case open, doubt:
			w.doubts[seq] = it.begun
		}
	}
	w.items, w.base = w.items[taken:], w.base+uint64(taken)
	settled = w.base
	for seq := range w.doubts {
		settled = min(settled, seq)
	}
	for _, l := range w.late {
		settled = min(settled, l.seq)
	}
	return leaves, settled
}

// unclear lists up to limit doubtful numbers, oldest first, and forgets those that are
// older than giveUp or too many.
func (w *window) unclear(now time.Time, limit int) []uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	numbers := make([]uint64, 0, len(w.doubts))
	for seq, begun := range w.doubts {
		if now.UnixMilli()-begun > giveUp.Milliseconds() {
			delete(w.doubts, seq)
			continue
		}
		numbers = append(numbers, seq)
	}
	slices.Sort(numbers)
	for len(numbers) > maxDoubts {
		delete(w.doubts, numbers[0])
		numbers = numbers[1:]
	}
	return numbers[:min(limit, len(numbers))]
}

// waiting counts the durable entries not taken yet, and says since when the oldest waits.
func (w *window) waiting() (n int, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.items {
		if w.items[i].state == durable {
			if n == 0 {
				since = time.UnixMilli(w.items[i].begun)
			}
			n++
		}
	}
	return n + len(w.late), since
}

// close refuses new numbers, and reports whether nothing is open or in doubt.
func (w *window) close() (settled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for i := range w.items {
		if s := w.items[i].state; s == open || s == doubt {
			return false
		}
	}
	return len(w.doubts) == 0
}
