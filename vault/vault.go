package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
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
	keys  wrappers
	now   atomic.Pointer[keys]
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
	v := &Vault{ring: ring, clock: clock, opts: opts, wrap: w, keys: ws}
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
	secret, err := v.keys.unwrap(k)
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

// Rotate adds a key that takes over after the lead time of its use, when every process
// and verifier knows it. Of two rotations at once one makes the key and both get it.
//
// Errors: CodeConflict while an earlier rotation still waits for its time.
func (v *Vault) Rotate(ctx context.Context, use Use) (KeyInfo, error) {
	return v.rotate(ctx, use, plans[use].lead)
}

// RotateNow is Rotate without the lead time, for a key that leaked. Processes that have
// not refreshed yet refuse what the new key signs for as long.
func (v *Vault) RotateNow(ctx context.Context, use Use) (KeyInfo, error) {
	return v.rotate(ctx, use, 0)
}

func (v *Vault) rotate(ctx context.Context, use Use, lead time.Duration) (KeyInfo, error) {
	if err := v.Refresh(ctx); err != nil {
		return KeyInfo{}, err
	}
	number := v.newest(use)
	if number == 0 {
		return KeyInfo{}, model.Errorf(model.CodeNotFound, "没有这种用途的密钥，请核对用途名称。")
	}
	if last, _ := v.info(keyID(use, number)); lead > 0 && last.State == StatePending {
		return last, model.Errorf(model.CodeConflict, "已有一把新密钥等待启用，请在其启用后再轮换。")
	}
	if number == 1<<16-1 {
		return KeyInfo{}, model.Errorf(model.CodeUnavailable, "该用途的密钥编号已用完，请联系开发单位。")
	}
	if err := v.create(ctx, use, number+1, lead); err != nil && !model.Is(err, model.CodeExists) {
		return KeyInfo{}, err
	}
	if err := v.Refresh(ctx); err != nil {
		return KeyInfo{}, err
	}
	return v.info(keyID(use, number+1))
}

// Forget destroys a retired key: its document loses the secret for good. Before that
// every field sealed under a seal key must be sealed anew, every index id under an
// index key written anew.
//
// Errors: CodeNotFound; CodeConflict if the key is pending or active.
func (v *Vault) Forget(ctx context.Context, id string) error {
	if err := v.Refresh(ctx); err != nil {
		return err
	}
	info, err := v.info(id)
	if err != nil {
		return err
	}
	if info.State == StatePending || info.State == StateActive {
		return model.Errorf(model.CodeConflict, "密钥仍在使用，请先轮换，待其退役后再销毁。")
	}
	stored, err := v.ring.Load(ctx)
	if err != nil {
		return err
	}
	for _, k := range stored {
		if k.ID == id && len(k.Wrapped) > 0 {
			k.Wrapped, k.ForgotAt = nil, v.stamp()
			if err := v.ring.Save(ctx, k); err != nil {
				return err
			}
		}
	}
	return v.Refresh(ctx)
}

// RotateMaster wraps every key of the ring under another master key. It can be
// repeated after an interruption. Processes that run meanwhile keep the keys they
// have; start them anew with the new master key and the old one in OldMasters.
func RotateMaster(ctx context.Context, ring Ring, from, to Master, policy Policy) error {
	ws, err := newWrappers(from, to)
	if err != nil {
		return err
	}
	w, err := newWrapper(to, Options{Policy: policy}.algFor(UseSeal))
	if err != nil {
		return err
	}
	stored, err := ring.Load(ctx)
	if err != nil {
		return err
	}
	for _, k := range stored {
		if len(k.Wrapped) == 0 || k.Master == to.ID() {
			continue
		}
		secret, err := ws.unwrap(k)
		if err != nil {
			return err
		}
		next := w.wrap(k, secret)
		clear(secret)
		if err := ring.Save(ctx, next); err != nil {
			return fmt.Errorf("vault: key %s: %w", k.ID, err)
		}
	}
	return nil
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
