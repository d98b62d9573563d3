package embedded

import (
	"sync"

	"xinyi/store"
)

// heads knows, of each collection that is emptied from the front, an id that none of its
// documents is before. What was deleted there stands in tables until Pebble comes round to
// rewriting them, and a scan would step over all of it, each time: after a county was brought
// in, thousands of tombstones for the few documents that wait. Scans start at the head.
//
// A scan that began at the head moves it to the first document that it found, unless a write
// became visible meanwhile, which it may have missed (start, found). The committer holds the
// head before Pebble shows a group, and moves it back where the group writes before it.
type heads map[string]*head

type head struct {
	mu    sync.Mutex
	id    string // "" = not known
	held  int    // writes that Pebble does not show yet
	epoch uint64 // counts writes that it has shown
}

// noDocument is behind every id: ids are UTF-8.
const noDocument = "\xff"

func newHeads(collections []string) heads {
	h := heads{}
	for _, coll := range collections {
		h[coll] = &head{}
	}
	return h
}

// start gives the head, and a ticket to move it with what a scan from there finds.
func (h *head) start() (id string, ticket uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held > 0 {
		return h.id, 0
	}
	return h.id, h.epoch + 1
}

// found moves the head to the first id that a scan from it came upon.
func (h *head) found(id string, ticket uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ticket == h.epoch+1 && h.held == 0 && id > h.id {
		h.id = id
	}
}

// hold says that id is about to be written.
func (h *head) hold(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held++
	h.id = min(h.id, id)
}

// release ends one hold: Pebble shows the write now, or never will.
func (h *head) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held--
	h.epoch++
}

// hold and release are the committer's, for the writes of a group.
func (hs heads) hold(g *group) { hs.each(g, (*head).hold) }

func (hs heads) release(g *group) { hs.each(g, func(h *head, _ string) { h.release() }) }

func (hs heads) each(g *group, do func(h *head, id string)) {
	for _, r := range g.requests {
		if r.err != nil {
			continue
		}
		for i := range r.ops {
			op := &r.ops[i]
			if h := hs[op.Coll]; h != nil && op.Kind != store.OpCheck && op.Kind != store.OpDelete {
				do(h, op.ID)
			}
		}
	}
}
