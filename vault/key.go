package vault

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Use is what a key is for. A key serves one use only.
type Use string

const (
	UseSeal   Use = "seal"   // personal data at rest
	UseIndex  Use = "index"  // blind index of identifiers
	UseHolder Use = "holder" // the holder inside a pass
	UseCursor Use = "cursor" // cursors and refresh tokens
	UseJWT    Use = "jwt"    // access tokens
	UsePass   Use = "pass"   // benefit passes
	UseAudit  Use = "audit"  // checkpoints of the audit log
)

// Uses lists every use once.
func Uses() []Use {
	return []Use{UseSeal, UseIndex, UseHolder, UseCursor, UseJWT, UsePass, UseAudit}
}

// State is where a key is in its life.
type State string

const (
	StatePending State = "pending" // published, not yet used
	StateActive  State = "active"  // makes new seals and signatures
	StateRetired State = "retired" // opens and verifies only
	StateGone    State = "gone"    // does nothing any more
)

// day is long enough for what it is used for: a life time, not a calendar date.
const day = 24 * time.Hour

// plan is the life of the keys of one use: lead is the time from creation to use, in
// which every process and every verifier learns of the key; keep is the time from
// retirement until the key is gone, 0 = only Forget ends it.
type plan struct{ lead, keep time.Duration }

var plans = map[Use]plan{
	UseSeal:  {lead: time.Minute},
	UseIndex: {lead: time.Minute},
	// An offline gate may hand in redemptions days later.
	UseHolder: {lead: time.Minute, keep: 31 * day},
	UseCursor: {lead: time.Minute, keep: 31 * day},
	UseJWT:    {lead: 5 * time.Minute, keep: time.Hour},
	// A gate must have fetched a bundle with the key before the first pass under it.
	UsePass:  {lead: 15 * time.Minute, keep: 31 * day},
	UseAudit: {lead: time.Minute},
}

// KeyInfo describes a key without its secret.
type KeyInfo struct {
	ID        string // use + "." + number, such as "seal.2"
	Use       Use
	Number    uint16 // counts the keys of a use from 1
	Alg       Alg
	State     State
	KID       string // key id in tokens and passes; "" for symmetric keys
	CreatedAt time.Time
	// ActiveFrom is the first instant of use. RetireAt is when the next key takes over,
	// GoneAt when this one stops verifying; zero = not foreseen.
	ActiveFrom, RetireAt, GoneAt time.Time
}

func keyID(use Use, number uint16) string { return string(use) + "." + strconv.Itoa(int(number)) }

// held is a key in memory: what is known about it and the object that works with it.
type held[T any] struct {
	info KeyInfo
	key  T
}

// chain holds the keys of one use, newest first.
type chain[T any] []held[T]

// active gives the newest key whose time has come. A clock that is behind the process
// that made the first key gets that key: the very first must not wait for anybody.
func (c chain[T]) active(now time.Time) (held[T], bool) {
	for _, k := range c {
		if !now.Before(k.info.ActiveFrom) {
			return k, true
		}
	}
	if len(c) == 0 {
		return held[T]{}, false
	}
	return c[len(c)-1], true
}

// number gives the key with that number, if it still does anything.
func (c chain[T]) number(n uint16, now time.Time) (held[T], bool) {
	for _, k := range c {
		if k.info.Number == n {
			return k, !k.info.goneAt(now)
		}
	}
	return held[T]{}, false
}

func (i KeyInfo) goneAt(now time.Time) bool { return !i.GoneAt.IsZero() && !now.Before(i.GoneAt) }

func (i KeyInfo) stateAt(now time.Time) State {
	switch {
	case i.goneAt(now):
		return StateGone
	case !i.RetireAt.IsZero() && !now.Before(i.RetireAt):
		return StateRetired
	case now.Before(i.ActiveFrom):
		return StatePending
	}
	return StateActive
}

// schedule orders keys by use and newest first, and works out when each one retires
// and is gone: a key retires when the next one becomes active.
func schedule(infos []KeyInfo) {
	slices.SortFunc(infos, func(a, b KeyInfo) int {
		return cmp.Or(cmp.Compare(a.Use, b.Use), cmp.Compare(b.Number, a.Number))
	})
	for i := 1; i < len(infos); i++ {
		next, k := infos[i-1], &infos[i]
		if next.Use != k.Use {
			continue
		}
		// A key called in later but active earlier (an urgent rotation) retires all before it.
		k.RetireAt = next.ActiveFrom
		if !next.RetireAt.IsZero() && next.RetireAt.Before(k.RetireAt) {
			k.RetireAt = next.RetireAt
		}
		if keep := plans[k.Use].keep; keep > 0 && k.GoneAt.IsZero() {
			k.GoneAt = k.RetireAt.Add(keep)
		}
	}
}
