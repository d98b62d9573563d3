package identity

import (
	"context"
	"net/netip"
	"time"

	"xinyi/model"
)

// Backoff says how failures slow a caller down.
type Backoff struct {
	// Free failures go unpunished; the next one locks for First, each further one for
	// twice as long, up to Most.
	Free  int
	First time.Duration
	Most  time.Duration
	// Forget is the quiet time after which old failures do not count.
	Forget time.Duration
}

// The back-offs in use where the configuration names none.
var (
	pairBackoff    = Backoff{Free: 5, First: time.Minute, Most: time.Hour, Forget: 24 * time.Hour}
	nameBackoff    = Backoff{Free: 100, First: time.Minute, Most: time.Hour, Forget: 24 * time.Hour}
	addressBackoff = Backoff{Free: 50, First: time.Minute, Most: 15 * time.Minute, Forget: time.Hour}
	// numberBackoff leaves a person whose number others guess at a few tries of their own.
	numberBackoff = Backoff{Free: 10, First: 10 * time.Minute, Most: 24 * time.Hour, Forget: 7 * 24 * time.Hour}
	bindBackoff   = Backoff{Free: 5, First: 10 * time.Minute, Most: 24 * time.Hour, Forget: 7 * 24 * time.Hour}
)

// provenFor is how long a name is known to sign in from an address.
const provenFor = 30 * 24 * time.Hour

func (b Backoff) or(other Backoff) Backoff {
	if b == (Backoff{}) {
		return other
	}
	return b
}

// lock gives how long to lock after the given number of failures.
func (b Backoff) lock(failures int) time.Duration {
	over := failures - b.Free
	if over < 0 {
		return 0
	}
	wait := b.First
	for ; over > 0 && wait < b.Most; over-- { // doubling stops before it can overflow
		wait *= 2
	}
	return min(wait, b.Most)
}

// lockout counts failures in the store, alike on every process.
type lockout struct {
	repo  AttemptRepo
	clock model.Clock
}

// countTries bounds the rereads after lost races on one counter.
const countTries = 32

// check gives CodeLockedOut while id is locked.
func (l lockout) check(ctx context.Context, id string) error {
	a, err := l.read(ctx, id)
	if err != nil {
		return err
	}
	return l.locked(a)
}

// count adds a failure; it is refused with CodeLockedOut while id is locked. Count
// before looking at a secret and clear afterwards if it was right.
func (l lockout) count(ctx context.Context, id string, b Backoff) error {
	return l.change(ctx, id, func(a *model.Attempts, now time.Time) error {
		if err := l.locked(a); err != nil {
			return err
		}
		if now.Sub(a.LastAt) > b.Forget {
			a.Failures = 0
		}
		a.Failures++
		a.LastAt = now
		if d := b.lock(a.Failures); d > 0 {
			a.LockedUntil = now.Add(d)
		}
		if end := now.Add(b.Forget + b.Most); end.After(a.ExpiresAt) {
			a.ExpiresAt = end
		}
		return nil
	})
}

// clear forgets all failures after a success.
func (l lockout) clear(ctx context.Context, id string) error {
	return l.change(ctx, id, func(a *model.Attempts, _ time.Time) error {
		a.Failures, a.LockedUntil = 0, time.Time{}
		return nil
	})
}

// prove is clear where the success counts for a while.
func (l lockout) prove(ctx context.Context, id string) error {
	return l.change(ctx, id, func(a *model.Attempts, now time.Time) error {
		a.Failures, a.LockedUntil, a.ProvedAt = 0, time.Time{}, now
		if end := now.Add(provenFor); end.After(a.ExpiresAt) {
			a.ExpiresAt = end
		}
		return nil
	})
}

// refund takes one failure back that was not the caller's.
func (l lockout) refund(ctx context.Context, id string) error {
	return l.change(ctx, id, func(a *model.Attempts, _ time.Time) error {
		a.Failures, a.LockedUntil = max(0, a.Failures-1), time.Time{}
		return nil
	})
}

func (l lockout) change(ctx context.Context, id string, f func(a *model.Attempts, now time.Time) error) error {
	var err error
	for range countTries {
		var a *model.Attempts
		if a, err = l.read(ctx, id); err != nil {
			return err
		}
		next := *a
		if err = f(&next, l.clock.Now()); err != nil {
			return err
		}
		err = l.repo.SaveAttempts(ctx, &next)
		if !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeExists) {
			return err
		}
	}
	return model.Wrap(err, model.CodeUnavailable, "请求过于集中，请稍后重试。")
}

func (l lockout) read(ctx context.Context, id string) (*model.Attempts, error) {
	a, err := l.repo.Attempts(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return &model.Attempts{ID: id}, nil
	}
	return a, err
}

func (l lockout) locked(a *model.Attempts) error {
	left := a.LockedUntil.Sub(l.clock.Now())
	if left <= 0 {
		return nil
	}
	return &model.Error{Code: model.CodeLockedOut, Detail: "尝试次数过多，已暂时锁定，请稍后再试。", RetryAfter: left}
}

// addressKey is what an address is counted under: an IPv6 caller owns a whole /64.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
