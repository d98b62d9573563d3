package embedded

import (
	"encoding/binary"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"xinyi/model"
)

// rowCache keeps documents that were read lately in front of Pebble, whose every Get
// walks memtables and tables; also that a document is not there. It holds what is
// committed and nothing else: the committer takes the keys of a group out before Pebble
// shows the group and lets nobody put them back until it has (hold, release), so a
// reader never sees a document older than one that it has seen.
//
// Rows stand one after the other in slabs, and the index of a shard holds no pointer: for
// the collector the cache is some thousand objects, not one or two for each row.
// Safe for concurrent use; hold and release are the committer's alone.
//
// It also counts the writes of documents, some together, so that a reader of documents can tell
// without reading them that none of them was written since (watch, unchanged).
type rowCache struct {
	seed   maphash.Seed
	shards [rowShards]rowShard
	writes [watchPlaces]atomic.Uint64
}

// watchPlaces is over how many counters the writes are spread.
const watchPlaces = 1 << 14

const (
	rowShards   = 64
	rowOverhead = 40 // bytes of a place in the index, roughly
	// slabBytes is the size of a slab in a cache of usual size; a row of more than a quarter
	// of it has a slab to itself.
	slabBytes = 32 << 10
)

// rowShard evicts slab by slab, the oldest first; of its rows those stay that were used since
// they came into it. Readers may hold parts of a slab, so what is written stays as it is.
type rowShard struct {
	mu     sync.Mutex
	places map[uint64]place // by hash of the key
	slabs  []slab           // oldest first; rows are added to the last
	first  uint64           // number of the first of them
	bytes  int              // of all slabs
	room   int
	held   int    // keys of groups that Pebble does not show yet
	epoch  uint64 // counts releases
}

// slab is rows, each a header, its key and its value.
type slab []byte

// place is the number of a slab, from 1 on, and where in it a row begins.
type place struct {
	slab uint64
	at   uint32
}

// The header of a row: hash of the key, length of the key, length of the value, flags.
const (
	rowKeyLen = 8
	rowValLen = 12
	rowFlags  = 16
	rowHeader = 17
)

const (
	rowUsed = 1 << iota // since it came into its slab
	rowGone             // there is no such document
)

// row gives the bytes of the row at a place, header included.
func (s slab) row(at uint32) []byte {
	r := s[at:]
	return r[:rowHeader+binary.LittleEndian.Uint32(r[rowKeyLen:])+binary.LittleEndian.Uint32(r[rowValLen:])]
}

func rowSize(key, value []byte) int { return rowHeader + len(key) + len(value) }

func rowHash(r []byte) uint64 { return binary.LittleEndian.Uint64(r) }

func rowKey(r []byte) []byte { return r[rowHeader:][:binary.LittleEndian.Uint32(r[rowKeyLen:])] }

// rowValue gives the value (nil: there is no such document), which must not be changed.
func rowValue(r []byte) []byte {
	if r[rowFlags]&rowGone != 0 {
		return nil
	}
	v := r[rowHeader+binary.LittleEndian.Uint32(r[rowKeyLen:]):]
	return v[:len(v):len(v)]
}

// newRowCache keeps rows in at most bytes; an eighth is left to the indexes.
func newRowCache(bytes int64) *rowCache {
	c := &rowCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i] = rowShard{places: map[uint64]place{}, first: 1, room: int(bytes/rowShards) * 7 / 8}
	}
	return c
}

func (c *rowCache) shard(key []byte) (s *rowShard, hash uint64) {
	hash = maphash.Bytes(c.seed, key)
	return &c.shards[hash%rowShards], hash
}

// find gives the row of key. Another key may have its hash: then there is none.
func (s *rowShard) find(hash uint64, key []byte) []byte {
	p, ok := s.places[hash]
	if !ok {
		return nil
	}
	if r := s.slabs[p.slab-s.first].row(p.at); string(rowKey(r)) == string(key) {
		return r
	}
	return nil
}

// get gives the value under key (nil: there is none). When it is not known, ticket
// serves to put what Pebble says.
func (c *rowCache) get(key []byte) (value []byte, known bool, ticket uint64) {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(hash, key); r != nil {
		r[rowFlags] |= rowUsed
		return rowValue(r), true, 0
	}
	if s.held > 0 {
		return nil, false, 0
	}
	return nil, false, s.epoch + 1
}

// put keeps what was read from Pebble after get gave ticket, unless a group came between,
// and gives its own copy of value (nil: there is none).
func (c *rowCache) put(key, value []byte, ticket uint64) []byte {
	s, hash := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.places[hash]; !there && ticket == s.epoch+1 && s.held == 0 && rowSize(key, value) <= s.room/8 {
		return rowValue(s.add(hash, key, value))
	}
	if value == nil {
		return nil
	}
	return append(make([]byte, 0, len(value)), value...)
}

// add writes a row that is not there and is no larger than room/8.
func (s *rowShard) add(hash uint64, key, value []byte) []byte {
	size := rowSize(key, value)
	if len(s.slabs) == 0 || cap(s.last())-len(s.last()) < size {
		s.open(size)
	}
	var header [rowHeader]byte
	binary.LittleEndian.PutUint64(header[:], hash)
	binary.LittleEndian.PutUint32(header[rowKeyLen:], uint32(len(key)))
	binary.LittleEndian.PutUint32(header[rowValLen:], uint32(len(value)))
	if value == nil {
		header[rowFlags] = rowGone
	}
	return s.write(hash, header[:], key, value)
}

// write appends a row to the last slab, which has room for it.
func (s *rowShard) write(hash uint64, parts ...[]byte) []byte {
	to := s.last()
	at := len(to)
	for _, part := range parts {
		to = append(to, part...)
	}
	s.slabs[len(s.slabs)-1] = to
	s.places[hash] = place{s.first + uint64(len(s.slabs)) - 1, uint32(at)}
	return to[at:]
}

func (s *rowShard) last() slab { return s.slabs[len(s.slabs)-1] }

// open begins a slab with room for a row of size bytes. Where it takes the place of others,
// what was used of them moves into half of it: the other half is for what comes.
func (s *rowShard) open(size int) {
	fresh := min(slabBytes, s.room/16)
	alone := size > fresh/4
	if alone {
		fresh = size
	}
	var stay [][]byte
	for s.bytes+fresh > s.room {
		stay = append(stay, s.evict()...)
	}
	s.slabs, s.bytes = append(s.slabs, make(slab, 0, fresh)), s.bytes+fresh
	for _, r := range stay {
		if alone || len(s.last())+len(r) > fresh/2 {
			return
		}
		kept := s.write(rowHash(r), r)
		kept[rowFlags] &^= rowUsed
	}
}

// evict takes the oldest slab out and gives those of its rows that were used.
func (s *rowShard) evict() (used [][]byte) {
	old := s.slabs[0]
	for at := 0; at < len(old); {
		r := old.row(uint32(at))
		if hash := rowHash(r); s.places[hash] == (place{s.first, uint32(at)}) {
			delete(s.places, hash)
			if r[rowFlags]&rowUsed != 0 {
				used = append(used, r)
			}
		}
		at += len(r)
	}
	s.slabs[0] = nil
	s.slabs, s.first, s.bytes = s.slabs[1:], s.first+1, s.bytes-cap(old)
	return used
}

// watch adds a document to a mark. What is read after it is what the mark stands for.
func (c *rowCache) watch(key []byte, m *model.Mark) {
	place := maphash.Bytes(c.seed, key) % watchPlaces
	m.Places[m.N], m.Seen[m.N] = uint32(place), c.writes[place].Load()
	m.N++
}

// unchanged reports whether none of the documents was written since, nor is about to be: each
// write counts when it is held and when it is released, and shows in between.
func (c *rowCache) unchanged(m *model.Mark) bool {
	for i := range m.N {
		if c.writes[m.Places[i]].Load() != m.Seen[i] {
			return false
		}
	}
	return m.N > 0
}

// hold takes key out until release.
func (c *rowCache) hold(key []byte) {
	s, hash := c.shard(key)
	c.writes[hash%watchPlaces].Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
	if s.find(hash, key) != nil {
		delete(s.places, hash)
	}
}

// release ends one hold: Pebble shows the write now, or never will.
func (c *rowCache) release(key []byte) {
	s, hash := c.shard(key)
	c.writes[hash%watchPlaces].Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	s.epoch++
}
