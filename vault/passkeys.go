package vault

import (
	"crypto"
	"time"
)

// EachPassSigner gives the keys that vouch for what gates download: the one that signs
// passes now, then the retired ones, so that a gate that was off while keys changed still
// knows one of them.
func (v *Vault) EachPassSigner(yield func(kid [4]byte, alg string, key crypto.Signer)) {
	now := v.clock.Now()
	chain := v.now.Load().pass
	active, ok := chain.active(now)
	if !ok {
		return
	}
	yield(active.key.passKID(), string(active.key.alg), active.key.signer)
	for _, k := range chain {
		if k.info.stateAt(now) == StateRetired && k.info.Number != active.info.Number {
			yield(k.key.passKID(), string(k.key.alg), k.key.signer)
		}
	}
}

// EachPassKey gives the public keys of passes that may be shown now or soon, newest first,
// each with the times between which passes are made under it; until is zero if not foreseen.
func (v *Vault) EachPassKey(yield func(kid [4]byte, alg string, key crypto.PublicKey, from, until time.Time)) {
	now := v.clock.Now()
	for _, k := range v.now.Load().pass {
		if !k.info.goneAt(now) {
			yield(k.key.passKID(), string(k.key.alg), k.key.public, k.info.ActiveFrom, k.info.RetireAt)
		}
	}
}
