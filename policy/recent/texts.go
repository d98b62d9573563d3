package recent

import "sync"

// Texts keeps texts of any length one after the other in slabs. The oldest slab goes where there is no
// room for a new one. Safe for concurrent use.
type Texts struct {
	slabSize int // bytes

	mu    sync.Mutex
	slabs [][]byte // oldest first
	first uint32   // number of the first of them
}

// maxSlabs is how many slabs a Texts has at most: what goes at once is a small part of what is kept, and
// the collector has little to look at.
const maxSlabs = 128

// NewTexts keeps about so many bytes.
func NewTexts(bytes int) *Texts { return &Texts{slabSize: max(bytes/maxSlabs, 1)} }

// Place is where a text stands.
type Place struct{ slab, at, length uint32 }

// Put keeps a text, given in parts; false when it is too long to be kept. A text that is written anew has
// another place.
func (t *Texts) Put(parts ...[]byte) (Place, bool) {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	if length > t.slabSize {
		return Place{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.slabs) - 1
	if last < 0 || cap(t.slabs[last])-len(t.slabs[last]) < length {
		if len(t.slabs) == maxSlabs {
			t.slabs[0] = nil
			t.slabs, t.first = t.slabs[1:], t.first+1
		}
		t.slabs = append(t.slabs, make([]byte, 0, t.slabSize))
		last = len(t.slabs) - 1
	}
	slab := t.slabs[last]
	place := Place{t.first + uint32(last), uint32(len(slab)), uint32(length)} //nolint:gosec // sizes of memory
	for _, part := range parts {
		slab = append(slab, part...)
	}
	t.slabs[last] = slab
	return place, true
}

// Get gives the text at a place that Put gave, which must not be changed; false when it went since.
func (t *Texts) Get(p Place) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.slab-t.first >= uint32(len(t.slabs)) { //nolint:gosec // few
		return nil, false
	}
	end := p.at + p.length
	return t.slabs[p.slab-t.first][p.at:end:end], true
}
