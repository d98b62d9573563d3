package main

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/service/identity"
)

// addStaff makes a member of staff of a unit and signs them in.
func (w *world) addStaff(name string, role model.Role, unit, unitName string) string {
	w.t.Helper()
	const password = "correct horse battery"
	staff := &model.Staff{ID: "staff_" + name, Username: identity.NormalUsername(name), PasswordHash: identity.HashPassword(identity.PasswordConfig{}, password),
		Role: role, Unit: unit, UnitName: unitName}
	require.NoError(w.t, signIns(w).CreateStaff(w.t.Context(), staff))
	who := "test:" + name
	w.tokens[who] = as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: name, Password: password}).want(200)).AccessToken
	return who
}

// unitOf is the unit of a demo member of staff.
func (w *world) unitOf(role model.Role) string {
	w.t.Helper()
	staff, err := signIns(w).StaffByName(w.t.Context(), "demo-"+string(role))
	require.NoError(w.t, err)
	return staff.Unit
}

// otherUnit is a code of a unit that has no record here.
func otherUnit(t testing.TB, body string) string {
	t.Helper()
	code, err := model.ComposeUnifiedSocialCreditCode("11", "410203", body)
	require.NoError(t, err)
	return code.Reveal()
}

func seriousDraft(uscc, docNo string) api.ListingDraft {
	return api.ListingDraft{Kind: "serious", USCC: uscc, DocNo: docNo, Reason: "拒不履行生效法律文书确定的义务。", Basis: "HN", Article: "第二十八条",
		Measures: []string{"HN34-1", "HN32-5"}, Severity: "serious", Finality: "final", ProvincialNo: "豫信审〔2026〕1号",
		PriorNotice: &api.PriorNotice{On: "2026-09-01", How: "直接送达", Evidence: []api.Evidence{{Title: "送达回证", Digest: strings.Repeat("a1", 32)}}},
		Responsible: []api.ResponsiblePerson{{Role: "legal_representative", Name: "欧阳明月"}}}
}

const entries = "/v1/list-entries"

func (w *world) tag(who, target string) string {
	w.t.Helper()
	return w.do(who, "GET", target, nil).want(200).header.Get("ETag")
}

func onList(w *world, kind, uscc string) bool {
	items := as[api.ListEntries](w.do("", "GET", "/v1/lists/"+kind+"?q="+uscc, nil).want(200)).Items
	return slices.ContainsFunc(items, func(e api.ListEntry) bool { return e.USCC == uscc })
}

func inFile(w *world, kind, uscc string) bool {
	file := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+uscc, nil).want(200))
	return slices.ContainsFunc(file.Lists, func(m api.ListMembership) bool { return m.Kind == kind })
}

// TestListing_path takes a serious listing from draft over publication to removal.
func TestListing_path(t *testing.T) {
	w := startDemo(t)
	uscc := w.lastEnterprise().USCC
	require.False(t, onList(w, "serious", uscc))
	grade := as[api.CreditAnswer](w.do("office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: "award"}).want(200)).Enterprise.Grade
	require.NotEqual(t, "E", grade)

	first := w.do("department", "POST", entries, seriousDraft(uscc, "顺市监〔2026〕91号"), "Idempotency-Key", "draft-1").want(201)
	draft := as[api.Listing](first)
	require.Equal(t, "draft", draft.State)
	require.Equal(t, "欧*", draft.Responsible[0].NameMasked)
	require.NotContains(t, string(first.body), "欧阳明月")
	require.Equal(t, "河南省社会信用条例第二十八条", draft.LegalBasis)
	again := w.do("department", "POST", entries, seriousDraft(uscc, "顺市监〔2026〕91号"), "Idempotency-Key", "draft-1").want(201)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, draft.ID, as[api.Listing](again).ID)
	require.False(t, onList(w, "serious", uscc), "a draft is nobody else's business")

	at := entries + "/" + draft.ID
	item := w.waits("reviewer", "list_publication", draft.ID)
	require.NotNil(t, item)
	require.NotEmpty(t, item.Due)
	require.Nil(t, w.waits("department", "list_draft", draft.ID), "nothing is missing")
	tag := w.tag("reviewer", at)
	w.do("reviewer", "POST", at+"/publication", nil).refused(428, model.CodePreconditionRequired)
	w.do("reviewer", "POST", at+"/publication", nil, "If-Match", `"other"`).refused(412, model.CodePreconditionFailed)
	published := as[api.Listing](w.do("reviewer", "POST", at+"/publication", nil, "If-Match", tag, "Idempotency-Key", "pub-1").want(200))
	require.Equal(t, "published", published.State)
	require.Equal(t, "true", w.do("reviewer", "POST", at+"/publication", nil, "If-Match", tag, "Idempotency-Key", "pub-1").want(200).header.Get("Idempotency-Replayed"))
	w.do("reviewer", "POST", at+"/publication", nil, "If-Match", tag).refused(412, model.CodePreconditionFailed)

	require.True(t, onList(w, "serious", uscc))
	require.True(t, inFile(w, "serious", uscc))
	require.Equal(t, "E", as[api.CreditAnswer](w.do("office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: "award"}).want(200)).Enterprise.Grade)
	records := w.do("", "GET", "/v1/enterprises/"+uscc+"/records?section=serious", nil).want(200)
	require.Contains(t, string(records.body), "救济途径")
	require.NotContains(t, string(records.body), "欧")
	require.NotContains(t, string(w.do("", "GET", "/v1/lists/serious", nil).want(200).body), "欧")
	require.Nil(t, w.waits("reviewer", "list_publication", draft.ID))

	tag = w.tag("department", at)
	removed := as[api.Listing](w.do("department", "POST", at+"/removal", api.ListingRemoval{Reason: "义务已履行完毕。"}, "If-Match", tag).want(200))
	require.Equal(t, "removed", removed.State)
	require.False(t, onList(w, "serious", uscc))
	require.False(t, inFile(w, "serious", uscc))
	notices := as[api.RemovalNotices](w.do("", "GET", "/v1/lists/serious/removals", nil).want(200)).Items
	require.Len(t, notices, 1)
	require.Equal(t, "义务已履行完毕。", notices[0].Reason)
	require.Equal(t, grade, as[api.CreditAnswer](w.do("office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: "award"}).want(200)).Enterprise.Grade)
	a := w.do("department", "POST", at+"/removal", api.ListingRemoval{Reason: "再移出一次。"}, "If-Match", w.tag("department", at)).refused(409, model.CodeNotReady)
	require.NotEmpty(t, as[api.Problem](a).Errors)
	for action, want := range map[string]int{"listing.draft": 1, "listing.publish": 1, "listing.remove": 2} {
		require.Len(t, w.entries(audit.Filter{Action: action, Subject: model.SubjectID(uscc)}), want, action)
	}
	require.NotContains(t, w.log.String(), "欧阳明月")
}

// waits looks for a kind of work on a thing in who's worklist.
func (w *world) waits(who, kind, id string) *api.WorkItem {
	w.t.Helper()
	for cursor := ""; ; {
		page := as[api.Worklist](w.do(who, "GET", "/v1/worklist?limit=5"+cursor, nil).want(200))
		require.True(w.t, slices.IsSortedFunc(page.Items, func(a, b api.WorkItem) int { return cmp.Compare(cmp.Or(a.Due, "9"), cmp.Or(b.Due, "9")) }))
		for i := range page.Items {
			if page.Items[i].Kind == kind && page.Items[i].ID == id {
				return &page.Items[i]
			}
		}
		if page.NextCursor == "" {
			return nil
		}
		cursor = "&cursor=" + page.NextCursor
	}
}

// TestListing_refusals: what may not be drafted, by whom nothing is read or published.
func TestListing_refusals(t *testing.T) {
	w := startDemo(t)
	uscc, person := w.demo.Enterprises[3].USCC, string(w.subject(1))
	draft := func(change func(*api.ListingDraft)) *answer {
		d := seriousDraft(uscc, "顺市监〔2026〕92号")
		change(&d)
		return w.do("department", "POST", entries, d)
	}
	draft(func(d *api.ListingDraft) { d.Basis = "XX" }).refused(422, model.CodeNoLegalBasis)
	draft(func(d *api.ListingDraft) { d.Measures = []string{"HN99-1"} }).refused(422, model.CodeNoLegalBasis)
	draft(func(d *api.ListingDraft) { d.Measures = []string{"HN30-1"} }).refused(422, model.CodeNoLegalBasis) // an incentive
	draft(func(d *api.ListingDraft) { d.Kind, d.Basis = "abnormal", "GB49" }).refused(422, model.CodeNoLegalBasis)
	draft(func(d *api.ListingDraft) { d.USCC = person }).refused(400, model.CodeInvalidRequest)
	draft(func(d *api.ListingDraft) { d.USCC = "91410203MA9N0B0DY5" }).refused(400, model.CodeInvalidRequest)
	draft(func(d *api.ListingDraft) { d.PriorNotice.On = "2999-01-01" }).refused(400, model.CodeInvalidRequest)
	draft(func(d *api.ListingDraft) { d.PriorNotice.On = "2026-02-30" }).refused(400, model.CodeInvalidRequest)
	unknown, err := model.ComposeUnifiedSocialCreditCode("91", "410203", "MA0N0B0D")
	require.NoError(t, err)
	draft(func(d *api.ListingDraft) { d.USCC = unknown.Reveal() }).refused(404, model.CodeNotFound)

	// The wishes of the list: each missing one is named, and the draft waits at its unit.
	bare := as[api.Listing](w.do("department", "POST", entries, api.ListingDraft{Kind: "serious", USCC: uscc, Basis: "HN"}).want(201))
	at := entries + "/" + bare.ID
	a := w.do("reviewer", "POST", at+"/publication", nil, "If-Match", w.tag("reviewer", at)).refused(409, model.CodeNotReady)
	var missing []string
	for _, e := range as[api.Problem](a).Errors {
		missing = append(missing, e.Code)
	}
	require.ElementsMatch(t, []string{"prior_notice", "evidence", "objection_window", "title", "responsible", "provincial_review", "finality", "severity"}, missing)
	require.NotNil(t, w.waits("department", "list_draft", bare.ID))
	require.Nil(t, w.waits("reviewer", "list_publication", bare.ID))
	require.NotEmpty(t, w.entries(audit.Filter{Action: "listing.publish", Outcome: string(model.CodeNotReady)}), "refusals are logged")

	// Another unit, and roles that have no business here.
	stranger := w.addStaff("other-department", model.RoleDepartment, otherUnit(t, "30099999"), "另一单位")
	unitless := w.addStaff("no-unit", model.RoleDepartment, "", "")
	tag := w.tag("department", at)
	for _, who := range []string{stranger, unitless} {
		w.do(who, "GET", at, nil).refused(404, model.CodeNotFound)
		w.do(who, "GET", at, nil, "If-None-Match", tag).refused(404, model.CodeNotFound)
		w.do(who, "PUT", at, seriousDraft(uscc, "顺市监〔2026〕92号"), "If-Match", tag).refused(404, model.CodeNotFound)
		w.do(who, "POST", at+"/removal", api.ListingRemoval{Reason: "不是我的。"}, "If-Match", tag).refused(404, model.CodeNotFound)
		w.do(who, "POST", "/v1/joint-actions", api.JointInitiation{ListEntryID: bare.ID, Measures: []string{"HN34-1"}, Units: []string{uscc}}).refused(404, model.CodeNotFound)
		require.Empty(t, as[api.Listings](w.do(who, "GET", entries, nil).want(200)).Items)
		require.Empty(t, as[api.Worklist](w.do(who, "GET", "/v1/worklist", nil).want(200)).Items)
	}
	w.do(unitless, "POST", entries, seriousDraft(uscc, "顺市监〔2026〕93号")).refused(403, model.CodeForbidden)
	w.do("office", "POST", at+"/publication", nil, "If-Match", tag).refused(403, model.CodeForbidden)
	w.do("department", "POST", at+"/publication", nil, "If-Match", tag).refused(403, model.CodeForbidden)
	w.do("department", "GET", entries+"/00000000000000000000000000", nil).refused(404, model.CodeNotFound)
	require.Len(t, as[api.Listings](w.do("office", "GET", entries+"?state=draft", nil).want(200)).Items, 1)
	require.Empty(t, as[api.Listings](w.do("office", "GET", entries+"?state=published", nil).want(200)).Items)

	// Revised, complete, stale; then withdrawn without a public notice.
	revised := w.do("department", "PUT", at, seriousDraft(uscc, "顺市监〔2026〕92号"), "If-Match", tag).want(200)
	require.Equal(t, revised.header.Get("ETag"), w.tag("department", at))
	w.do("department", "PUT", at, seriousDraft(uscc, "顺市监〔2026〕92号"), "If-Match", tag).refused(412, model.CodePreconditionFailed)
	w.do("department", "PUT", at, seriousDraft(uscc, "顺市监〔2026〕92号")).refused(428, model.CodePreconditionRequired)
	w.do("department", "PUT", at, seriousDraft(w.lastEnterprise().USCC, "顺市监〔2026〕92号"), "If-Match", w.tag("department", at)).refused(400, model.CodeInvalidRequest)
	require.NotNil(t, w.waits("reviewer", "list_publication", bare.ID))
	w.do("reviewer", "POST", at+"/removal", api.ListingRemoval{Reason: "证据不足。"}, "If-Match", w.tag("reviewer", at)).want(200)
	require.Empty(t, as[api.RemovalNotices](w.do("", "GET", "/v1/lists/serious/removals", nil).want(200)).Items)
	w.do("reviewer", "POST", at+"/publication", nil, "If-Match", w.tag("reviewer", at)).refused(409, model.CodeNotReady)

	// One person in two roles is still one person; a unit's list is the unit's to publish.
	turned := as[api.Listing](w.do("department", "POST", entries, seriousDraft(uscc, "顺市监〔2026〕94号")).want(201))
	w.turnReviewer("department")
	at = entries + "/" + turned.ID
	w.do("test:turned", "POST", at+"/publication", nil, "If-Match", w.tag("test:turned", at)).refused(403, model.CodeSecondPerson)
	require.Nil(t, w.waits("test:turned", "list_publication", turned.ID))
}

// turnReviewer makes a demo member of staff a reviewer and signs them in as "test:turned".
func (w *world) turnReviewer(role string) {
	w.t.Helper()
	for _, s := range w.demo.Staff {
		if string(s.Role) == role {
			staff, err := signIns(w).StaffByName(w.t.Context(), s.Username)
			require.NoError(w.t, err)
			staff.Role = model.RoleReviewer
			require.NoError(w.t, signIns(w).SaveStaff(w.t.Context(), staff))
			w.tokens["test:turned"] = as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", staffSignIn(w.t, s)).want(200)).AccessToken
		}
	}
}

// TestListing_jointAction: initiate → respond → feedback → statistics → lift.
func TestListing_jointAction(t *testing.T) {
	w := startDemo(t)
	uscc := w.demo.Enterprises[5].USCC
	one, other := otherUnit(t, "30011111"), otherUnit(t, "30022222")
	first, second := w.addStaff("first-unit", model.RoleDepartment, one, "甲局"), w.addStaff("second-unit", model.RoleDepartment, other, "乙局")
	draft := as[api.Listing](w.do("department", "POST", entries, seriousDraft(uscc, "顺市监〔2026〕95号")).want(201))
	at := entries + "/" + draft.ID
	start := api.JointInitiation{ListEntryID: draft.ID, Measures: []string{"HN34-1", "HN32-5"}, Units: []string{one, other, one}}
	w.do("department", "POST", "/v1/joint-actions", start).refused(409, model.CodeNotReady)
	w.do("reviewer", "POST", at+"/publication", nil, "If-Match", w.tag("reviewer", at)).want(200)

	wrong := start
	wrong.Measures = []string{"HN30-1"}
	w.do("department", "POST", "/v1/joint-actions", wrong).refused(422, model.CodeNoLegalBasis)
	wrong.Measures = []string{"HN34-1", "HN32-1"} // the prior notice did not name the second
	require.Contains(t, string(w.do("department", "POST", "/v1/joint-actions", wrong).refused(400, model.CodeInvalidRequest).body), "not_noticed")
	wrong = start
	wrong.Units = []string{one[:17] + map[bool]string{true: "1", false: "2"}[one[17] != '1']}
	w.do("department", "POST", "/v1/joint-actions", wrong).refused(400, model.CodeInvalidRequest)
	action := as[api.JointAction](w.do("department", "POST", "/v1/joint-actions", start).want(201))
	require.Len(t, action.Tasks, 2, "a unit is asked once")
	target := "/v1/joint-actions/" + action.ID
	require.Len(t, as[api.JointAction](w.do("office", "GET", target, nil).want(200)).Tasks, 2)
	require.Len(t, as[api.JointAction](w.do(first, "GET", target, nil).want(200)).Tasks, 1)
	stranger := w.addStaff("stranger", model.RoleDepartment, otherUnit(t, "30033333"), "丙局")
	w.do(stranger, "GET", target, nil).refused(404, model.CodeNotFound)
	w.do(stranger, "POST", target+"/response", api.JointResponse{Accept: true}).refused(404, model.CodeNotFound)

	require.NotNil(t, w.waits(first, "joint_response", action.ID))
	w.do(first, "POST", target+"/feedback", api.JointFeedback{Applied: []string{"HN34-1"}, Report: "已限制。"}).refused(409, model.CodeNotReady)
	w.do(second, "POST", target+"/response", api.JointResponse{}).refused(400, model.CodeInvalidRequest)
	w.do(second, "POST", target+"/response", api.JointResponse{Reason: "本单位无此职权。"}).want(200)
	w.do(first, "POST", target+"/response", api.JointResponse{Accept: true}).want(200)
	w.do(first, "POST", target+"/response", api.JointResponse{Accept: true}).refused(409, model.CodeNotReady)
	require.Nil(t, w.waits(second, "joint_response", action.ID))
	require.NotNil(t, w.waits(first, "joint_feedback", action.ID))
	w.do(first, "POST", target+"/feedback", api.JointFeedback{Applied: []string{"HN34-2"}, Report: "已限制。"}).refused(400, model.CodeInvalidRequest)
	w.do(first, "POST", target+"/feedback", api.JointFeedback{Applied: []string{"HN34-1"}, Report: "已限制参与两次投标。"}).want(200)

	month := string(model.DateOf(w.server.platform.clock.Now())[:7])
	stats := func(who string) api.JointStat {
		items := as[api.JointStats](w.do(who, "GET", "/v1/joint-action-stats?from="+month+"&to="+month, nil).want(200)).Items
		require.Len(t, items, 1)
		return items[0]
	}
	require.Equal(t, api.JointStat{Month: month, Kind: "serious", Actions: 1, Subjects: 1, Tasks: 2, Responded: 2, Declined: 1, Reported: 1,
		Measures: []api.MeasureCount{{Code: "HN34-1", Count: 1}}}, stats("office"))
	require.Equal(t, 1, stats(first).Tasks)
	w.do("office", "GET", "/v1/joint-action-stats?from=2026-12&to=2026-01", nil).refused(400, model.CodeInvalidRequest)

	// The listing ends: who did something is asked to stop it.
	w.do("department", "POST", at+"/removal", api.ListingRemoval{Reason: "列入有误，予以更正。"}, "If-Match", w.tag("department", at)).want(200)
	require.NotNil(t, w.waits(first, "joint_lifting", action.ID))
	require.Equal(t, 1, stats("office").Lifting)
	w.do("department", "POST", "/v1/joint-actions", start).refused(409, model.CodeNotReady)
	w.do(first, "POST", target+"/feedback", api.JointFeedback{Report: "已解除。"}).want(200)
	require.Nil(t, w.waits(first, "joint_lifting", action.ID))
	require.Equal(t, 1, stats("office").Lifted)
	require.Len(t, as[api.JointTasks](w.do(first, "GET", "/v1/joint-actions", nil).want(200)).Items, 1)
	require.Len(t, as[api.JointTasks](w.do("department", "GET", "/v1/joint-actions?as=initiator", nil).want(200)).Items, 2)
	require.Empty(t, as[api.JointTasks](w.do("department", "GET", "/v1/joint-actions", nil).want(200)).Items)
}

// TestMeasures: everybody sees the table; nothing in it restricts natural persons.
func TestMeasures(t *testing.T) {
	w := startDemo(t)
	all := as[api.Measures](w.do("", "GET", "/v1/measures?limit=100", nil).want(200))
	require.NotEmpty(t, all.RuleVersion)
	for _, m := range all.Items {
		require.NotEmpty(t, m.LegalBasis, m.Code)
		require.False(t, slices.Contains(m.Targets, "natural_person") && m.Class != "incentive", m.Code)
	}
	page := as[api.Measures](w.do("", "GET", "/v1/measures?limit=2&list=serious", nil).want(200))
	require.Len(t, page.Items, 2)
	rest := as[api.Measures](w.do("", "GET", "/v1/measures?limit=100&list=serious&cursor="+page.NextCursor, nil).want(200))
	require.Equal(t, len(all.Items)-7, len(page.Items)+len(rest.Items))
	for _, m := range as[api.Measures](w.do("", "GET", "/v1/measures?target=natural_person", nil).want(200)).Items {
		require.Equal(t, "incentive", m.Class)
	}
}

// TestSupervision: the office sees how often to inspect; banks, windows and the enterprise
// itself do not.
func TestSupervision(t *testing.T) {
	w := startDemo(t)
	uscc := w.lastEnterprise().USCC
	ask := func(who, purpose string) *api.EnterpriseCredit {
		return as[api.CreditAnswer](w.do(who, "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: purpose}).want(200)).Enterprise
	}
	seen := ask("office", "award")
	require.Len(t, seen.Supervision, 2, "the public grade and the tax authority's A")
	require.Equal(t, seen.Grade, seen.Supervision[0].Grade)
	require.Positive(t, seen.Supervision[0].Percent)
	require.Equal(t, "A", seen.Supervision[1].Grade)
	for _, v := range seen.Supervision {
		require.NotEmpty(t, v.Basis)
	}
	require.Empty(t, ask("clerk", "approval").Supervision)
	require.Empty(t, ask("client:bank", "bank_assess").Supervision)
}
