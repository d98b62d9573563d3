package exchange_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/jobs"
	"xinyi/store"
)

// mutedStore is a store whose host dies when a package is to be given out.
type mutedStore struct {
	*store.Exchange
	dead bool
}

func (c *mutedStore) Commit(ctx context.Context, b *model.ExchangeBatch) error {
	if c.dead && b.State == nil && b.Package == nil {
		return errors.New("cut off")
	}
	return c.Exchange.Commit(ctx, b)
}

// The nightly job packs once what changed; what one runner packed and could not write, the
// next one writes.
func TestNightly(t *testing.T) {
	d := open(t)
	org := d.org("MA0N1GH1", "")
	d.Import(org, d.permit(org, "汴市监许〔2026〕1号"))
	cut := &mutedStore{Exchange: d.repo, dead: true}
	d.svc.Store = cut
	dir := filepath.Join(t.TempDir(), "out")
	runner := func(name string) *jobs.Runner {
		return &jobs.Runner{Store: store.NewJobs(d.Driver, d.Clock), Clock: d.Clock, Log: slog.New(slog.DiscardHandler), Holder: name,
			Jobs: []jobs.Job{jobs.Upstream(d.svc, dir)}}
	}
	first, second := runner("a"), runner("b")
	require.NoError(t, first.RunDue(t.Context()))
	require.NoDirExists(t, dir, "not before its time of day")

	d.Clock.Set(model.Date("2026-11-23").Start().Add(2 * time.Hour))
	require.NoError(t, first.RunDue(t.Context()))
	require.Equal(t, model.JobFailed, first.States()[0].Last.Outcome)
	require.NoDirExists(t, filepath.Join(dir, "00000001"))

	cut.dead = false
	d.Clock.Pass(time.Minute)
	require.NoError(t, second.RunDue(t.Context()))
	s := second.States()[0]
	require.Equal(t, model.JobOK, s.Last.Outcome)
	require.Contains(t, s.Last.Note, "数据包 1 个")
	require.Len(t, readPackage(t, filepath.Join(dir, "00000001")).lines, 1)
	require.NoError(t, first.RunDue(t.Context()))
	require.EqualValues(t, 1, second.States()[0].Runs)

	d.Clock.Pass(24 * time.Hour)
	require.NoError(t, first.RunDue(t.Context()))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing changed")

	d.Import(d.penalty(org, "汴市监罚〔2026〕2号"))
	d.Clock.Pass(24 * time.Hour)
	require.NoError(t, second.RunDue(t.Context()))
	require.EqualValues(t, 1, second.States()[0].Last.Changed)
	require.Len(t, readPackage(t, filepath.Join(dir, "00000002")).lines, 1)
}
