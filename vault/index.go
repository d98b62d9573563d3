package vault

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strconv"
	"sync"
)

// macSize is the length of an index value and of a MAC: half of the hash, the least
// that RFC 2104 §5 asks for.
const macSize = 16

// macKey is one HMAC key. Its pool keeps keyed states, so that a MAC costs two hash
// blocks instead of four.
type macKey struct {
	number uint16
	prefix string // "v<number>." of index ids
	states sync.Pool
}

func newMACKey(alg Alg, number uint16, secret []byte) (*macKey, error) {
	newHash, err := newHash(alg)
	if err != nil {
		return nil, err
	}
	key := append([]byte(nil), secret...)
	k := &macKey{number: number, prefix: "v" + strconv.Itoa(int(number)) + "."}
	k.states.New = func() any { return &macState{hash: hmac.New(newHash, key)} }
	return k, nil
}

type macState struct {
	hash hash.Hash
	in   []byte
	out  [64]byte
}

// sum is the MAC over purpose and value; the length before the purpose keeps
// ("ab", "c") and ("a", "bc") apart.
func (k *macKey) sum(purpose, value string) (mac [macSize]byte) {
	s := k.states.Get().(*macState)
	s.in = append(binary.AppendUvarint(s.in[:0], uint64(len(purpose))), purpose...)
	s.in = append(s.in, value...)
	s.hash.Reset()
	s.hash.Write(s.in)
	copy(mac[:], s.hash.Sum(s.out[:0]))
	clear(s.in)
	clear(s.out[:])
	k.states.Put(s)
	return mac
}

func (k *macKey) indexID(kind, value string) string {
	mac := k.sum(kind, value)
	b := make([]byte, 0, 32)
	return string(base64.RawURLEncoding.AppendEncode(append(b, k.prefix...), mac[:]))
}

// Index gives the blind index of an identifier (盲索引): "v<N>." and 22 characters
// base64url, usable as a document id. kind is the kind of document ("citizen_id"),
// value its number in normal form. Two numbers share an id only by a 2^-64 chance.
func (v *Vault) Index(kind, value string) string {
	k, _ := v.now.Load().index.active(v.clock.Now()) // there is one since Open
	return k.key.indexID(kind, value)
}

// IndexAll gives the ids under every live key version, newest first, for look-ups
// while an index key rotates. Without a rotation it is the one id of Index.
func (v *Vault) IndexAll(kind, value string) []string {
	now := v.clock.Now()
	keys := v.now.Load().index
	ids := make([]string, 0, len(keys))
	for _, k := range keys {
		if !k.info.goneAt(now) {
			ids = append(ids, k.key.indexID(kind, value))
		}
	}
	return ids
}

// MAC authenticates data that goes out and comes back: cursors, refresh tokens. It is
// 18 bytes: key number and HMAC. purpose keeps the uses apart.
func (v *Vault) MAC(purpose string, data []byte) ([]byte, error) {
	k, ok := v.now.Load().cursor.active(v.clock.Now())
	if !ok {
		return nil, noActiveKey(UseCursor)
	}
	mac := k.key.sum(purpose, string(data))
	return append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+macSize), k.key.number), mac[:]...), nil
}

// CheckMAC reports whether mac is a MAC over purpose and data under a key that is not
// gone.
func (v *Vault) CheckMAC(purpose string, data, mac []byte) bool {
	if len(mac) != 2+macSize {
		return false
	}
	k, ok := v.now.Load().cursor.number(binary.BigEndian.Uint16(mac), v.clock.Now())
	if !ok {
		return false
	}
	want := k.key.sum(purpose, string(data))
	return hmac.Equal(want[:], mac[2:])
}
