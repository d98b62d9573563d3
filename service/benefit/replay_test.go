package benefit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/servicetest"
)

var operator = model.Principal{ID: "office1", Role: model.RoleOffice}

func (d *desk) replays() *benefit.Replays {
	return &benefit.Replays{Past: d.house.Subjects, Uses: d.benefits, Rules: d, Judge: d.house.Judge, Auditor: d.house.Log, Clock: d.house.Clock}
}

// What was used and given back while a clock was behind came in the order of the counters.
func TestReplay_clockSetBack(t *testing.T) {
	d := open(t)
	d.Rules = inForce{book(t, "per: {day: 1, year: 12}", "per: {day: 1}")}
	redeem := func(result string) model.Redemption {
		r, err := d.Redeem(t.Context(), gate, d.offlinePass(t), nil)
		require.NoError(t, err)
		require.Equal(t, result, r.Result)
		return r
	}
	d.house.Clock.Pass(time.Hour)
	first := redeem("pass")
	d.house.Clock.Pass(-30 * time.Minute)
	second := redeem("standard")
	require.Equal(t, first.At, second.At)
	d.house.Clock.Pass(time.Minute)
	_, err := d.Reverse(t.Context(), gate, first.No, "误扫", nil)
	require.NoError(t, err)
	third := redeem("pass")
	require.True(t, third.At.Before(second.At))
	d.house.Clock.Pass(time.Hour)
	for _, r := range []model.Redemption{first, second, third} {
		again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: r.No})
		require.NoError(t, err)
		require.Equal(t, string(again.Stored), string(again.Decision))
	}
}

// A pass that was signed before midnight is taken without a network after it, under the next
// version: it keeps what it promised, then and when it is decided again.
func TestReplay_offlineOverTheStartOfAVersion(t *testing.T) {
	d := open(t)
	d.Rules = inForce{nextVersion(t, "tt-park-60.yaml", "2026-12-01", "value: 60", "value: 50")}
	d.house.Clock.Set(time.Date(2026, 11, 30, 23, 55, 0, 0, model.Shanghai))
	use := benefit.OfflineUse{Pass: d.offlinePass(t), AcceptedAt: d.house.Clock.Now().Add(7 * time.Minute)}
	d.house.Clock.Pass(time.Hour)
	r := d.upload(t, gate, use)[0].Redemption
	require.Equal(t, 60, r.PayPercent)
	require.Equal(t, int64(2400), *r.PayFen)
	d.house.Clock.Pass(30 * time.Hour)
	later, err := d.Redeem(t.Context(), gate, d.mint(t, d.holder.Subject, pass.Claims{Benefit: ticket, PayPercent: 50, Site: site}), nil)
	require.NoError(t, err)
	require.Equal(t, 50, later.PayPercent)
	for _, no := range []string{r.No, later.No} {
		again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: no})
		require.NoError(t, err)
		require.Equal(t, string(again.Stored), string(again.Decision))
	}
}

// Every redemption is decided again byte for byte as it was, long after: over caps that were
// used up, reversals, uses without a network, changes of the file and of the rule.
func TestReplay_everyRedemption(t *testing.T) {
	d := open(t)
	d.Rules = inForce{book(t, "per: {day: 1, year: 12}", "per: {day: 3, month: 9, year: 14, total: 20}\ncooldownMinutes: 20\nbudget: {day: 3}\ntimeWindow: {hours: ['08:00-20:00']}")}
	d.house.Clock.Set(time.Date(2026, 12, 28, 9, 0, 0, 0, model.Shanghai))
	var all []model.Redemption
	results := map[string]int{}
	redeem := func() {
		r, err := d.Redeem(t.Context(), gate, d.offlinePass(t), nil)
		require.NoError(t, err)
		all = append(all, r)
		results[r.Result]++
	}
	for day := range 9 {
		redeem()
		d.house.Clock.Pass(10 * time.Minute)
		redeem() // within the cool-down
		d.house.Clock.Pass(time.Second)
		if day%2 == 0 {
			_, err := d.Reverse(t.Context(), gate, all[len(all)-2].No, "误扫", nil)
			require.NoError(t, err)
		}
		d.house.Clock.Pass(30 * time.Minute)
		redeem()
		if day%4 == 0 { // over the cool-down, before the next one
			d.house.Clock.Pass(20 * time.Minute)
		}
		offline := benefit.OfflineUse{Pass: d.offlinePass(t), AcceptedAt: d.house.Clock.Now().Add(5 * time.Minute)}
		d.house.Clock.Pass(time.Hour)
		redeem()
		d.house.Clock.Pass(time.Second)
		if day == 3 { // what is known changes: an honour that counts from now on
			honor := servicetest.Record(d.row, model.RecordHonor, "见义勇为先进个人", model.DateOf(d.house.Clock.Now()))
			honor.DocNo, honor.HonorLevel = fmt.Sprintf("顺民〔2026〕%d号", 90), "state"
			d.house.Import(honor)
		}
		out := d.upload(t, gate, offline)
		all = append(all, out[0].Redemption)
		results["offline "+out[0].Redemption.Result]++
		d.house.Clock.Set(model.DateOf(d.house.Clock.Now()).AddDays(1).Start().Add(9 * time.Hour))
	}
	for _, kind := range []string{"pass", "standard", "offline pass", "offline standard"} {
		require.Positive(t, results[kind], "%v", results)
	}
	was := d.Rules
	d.Rules = inForce{book(t, "status: published", "status: paused")}
	redeem()
	d.Rules = was
	pausedAt := all[len(all)-1]
	all = all[:len(all)-1]
	d.house.Clock.Pass(60 * 24 * time.Hour)
	for i, r := range all {
		again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: r.No})
		require.NoError(t, err)
		require.Equal(t, string(again.Stored), string(again.Decision), "%d of %d, %s", i, len(all), r.Result)
		require.True(t, again.Same())
		require.Empty(t, again.Notes)
	}
	d.Rules = inForce{book(t, "status: published", "status: paused")}
	paused, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: pausedAt.No})
	require.NoError(t, err)
	require.Equal(t, string(paused.Stored), string(paused.Decision))
	d.Rules = was
	require.Len(t, d.house.Log.Seen("benefit.replay"), len(all)+1)
	tampered := all[0]
	tampered.Decision.Outcome = model.NotEligible
	text, err := benefit.DecisionText(tampered.Decision)
	require.NoError(t, err)
	again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: tampered.No})
	require.NoError(t, err)
	again.Stored = text
	require.False(t, again.Same())
}

// A decision that nobody kept is made again for any moment: what came in later does not count.
func TestReplay_aPastDay(t *testing.T) {
	d := open(t)
	own := func() model.Decision {
		all, err := d.Own(t.Context(), d.holder)
		require.NoError(t, err)
		for _, b := range all {
			if b.Rule.Code == ticket {
				return b.Decision
			}
		}
		return model.Decision{}
	}
	at := d.house.Clock.Now()
	then, err := benefit.DecisionText(own())
	require.NoError(t, err)
	d.house.Clock.Pass(48 * time.Hour)
	_, err = d.Redeem(t.Context(), gate, d.offlinePass(t), nil)
	require.NoError(t, err)
	honor := servicetest.Record(d.row, model.RecordHonor, "劳动模范", "2026-11-20")
	honor.DocNo, honor.HonorLevel = "顺民〔2026〕77号", "state"
	d.house.Import(honor)
	ask := func(q benefit.ReplayQuestion) (benefit.Replay, error) {
		return d.replays().Replay(t.Context(), operator, q)
	}
	again, err := ask(benefit.ReplayQuestion{Holder: d.holder.Subject, Benefit: ticket, At: at})
	require.NoError(t, err)
	require.Equal(t, string(then), string(again.Decision))
	require.Nil(t, again.Stored)
	later, err := ask(benefit.ReplayQuestion{Holder: d.holder.Subject, Benefit: ticket, At: d.house.Clock.Now()})
	require.NoError(t, err)
	now, err := benefit.DecisionText(own())
	require.NoError(t, err)
	require.Equal(t, string(now), string(later.Decision))
	require.NotEqual(t, string(then), string(now))

	_, err = ask(benefit.ReplayQuestion{Holder: d.holder.Subject, Benefit: ticket, At: d.house.Clock.Now().Add(time.Hour)})
	require.True(t, model.Is(err, model.CodeInvalidRequest), err)
	for _, q := range []benefit.ReplayQuestion{{RedemptionNo: "R0"}, {Holder: "p_nobody", Benefit: ticket, At: at}, {Holder: d.holder.Subject, Benefit: "NOTHING", At: at}} {
		_, err = ask(q)
		require.True(t, model.Is(err, model.CodeNotFound), err)
	}
	d.house.Log.Broken.Store(true)
	_, err = ask(benefit.ReplayQuestion{Holder: d.holder.Subject, Benefit: ticket, At: at})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
}
