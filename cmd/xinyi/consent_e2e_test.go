package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// TestLevelByChoice: a citizen leaves the incentive level and is judged no more from that
// moment, joins again and is judged as before; each is logged once.
func TestLevelByChoice(t *testing.T) {
	w := startDemo(t)
	const mine, one = "/v1/me/consents", "/v1/me/consents/incentive_level"
	join := api.ConsentGrant{Kind: model.LevelConsent}
	credit := func() (api.OwnCredit, string) {
		a := w.do("citizen1", "GET", "/v1/me/credit", nil).want(200)
		return as[api.OwnCredit](a), a.header.Get("ETag")
	}
	state := func() api.Consent {
		return as[api.Consents](w.do("citizen1", "GET", mine, nil).want(200)).Items[0]
	}
	before, tag := credit()
	require.Equal(t, model.LevelExcellent, before.Level)
	require.Equal(t, "granted", state().State)
	w.do("citizen1", "POST", mine, join).refused(409, model.CodeExists)
	w.do(fmt.Sprintf("citizen%d", len(w.demo.Citizens)), "GET", mine, nil).refused(403, model.CodeNotVerified)
	w.do("office", "DELETE", one, nil).refused(403, model.CodeForbidden)
	w.do("citizen1", "DELETE", "/v1/me/consents/other", nil).refused(404, model.CodeNotFound)

	w.do("citizen1", "DELETE", one, nil).want(204)
	left, other := credit()
	require.Equal(t, []any{"none", false, 0, before.Total}, []any{left.Level, left.OptedIn, left.ItemsCounted, left.Total})
	require.NotEqual(t, tag, other)
	w.do("citizen1", "DELETE", one, nil).refused(404, model.CodeNotFound)
	require.Equal(t, "offered", state().State)
	query := `{"subject":{"name":"` + w.demo.Citizens[0].Name + `","idNo":"` + w.demo.Citizens[0].IDNo + `"},"purpose":"award"}`
	require.Contains(t, string(w.do("office", "POST", "/v1/credit-queries", query).want(200).body), `"standard"`)
	w.restart()
	left, _ = credit()
	require.False(t, left.OptedIn, "a demo that starts again does not join for them")

	first := w.do("citizen1", "POST", mine, join, "Idempotency-Key", "join").want(201)
	again := w.do("citizen1", "POST", mine, join, "Idempotency-Key", "join").want(201)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, model.LevelExcellent, as[api.Consent](first).Level)
	require.NotNil(t, state().GrantedAt)
	after, _ := credit()
	require.Equal(t, []any{before.Level, before.Explanation, before.RuleVersion}, []any{after.Level, after.Explanation, after.RuleVersion})
	require.Len(t, w.entries(audit.Filter{Action: "level.join"}), 1)
	require.Len(t, w.entries(audit.Filter{Action: "level.leave"}), 1)

	var done sync.WaitGroup
	won := make(chan int, 8)
	for range cap(won) { // of many at once one leaves
		done.Go(func() { won <- w.do("citizen2", "DELETE", one, nil).status })
	}
	done.Wait()
	close(won)
	gone := 0
	for status := range won {
		if status == 204 {
			gone++
		} else {
			require.Equal(t, 404, status)
		}
	}
	require.Equal(t, 1, gone)
}
