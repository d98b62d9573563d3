package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
)

const parkRule = "/v1/benefit-rules/TT-PARK-80"

// TestE2E_benefitRules takes a new version from draft over a trial to the day it is in force.
func TestE2E_benefitRules(t *testing.T) {
	w := startDemo(t)
	clock := &ahead{}
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	today := model.DateOf(clock.Now())
	before := as[api.BenefitRuleHistory](w.do("office", "GET", parkRule, nil).want(200))
	require.Nil(t, before.Draft)
	require.Len(t, before.Versions, 1)
	require.Equal(t, "in_force", before.Versions[0].State)
	require.NotEmpty(t, as[api.BenefitRules](w.do("reviewer", "GET", "/v1/benefit-rules?limit=2", nil).want(200)).NextCursor)
	w.do("office", "POST", parkRule+"/simulations", nil).refused(404, model.CodeNotFound)

	rule := before.Versions[0].Rule // as it is, for basic too
	rule.ValidFrom = string(today.AddDays(1))
	rule.Parameters = append([]api.BenefitParameter{}, rule.Parameters...)
	rule.Parameters[0].Texts = []string{"excellent", "good", "basic"}
	rule.BudgetDay, rule.BudgetTotal, rule.Companions = 1, 1000, 2
	w.toQualify()
	w.bestOffer()
	w.draftedRule(rule)
	w.triedRule()
	w.publishedRule(rule)

	require.Equal(t, before.Versions[0].RuleVersion, as[api.Benefit](w.do("", "GET", "/v1/benefits/TT-PARK-80", nil).want(200)).RuleVersion, "not before its day")
	w.do("citizen3", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).refused(409, model.CodeNotEligible)
	w.to(clock, today.AddDays(1))
	tag := w.do("office", "GET", parkRule, nil).want(200).header.Get("ETag")
	require.Equal(t, []api.BenefitBudgetSpanUse{{Span: "day", Max: 1}, {Span: "total", Max: 1000}}, w.budgetUse())
	w.spentBudget()
	granted := w.settledCompanions().Granted
	require.Equal(t, []api.BenefitBudgetSpanUse{{Span: "day", Max: 1, Used: granted}, {Span: "total", Max: 1000, Used: granted}}, w.budgetUse())
	require.Equal(t, tag, w.do("office", "GET", parkRule, nil).want(200).header.Get("ETag"), "a use changes no rule")
	after := as[api.BenefitRuleHistory](w.do("office", "GET", parkRule, nil).want(200))
	require.Equal(t, "superseded", after.Versions[0].State)
	require.Equal(t, "in_force", after.Versions[1].State)
	require.Equal(t, before.Versions[0].Rule, after.Versions[0].Rule, "every version is kept")
	require.Empty(t, after.Versions[0].Changes)
	require.Equal(t, []string{"validFrom", "basis", "companions", "budget.day", "budget.total", "parameters.levels.2026-04-01.value"}, paths(after.Versions[1].Changes))
	w.restart()
	w.do("citizen3", "GET", "/v1/me/benefits", nil).want(200)
	w.pausedRule(rule, today)
}

// toQualify tells a citizen at the basic level what is missing.
func (w *world) toQualify() {
	for _, b := range as[api.MyBenefits](w.do("citizen3", "GET", "/v1/me/benefits", nil).want(200)).Items {
		if b.Code != "TT-PARK-80" {
			continue
		}
		require.Equal(w.t, &api.ToQualify{Possible: true, Steps: []api.QualifyStep{
			{Fact: "level", From: "basic", To: "good", Text: "信用激励等级达到“良好”", Conditions: []string{"level"}}}}, b.ToQualify)
		return
	}
	w.t.Fatal("TT-PARK-80 is not shown")
}

// bestOffer compares the two tickets of the park for who may have both; the boat goes beside.
func (w *world) bestOffer() {
	best := map[string]bool{}
	for _, b := range as[api.MyBenefits](w.do("citizen1", "GET", "/v1/me/benefits?site=tieta-park", nil).want(200)).Items {
		require.NotNil(w.t, b.Offer, b.Code)
		best[b.Code] = b.Offer.Best
	}
	require.Equal(w.t, map[string]bool{"TT-PARK-60": true, "TT-PARK-80": false, "TT-RIDE-70": true}, best)
}

// spentBudget uses what all holders may use together on one day, and gets it back.
func (w *world) spentBudget() {
	t := w.t
	require.Equal(t, &api.BenefitCaps{Day: 1, Total: 1000}, as[api.Benefit](w.do("", "GET", "/v1/benefits/TT-PARK-80", nil).want(200)).Budget)
	require.Equal(t, 2, as[api.Benefit](w.do("", "GET", "/v1/benefits/TT-PARK-80", nil).want(200)).Companions)
	w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80", Companions: 3}).refused(400, model.CodeInvalidRequest)
	other := as[api.Pass](w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80", Companions: 2}).want(201))
	mine := as[api.Pass](w.do("citizen3", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).want(201))
	used := as[api.Redemption](w.do("gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: mine.Pass}).want(201))
	require.Equal(t, "pass", used.Result)
	check := as[api.GateCheck](w.do("gate", "POST", "/v1/gate/checks", api.GateScan{Pass: other.Pass}).want(200))
	require.Equal(t, []any{"standard", 100, 2, int64(12000)}, []any{check.Result, check.PayPercent, check.Companions, *check.PayFen})
	w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}).refused(409, model.CodeBudgetReached)
	w.do("gate", "POST", "/v1/gate/redemptions/"+used.RedemptionNo+"/reversals", api.ReversalRequest{Reason: "误扫"}).want(201)
	again := as[api.Redemption](w.do("gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: other.Pass}).want(201))
	require.Equal(t, []any{"pass", 2, int64(9600)}, []any{again.Result, again.Companions, *again.PayFen})
}

// budgetUse is what the office sees of the budget; other benefits have none.
func (w *world) budgetUse() (spans []api.BenefitBudgetSpanUse) {
	for _, item := range as[api.BenefitRules](w.do("office", "GET", "/v1/benefit-rules?limit=100", nil).want(200)).Items {
		require.Equal(w.t, item.Code == "TT-PARK-80", item.BudgetUse != nil, item.Code)
		if item.BudgetUse != nil {
			spans = item.BudgetUse.Spans
		}
	}
	return spans
}

// settledCompanions finds them on the site's list and in the settlement of the day.
func (w *world) settledCompanions() api.SettlementSums {
	t := w.t
	day := as[api.SiteRedemptions](w.do("gate", "GET", "/v1/gate/redemptions?limit=1", nil).want(200))
	require.Equal(t, 2, day.Items[0].Companions)
	totals := as[api.Settlement](w.do("client:gate", "GET", "/v1/settlements", nil).want(200)).Totals
	require.Equal(t, api.SettlementSums{Uses: 1, Granted: 1, Reversed: 1, Companions: 2, StandardFen: 12000, DueFen: 9600, ReliefFen: 2400}, totals)
	w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-60"}).refused(409, model.CodeNotEligible) // one of a site's benefits
	return totals
}

func paths(changes []api.BenefitRuleChange) (out []string) {
	for _, c := range changes {
		out = append(out, c.Path)
	}
	return out
}

// draftedRule writes the draft and changes it once.
func (w *world) draftedRule(rule api.BenefitRule) {
	t := w.t
	w.do("department", "POST", "/v1/benefit-rules", rule).refused(403, model.CodeForbidden)
	wrong := rule
	wrong.Conditions = append([]api.BenefitCondition{}, rule.Conditions...)
	wrong.Conditions[0].CEL = "adult &&"
	w.do("office", "POST", "/v1/benefit-rules", wrong).refused(400, model.CodeInvalidRequest)
	wrong = rule
	wrong.Parameters = append([]api.BenefitParameter{}, rule.Parameters...)
	wrong.Parameters[0].Texts = nil
	w.do("office", "POST", "/v1/benefit-rules", wrong).refused(400, model.CodeInvalidRequest)
	first := w.do("office", "POST", "/v1/benefit-rules", rule, "Idempotency-Key", "draft-1").want(201)
	again := w.do("office", "POST", "/v1/benefit-rules", rule, "Idempotency-Key", "draft-1").want(201)
	require.Equal(t, string(first.body), string(again.body))
	draft := as[api.BenefitRuleDraft](first)
	require.Equal(t, rule, draft.Rule)
	require.True(t, strings.HasPrefix(draft.Against, "TT-PARK-80@2026-04-01#"), draft.Against)
	require.Equal(t, []string{"validFrom", "companions", "budget.day", "budget.total", "parameters.levels.2026-04-01.value"}, paths(draft.Changes))
	w.do("office", "POST", "/v1/benefit-rules", rule).refused(409, model.CodeExists)

	tag := w.do("office", "GET", parkRule, nil).want(200).header.Get("ETag")
	w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", tag).refused(409, model.CodeNotReady)
	rule.Basis = "HN"
	w.do("office", "PUT", parkRule, rule).refused(428, model.CodePreconditionRequired)
	w.do("office", "PUT", parkRule, rule, "If-Match", `"old"`).refused(412, model.CodePreconditionFailed)
	w.do("office", "PUT", "/v1/benefit-rules/NOTHING", rule, "If-Match", tag).refused(400, model.CodeInvalidRequest)
	w.do("office", "PUT", parkRule, rule, "If-Match", tag).want(200)
	w.do("office", "PUT", parkRule, rule, "If-Match", tag).refused(412, model.CodePreconditionFailed)
}

// triedRule tries the draft: the basic level gains, no use is counted.
func (w *world) triedRule() {
	t := w.t
	var run api.BenefitSimulation
	w.eventually(func() bool {
		run = as[api.BenefitSimulation](w.do("office", "POST", parkRule+"/simulations", nil).want(200))
		return run.Finished
	}, "the trial")
	require.NotEmpty(t, run.Against)
	require.Positive(t, run.Total.Gains)
	require.Positive(t, run.Total.Keeps)
	require.Zero(t, run.Total.Loses)
	for _, cell := range run.Cells {
		require.True(t, cell.Counts.Gains == 0 || cell.Level == "basic", "%+v", cell)
	}
	require.NotEmpty(t, w.entries(audit.Filter{Action: "benefit_rule.simulate"}))
	same := as[api.BenefitSimulation](w.do("reviewer", "POST", parkRule+"/simulations", nil).want(200))
	require.Equal(t, run, same, "the result is kept")
}

// publishedRule has another person publish it.
func (w *world) publishedRule(rule api.BenefitRule) {
	t := w.t
	read := w.do("reviewer", "GET", parkRule, nil).want(200)
	for _, check := range as[api.BenefitRuleHistory](read).Checks {
		require.True(t, check.OK, "%+v", check)
	}
	tag := read.header.Get("ETag")
	item := w.waits("reviewer", "benefit_rule_publication", rule.Code)
	require.NotNil(t, item)
	require.Equal(t, []string{rule.Title, rule.ValidFrom}, []string{item.Title, item.Due})
	require.Nil(t, w.waits("office", item.Kind, item.ID), "who drafts does not publish")
	w.do("office", "POST", parkRule+"/publication", nil, "If-Match", tag).refused(403, model.CodeForbidden)
	w.do("reviewer", "POST", parkRule+"/publication", nil).refused(428, model.CodePreconditionRequired)
	w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", `"old"`).refused(412, model.CodePreconditionFailed)
	w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", tag, "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", tag, "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", tag).refused(404, model.CodeNotFound)
	require.Nil(t, w.waits("reviewer", item.Kind, item.ID))
	require.Len(t, w.entries(audit.Filter{Action: "benefit_rule.draft"}), 1)
	require.Len(t, w.entries(audit.Filter{Action: "benefit_rule.revise"}), 1)
	published := w.entries(audit.Filter{Action: "benefit_rule.publish"})
	require.Len(t, published, 1)
	require.True(t, strings.HasPrefix(published[0].Event.RuleVersion, "TT-PARK-80@"+rule.ValidFrom+"#"), published[0].Event.RuleVersion)
}

// pausedRule publishes a version that pauses, from the day after.
func (w *world) pausedRule(rule api.BenefitRule, today model.Date) {
	rule.Basis, rule.Paused, rule.ValidFrom = "HN", true, string(today)
	w.do("office", "POST", "/v1/benefit-rules", rule).want(201)
	read := w.do("reviewer", "GET", parkRule, nil).want(200)
	p := w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", read.header.Get("ETag")).refused(409, model.CodeNotReady)
	var problem api.Problem
	require.NoError(w.t, json.Unmarshal(p.body, &problem))
	require.Contains(w.t, problem.Errors[0].Code+problem.Errors[len(problem.Errors)-1].Code, "dates")
	rule.ValidFrom = string(model.DateOf(time.Now()).AddDays(2))
	w.do("office", "PUT", parkRule, rule, "If-Match", read.header.Get("ETag")).want(200)
	tag := w.do("reviewer", "GET", parkRule, nil).want(200).header.Get("ETag")
	done := as[api.BenefitRuleHistory](w.do("reviewer", "POST", parkRule+"/publication", nil, "If-Match", tag).want(201))
	require.Equal(w.t, "coming", done.Versions[2].State)
}
