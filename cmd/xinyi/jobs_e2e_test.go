package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// TestServer walks the jobs, the ownership rules and the conventions on one running demo.
func TestServer(t *testing.T) {
	w := startDemo(t)
	for _, part := range []struct {
		name string
		run  func(*world)
	}{
		{"jobs/enterprise", (*world).jobEnterprise}, {"jobs/own file", (*world).jobOwnFile}, {"jobs/gate", (*world).jobGate},
		{"jobs/window", (*world).jobWindow}, {"jobs/bank", (*world).jobBank},
		{"ownership/own file", (*world).ownFile}, {"ownership/own unit", (*world).ownUnit}, {"ownership/own site", (*world).ownSite},
		{"ownership/bound enterprise", (*world).boundEnterprise}, {"ownership/consent", (*world).liveConsent},
		{"conventions/problems", (*world).problems}, {"conventions/validators", (*world).validators}, {"conventions/looks", (*world).unchangedLooks},
		{"conventions/parameters", (*world).parameters}, {"conventions/methods", (*world).methods}, {"conventions/requests", (*world).requestFields},
		{"conventions/cursors", (*world).cursors}, {"conventions/idempotency", (*world).idempotency},
		{"conventions/lock-out", (*world).lockOut},
	} {
		t.Run(part.name, func(t *testing.T) {
			outer := w.t
			w.t = t
			defer func() { w.t = outer }()
			part.run(w)
		})
	}
	require.Equal(t, "0", w.metric("xinyi_http_panics_total"))
}

// 1: anybody looks an enterprise up, by what they remember of it.
func (w *world) jobEnterprise() {
	last := w.lastEnterprise()
	for _, q := range []string{last.USCC, last.Name, last.Name[:12], "kfrd", "krrd", "润达"} {
		hits := as[api.EnterpriseHits](w.do("", "GET", "/v1/enterprises?limit=100&q="+escape(q), nil).want(200))
		require.True(w.t, slices.ContainsFunc(hits.Items, func(h api.EnterpriseHit) bool { return h.USCC == last.USCC }), q)
	}
	file := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+last.USCC, nil).want(200))
	require.Equal(w.t, last.Name, file.Name)
	require.Equal(w.t, w.demo.Citizens[demoRepresentative].Name, file.Registration.LegalRep, "public by law")
	records := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+last.USCC+"/records?limit=100", nil).want(200))
	counts := map[string]int{}
	for _, r := range records.Items {
		counts[r.Section]++
	}
	require.Equal(w.t, counts["honesty"], file.Counts.Honesty)
	require.Equal(w.t, counts["administration"], file.Counts.Administration)
	require.Equal(w.t, counts["evaluation"], file.Counts.Evaluation)
	w.do("", "GET", "/v1/enterprises/91410203MA9N0B0DY5", nil)
	for _, kind := range []string{"honor", "serious", "abnormal", "watch"} {
		for _, e := range as[api.ListEntries](w.do("", "GET", "/v1/lists/"+kind+"?limit=5", nil).want(200)).Items {
			listed := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+e.USCC, nil).want(200))
			require.True(w.t, slices.ContainsFunc(listed.Lists, func(m api.ListMembership) bool { return m.Kind == kind && m.RecordID == e.RecordID }), e.USCC)
		}
	}
	tax := as[api.Distributions](w.do("", "GET", "/v1/sectors/tax/ratings?scope=district:410203&period=2021", nil).want(200))
	require.Len(w.t, tax.Items, 1)
	require.Equal(w.t, []api.GradeCount{{Grade: "A", Count: 150}}, tax.Items[0].Grades)
}

// 2: a citizen signs in and sees the own file, its records and who looked.
func (w *world) jobOwnFile() {
	own := as[api.OwnCredit](w.do("citizen1", "GET", "/v1/me/credit", nil).want(200))
	require.Equal(w.t, "excellent", own.Level)
	require.NotEmpty(w.t, own.Explanation)
	require.NotEmpty(w.t, own.RuleVersion)
	var records []api.OwnRecord
	for cursor := ""; ; {
		page := as[api.OwnRecords](w.do("citizen1", "GET", "/v1/me/credit/records?limit=1"+cursor, nil).want(200))
		records = append(records, page.Items...)
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	require.Len(w.t, records, own.Total)
	known := map[string]bool{}
	for _, r := range records {
		known[r.RecordID] = true
	}
	for _, item := range own.Explanation {
		for _, id := range item.RecordIDs {
			require.True(w.t, known[id], "the explanation names own records")
		}
	}
	me := w.demo.Citizens[0]
	person := api.SubjectRef{Name: me.Name, IDNo: me.IDNo}
	looked := as[api.CreditAnswer](w.do("clerk", "POST", "/v1/credit-queries", api.CreditQuery{Subject: person, Purpose: "approval"}).want(200))
	require.Equal(w.t, &api.PersonAnswer{NameMasked: model.MaskName(me.Name), IDNoMasked: me.IDNo[:6] + "********" + me.IDNo[14:], Result: "pass"}, looked.Person)
	require.Nil(w.t, looked.Enterprise)
	require.Empty(w.t, looked.Records, "others hear pass or standard about a person, no records")
	log := as[api.AccessLog](w.do("citizen1", "GET", "/v1/me/access-log?limit=100", nil).want(200))
	require.True(w.t, slices.ContainsFunc(log.Items, func(e api.AccessLogEntry) bool {
		return e.Action == "credit.query" && e.Role == "clerk" && e.Purpose == "approval" && e.Outcome == "pass"
	}), "the subject sees who looked")
	w.do("citizen1", "POST", "/v1/auth/logout", nil).want(204)
	w.eventually(func() bool { return w.do("citizen1", "GET", "/v1/me", nil).status == 401 }, "a token after sign-out")
	delete(w.tokens, "citizen1")
	w.do("citizen1", "GET", "/v1/me", nil).want(200)
}

// eventually waits for what other parts of the server do in their own time.
func (w *world) eventually(ok func() bool, what string) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	w.t.Errorf("not in time: %s", what)
}

// 3: a pass is shown at the gate, checked, redeemed once and listed.
func (w *world) jobGate() {
	other := "citizen2" // good: 80 percent
	issued := as[api.Pass](w.do(other, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).want(201))
	require.Contains(w.t, issued.QR, "data:image/png;base64,")
	scan := api.GateScan{Pass: issued.Pass}
	for _, gate := range []string{"client:gate", "gate"} {
		check := as[api.GateCheck](w.do(gate, "POST", "/v1/gate/checks", scan).want(200))
		require.Equal(w.t, "pass", check.Result)
		require.Equal(w.t, 80, check.PayPercent)
		require.Equal(w.t, int64(3200), *check.PayFen)
		require.Equal(w.t, model.MaskName(w.demo.Citizens[1].Name), check.HolderMasked)
	}
	before := as[api.SiteRedemptions](w.do("gate", "GET", "/v1/gate/redemptions", nil).want(200)).Totals.Redemptions
	r := as[api.Redemption](w.do("gate", "POST", "/v1/gate/redemptions", scan).want(201))
	require.Equal(w.t, "pass", r.Result)
	w.do("client:gate", "POST", "/v1/gate/redemptions", scan).refused(409, model.CodePassUsed)
	require.Equal(w.t, "retry", as[api.GateCheck](w.do("gate", "POST", "/v1/gate/checks", scan).want(200)).Result)
	day := as[api.SiteRedemptions](w.do("gate", "GET", "/v1/gate/redemptions?limit=1", nil).want(200))
	require.Equal(w.t, before+1, day.Totals.Redemptions)
	require.Equal(w.t, r.RedemptionNo, day.Items[0].RedemptionNo)
	refused := w.do(other, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).refused(409, model.CodeNotEligible)
	require.Equal(w.t, "per_day", as[api.Problem](refused).Errors[0].Code)
	basic := w.do("citizen3", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}).refused(409, model.CodeNotEligible)
	require.NotEmpty(w.t, as[api.Problem](basic).Errors, "the holder hears every reason")
	w.do("gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: "XY1:NONSENSE"}).refused(422, model.CodePassInvalid)
	require.Len(w.t, w.entries(audit.Filter{Action: "gate.redeem", Subject: w.subject(2), Outcome: "pass"}), 1)
}

// 4: a clerk checks a case with a paper missing.
func (w *world) jobWindow() {
	ask := func(missing ...string) api.ApprovalPlan {
		return as[api.ApprovalPlan](w.do("clerk", "POST", "/v1/approvals/checks", api.ApprovalCheckRequest{
			Subject: api.SubjectRef{USCC: w.lastEnterprise().USCC}, ItemCode: "SP-FOOD-001", MissingMaterials: append([]string{}, missing...)}).want(200))
	}
	require.Equal(w.t, "instant", ask().Mode)
	plan := ask("D01")
	require.Equal(w.t, "deferred", plan.Mode)
	require.Equal(w.t, []string{"D01"}, plan.Deferrable)
	require.Greater(w.t, *plan.SupplyBy, string(model.DateOf(time.Now())))
	require.Contains(w.t, plan.PromiseTemplate, *plan.SupplyBy)
	require.NotEmpty(w.t, plan.Warning)
	plan = ask("M01", "D01")
	require.Equal(w.t, "normal", plan.Mode)
	require.Equal(w.t, []string{"M01"}, plan.NotDeferrable)
	require.NotEmpty(w.t, plan.Blockers[0].Remedy)
	unknown := w.do("clerk", "POST", "/v1/approvals/checks", `{"subject":{"uscc":"`+w.lastEnterprise().USCC+`"},"itemCode":"SP-FOOD-001","missingMaterials":["X1"]}`).refused(400, model.CodeInvalidRequest)
	require.Equal(w.t, "/missingMaterials/0", as[api.Problem](unknown).Errors[0].Pointer)
	require.Len(w.t, w.entries(audit.Filter{Action: "approval.check", Subject: model.SubjectID(w.lastEnterprise().USCC)}), 3)
}

// 5: a bank asks the whitelist, one by one and in bulk.
func (w *world) jobBank() {
	var codes []string
	for _, e := range w.demo.Enterprises {
		codes = append(codes, e.USCC)
	}
	bad := []string{"nonsense", codes[0][:17] + "I", w.demo.Citizens[0].IDNo}
	all := as[api.WhitelistCheckAnswer](w.do("client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: slices.Concat(codes, bad, codes[:1])}).want(200))
	require.Len(w.t, all.Items, len(codes)+len(bad)+1)
	for i, e := range w.demo.Enterprises {
		require.Equal(w.t, e.Whitelisted, *all.Items[i].Listed, e.Name)
	}
	for i := range bad[:2] {
		require.NotNil(w.t, all.Items[len(codes)+i].Error)
	}
	require.Equal(w.t, all.Items[0].Listed, all.Items[len(all.Items)-1].Listed)
	last := as[api.WhitelistAnswer](w.do("client:bank", "GET", "/v1/loan/whitelist/"+w.lastEnterprise().USCC, nil).want(200))
	require.True(w.t, last.Authorised)
	require.NotEmpty(w.t, last.Reasons)
	other := as[api.WhitelistAnswer](w.do("client:bank", "GET", "/v1/loan/whitelist/"+codes[0], nil).want(200))
	require.False(w.t, other.Authorised)
	require.Empty(w.t, other.Reasons)
	require.NotEmpty(w.t, last.BatchNo)
	require.NotEmpty(w.t, last.RulesVersion)
	tooMany := make([]string, 1001)
	for i := range tooMany {
		tooMany[i] = codes[0]
	}
	w.do("client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: tooMany}).refused(400, model.CodeInvalidRequest)
	w.do("client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: tooMany[:1000]}).want(200)
}

// addClient makes another client of role, for a unit and sites of its own.
func (w *world) addClient(name string, role model.Role, unit string, sites ...string) string {
	w.t.Helper()
	client, secret := newTestClient(name, role, unit, sites)
	require.NoError(w.t, signIns(w).CreateClient(w.t.Context(), client))
	who := fmt.Sprintf("test:%s", name)
	w.tokens[who] = as[api.TokenAnswer](w.clientToken(client.ID, secret).want(200)).AccessToken
	return who
}
