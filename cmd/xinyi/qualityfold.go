package main

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/quality"
	"xinyi/store"
)

// foldEvery is how often what batches counted is added to the quality counters. Readers
// count in what is not folded, so that it costs them little but never makes them late.
const foldEvery = time.Second

// foldQuality folds until ctx ends. Of several processes one at a time gets it done.
func (p *platform) foldQuality(ctx context.Context) {
	ticker := time.NewTicker(foldEvery)
	defer ticker.Stop()
	for {
		p.foldNow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (p *platform) foldNow(ctx context.Context) {
	_, err := store.NewQuality(p.driver).Fold(ctx)
	if err != nil && ctx.Err() == nil && !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeNotFound) && !model.Is(err, model.CodeExists) {
		p.log.Warn("quality counters not folded", "code", string(model.CodeOf(err)))
	}
}

// folding does work that counts a lot, folds beside it, and leaves nothing to fold: readers
// would have to add thousands of batches up.
func (p *platform) folding(ctx context.Context, work func() error) error {
	beside, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.foldQuality(beside)
	}()
	err := work()
	stop()
	<-ended
	p.foldNow(ctx)
	return err
}

// countedToday gives the rules by which changes are counted today.
func (p *platform) countedToday() *quality.Rules { return p.quality.On(model.DateOf(p.clock.Now())) }
