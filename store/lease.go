package store

import (
	"context"
	"time"

	"xinyi/model"
)

// Lease is the right to be the only one who does something, until an instant.
type Lease struct {
	Name, Holder string
	// Token is the fencing token: it grows with every change of hands. It is the
	// revision of the owner document, so that Leases.Fence can hold it in a batch.
	Token int64
	// Until is the end unless it is renewed, UTC milliseconds.
	Until time.Time

	beat int64 // revision of the beat document
}

// Held reports whether the lease lasts at t by this process's clock.
func (l Lease) Held(t time.Time) bool { return l.Token > 0 && t.Before(l.Until) }

// leaseOwner changes only when the lease changes hands; leaseBeat with every renewal.
// They are two documents, so that a fence is not broken by the holder's own renewals.
type leaseOwner struct {
	ID     string `bson:"_id"`
	Holder string `bson:"holder"` // "" = given back
	Rev    int64  `bson:"-"`
}

type leaseBeat struct {
	ID    string    `bson:"_id"`
	Until time.Time `bson:"until"`
	Rev   int64     `bson:"-"`
}

const collLeases = "leases"

// Leases hands out leases kept in a Driver. All processes share them; their clocks may
// differ by Skew at most, so another's lease is taken over only that much after its end.
type Leases struct {
	driver Driver
	clock  model.Clock
	skew   time.Duration
	owners *Collection[leaseOwner]
	beats  *Collection[leaseBeat]
}

// NewLeases keeps leases in d. skew is how far clocks of processes may lie apart.
func NewLeases(d Driver, clock model.Clock, skew time.Duration) *Leases {
	return &Leases{driver: d, clock: clock, skew: skew,
		owners: NewCollection(d, CollectionOptions[leaseOwner]{Name: collLeases,
			ID: func(o *leaseOwner) string { return o.ID }, Rev: func(o *leaseOwner) *int64 { return &o.Rev }}),
		beats: NewCollection(d, CollectionOptions[leaseBeat]{Name: collLeases,
			ID: func(b *leaseBeat) string { return b.ID }, Rev: func(b *leaseBeat) *int64 { return &b.Rev }}),
	}
}

// Acquire takes the lease name for holder, which must be unique among live processes,
// for ttl. A lease that was given back, has ended, or is holder's own is to be had;
// CodeConflict if another holds it.
func (s *Leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (Lease, error) {
	owner := &leaseOwner{ID: name}
	beat := &leaseBeat{ID: name + "/beat"}
	now := s.clock.Now()
	if have, err := s.owners.Get(ctx, owner.ID); err == nil {
		owner = have
	} else if !model.Is(err, model.CodeNotFound) {
		return Lease{}, err
	}
	if have, err := s.beats.Get(ctx, beat.ID); err == nil {
		beat = have
	} else if !model.Is(err, model.CodeNotFound) {
		return Lease{}, err
	}
	if owner.Holder != "" && owner.Holder != holder && now.Before(beat.Until.Add(s.skew)) {
		return Lease{}, errLeased(nil)
	}
	owner.Holder, beat.Until = holder, now.Add(ttl).UTC().Truncate(time.Millisecond)
	var b Batch
	b.Add(write(s.owners, owner, owner.Rev))
	b.Add(write(s.beats, beat, beat.Rev))
	if err := b.Apply(ctx, s.driver); err != nil {
		return Lease{}, lost(err)
	}
	return Lease{Name: name, Holder: holder, Token: owner.Rev + 1, Until: beat.Until, beat: beat.Rev + 1}, nil
}

// Renew makes the lease last ttl from now; CodeConflict if it has been lost. A renewal
// before this one that happened, though its answer was lost, is no loss of the lease.
func (s *Leases) Renew(ctx context.Context, l Lease, ttl time.Duration) (Lease, error) {
	next, err := s.renew(ctx, l, ttl)
	if !model.Is(err, model.CodeConflict) {
		return next, err
	}
	owner, errOwner := s.owners.Get(ctx, l.Name)
	if errOwner != nil || owner.Rev != l.Token || owner.Holder != l.Holder {
		return Lease{}, err
	}
	beat, errBeat := s.beats.Get(ctx, l.Name+"/beat")
	if errBeat != nil {
		return Lease{}, err
	}
	l.beat = beat.Rev
	return s.renew(ctx, l, ttl)
}

func (s *Leases) renew(ctx context.Context, l Lease, ttl time.Duration) (Lease, error) {
	until := s.clock.Now().Add(ttl).UTC().Truncate(time.Millisecond)
	var b Batch
	b.AddOps(s.Fence(l))
	b.Add(s.beats.ReplaceOp(&leaseBeat{ID: l.Name + "/beat", Until: until, Rev: l.beat}))
	if err := b.Apply(ctx, s.driver); err != nil {
		return Lease{}, lost(err)
	}
	l.Until = until
	l.beat++
	return l, nil
}

// Release gives the lease back; CodeConflict if it has been lost.
func (s *Leases) Release(ctx context.Context, l Lease) error {
	op, err := s.owners.ReplaceOp(&leaseOwner{ID: l.Name, Rev: l.Token})
	if err != nil {
		return err
	}
	return lost(s.driver.Apply(ctx, []Op{op}))
}

// Fence makes a batch fail with CodeConflict when the lease has changed hands since.
// A lease that merely ended passes: nobody else has acted under it yet.
func (s *Leases) Fence(l Lease) Op { return s.owners.CheckOp(l.Name, l.Token) }

func write[T any](c *Collection[T], v *T, rev int64) (Op, error) {
	if rev == 0 {
		return c.InsertOp(v)
	}
	return c.ReplaceOp(v)
}

// lost turns the ways of losing a race into one code.
func lost(err error) error {
	if model.Is(err, model.CodeExists) || model.Is(err, model.CodeNotFound) || model.Is(err, model.CodeConflict) {
		return errLeased(err)
	}
	return err
}

func errLeased(err error) error {
	return &model.Error{Code: model.CodeConflict, Detail: "该任务正由另一个进程执行，请稍后重试。", Err: err}
}
