package jobs_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
	duplicates := store.NewCollection(h.Driver, store.CollectionOptions[model.DuplicateUse]{Name: "duplicate_uses", ID: func(u *model.DuplicateUse) string { return u.ID }})
	for _, site := range []string{"airport", "park", "zoo"} { // some have nothing else
		for n, day := range []model.Date{"2025-11-20", "2025-11-21", "2026-11-22"} {
			made++
			u := &model.DuplicateUse{ID: fmt.Sprintf("%s/%s/00ff%d/south/1", site, day, n), BenefitCode: "TT-PARK-80", SiteID: site, At: day.Start().Add(10 * time.Hour), Holder: "p_0", DifferenceFen: 800}
			require.NoError(t, duplicates.Insert(t.Context(), u))
		}
		made-- // the last one's time is not over
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
			{ID: site + "/2025-11/TT-PARK-80/pass", Count: 2 * many, Reversed: 2, PayFen: int64(2*many-2) * fen}}, slices.DeleteFunc(sums, duplicate))
	}
	for _, site := range []string{"airport", "park", "zoo"} {
		sums, err := repo.RedemptionSums(t.Context(), site, "")
		require.NoError(t, err)
		require.Equal(t, []*model.RedemptionSum{{ID: site + "/2025-11/TT-PARK-80/duplicate", Count: 2, DifferenceFen: 1600}},
			slices.DeleteFunc(sums, func(s *model.RedemptionSum) bool { return !duplicate(s) }))
	}
	kept, err := duplicates.Find(t.Context(), store.Query{Limit: 10})
	require.NoError(t, err)
	require.Len(t, kept.Items, 3)
	left, err := all.Find(t.Context(), store.Query{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, left.Items)
	require.NotEmpty(t, h.Log.Seen("redemption.sum_up"))
}

func duplicate(s *model.RedemptionSum) bool { return strings.HasSuffix(s.ID, "/duplicate") }
