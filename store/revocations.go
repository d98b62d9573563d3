package store

import (
	"context"
	"sync"
	"time"

	"xinyi/model"
)

const (
	controlRevoked     = "revoked"
	revokeTries        = 8
	revocationsTidying = time.Minute
)

// Revocations is what must not be believed any more: sessions that ended, and
// accounts, staff and clients that are suspended. Every process learns of one with its
// next poll of the control collection. Safe for concurrent use.
type Revocations struct {
	control *Control
	clock   model.Clock

	mu     sync.RWMutex
	until  map[string]time.Time // zero = until restored
	tidied time.Time
}

// NewRevocations follows the control collection; stop ends it.
func NewRevocations(c *Control, clock model.Clock) (r *Revocations, stop func()) {
	r = &Revocations{control: c, clock: clock, until: map[string]time.Time{}}
	return r, c.Watch(controlRevoked, r.learn)
}

func (r *Revocations) learn(doc ControlDoc) {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if doc.Deleted {
		delete(r.until, doc.Name)
	} else {
		r.until[doc.Name] = doc.ExpiresAt
	}
	if now.Sub(r.tidied) < revocationsTidying {
		return
	}
	r.tidied = now
	for id, until := range r.until {
		if !until.IsZero() && now.After(until) {
			delete(r.until, id)
		}
	}
}

// Revoked reports whether id was revoked. It allocates nothing.
func (r *Revocations) Revoked(id string) bool {
	r.mu.RLock()
	_, ok := r.until[id]
	r.mu.RUnlock()
	return ok
}

// Revoke is durable when it returns, and known to this process. It may be forgotten
// after until; the zero time means never. Revoking twice keeps the later end.
func (r *Revocations) Revoke(ctx context.Context, id string, until time.Time) error {
	return r.write(ctx, id, func(have ControlDoc, revoked bool) (ControlDoc, bool) {
		if revoked && (have.ExpiresAt.IsZero() || !until.IsZero() && !until.After(have.ExpiresAt)) {
			return have, false
		}
		return ControlDoc{Kind: controlRevoked, Name: id, ExpiresAt: until, Rev: have.Rev}, true
	})
}

// Restore takes a revocation back; there may be none.
func (r *Revocations) Restore(ctx context.Context, id string) error {
	return r.write(ctx, id, func(have ControlDoc, revoked bool) (ControlDoc, bool) {
		return ControlDoc{Kind: controlRevoked, Name: id, Deleted: true, Rev: have.Rev}, revoked
	})
}

// write changes the document of id as the store has it (processes forget an expired one
// before it is swept), again after a lost race.
func (r *Revocations) write(ctx context.Context, id string, change func(have ControlDoc, revoked bool) (ControlDoc, bool)) error {
	var err error
	for range revokeTries {
		have := ControlDoc{Deleted: true}
		stored, missing := r.control.docs.Get(ctx, controlID(controlRevoked, id))
		if missing == nil {
			have = stored.ControlDoc
		} else if !model.Is(missing, model.CodeNotFound) {
			return missing
		}
		doc, needed := change(have, !have.Deleted)
		if !needed {
			r.learn(have)
			return nil
		}
		if err = r.control.Put(ctx, doc); err == nil {
			r.learn(doc) // also when the poll inside Put failed
			return nil
		}
		switch model.CodeOf(err) {
		case model.CodeConflict, model.CodeExists, model.CodeNotFound:
		default:
			return err
		}
	}
	return model.Wrap(err, model.CodeUnavailable, "暂时无法注销，请稍后重试。")
}
