package main

import (
	"fmt"
	"strings"
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

	w.do("citizen1", "POST", mine, api.ConsentGrant{Kind: join.Kind, TextHash: strings.Repeat("0", 64)}).refused(400, model.CodeInvalidRequest)
	join.TextHash = state().TextHash
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

// TestWithdrawConsent: who represents an enterprise sees to whom it opened its file and closes
// it again; from that answer on the bank hears neither the file nor the reasons of the list.
func TestWithdrawConsent(t *testing.T) {
	w := startDemo(t)
	uscc := w.lastEnterprise().USCC
	ours := "/v1/me/consents?uscc=" + uscc
	w.do("citizen5", "GET", ours, nil).refused(403, model.CodeForbidden)
	w.do("citizen5", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: uscc}).want(201)
	w.do("citizen1", "GET", ours, nil).refused(403, model.CodeForbidden)
	items := as[api.Consents](w.do("citizen5", "GET", ours, nil).want(200)).Items
	require.Len(t, items, 1, "an enterprise has no incentive level")
	given := items[0]
	require.Equal(t, []string{"disclosure", "granted", "bank_assess"}, []string{given.Kind, given.State, given.Purpose})
	ask := func() *answer {
		return w.do("client:bank", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: "bank_assess", ConsentID: given.ID})
	}
	authorised := func() (api.WhitelistAnswer, bool) {
		one := as[api.WhitelistAnswer](w.do("client:bank", "GET", "/v1/loan/whitelist/"+uscc, nil).want(200))
		many := as[api.WhitelistCheckAnswer](w.do("client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: []string{uscc}}).want(200))
		return one, *many.Items[0].Authorised
	}
	for range 2 {
		ask().want(200)
		one, many := authorised()
		require.True(t, one.Authorised && many)
	}
	w.do("citizen1", "DELETE", "/v1/me/consents/"+given.ID, nil).refused(403, model.CodeForbidden)
	w.do("citizen5", "DELETE", "/v1/me/consents/"+given.ID, nil).want(204)
	ask().refused(403, model.CodeConsentRequired)
	one, many := authorised()
	require.False(t, one.Authorised || many)
	require.Empty(t, one.Reasons)
	w.do("citizen5", "DELETE", "/v1/me/consents/"+given.ID, nil).refused(404, model.CodeNotFound)
	left := as[api.Consents](w.do("citizen5", "GET", ours, nil).want(200)).Items[0]
	require.Equal(t, "withdrawn", left.State)
	require.NotEmpty(t, left.WithdrawnAt)
	require.Len(t, w.entries(audit.Filter{Action: "consent.withdraw", Subject: model.SubjectID(uscc)}), 1)
}
