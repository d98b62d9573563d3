package benefit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/benefit"
	"xinyi/store"
)

// Once a day, twelve times a year, and again from the first of January.
func TestCaps_byCalendar(t *testing.T) {
	d := open(t)
	d.house.Clock.Set(time.Date(2026, 12, 10, 23, 59, 0, 0, model.Shanghai))
	redeem := func() (string, error) {
		issued, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
		if err != nil {
			return "", err
		}
		r, err := d.Redeem(t.Context(), gate, issued.Text, nil)
		return r.Result, err
	}
	for i := range 12 {
		result, err := redeem()
		require.NoError(t, err)
		require.Equal(t, "pass", result)
		_, err = redeem()
		require.True(t, model.Is(err, model.CodeNotEligible), "a second one on day %d: %v", i, err)
		d.house.Clock.Pass(24 * time.Hour)
	}
	require.Equal(t, model.Date("2026-12-22"), model.DateOf(d.house.Clock.Now()))
	_, err := redeem()
	require.True(t, model.Is(err, model.CodeNotEligible), "a thirteenth one in a year: %v", err)
	d.house.Clock.Set(model.Date("2027-01-01").Start())
	result, err := redeem()
	require.NoError(t, err)
	require.Equal(t, "pass", result)
	u := d.usage(t)
	require.Equal(t, []int{1, 1, 1, 13}, []int{u.DayCount, u.MonthCount, u.YearCount, u.Total})
}

// racing moves the holder's counters behind the desk's back before some redemptions.
type racing struct {
	benefit.Store
	lose atomic.Int32
}

func (r *racing) Redeem(ctx context.Context, w model.RedemptionWrite) error {
	if r.lose.Add(-1) >= 0 {
		return model.Errorf(model.CodeConflict, "moved")
	}
	return r.Store.Redeem(ctx, w)
}

func TestRedeem_triesAgainAfterALostRace(t *testing.T) {
	d := open(t)
	race := &racing{Store: d.benefits}
	d.Store = race
	text := d.issue(t)
	race.lose.Store(5)
	r, err := d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err)
	require.Equal(t, "pass", r.Result)
	require.Equal(t, 1, d.usage(t).Total)
	require.Len(t, d.house.Log.Seen("gate.redeem"), 1, "lost tries leave no entry")

	text = d.issueTomorrow(t)
	race.lose.Store(1 << 20)
	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.True(t, model.Is(err, model.CodeConflict), err)
	require.Equal(t, 1, d.usage(t).Total)
}

func (d *desk) issueTomorrow(t *testing.T) string {
	d.house.Clock.Pass(24 * time.Hour)
	return d.issue(t)
}

// Sixty-four gates on two processes redeem sixty-four passes of one holder: one passes.
func TestRedeem_capHoldsAcrossProcesses(t *testing.T) {
	d := open(t)
	if !d.house.Driver.Capabilities().Concurrency || !d.house.Driver.Capabilities().Transactions {
		t.Skip("skipped by declared capability: concurrency, transactions")
	}
	other := &benefit.Service{Files: d.house.Credit, Rules: d.Rules, Passes: d.Passes, Store: store.NewBenefits(d.house.Driver), Sealer: d.house.Vault, MACs: d.house.Vault,
		Auditor: d.house.Log, IDs: model.NewIDs(d.house.Clock), Clock: d.house.Clock}
	var texts []string
	for range 64 {
		texts = append(texts, d.issue(t))
	}
	var passed, standard atomic.Int32
	var gates sync.WaitGroup
	for i, text := range texts {
		process := []*benefit.Service{d.Service, other}[i%2]
		gates.Go(func() {
			r, err := process.Redeem(t.Context(), gate, benefit.Scan{Pass: text}, nil)
			switch {
			case err != nil:
				t.Error(err)
			case r.Result == "pass":
				passed.Add(1)
			default:
				standard.Add(1)
			}
		})
	}
	gates.Wait()
	require.Equal(t, []int32{1, 63}, []int32{passed.Load(), standard.Load()})
	require.Equal(t, 1, d.usage(t).Total)
	day, err := d.Day(t.Context(), gate, "", "", 100)
	require.NoError(t, err)
	require.Equal(t, 64, day.Count)
}
