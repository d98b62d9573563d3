package identity

import (
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
)

// keyRecheck is how long the answer "this key is good" is believed. Retiring a key
// reaches processes within half a second anyway.
const keyRecheck = 100 * time.Millisecond

// verified is a token whose signature was checked. It never changes.
type verified struct {
	hash      uint64
	token     string
	expires   int64 // Unix nanoseconds
	key       *keyState
	principal model.Principal
}

// keyState remembers that a verification key is known. Shared by its tokens.
type keyState struct {
	kid     string
	checked atomic.Int64 // Unix nanoseconds
}

func (k *keyState) good(keys Keys, now int64) bool {
	if age := now - k.checked.Load(); age >= 0 && age < int64(keyRecheck) {
		return true
	}
	if _, ok := keys.JWTKey(k.kid); !ok {
		return false
	}
	k.checked.Store(now)
	return true
}

// verifiedCache keeps verified tokens in sets of four slots, so that it is bounded,
// needs no lock, and a hit allocates nothing. A full set loses an expired token, else
// one chosen by the newcomer's hash.
type verifiedCache struct {
	sets []verifiedSet
	keys sync.Map // kid → *keyState; as few as there were keys
}

type verifiedSet [4]atomic.Pointer[verified]

// newVerifiedCache holds at least size tokens.
func newVerifiedCache(size int) *verifiedCache {
	n := 1
	for n*len(verifiedSet{}) < size {
		n *= 2
	}
	return &verifiedCache{sets: make([]verifiedSet, n)}
}

func (c *verifiedCache) set(hash uint64) *verifiedSet { return &c.sets[hash&uint64(len(c.sets)-1)] }

func (c *verifiedCache) get(hash uint64, token string) *verified {
	set := c.set(hash)
	for i := range set {
		if v := set[i].Load(); v != nil && v.hash == hash && v.token == token {
			return v
		}
	}
	return nil
}

func (c *verifiedCache) put(v *verified, now int64) {
	set := c.set(v.hash)
	victim := int(v.hash>>62) % len(set)
	for i := range set {
		if old := set[i].Load(); old == nil || now >= old.expires {
			victim = i
			break
		}
	}
	set[victim].Store(v)
}

// keyState is asked only for keys that verified a token just now.
func (c *verifiedCache) keyState(kid string, now int64) *keyState {
	k, there := c.keys.Load(kid)
	if !there {
		k, _ = c.keys.LoadOrStore(kid, &keyState{kid: kid})
	}
	state := k.(*keyState)
	state.checked.Store(now)
	return state
}
