package audit

import (
	"maps"
	"math"
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
// patience, or whose write ended without a clear answer, steps aside as doubtful and does
// not hold up the others. It stays so until its caller or the store tells what became of
// it, or giveUp has passed since its write ended.
type window struct {
	mu     sync.Mutex
	closed bool
	base   uint64 // number of items[0]
	items  []item
	doubts map[uint64]item
	late   []lateLeaf // doubtful ones that proved durable
	asked  uint64     // the last doubtful number that the store was asked about
}

type item struct {
	hash  tlog.Hash
	begun int64 // unix ms
	ended int64 // unix ms; when its write ended in doubt
	state itemState
}

type lateLeaf struct {
	leaf
	begun int64
}

type itemState uint8

const (
	open itemState = iota
	durable
	void
	doubt
)

const (
	maxWindow = 1 << 20 // entries that may wait to be folded; 56 bytes each, doubtful ones about twice that
	askLimit  = 4096    // doubtful entries that the store is asked about at once
	patience  = 500 * time.Millisecond
	// giveUp is how long a write that ended in doubt may still appear: MongoDB ends a
	// transaction after 60 s. One that its caller has not ended is never given up, since
	// the whole process may have been stopped meanwhile.
	giveUp = 2 * time.Minute
)

func newWindow() *window { return &window{base: 1, doubts: map[uint64]item{}} }

// reserve takes the next number; false if the window is closed or full.
func (w *window) reserve(now time.Time) (uint64, bool) {
	ms := now.UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.items)+len(w.doubts)+len(w.late) >= maxWindow {
		return 0, false
	}
	w.items = append(w.items, item{begun: ms})
	return w.base + uint64(len(w.items)) - 1, true
}

// settle says what became of number seq.
func (w *window) settle(gen uint32, seq uint64, state itemState, hash tlog.Hash, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seq >= w.base && seq-w.base < uint64(len(w.items)) {
		if it := &w.items[seq-w.base]; it.state == open {
			it.state, it.hash = state, hash
			if state == doubt {
				it.ended = now.UnixMilli()
			}
		}
		return
	}
	it, doubtful := w.doubts[seq]
	if !doubtful {
		return
	}
	switch state {
	case doubt:
		it.state, it.ended = doubt, now.UnixMilli()
		w.doubts[seq] = it
	case durable:
		w.late = append(w.late, lateLeaf{leaf{gen, seq, hash}, it.begun})
		delete(w.doubts, seq)
	default:
		delete(w.doubts, seq)
	}
}

// take removes up to limit durable entries, and gives settled: every smaller number is
// void or was taken.
func (w *window) take(gen uint32, now time.Time, limit int) (leaves []leaf, settled uint64) {
	ms := now.UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(limit, len(w.late))
	for _, l := range w.late[:n] {
		leaves = append(leaves, l.leaf)
	}
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
			w.doubts[seq] = *it
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

// unclear lists up to limit doubtful numbers, those that were not asked about for longest
// first. None is ever forgotten for want of room: its caller may still say that it is
// durable, and then it belongs into the tree.
func (w *window) unclear(limit int) []uint64 {
	w.mu.Lock()
	numbers, asked := slices.Collect(maps.Keys(w.doubts)), w.asked
	w.mu.Unlock()
	slices.Sort(numbers)
	next, _ := slices.BinarySearch(numbers, asked+1)
	numbers = append(numbers[next:len(numbers):len(numbers)], numbers[:next]...)
	numbers = numbers[:min(limit, len(numbers))]
	if len(numbers) > 0 {
		w.mu.Lock()
		w.asked = numbers[len(numbers)-1]
		w.mu.Unlock()
	}
	return numbers
}

// absent says that the store, asked at now, did not hold number seq.
func (w *window) absent(seq uint64, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if it := w.doubts[seq]; it.state == doubt && now.UnixMilli()-it.ended > giveUp.Milliseconds() {
		delete(w.doubts, seq)
	}
}

// waiting counts the entries that are, or may be, durable and were not taken yet, and
// says when the oldest of them began.
func (w *window) waiting() lag {
	w.mu.Lock()
	defer w.mu.Unlock()
	behind := lag{unfolded: len(w.late)}
	oldest := int64(math.MaxInt64)
	count := func(it item) {
		if it.state != void {
			behind.unfolded++
			oldest = min(oldest, it.begun)
		}
	}
	for _, it := range w.items {
		count(it)
	}
	for _, it := range w.doubts {
		count(it)
	}
	for _, l := range w.late {
		oldest = min(oldest, l.begun)
	}
	if behind.unfolded > 0 {
		behind.since = time.UnixMilli(oldest)
	}
	return behind
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
