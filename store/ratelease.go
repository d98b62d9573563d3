package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"xinyi/model"
)

const (
	collRateLeases = "rate_leases"
	// leaseTries bounds the attempts of one Lease after lost races.
	leaseTries = 4
	// A slice lives, beyond Late, for lifePart of the time in which an empty bucket becomes
	// full, and holds mostPart of the bucket at most.
	lifePart, mostPart = 0.25, 0.25
	// rateKeep is how long a bucket that is full is kept; see rateBucket.ExpiresAt.
	rateKeep = 10 * time.Minute
)

// rateBucket is one caller's bucket. Times are microseconds, instants since 1970; a request
// costs the time in which one comes back.
type rateBucket struct {
	ID string `bson:"_id"`
	// Full is when the bucket is full again, were nothing handed out beyond.
	Full int64 `bson:"full"`
	// Out are slices that are charged later.
	Out []rateOut `bson:"out,omitempty"`
	// ExpiresAt is for the sweeper; it moves in steps, so that its index rests.
	ExpiresAt time.Time `bson:"expiresAt"`
	Rev       int64     `bson:"-"`
}

// rateOut is a slice that takes its room now and is charged at At, so that what was not
// used yet does not come back meanwhile.
type rateOut struct {
	At   int64 `bson:"at"`
	Cost int64 `bson:"cost"`
}

// RateLeases hands out slices of callers' rates to the processes over one store: one small
// document per caller, changed by compare-and-swap. Safe for concurrent use.
type RateLeases struct {
	buckets *Collection[rateBucket]
	clock   model.Clock
}

// NewRateLeases keeps buckets in d.
func NewRateLeases(d Driver, clock model.Clock) *RateLeases {
	return &RateLeases{clock: clock, buckets: NewCollection(d, CollectionOptions[rateBucket]{Name: collRateLeases,
		ID: func(b *rateBucket) string { return b.ID }, Rev: func(b *rateBucket) *int64 { return &b.Rev }})}
}

// Lease charges the caller's bucket with what the process will likely need until the slice
// ends. Over all processes, what is used in any time w is at most
// Burst + PerSecond × (w + Late), and what they owe. Without room, nor news of a used slice, nothing is
// written.
//
// CodeConflict when other processes were faster each time: ask again later.
func (l *RateLeases) Lease(ctx context.Context, ask model.RateAsk) (model.RateSlice, error) {
	for try := 1; ; try++ {
		b := &rateBucket{ID: ask.Key}
		have, err := l.buckets.Get(ctx, ask.Key)
		if err == nil {
			b = have
		} else if !model.Is(err, model.CodeNotFound) {
			return model.RateSlice{}, err
		}
		now := l.clock.Now().Truncate(time.Microsecond)
		told := b.settle(now.UnixMicro(), ask)
		settled, granted, life := b.charge(ask, now.UnixMicro())
		slice := model.RateSlice{Granted: granted, Settled: settled, Ends: now.Add(life), Full: now.Add(time.Duration(b.used(now.UnixMicro())) * time.Microsecond)}
		if granted == 0 && settled == 0 && !told {
			return slice, nil
		}
		b.ExpiresAt = slice.Full.Truncate(rateKeep).Add(2 * rateKeep).UTC()
		var batch Batch
		batch.Add(write(l.buckets, b, b.Rev))
		if err = batch.Apply(ctx, l.buckets.driver); err == nil {
			return slice, nil
		}
		if err = lost(err); !model.Is(err, model.CodeConflict) || try == leaseTries {
			return model.RateSlice{}, err
		}
	}
}

// charge takes what ask needs of the bucket at now, first what it owes. The slice takes its
// room at once and is charged Late before its end, or when it is known to be used up: so it
// may live long, and few are asked for, and still the promise of Lease is kept.
func (b *rateBucket) charge(ask model.RateAsk, now int64) (settled, granted int, life time.Duration) {
	room := float64(spent(1, ask)) * ask.Burst
	most := int((room - float64(b.used(now))) / float64(spent(1, ask)))
	if settled = max(0, min(ask.Owed, most)); settled > 0 {
		b.Full = max(b.Full, now) + spent(settled, ask)
		most -= settled
	}
	early := time.Duration(lifePart*room) * time.Microsecond
	life = ask.Late + early
	if granted = min(wanted(ask, life), most, max(1, int(mostPart*ask.Burst))); granted <= 0 {
		return settled, 0, 0
	}
	b.Out = append(b.Out, rateOut{now + early.Microseconds(), spent(granted, ask)})
	return settled, granted, life
}

func spent(n int, ask model.RateAsk) int64 {
	return int64(math.Ceil(float64(n) * 1e6 / ask.PerSecond))
}

// wanted is what the process will use in life beyond what it has, a little less, so that
// little of a slice ends unused. One who owes and asks little lives on what is settled.
func wanted(ask model.RateAsk, life time.Duration) int {
	const part = 0.8
	expected := ask.Demand * life.Seconds()
	if expected < 1 && ask.Owed > 0 {
		return 0
	}
	return max(1, int(math.Ceil(part*expected))-ask.Have)
}

// settle charges what is due at now, and the slice that ask tells to be used up; told if
// that was news.
func (b *rateBucket) settle(now int64, ask model.RateAsk) (told bool) {
	done := rateOut{ask.Used.Ends.Add(-ask.Late).UnixMicro(), spent(ask.Used.Granted, ask)}
	if i := slices.Index(b.Out, done); i >= 0 && done.At > now {
		b.Out[i].At, told = now, true
	}
	slices.SortFunc(b.Out, func(x, y rateOut) int { return cmp.Compare(x.At, y.At) })
	for len(b.Out) > 0 && b.Out[0].At <= now {
		b.Full = max(b.Full, b.Out[0].At) + b.Out[0].Cost
		b.Out = b.Out[1:]
	}
	return told
}

// used is what is used up or handed out at now.
func (b *rateBucket) used(now int64) int64 {
	used := max(b.Full-now, 0)
	for _, o := range b.Out {
		used += o.Cost
	}
	return used
}
