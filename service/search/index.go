// Package search finds enterprises by what people type: a code, a former code, a
// name or part of it, the initials of its pinyin, each with one mistake.
//
// The index lives in memory and does no I/O: whoever owns it feeds it from the store's
// documents, so that the answers do not depend on the engine. Readers never wait:
// they search an immutable snapshot of a few segments; writers replace it.
package search

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Entry is what the index knows of an organisation. All of it is public.
type Entry struct {
	// USCC is the subject id: 统一社会信用代码, or a random id for one without.
	USCC string
	Name string
	// FormerNames and FormerCodes (曾用名; former USCC, 工商注册号, 组织机构代码) find it too.
	FormerNames []string
	FormerCodes []string
	// Status is handed through to the hit (存续 / 注销 / 吊销).
	Status string
}

// Index is safe for concurrent use. Make it with New.
type Index struct {
	now atomic.Pointer[snapshot]

	mu      sync.Mutex // one writer at a time
	letters initials   // guarded by mu
}

// snapshot is what a search sees: segments from large to small.
type snapshot struct{ parts []part }

// part is a segment less the entries that were replaced or removed since.
type part struct {
	*segment
	gone  []uint64 // one bit per entry, nil while all live
	goneN int
}

func (p part) lives(doc uint32) bool { return p.gone == nil || p.gone[doc/64]&(1<<(doc%64)) == 0 }

// growth keeps each segment this many times larger than the next, so that an entry
// is rebuilt only a few times and a search meets only a few segments.
const growth = 4

// New gives an empty index.
func New() *Index {
	x := &Index{letters: initials{}}
	x.now.Store(&snapshot{})
	return x
}

// Upsert adds entries or replaces those with the same USCC; of the same USCC twice the
// last counts. Entries are searchable when it returns. Hand many over at once: a
// call costs at least one segment.
func (x *Index) Upsert(entries ...Entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		last[e.USCC] = i
	}
	fresh := make([]Entry, 0, len(last))
	for i, e := range entries {
		if last[e.USCC] == i && e.USCC != "" {
			fresh = append(fresh, e)
		}
	}
	if len(fresh) == 0 {
		return
	}
	parts := x.without(func(yield func(string) bool) {
		for _, e := range fresh {
			if !yield(e.USCC) {
				return
			}
		}
	})
	x.publish(parts, fresh)
}

// Remove takes organisations out; unknown ones are no matter.
func (x *Index) Remove(usccs ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.publish(x.without(slices.Values(usccs)), nil)
}

// Len is the number of organisations.
func (x *Index) Len() int {
	n := 0
	for _, p := range x.now.Load().parts {
		n += p.len() - p.goneN
	}
	return n
}

// without gives the parts with the given organisations marked as gone; the marks of
// the published snapshot stay as they are.
func (x *Index) without(usccs func(func(string) bool)) []part {
	parts := slices.Clone(x.now.Load().parts)
	own := make([]bool, len(parts))
	for uscc := range usccs {
		for i := range parts {
			p := &parts[i]
			doc, ok := p.byID(uscc)
			if !ok || !p.lives(doc) {
				continue
			}
			if !own[i] {
				gone := make([]uint64, (p.len()+63)/64)
				copy(gone, p.gone)
				p.gone, own[i] = gone, true
			}
			p.gone[doc/64] |= 1 << (doc % 64)
			p.goneN++
		}
	}
	return parts
}

// publish adds a segment of fresh entries, folds small and half-empty segments
// together and shows the result to readers.
func (x *Index) publish(parts []part, fresh []Entry) {
	kept := parts[:0]
	for _, p := range parts {
		if p.goneN*2 > p.len() {
			fresh = append(fresh, p.live()...)
		} else {
			kept = append(kept, p)
		}
	}
	for len(kept) > 0 && len(fresh) > 0 {
		p := kept[len(kept)-1]
		if n := p.len() - p.goneN; n > len(fresh)*growth || n+len(fresh) > maxDocs {
			break
		}
		fresh = append(fresh, p.live()...)
		kept = kept[:len(kept)-1]
	}
	for chunk := range slices.Chunk(fresh, maxDocs) {
		kept = append(kept, part{segment: buildSegment(chunk, x.letters)})
	}
	slices.SortStableFunc(kept, func(a, b part) int { return b.len() - a.len() })
	x.now.Store(&snapshot{parts: kept})
}

// live lists the entries that are not gone.
func (p part) live() []Entry {
	out := make([]Entry, 0, p.len()-p.goneN)
	for i := range uint32(p.len()) {
		if p.lives(i) {
			out = append(out, p.entry(i))
		}
	}
	return out
}

// Key is a place in the order of hits: better scores first, then the matched text,
// then the code. The zero Key is before everything.
type Key struct {
	Score int    `json:"s"`
	Text  string `json:"t"`
	USCC  string `json:"u"`
}

// compare is negative when a hit of key k comes before one of key l.
func (k Key) compare(l Key) int {
	if k.Score != l.Score {
		return l.Score - k.Score
	}
	if c := strings.Compare(k.Text, l.Text); c != 0 {
		return c
	}
	return strings.Compare(k.USCC, l.USCC)
}
