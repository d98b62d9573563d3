package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

func entry(seq uint64) model.AuditEntry {
	return model.AuditEntry{Origin: "test", Gen: 1, Seq: seq, Leaf: []byte("{}")}
}

func answer(id string, rev int64, expires time.Time) *model.IdempotencyRecord {
	return &model.IdempotencyRecord{ID: id, Fingerprint: "f", Status: 201, ExpiresAt: expires, Rev: rev}
}

// An expired answer gives its place to one successor, however many try.
func TestWithAnswer_expired(t *testing.T) {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	d := openDriver(t, model.ClockFunc(func() time.Time { return at }))
	answers := store.NewAnswers(d)
	require.NoError(t, store.WithAnswer(t.Context(), d, entry(1), answer("k", 0, at)))
	old, err := answers.Answer(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, int64(1), old.Rev)

	next := at.Add(24 * time.Hour)
	require.True(t, model.Is(store.WithAnswer(t.Context(), d, entry(2), answer("k", 0, next)), model.CodeExists), "a new one: the key is used")
	require.NoError(t, store.WithAnswer(t.Context(), d, entry(3), answer("k", old.Rev, next)))
	err = store.WithAnswer(t.Context(), d, entry(4), answer("k", old.Rev, next))
	require.True(t, model.Is(err, model.CodeRequestInFlight), "the loser of two: %v", err)
	err = store.WithAnswer(t.Context(), d, entry(5), answer("gone", 1, next))
	require.True(t, model.Is(err, model.CodeRequestInFlight), "swept meanwhile: %v", err)
	now, err := answers.Answer(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, now.ExpiresAt.Equal(next))
	left, err := store.NewAuditLog(d).EntriesByID(t.Context(), []string{entry(4).ID().String(), entry(5).ID().String()})
	require.NoError(t, err)
	require.Empty(t, left, "a lost try leaves nothing")
}

// An answer that is seen before it is on disk is not replayed: the retry would be told 201
// about what the power cut takes away.
func TestAnswer_waitsForTheDisk(t *testing.T) {
	fail := make(chan struct{})
	disk := errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if filepath.Ext(op.Path) == ".log" && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			<-fail
			return errors.New("no")
		}
		return nil
	})}
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	d, err := embedded.Open("data", embedded.Options{Clock: model.ClockFunc(func() time.Time { return at }),
		FS: errorfs.Wrap(vfs.NewMem(), &disk), Fatal: func(string) {}})
	require.NoError(t, err)
	disk.On()
	ctx, giveUp := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- store.WithAnswer(ctx, d, entry(1), answer("k", 0, at)) }()
	for {
		if _, err := d.Get(t.Context(), "idempotency", "k"); err == nil {
			break
		}
	}
	giveUp() // the client hangs up
	require.ErrorIs(t, <-first, context.Canceled)
	retry := make(chan error, 1)
	go func() {
		_, err := store.NewAnswers(d).Answer(t.Context(), "k")
		retry <- err
	}()
	close(fail)
	require.True(t, model.Is(<-retry, model.CodeUnavailable))
	disk.Off()
	_ = d.Close() // it may complain
}

// touching changes one of the documents that a sweep has found, once.
type touching struct {
	store.Driver
	touch func()
}

func (d *touching) Apply(ctx context.Context, ops []store.Op) error {
	if d.touch != nil {
		d.touch()
		d.touch = nil
	}
	return d.Driver.Apply(ctx, ops)
}

// A sweep takes what has expired in few writes, leaves answers for a while to be replaced,
// and never what somebody renewed meanwhile.
func TestSweepExpired(t *testing.T) {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	d := &touching{Driver: openDriver(t, model.ClockFunc(func() time.Time { return at }))}
	require.NoError(t, store.Ensure(t.Context(), d))
	for i := range 1200 {
		require.NoError(t, store.WithAnswer(t.Context(), d, entry(uint64(i+1)), answer(fmt.Sprint("k", i), 0, at.Add(time.Duration(i)*time.Second))))
	}
	sweep := func(now time.Time, limit int) int {
		n, err := store.SweepExpired(t.Context(), d, now, limit)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, sweep(at.Add(time.Hour), 5000), "the first answer expired an hour ago")
	require.Equal(t, 1, sweep(at.Add(time.Hour+time.Second), 5000))
	require.Equal(t, 700, sweep(at.Add(2*time.Hour), 700))
	renewed := answer("k800", 1, at.Add(24*time.Hour))
	d.touch = func() { require.NoError(t, store.WithAnswer(t.Context(), d.Driver, entry(5000), renewed)) }
	for total, n := 0, -1; n != 0; total += n {
		if n = sweep(at.Add(2*time.Hour), 5000); n == 0 {
			require.Equal(t, 1200-701-1, total)
		}
	}
	_, err := store.NewAnswers(d).Answer(t.Context(), "k800")
	require.NoError(t, err)
}

// A retry that comes through another process hears that its key was used, not that its
// pass was: it is no second use.
func TestRedeem_retryHearsOfItsKey(t *testing.T) {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	d := openDriver(t, model.ClockFunc(func() time.Time { return at }))
	repo := store.NewBenefits(d)
	write := func(seq uint64, no, key string) error {
		return repo.Redeem(t.Context(), model.RedemptionWrite{Redemption: model.Redemption{ID: "park/2026-11-22/" + no, PassID: "pass"},
			Usage: model.Usage{Holder: "p_1", Benefit: "B"}, ClaimUntil: at, Audit: entry(seq), Answer: answer(key, 0, at)})
	}
	require.NoError(t, write(1, "R1", "k"))
	require.True(t, model.Is(write(2, "R2", "k"), model.CodeExists))
	require.True(t, model.Is(write(3, "R3", "other"), model.CodePassUsed))
}
