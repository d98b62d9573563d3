package embedded

import (
	"hash/maphash"
	"sync"
)

// rowCache keeps documents that were read lately in front of Pebble, whose every Get
// walks memtables and tables; also that a document is not there. It holds what is
// committed and nothing else: the committer takes the keys of a group out before Pebble
// shows the group and lets nobody put them back until it has (hold, release), so a
// reader never sees a document older than one that it has seen.
//
// Values are plain bytes under plain keys, so that the collector has little to look at.
// Safe for concurrent use; hold and release are the committer's alone.
type rowCache struct {
	seed   maphash.Seed
	shards [rowShards]rowShard
}

const (
	rowShards   = 64
	rowOverhead = 128 // bytes of bookkeeping per row, roughly
)

type rowShard struct {
	mu    sync.Mutex
	rows  map[string]*row
	clock []*row // the hand goes round and evicts what was not used since it came by
	hand  int
	bytes int
	room  int
	held  int    // keys of groups that Pebble does not show yet
	epoch uint64 // counts releases
}

type row struct {
	key   string
	value []byte // as stored; nil = there is no such document. Never changed.
	used  bool
	at    int // place in clock
}

// newRowCache keeps at most bytes in all.
func newRowCache(bytes int64) *rowCache {
	c := &rowCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].rows, c.shards[i].room = map[string]*row{}, int(bytes/rowShards)
	}
	return c
}

func (c *rowCache) shard(key []byte) *rowShard {
	return &c.shards[maphash.Bytes(c.seed, key)%rowShards]
}

// get gives the value under key (nil: there is none). When it is not known, ticket
// serves to put what Pebble says.
func (c *rowCache) get(key []byte) (value []byte, known bool, ticket uint64) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.rows[string(key)]; ok {
		r.used = true
		return r.value, true, 0
	}
	if s.held > 0 {
		return nil, false, 0
	}
	return nil, false, s.epoch + 1
}

// put keeps what was read from Pebble after get gave ticket, unless a group came between.
func (c *rowCache) put(key, value []byte, ticket uint64) {
	s := c.shard(key)
	size := rowOverhead + len(key) + len(value)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ticket != s.epoch+1 || s.held > 0 || size > s.room/8 {
		return
	}
	if _, there := s.rows[string(key)]; there {
		return
	}
	for s.bytes+size > s.room {
		s.evict()
	}
	r := &row{key: string(key), value: value, at: len(s.clock)}
	s.rows[r.key], s.clock, s.bytes = r, append(s.clock, r), s.bytes+size
}

// evict removes one row. There is one, since rows take all the room.
func (s *rowShard) evict() {
	for {
		if s.hand >= len(s.clock) {
			s.hand = 0
		}
		r := s.clock[s.hand]
		if !r.used {
			s.remove(r)
			return
		}
		r.used = false
		s.hand++
	}
}

func (s *rowShard) remove(r *row) {
	last := s.clock[len(s.clock)-1]
	s.clock[r.at], last.at = last, r.at
	s.clock[len(s.clock)-1] = nil
	s.clock = s.clock[:len(s.clock)-1]
	delete(s.rows, r.key)
	s.bytes -= rowOverhead + len(r.key) + len(r.value)
}

// hold takes key out until release.
func (c *rowCache) hold(key []byte) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
	if r, ok := s.rows[string(key)]; ok {
		s.remove(r)
	}
}

// release ends one hold: Pebble shows the write now, or never will.
func (c *rowCache) release(key []byte) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	s.epoch++
}
