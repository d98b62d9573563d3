package handlers

import (
	"context"
	"encoding/base64"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
)

// RateLeases hands out slices of rates that all processes share; see store.RateLeases.
// CodeConflict when other processes were faster: ask again later.
type RateLeases interface {
	Lease(ctx context.Context, ask model.RateAsk) (model.RateSlice, error)
}

// How a rate is divided. The parts together are what all processes may let through at
// most: 110 % of the rate, in any stretch of time.
const (
	// leasedPart is handed out in slices by the store.
	leasedPart = 0.98
	// ownPart belongs to the processes in equal shares, without asking: for the many
	// callers who ask for little, for the first requests of the others, until they are
	// charged with the next slice, and all there is while the store does not answer.
	ownPart = 0.08
	// latePart is the part of a burst that slices may be used late by.
	latePart = 0.04
)

const (
	// leastCount is the part of the time in which an empty bucket becomes full that demand
	// is reckoned over at least: one request is no flood.
	leastCount   = 0.25
	leaseWorkers = 4
	leaseQueue   = 4096
	leaseWithin  = 2 * time.Second
	// leaseRetry is the wait after the store failed, leaseRace after a lost race.
	leaseRetry = time.Second
	leaseRace  = 20 * time.Millisecond
)

// SharedLimits shares each rate with the other processes: it lets through what the slices
// in hand allow and asks for the next in the background. Safe for concurrent use.
type SharedLimits struct {
	leases RateLeases
	macs   MACs
	clock  model.Clock

	rates    [limitKinds]Rate
	policies [limitKinds]string
	share    atomic.Uint64 // bits of this process's part of each rate
	queue    chan limitKey
	seed     maphash.Seed
	shards   [64]sharedShard
}

type sharedShard struct {
	mu    sync.Mutex
	of    map[limitKey]*sharedBucket
	sweep int // size at which idle buckets are dropped
	_     [32]byte
}

// sharedBucket is one caller on this process. Instants are unix nanoseconds.
type sharedBucket struct {
	own   int64 // when this process's own share is full again
	owed  int   // taken of it since it was full and not charged to the shared bucket
	slice slice
	low   int   // at or below it the next slice is asked for
	next  slice // takes over when slice is used up or ends
	used  model.RateSlice
	full  int64 // when the shared bucket is full again, as last heard

	asking bool
	askAt  int64 // not before
	since  int64 // seen counts from here
	seen   int
	demand float64 // requests per second
}

// slice is a lease and what is left of it.
type slice struct {
	of   model.RateSlice
	left int
	ends int64
}

// NewSharedLimits makes a limiter; rates are as for NewLocalLimits. Callers are named to
// the store by a MAC, since an address is personal. Call Run to lease.
func NewSharedLimits(client, address Rate, leases RateLeases, macs MACs, clock model.Clock) (*SharedLimits, error) {
	local, err := NewLocalLimits(client, address) // knows how rates are checked and named
	if err != nil {
		return nil, err
	}
	l := &SharedLimits{leases: leases, macs: macs, clock: clock, rates: local.rates, policies: local.policies,
		queue: make(chan limitKey, leaseQueue), seed: local.seed}
	for i := range l.shards {
		l.shards[i].of, l.shards[i].sweep = map[limitKey]*sharedBucket{}, 1024
	}
	l.SetProcesses(1)
	return l, nil
}

// SetProcesses tells how many processes share the rates, this one included. One more is
// reckoned with, because one that has just started is not seen yet.
func (l *SharedLimits) SetProcesses(n int) {
	l.share.Store(math.Float64bits(ownPart / float64(max(n, 1)+1)))
}

// Policy gives the item of kind.
func (l *SharedLimits) Policy(kind LimitKind) string { return l.policies[kind] }

// Take takes one request of key.
func (l *SharedLimits) Take(kind LimitKind, key string, now time.Time) Verdict {
	at := now.UnixNano()
	id := limitKey{kind, key}
	s := &l.shards[maphash.String(l.seed, key)%uint64(len(l.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[id]
	if b == nil {
		if len(s.of) >= s.sweep {
			s.drop(at)
		}
		b = &sharedBucket{}
		s.of[id] = b
	}
	window := l.rates[kind].window()
	if at-b.since > int64(window) {
		b.since, b.seen, b.demand = at, 0, 0
	}
	b.seen++
	v := l.judge(b, l.rates[kind], at)
	if !b.asking && at >= b.askAt && l.runsLow(b, l.rates[kind], at) {
		select {
		case l.queue <- id:
			b.asking = true
		default: // too many wait already: the next request tries again
		}
	}
	return v
}

// window is the time in which an empty bucket becomes full.
func (r Rate) window() time.Duration {
	return time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second))
}

// ownShare gives what a request costs of this process's own share, and its room. The room
// is at least one request, so that nobody is refused before the store was asked.
func (l *SharedLimits) ownShare(r Rate) (cost, room int64) {
	cost = int64(float64(time.Second) / (r.PerSecond * math.Float64frombits(l.share.Load())))
	return cost, max(int64(r.window()), cost)
}

// judge spends the slice first: it ends, the own share does not.
func (l *SharedLimits) judge(b *sharedBucket, r Rate, at int64) Verdict {
	if at >= b.slice.ends || b.slice.left == 0 {
		if b.slice.left == 0 && b.slice.ends > 0 {
			b.used = b.slice.of
		}
		b.slice, b.next = b.next, slice{}
		b.low = b.slice.left / 3
		if at >= b.slice.ends {
			b.slice.left = 0
		}
	}
	cost, room := l.ownShare(r)
	used := max(b.own-at, 0)
	shared := max(b.full-at, 0) // others may have taken more since
	left := b.slice.left + int(max(room-used, 0)/cost)
	if left == 0 {
		each := int64(float64(time.Second) / (r.PerSecond * leasedPart))
		wait := max(shared+each-int64(r.window()), each) // of the shared bucket
		return Verdict{Reset: time.Duration(max(used, shared)), Wait: time.Duration(min(wait, used+cost-room))}
	}
	if b.slice.left > 0 {
		b.slice.left--
	} else {
		if used == 0 {
			b.owed = 0
		}
		used += cost
		b.own = at + used
		b.owed++
	}
	more := max(int64(r.window())-shared, 0)
	remaining := left - 1 + int(float64(more)*r.PerSecond*leasedPart/float64(time.Second))
	return Verdict{OK: true, Remaining: min(remaining, r.Burst-1), Reset: time.Duration(max(used, shared))}
}

// runsLow reports whether it is time to ask for a slice.
func (l *SharedLimits) runsLow(b *sharedBucket, r Rate, at int64) bool {
	if at < b.next.ends || at < b.slice.ends && b.slice.left > b.low {
		return false
	}
	cost, room := l.ownShare(r)
	return at < b.slice.ends || max(b.own-at, 0)+cost > room/2
}

// count works out the demand over at least so long; a rise counts at once, a fall by half.
func (b *sharedBucket) count(at int64, least float64) {
	elapsed := float64(at - b.since)
	seen := float64(b.seen) / max(elapsed, least) * float64(time.Second)
	if elapsed < least {
		b.demand = max(seen, b.demand)
		return
	}
	b.demand = max(seen, (b.demand+seen)/2)
	b.since, b.seen = at, 0
}

// drop forgets callers who have what a new one has.
func (s *sharedShard) drop(at int64) {
	for id, b := range s.of {
		if !b.asking && b.own <= at && b.slice.ends <= at && b.next.ends <= at && b.full <= at {
			delete(s.of, id)
		}
	}
	s.sweep = max(1024, 2*len(s.of))
}

// Run leases until ctx ends.
func (l *SharedLimits) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range leaseWorkers {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case id := <-l.queue:
					l.lease(ctx, id)
				}
			}
		})
	}
	workers.Wait()
}

// lease gets the next slice for one caller.
func (l *SharedLimits) lease(ctx context.Context, id limitKey) {
	s := &l.shards[maphash.String(l.seed, id.key)%uint64(len(l.shards))]
	s.mu.Lock()
	b := s.of[id] // those that ask are not dropped
	b.count(l.clock.Now().UnixNano(), leastCount*float64(l.rates[id.kind].window()))
	ask := model.RateAsk{Demand: b.demand, Have: b.slice.left, Owed: b.owed, Used: b.used}
	s.mu.Unlock()
	lease, err := l.askStore(ctx, id, ask)
	now := l.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	b.asking = false
	at := now.UnixNano()
	switch {
	case model.Is(err, model.CodeConflict):
		b.askAt = at + rand.Int64N(int64(leaseRace))
		return
	case err != nil:
		b.askAt = at + int64(leaseRetry)
		return
	}
	cost, _ := l.ownShare(l.rates[id.kind])
	b.own -= int64(lease.Settled) * cost
	b.owed = max(0, b.owed-lease.Settled)
	b.full, b.used = lease.Full.UnixNano(), model.RateSlice{}
	switch {
	case lease.Granted > 0:
		b.next = slice{lease, lease.Granted, lease.Ends.UnixNano()}
	case lease.Settled < ask.Owed || ask.Owed == 0: // no room
		b.askAt = l.roomAt(id.kind, b.full)
	}
}

// roomAt is when a bucket that is full again at full may have room for one request, and a
// little later, differently in each process, so that they take turns.
func (l *SharedLimits) roomAt(kind LimitKind, full int64) int64 {
	window := int64(l.rates[kind].window())
	each := int64(float64(time.Second) / (l.rates[kind].PerSecond * leasedPart))
	return full - window + each + rand.Int64N(int64(latePart*float64(window))/2+1)
}

func (l *SharedLimits) askStore(ctx context.Context, id limitKey, ask model.RateAsk) (model.RateSlice, error) {
	name, err := l.macs.MAC("rate-"+limitNames[id.kind], []byte(id.key))
	if err != nil {
		return model.RateSlice{}, err
	}
	r := l.rates[id.kind]
	ask.Key = base64.RawURLEncoding.EncodeToString(name)
	ask.PerSecond, ask.Burst = leasedPart*r.PerSecond, max(1, leasedPart*float64(r.Burst))
	ask.Late = time.Duration(latePart * float64(r.window())).Truncate(time.Microsecond)
	ctx, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	return l.leases.Lease(ctx, ask)
}
