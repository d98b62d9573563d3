package benefit_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

const other = "TT-PARK-80" // at the same site, 80 percent for the good and the excellent

// passOf is a pass of the holder for a benefit of the park, good offline too.
func (d *desk) passOf(t testing.TB, code string) string {
	at := d.house.Clock.Now().Truncate(time.Second)
	text, err := d.Passes.Mint(t.Context(), d.holder.Subject, pass.Claims{ID: pass.NewID(), Benefit: code, PayPercent: 80, HolderMasked: "王*", Site: site,
		IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
	require.NoError(t, err)
	return text
}

func (d *desk) own(t *testing.T, code string) benefit.OwnBenefit {
	t.Helper()
	all, err := d.Own(t.Context(), d.holder)
	require.NoError(t, err)
	for _, b := range all {
		if b.Rule.Code == code {
			return b
		}
	}
	t.Fatalf("no %s", code)
	return benefit.OwnBenefit{}
}

// Of two benefits that are not stackable the second is the standard price on the same day at
// the same site; the holder is told why and until when, the gate is not. Given back, or the
// next day, it is free again.
func TestVisit_oneBenefitOfASite(t *testing.T) {
	d := open(t)
	midnight := model.DateOf(d.house.Clock.Now()).AddDays(1).Start()
	redeem := func(code string) model.Redemption {
		d.house.Clock.Pass(time.Second)
		r, err := d.Redeem(t.Context(), gate, d.passOf(t, code), nil)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, model.Eligible, d.own(t, ticket).Decision.Outcome)
	first := redeem(other)
	require.Equal(t, "pass", first.Result)

	told := d.own(t, ticket)
	require.Equal(t, model.NotEligible, told.Decision.Outcome)
	require.Contains(t, told.Decision.Conditions, model.Reason{ID: rules.ConditionVisit, Outcome: model.NotEligible,
		Text: "今天在同一站点已经使用“铁塔公园首道门票八折”，两项不能同时使用，明天 0 时起可使用本项；本次按标准执行。"})
	require.Equal(t, &benefit.Flip{Possible: true, After: midnight}, told.Flip)
	require.False(t, told.Decision.ValidUntil.After(midnight))
	_, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
	require.True(t, model.Is(err, model.CodeNotEligible), err)
	c, err := d.Check(t.Context(), gate, d.passOf(t, ticket))
	require.NoError(t, err)
	require.Equal(t, []any{"standard", 100}, []any{c.Result, c.PayPercent})
	second := redeem(ticket)
	require.Equal(t, "standard", second.Result)
	require.Zero(t, d.usage(t).Total)

	d.house.Clock.Pass(time.Second)
	_, err = d.Reverse(t.Context(), gate, first.No, "误扫", nil)
	require.NoError(t, err)
	require.Equal(t, model.Eligible, d.own(t, ticket).Decision.Outcome)
	third := redeem(ticket)
	require.Equal(t, "pass", third.Result)
	require.Equal(t, "standard", redeem(other).Result)
	d.house.Clock.Set(midnight)
	last := redeem(other)
	require.Equal(t, "pass", last.Result)

	d.house.Clock.Pass(30 * 24 * time.Hour)
	for _, r := range []model.Redemption{first, second, third, last} {
		again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: r.No})
		require.NoError(t, err)
		require.Equal(t, string(again.Stored), string(again.Decision), r.Result)
	}
}

// One of the two being stackable is enough; a benefit that was paused after it was used
// excludes all the same.
func TestVisit_stackableAndPaused(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string][]string // after the first use
		want    string
	}{
		"the one asked for is stackable":  {map[string][]string{"tt-park-60.yaml": {"per: {day: 1, year: 12}", "per: {day: 1, year: 12}\nstackable: true"}}, "pass"},
		"the one used is stackable":       {map[string][]string{"tt-park-80.yaml": {"status: published", "status: published\nstackable: true"}}, "pass"},
		"the one used is paused":          {map[string][]string{"tt-park-80.yaml": {"status: published", "status: paused"}}, "standard"},
		"the one used is of another site": {map[string][]string{"tt-park-80.yaml": {"siteId: tieta-park", "siteId: other-park"}}, "pass"},
		"nothing changes":                 {nil, "standard"},
	} {
		d := open(t)
		_, err := d.Redeem(t.Context(), gate, d.passOf(t, other), nil)
		require.NoError(t, err)
		d.Rules = inForce{bookOf(t, c.changes)}
		r, err := d.Redeem(t.Context(), gate, d.passOf(t, ticket), nil)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Result, name)
	}
}

// What gates took without a network counts on its day; the second to come in pays the rest.
func TestVisit_withoutANetwork(t *testing.T) {
	d := open(t)
	use := benefit.OfflineUse{Pass: d.passOf(t, other), AcceptedAt: d.house.Clock.Now().Add(time.Minute)}
	_, err := d.Redeem(t.Context(), gate, d.passOf(t, ticket), nil)
	require.NoError(t, err)
	d.house.Clock.Pass(30 * time.Hour)
	out := d.upload(t, gate, use)
	require.Equal(t, "accepted", out[0].Outcome)
	require.Equal(t, "standard", out[0].Redemption.Result)
	require.EqualValues(t, 800, out[0].DifferenceFen)
	again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: out[0].Redemption.No})
	require.NoError(t, err)
	require.Equal(t, string(again.Stored), string(again.Decision))
}

// Gates of several processes take passes of both benefits at the same time: whatever wins, no
// holder uses both.
func TestVisit_holdsAcrossProcesses(t *testing.T) {
	d := open(t)
	if c := d.house.Driver.Capabilities(); !c.Concurrency || !c.Transactions {
		t.Skip("skipped by declared capability: concurrency, transactions")
	}
	d.Rules = inForce{bookOf(t, map[string][]string{"tt-park-60.yaml": {"per: {day: 1, year: 12}", "per: {day: 3}"}, "tt-park-80.yaml": {"per: {day: 1, year: 12}", "per: {day: 3}"}})}
	processes := []*benefit.Service{d.process(), d.process(), d.process(), d.process()}
	wins := map[string]int{}
	for round := range 20 {
		d.newHolder(300 + round)
		var texts []string
		for i := range 12 {
			texts = append(texts, d.passOf(t, []string{ticket, other}[i%2]))
		}
		var passed [2]atomic.Int32
		var gates sync.WaitGroup
		for i, text := range texts {
			gates.Go(func() {
				r, err := processes[i%len(processes)].Redeem(t.Context(), gate, benefit.Scan{Pass: text}, nil)
				if err != nil {
					t.Error(err)
				} else if r.Result == "pass" {
					passed[i%2].Add(1)
				}
			})
		}
		gates.Wait()
		n := [2]int32{passed[0].Load(), passed[1].Load()}
		require.True(t, n == [2]int32{3, 0} || n == [2]int32{0, 3}, "%v", n)
		wins[map[bool]string{true: ticket, false: other}[n[0] > 0]]++
	}
	t.Log(wins)
}
