package store

import (
	"context"
	"time"

	"xinyi/model"
)

// Hold takes the lease name for holder and renews it until release. The context it gives
// ends when the lease is lost. CodeConflict if another holds it.
func (s *Leases) Hold(ctx context.Context, name, holder string, ttl time.Duration) (held context.Context, release func(), err error) {
	// A cancelled try may have taken the lease all the same, and nobody would give it back.
	lease, err := s.Acquire(context.WithoutCancel(ctx), name, holder, ttl)
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lease = s.keep(held, cancel, lease, ttl)
	}()
	return held, func() {
		cancel()
		<-done
		// Who does not hear of it waits for the end of the lease.
		_ = s.Release(context.WithoutCancel(ctx), lease)
	}, nil
}

// keep renews a lease each third of its time until ctx ends; it ends ctx when the lease is
// lost.
func (s *Leases) keep(ctx context.Context, cancel func(), lease Lease, ttl time.Duration) Lease {
	ticker := time.NewTicker(ttl / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return lease
		case <-ticker.C:
		}
		next, err := s.Renew(ctx, lease, ttl)
		switch {
		case err == nil:
			lease = next
		case model.Is(err, model.CodeConflict) || !lease.Held(s.clock.Now()):
			cancel()
		}
	}
}
