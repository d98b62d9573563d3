package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
)

// storm asks all at once and counts the answers by status.
func (w *world) storm(n int, ask func(i int) *answer) map[int][]*answer {
	var mu sync.Mutex
	var all sync.WaitGroup
	out := map[int][]*answer{}
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			a := ask(i)
			mu.Lock()
			defer mu.Unlock()
			out[a.status] = append(out[a.status], a)
		})
	}
	close(start)
	all.Wait()
	return out
}

func results(answers []*answer) map[string]int {
	out := map[string]int{}
	for _, a := range answers {
		out[as[api.Redemption](a).Result]++
	}
	return out
}

// TestStorms: whatever happens at once happens as if one after the other.
func TestStorms(t *testing.T) {
	w := startDemo(t)
	w.token("citizen1")
	w.token("client:gate")
	ctx := t.Context()

	// 64 passes of one holder at 64 gates: the cap of one a day lets exactly one through.
	passes := make([]string, 64)
	minted := w.storm(64, func(i int) *answer {
		a := w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket})
		passes[i] = as[api.Pass](a).Pass
		return a
	})
	require.Len(t, minted[201], 64)
	redeemed := w.storm(64, func(i int) *answer { return w.redeem(passes[i]) })
	require.Len(t, redeemed[201], 64, "%v", redeemed)
	require.Equal(t, map[string]int{"pass": 1, "standard": 63}, results(redeemed[201]))

	// The counters say what the redemptions say, and each has its entry.
	benefits := store.NewBenefits(w.server.platform.driver)
	usage, err := benefits.Usage(ctx, w.subject(1), ticket)
	require.NoError(t, err)
	day, err := benefits.Usage(ctx, w.subject(1), ticket)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 1, 1}, []int{day.DayCount, day.MonthCount, day.YearCount, day.Total})
	require.Equal(t, int64(64), usage.Rev, "each redemption went through the counters")
	list := as[api.SiteRedemptions](w.do("client:gate", "GET", "/v1/gate/redemptions?limit=100", nil).want(200))
	require.Equal(t, 64, list.Totals.Redemptions)
	require.Len(t, w.entries(audit.Filter{Action: "gate.redeem", Subject: w.subject(1)}), 64)

	// One pass at 64 gates: one redemption; the others hear that it is used.
	w.restart()
	one := as[api.Pass](w.do("citizen2", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).want(201)).Pass
	redeemed = w.storm(64, func(int) *answer { return w.redeem(one) })
	require.Len(t, redeemed[201], 1)
	require.Len(t, redeemed[409], 63)
	for _, a := range redeemed[409] {
		a.refused(409, model.CodePassUsed)
	}

	// One request 64 times: one effect, and everybody who gets an answer gets the same.
	same := as[api.Pass](w.do("citizen2", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "LIB-DEP0"}).want(201)).Pass
	library := w.addClient("library", model.RoleGate, "91410203MA0THERG00", "sh-lib")
	redeemed = w.storm(64, func(int) *answer {
		return w.do(library, "POST", "/v1/gate/redemptions", api.GateScan{Pass: same}, "Idempotency-Key", "one")
	})
	require.Len(t, redeemed[201], 64-len(redeemed[409]))
	first := 0
	for _, a := range redeemed[201] {
		require.Equal(t, string(redeemed[201][0].body), string(a.body))
		if a.header.Get("Idempotency-Replayed") == "" {
			first++
		}
	}
	require.Equal(t, 1, first)
	for _, a := range redeemed[409] {
		a.refused(409, model.CodeRequestInFlight)
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
	again := w.do(library, "POST", "/v1/gate/redemptions", api.GateScan{Pass: same}, "Idempotency-Key", "one").want(201)
	require.Equal(t, string(redeemed[201][0].body), string(again.body))
	totals := as[api.SiteRedemptions](w.do(library, "GET", "/v1/gate/redemptions", nil).want(200)).Totals
	require.Equal(t, 1, totals.Redemptions)

	// One person, 16 bindings at once: one account gets it, once.
	last := w.demo.Citizens[len(w.demo.Citizens)-1]
	newcomer := fmt.Sprintf("citizen%d", len(w.demo.Citizens))
	w.token(newcomer)
	bound := w.storm(16, func(int) *answer {
		return w.do(newcomer, "POST", "/v1/me/identity", api.IdentityRequest{Name: last.Name, IDNo: last.IDNo})
	})
	require.Len(t, bound[200], 1)
	for status, answers := range bound {
		for _, a := range answers {
			if status != 200 {
				require.Contains(t, []int{409, 429}, status, string(a.body))
			}
		}
	}
	require.Len(t, w.entries(audit.Filter{Action: "identity.bind", Subject: w.subject(len(w.demo.Citizens)), Outcome: "bound"}), 1)
}

// TestStorm_mintAndRedeem mixes minting, checking and redeeming of several holders.
func TestStorm_mintAndRedeem(t *testing.T) {
	w := startDemo(t)
	holders := w.citizens(func(c demoCitizen) bool { return c.Level == model.LevelExcellent || c.Level == model.LevelGood })
	holders = holders[:len(holders)-1] // the last one is not bound
	for _, who := range append(holders, "client:gate") {
		w.token(who)
	}
	var mu sync.Mutex
	passed := map[string]int{}
	w.storm(60, func(i int) *answer {
		who := holders[i%len(holders)]
		a := w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"})
		if a.status == 409 {
			return a.refused(409, model.CodeNotEligible) // the cap was reached meanwhile
		}
		pass := as[api.Pass](a.want(201)).Pass
		w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: pass}).want(200)
		r := w.redeem(pass).want(201)
		if as[api.Redemption](r).Result == "pass" {
			mu.Lock()
			passed[who]++
			mu.Unlock()
		}
		return r
	})
	for _, who := range holders {
		require.Equal(t, 1, passed[who], who)
	}
	require.Equal(t, "0", w.metric("xinyi_http_panics_total"))
}
