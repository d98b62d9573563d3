package jobs_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/retention"
	"xinyi/service/jobs"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// After a year only sums are kept of redemptions, each counted once, of every site.
func TestRedemptions(t *testing.T) {
	h := servicetest.Open(t)
	table, err := retention.Load(retention.Seed())
	require.NoError(t, err)
	all := store.NewCollection(h.Driver, store.CollectionOptions[model.Redemption]{Name: "redemptions", ID: func(r *model.Redemption) string { return r.ID }})
	fen := int64(3200)
	made, many := 0, 230
	if !h.Driver.Capabilities().Concurrency { // FerretDB, where each delete looks at all
		many = 20
	}
	for _, site := range []string{"museum", "park", "park-2"} {
		for _, day := range []model.Date{"2025-10-31", "2025-11-21", "2025-11-22"} {
			for n := range many {
				made++
				r := &model.Redemption{ID: fmt.Sprintf("%s/%s/R%06d", site, day, made), BenefitCode: "TT-PARK-80", SiteID: site, At: day.Start().Add(10 * time.Hour),
					Result: "pass", PayFen: &fen, Reversed: n == 0, Holder: "p_0"}
				require.NoError(t, all.Insert(t.Context(), r))
			}
		}
	}
	repo := store.NewAgeing(h.Subjects)
	r := &jobs.Runner{Store: store.NewJobs(h.Driver, h.Clock), Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Holder: "a",
		Jobs: []jobs.Job{jobs.Redemptions(repo, table.RedemptionsBefore, h.Log, h.Clock)}}
	require.NoError(t, r.RunDue(t.Context()))
	h.Clock.Set(model.Date("2026-11-23").Start().Add(time.Hour))
	for range 3 {
		require.NoError(t, r.RunDue(t.Context()))
	}
	require.EqualValues(t, made, r.States()[0].Total, "one year to the day before")
	for _, site := range []string{"museum", "park", "park-2"} {
		sums, err := repo.RedemptionSums(t.Context(), site, "")
		require.NoError(t, err)
		require.Equal(t, []*model.RedemptionSum{
			{ID: site + "/2025-10/TT-PARK-80/pass", Count: many, Reversed: 1, PayFen: int64(many-1) * fen},
			{ID: site + "/2025-11/TT-PARK-80/pass", Count: 2 * many, Reversed: 2, PayFen: int64(2*many-2) * fen}}, sums)
	}
	left, err := all.Find(t.Context(), store.Query{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, left.Items)
	require.NotEmpty(t, h.Log.Seen("redemption.sum_up"))
}
