package store

import (
	"context"

	"xinyi/model"
)

const (
	collPassCounters = "pass_counters"
	placeCounter     = "places"
	bundleCounter    = "bundles"
	// counterTries bounds the races of processes for one counter.
	counterTries = 40
)

// passCounter is a number that grows, shared by all processes.
type passCounter struct {
	ID   string `bson:"_id"`
	Next int64  `bson:"next"`
	Rev  int64  `bson:"-"`
}

// PassCounters number what concerns passes everywhere: places in the revocation list and
// bundles.
type PassCounters struct {
	counters *Collection[passCounter]
}

// NewPassCounters gives the repository.
func NewPassCounters(d Driver) *PassCounters {
	return &PassCounters{NewCollection(d, CollectionOptions[passCounter]{Name: collPassCounters,
		ID: func(c *passCounter) string { return c.ID }, Rev: func(c *passCounter) *int64 { return &c.Rev }})}
}

// Places takes n places that no other caller gets: from first on, modulo 2³². Places are
// used again after 2³² passes, when nobody takes the earlier ones any more.
func (p *PassCounters) Places(ctx context.Context, n int) (first uint32, err error) {
	next, err := p.advance(ctx, placeCounter, func(have int64) int64 { return have + int64(n) })
	return uint32(next - int64(n)), err
}

// BundleNumber gives a number above all before; at least now in ms, so that it grows also over a
// restored backup while less than a thousand bundles a second are made.
func (p *PassCounters) BundleNumber(ctx context.Context, now int64) (int64, error) {
	return p.advance(ctx, bundleCounter, func(have int64) int64 { return max(have+1, now) })
}

func (p *PassCounters) advance(ctx context.Context, id string, next func(int64) int64) (int64, error) {
	for try := 0; ; try++ {
		c, err := p.counters.Get(ctx, id)
		switch {
		case model.Is(err, model.CodeNotFound):
			c = &passCounter{ID: id, Next: next(0)}
			err = p.counters.Insert(ctx, c)
		case err == nil:
			changed := *c
			changed.Next = next(c.Next)
			c, err = &changed, p.counters.Replace(ctx, &changed)
		}
		if err == nil {
			return c.Next, nil
		}
		if try == counterTries || !model.Is(err, model.CodeExists) && !model.Is(err, model.CodeConflict) {
			return 0, err
		}
	}
}
