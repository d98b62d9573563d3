package model

import (
	"context"
	"math/rand/v2"
	"time"
)

// RaceTries bounds how often a change is tried again when documents move meanwhile.
const RaceTries = 40

// Retry does try again while it loses races (CodeConflict), each time a little later, and
// gives its last error.
func Retry(ctx context.Context, try func() error) error {
	for n := 0; ; n++ {
		err := try()
		if !Is(err, CodeConflict) || n >= RaceTries {
			return err
		}
		if err := Pause(ctx, n); err != nil {
			return err
		}
	}
}

// Pause waits a moment after the lost race number try, counted from 0, longer with every
// one, so that processes take turns. The error is the context's.
func Pause(ctx context.Context, try int) error {
	timer := time.NewTimer(rand.N(time.Duration(min(try+1, 10)) * 2 * time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
