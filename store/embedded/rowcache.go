package embedded

import (
	"bytes"
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
	slabs  []slab           // oldest first
	first  uint64           // number of the first of them
	filled uint64           // number of the one that rows are added to; 0 = none
	bytes  int              // of all slabs and places
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

// newRowCache keeps rows in about so many bytes.
func newRowCache(bytes int64) *rowCache {
	c := &rowCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i] = rowShard{places: map[uint64]place{}, first: 1, room: int(bytes / rowShards)}
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
	if r := s.at(p.slab).row(p.at); string(rowKey(r)) == string(key) {
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
	return bytes.Clone(value)
}

// add writes a row that is not there and is no larger than room/8.
func (s *rowShard) add(hash uint64, key, value []byte) []byte {
	size := rowSize(key, value)
	number := s.filled
	switch slabSize := min(slabBytes, s.room/16); {
	case size > slabSize/4:
		number = s.open(size, 0)
	case number == 0 || cap(s.at(number))-len(s.at(number)) < size:
		number = s.open(slabSize, slabSize/2)
		s.filled = number
	}
	var header [rowHeader]byte
	binary.LittleEndian.PutUint64(header[:], hash)
	binary.LittleEndian.PutUint32(header[rowKeyLen:], uint32(len(key)))
	binary.LittleEndian.PutUint32(header[rowValLen:], uint32(len(value)))
	if value == nil {
		header[rowFlags] = rowGone
	}
	return s.write(number, hash, header[:], key, value)
}

// write appends a row to a slab, which has room for it.
func (s *rowShard) write(number, hash uint64, parts ...[]byte) []byte {
	to := s.at(number)
	at := len(to)
	for _, part := range parts {
		to = append(to, part...)
	}
	s.slabs[number-s.first] = to
	s.place(hash, place{number, uint32(at)})
	return to[at:]
}

func (s *rowShard) at(number uint64) slab { return s.slabs[number-s.first] }

// place and forget keep the index, whose places count too.
func (s *rowShard) place(hash uint64, p place) {
	s.places[hash] = p
	s.bytes += rowOverhead
}

func (s *rowShard) forget(hash uint64) {
	delete(s.places, hash)
	s.bytes -= rowOverhead
}

// open begins a slab of so many bytes and gives its number. It takes the place of the oldest;
// what was used of them moves into it, as far as it takes up to so many bytes of that.
func (s *rowShard) open(size, used int) (number uint64) {
	var stay [][]byte
	for s.bytes+size > s.room && len(s.slabs) > 0 {
		stay = append(stay, s.evict()...)
	}
	number = s.append(make(slab, 0, size))
	for _, r := range stay {
		if used -= len(r); used < 0 {
			return number
		}
		s.write(number, rowHash(r), r)[rowFlags] &^= rowUsed
	}
	return number
}

func (s *rowShard) append(b slab) (number uint64) {
	s.slabs, s.bytes = append(s.slabs, b), s.bytes+cap(b)
	return s.first + uint64(len(s.slabs)) - 1
}

// evict takes the oldest slab out and gives those of its rows that were used. One row that has a
// slab to itself and was used moves on with it.
func (s *rowShard) evict() (used [][]byte) {
	old, number := s.slabs[0], s.first
	s.slabs[0] = nil
	s.slabs, s.first, s.bytes = s.slabs[1:], s.first+1, s.bytes-cap(old)
	if number == s.filled {
		s.filled = 0
	}
	for at := 0; at < len(old); {
		r := old.row(uint32(at))
		if hash := rowHash(r); s.places[hash] == (place{number, uint32(at)}) {
			s.forget(hash)
			switch {
			case r[rowFlags]&rowUsed == 0:
			case len(r) == cap(old):
				r[rowFlags] &^= rowUsed
				s.place(hash, place{s.append(old), 0})
			default:
				used = append(used, r)
			}
		}
		at += len(r)
	}
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
func (c *rowCache) unchanged(m model.Mark) bool {
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
		s.forget(hash)
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
