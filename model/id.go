package model

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// idEncoding keeps the order of the bytes: base32hex in lower case without padding.
var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// personPrefix starts the id of every natural person.
const personPrefix = "p_"

// NewPersonID gives the subject id of 16 random time-ordered bytes.
func NewPersonID(raw [16]byte) SubjectID {
	return SubjectID(personPrefix + idEncoding.EncodeToString(raw[:]))
}

// Raw gives the 16 bytes of a person's id; false for anything else.
func (id SubjectID) Raw() (raw [16]byte, ok bool) {
	text, found := strings.CutPrefix(string(id), personPrefix)
	if !found || len(text) != idEncoding.EncodedLen(len(raw)) {
		return raw, false
	}
	n, err := idEncoding.Decode(raw[:], []byte(text))
	return raw, err == nil && n == len(raw)
}

// IDs makes time-ordered ids (UUIDv7, RFC 9562 §5.7: 48 bits of milliseconds, then
// random). Ids of one source are strictly increasing. Safe for concurrent use.
type IDs struct {
	clock Clock
	mu    sync.Mutex
	last  uint64 // milliseconds<<12 | counter
	buf   [512]byte
	used  int
}

// NewIDs makes a source on clock.
func NewIDs(clock Clock) *IDs { return &IDs{clock: clock, used: len(IDs{}.buf)} }

// UUID gives the next 16 bytes. The 12 bits after the version count within a
// millisecond, so that ids made in one millisecond keep their order.
func (s *IDs) UUID() (u [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := uint64(s.clock.Now().UnixMilli()) << 12
	s.last = max(now, s.last+1)
	if s.used+8 > len(s.buf) {
		rand.Read(s.buf[:]) // never fails (crypto/rand)
		s.used = 0
	}
	binary.BigEndian.PutUint64(u[:], s.last>>12<<16)
	u[6] = 0x70 | byte(s.last>>8&0x0f)
	u[7] = byte(s.last)
	copy(u[8:], s.buf[s.used:s.used+8])
	s.used += 8
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Next gives the next id as 26 ordered characters.
func (s *IDs) Next() string {
	u := s.UUID()
	return idEncoding.EncodeToString(u[:])
}

// TimeOfID gives the instant at which Next made an id; false for anything else.
func TimeOfID(id string) (time.Time, bool) {
	var u [16]byte
	if len(id) != idEncoding.EncodedLen(len(u)) {
		return time.Time{}, false
	}
	if _, err := idEncoding.Decode(u[:], []byte(id)); err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(u[:]) >> 16)).UTC(), true
}

// Person gives a new person subject id.
func (s *IDs) Person() SubjectID { return NewPersonID(s.UUID()) }

// Record gives a new record id of a subject.
func (s *IDs) Record(of SubjectID) RecordID { return RecordID(string(of) + "/" + s.Next()) }
