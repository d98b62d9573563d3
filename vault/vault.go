package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
)

// Options chooses algorithms. The zero value is 国密 with Ed25519 passes.
type Options struct {
	// Policy of new keys: PolicyGM (default) or PolicyIntl.
	Policy Policy
	// PassAlg signs new passes: EdDSA (default), ES256 or SM2.
	PassAlg Alg
	// OldMasters also unwrap keys, while the master key is being changed.
	OldMasters []Master
}

func (o Options) validate() error {
	if !slices.Contains([]Policy{"", PolicyGM, PolicyIntl}, o.Policy) {
		return fmt.Errorf("vault: policy must be %q or %q", PolicyGM, PolicyIntl)
	}
	if !slices.Contains([]Alg{EdDSA, ES256, SM2}, o.PassAlg) {
		return fmt.Errorf("vault: pass algorithm must be %s, %s or %s", EdDSA, ES256, SM2)
	}
	return nil
}

// Vault holds every key in memory, ready to work.
type Vault struct {
	ring  Ring
	clock model.Clock
	opts  Options
	wrap  wrapper
	known wrappers
	now   atomic.Pointer[keys]
	// refreshing keeps a slow load from replacing what a later one found.
	refreshing sync.Mutex
}

// keys is one loaded state of the ring; it never changes.
type keys struct {
	infos  []KeyInfo
	seal   chain[*sealKey]
	index  chain[*macKey]
	cursor chain[*macKey]
	holder chain[*holderKey]
	jwt    chain[*signKey]
	pass   chain[*signKey]
	audit  chain[*signKey]
	// loaded remembers what each object was made from, so that a refresh reuses it.
	loaded map[string]loaded
}

type loaded struct {
	wrapped []byte
	key     any
}

// Open loads the ring and makes the first key of every use that has none. Processes
// that start at once over one ring agree on the keys: Save creates each id once and
// the loser takes the winner's.
//
// Errors: CodeUnavailable if a key is wrapped under a master key that was not given.
func Open(ctx context.Context, master Master, ring Ring, clock model.Clock, opts Options) (*Vault, error) {
	if opts.PassAlg == "" {
		opts.PassAlg = EdDSA
	}
	if err := opts.validate(); err != nil {
		return nil, err
	}
	w, err := newWrapper(master, opts.algFor(UseSeal))
	if err != nil {
		return nil, err
	}
	ws, err := newWrappers(append([]Master{master}, opts.OldMasters...)...)
	if err != nil {
		return nil, err
	}
	v := &Vault{ring: ring, clock: clock, opts: opts, wrap: w, known: ws}
	v.now.Store(&keys{})
	if err := v.Refresh(ctx); err != nil {
		return nil, err
	}
	made := false
	for _, use := range Uses() {
		if v.newest(use) == 0 {
			if err := v.create(ctx, use, 1, 0); err != nil && !model.Is(err, model.CodeExists) {
				return nil, err
			}
			made = true
		}
	}
	if made {
		return v, v.Refresh(ctx)
	}
	return v, nil
}

// Refresh loads the ring again. On an error the vault goes on with the keys it has.
func (v *Vault) Refresh(ctx context.Context) error {
	v.refreshing.Lock()
	defer v.refreshing.Unlock()
	stored, err := v.ring.Load(ctx)
	if err != nil {
		return err
	}
	before := v.now.Load()
	next := &keys{loaded: map[string]loaded{}}
	for _, k := range stored {
		info := KeyInfo{ID: k.ID, Use: k.Use, Number: k.Number, Alg: k.Alg,
			CreatedAt: k.CreatedAt, ActiveFrom: k.ActiveFrom, GoneAt: k.ForgotAt}
		if len(k.Wrapped) > 0 {
			l, ok := before.loaded[k.ID]
			if !ok || !bytes.Equal(l.wrapped, k.Wrapped) {
				if l.key, err = v.load(k); err != nil {
					return err
				}
				l.wrapped = bytes.Clone(k.Wrapped)
			}
			next.loaded[k.ID] = l
			if s, ok := l.key.(*signKey); ok {
				info.KID = s.kid
			}
		}
		next.infos = append(next.infos, info)
	}
	schedule(next.infos)
	for _, info := range next.infos {
		next.add(info)
	}
	v.now.Store(next)
	return nil
}

// load unwraps a key and makes the object that works with it.
func (v *Vault) load(k WrappedKey) (any, error) {
	secret, err := v.known.unwrap(k)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	if k.ID != keyID(k.Use, k.Number) || len(secret) != specs[k.Alg].size {
		return nil, fmt.Errorf("vault: key %s is not well formed", k.ID)
	}
	switch k.Use {
	case UseSeal:
		return newSealKey(k.Alg, k.Number, secret)
	case UseIndex, UseCursor:
		return newMACKey(k.Alg, k.Number, secret)
	case UseHolder:
		return newHolderKey(k.Alg, k.Number, secret)
	case UseJWT, UsePass, UseAudit:
		return newSignKey(k.Alg, secret)
	}
	return nil, fmt.Errorf("vault: key %s has an unknown use", k.ID)
}

// add puts the object of one key into the chain of its use; infos come newest first.
func (s *keys) add(info KeyInfo) {
	switch key := s.loaded[info.ID].key.(type) {
	case *sealKey:
		s.seal = append(s.seal, held[*sealKey]{info, key})
	case *holderKey:
		s.holder = append(s.holder, held[*holderKey]{info, key})
	case *macKey:
		c := &s.index
		if info.Use == UseCursor {
			c = &s.cursor
		}
		*c = append(*c, held[*macKey]{info, key})
	case *signKey:
		c := map[Use]*chain[*signKey]{UseJWT: &s.jwt, UsePass: &s.pass, UseAudit: &s.audit}[info.Use]
		*c = append(*c, held[*signKey]{info, key})
	}
}

// Keys lists all keys, by use and newest first, as they stand now.
func (v *Vault) Keys() []KeyInfo {
	now := v.clock.Now()
	infos := slices.Clone(v.now.Load().infos)
	for i := range infos {
		infos[i].State = infos[i].stateAt(now)
	}
	return infos
}

// create makes a random key and saves it; CodeExists if another process was first.
func (v *Vault) create(ctx context.Context, use Use, number uint16, lead time.Duration) error {
	now := v.stamp()
	k := WrappedKey{ID: keyID(use, number), Use: use, Number: number, Alg: v.opts.algFor(use),
		CreatedAt: now, ActiveFrom: now.Add(lead)}
	for {
		secret := make([]byte, specs[k.Alg].size)
		rand.Read(secret)
		k = v.wrap.wrap(k, secret)
		clear(secret)
		key, err := v.load(k)
		if errors.Is(err, errScalar) {
			continue // one in 2^32 random scalars is no P-256 or SM2 key
		}
		if err != nil {
			return err
		}
		if s, ok := key.(*signKey); !ok || !v.kidTaken(s.passKID()) {
			return v.ring.Save(ctx, k)
		}
	}
}

// kidTaken reports whether a key with that short id exists: passes carry only 4 bytes.
func (v *Vault) kidTaken(kid [4]byte) bool {
	for _, k := range v.now.Load().pass {
		if k.key.passKID() == kid {
			return true
		}
	}
	return false
}

func (v *Vault) newest(use Use) uint16 {
	for _, i := range v.now.Load().infos {
		if i.Use == use {
			return i.Number
		}
	}
	return 0
}

func (v *Vault) info(id string) (KeyInfo, error) {
	for _, i := range v.Keys() {
		if i.ID == id {
			return i, nil
		}
	}
	return KeyInfo{}, model.Errorf(model.CodeNotFound, "没有这把密钥，请核对密钥编号。")
}

// stamp is now as the store keeps it: UTC milliseconds.
func (v *Vault) stamp() time.Time { return v.clock.Now().UTC().Truncate(time.Millisecond) }
