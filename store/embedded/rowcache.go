package embedded

import (
	"hash/maphash"
	"slices"
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
	mu     sync.Mutex
	places map[uint64]uint32 // by hash of the key: no pointers, and one look less in memory
	rows   []row             // the hand goes round and evicts what was not used since it came by
	hand   int
	bytes  int
	room   int
	held   int    // keys of groups that Pebble does not show yet
	epoch  uint64 // counts releases
}

type row struct {
	hash uint64
	data []byte // key and value, as stored; never changed
	key  int32  // length of the key
	gone bool   // there is no such document
	used bool
}

func (r *row) is(key []byte) bool {
	return int(r.key) == len(key) && string(r.data[:r.key]) == string(key)
}

func (r *row) size() int { return rowOverhead + len(r.data) }

// newRowCache keeps at most bytes in all.
func newRowCache(bytes int64) *rowCache {
	c := &rowCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].places, c.shards[i].room = map[uint64]uint32{}, int(bytes/rowShards)
	}
	return c
}

func (c *rowCache) shard(key []byte) (s *rowShard, hash uint64) {
	hash = maphash.Bytes(c.seed, key)
	return &c.shards[hash%rowShards], hash
}

// find gives the row of key. Another key may have its hash: then there is none.
func (s *rowShard) find(hash uint64, key []byte) *row {
	place, ok := s.places[hash]
	if !ok || !s.rows[place].is(key) {
		return nil
	}
	return &s.rows[place]
}

// get gives the value under key (nil: there is none). When it is not known, ticket
// serves to put what Pebble says.
func (c *rowCache) get(key []byte) (value []byte, known bool, ticket uint64) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(hash, key); r != nil {
		r.used = true
		if r.gone {
			return nil, true, 0
		}
		return r.data[r.key:], true, 0
	}
	if s.held > 0 {
		return nil, false, 0
	}
	return nil, false, s.epoch + 1
}

// put keeps what was read from Pebble after get gave ticket, unless a group came between,
// and gives its own copy of value (nil: there is none).
func (c *rowCache) put(key, value []byte, ticket uint64) []byte {
	r := row{data: slices.Concat(key, value), key: int32(len(key)), gone: value == nil}
	s, hash := c.shard(key)
	r.hash = hash
	s.mu.Lock()
	defer s.mu.Unlock()
	if ticket == s.epoch+1 && s.held == 0 && r.size() <= s.room/8 {
		s.add(r)
	}
	if r.gone {
		return nil
	}
	return r.data[r.key:]
}

func (s *rowShard) add(r row) {
	if _, there := s.places[r.hash]; there {
		return
	}
	for s.bytes+r.size() > s.room {
		s.evict()
	}
	s.places[r.hash] = uint32(len(s.rows))
	s.rows, s.bytes = append(s.rows, r), s.bytes+r.size()
}

// evict removes one row. There is one, since rows take all the room.
func (s *rowShard) evict() {
	for {
		if s.hand >= len(s.rows) {
			s.hand = 0
		}
		r := &s.rows[s.hand]
		s.hand++ // past the row that takes the place too: the newest is not the first to go
		if !r.used {
			s.remove(r)
			return
		}
		r.used = false
	}
}

// remove puts the last row in the place of r.
func (s *rowShard) remove(r *row) {
	place := s.places[r.hash]
	delete(s.places, r.hash)
	s.bytes -= r.size()
	last := len(s.rows) - 1
	if int(place) != last {
		*r = s.rows[last]
		s.places[r.hash] = place
	}
	s.rows[last] = row{}
	s.rows = s.rows[:last]
}

// hold takes key out until release.
func (c *rowCache) hold(key []byte) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
	if r := s.find(hash, key); r != nil {
		s.remove(r)
	}
}

// release ends one hold: Pebble shows the write now, or never will.
func (c *rowCache) release(key []byte) {
	s, _ := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	s.epoch++
}
