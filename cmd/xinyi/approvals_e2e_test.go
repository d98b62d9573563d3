package main

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// ahead is the wall clock, moved on by the test.
type ahead struct{ by atomic.Int64 }

func (a *ahead) Now() time.Time { return time.Now().Add(time.Duration(a.by.Load())) }

// to moves the clock to ten in the morning of a day, and signs everybody out.
func (w *world) to(a *ahead, day model.Date) {
	w.t.Helper()
	w.toInstant(a, day.Start().Add(10*time.Hour))
}

func (w *world) toInstant(a *ahead, t time.Time) {
	w.t.Helper()
	a.by.Add(int64(t.Sub(a.Now())))
	w.mu.Lock()
	w.tokens = map[string]string{}
	w.mu.Unlock()
	clerk := w.demo.Staff[slices.IndexFunc(w.demo.Staff, func(s demoStaff) bool { return s.Role == model.RoleClerk })]
	w.eventually(func() bool { // the log takes its slot again after the jump
		return w.do("", "POST", "/v1/auth/staff", staffSignIn(w.t, clerk)).status == 200
	}, "the log after the clock moved")
}

func (w *world) asked(uscc string, missing ...string) api.ApprovalCheckRequest {
	return api.ApprovalCheckRequest{Subject: api.SubjectRef{USCC: uscc}, ItemCode: "SP-FOOD-001", MissingMaterials: append([]string{}, missing...)}
}

func (w *world) planned(uscc string, missing ...string) api.ApprovalPlan {
	w.t.Helper()
	return as[api.ApprovalPlan](w.do("clerk", "POST", "/v1/approvals/checks", w.asked(uscc, missing...)).want(200))
}

// accepted takes in a case the quick way.
func (w *world) accepted(uscc string, missing ...string) api.ApprovalCase {
	w.t.Helper()
	plan := w.planned(uscc, missing...)
	return as[api.ApprovalCase](w.do("clerk", "POST", "/v1/approvals", api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: uscc}, ItemCode: plan.ItemCode,
		MissingMaterials: missing, Mode: plan.Mode, PromiseHash: plan.PromiseHash}).want(201))
}

// deferrable gives n enterprises that may supply a paper later.
func (w *world) deferrable(n int) []string {
	w.t.Helper()
	var found []string
	for _, e := range w.demo.Enterprises {
		if w.planned(e.USCC, "D01").Mode == "deferred" {
			found = append(found, e.USCC)
		}
		if len(found) == n {
			return found
		}
	}
	w.t.Fatalf("%d enterprises, want %d", len(found), n)
	return nil
}

func (w *world) patchCase(who, no string, in api.ApprovalUpdate) *answer {
	w.t.Helper()
	tag := w.do(who, "GET", "/v1/approvals/"+no, nil).header.Get("ETag")
	return w.do(who, "PATCH", "/v1/approvals/"+no, in, "If-Match", tag)
}

// TestE2E_approvals goes the whole path over HTTP: check, accept, supplied; and overdue,
// breached, barred until the ban ends, while the normal way stays open.
func TestE2E_approvals(t *testing.T) {
	w := startDemo(t)
	clock := &ahead{}
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	orgs := w.deferrable(2)

	t.Run("supplied", func(t *testing.T) {
		w.t = t
		c := w.accepted(orgs[0], "D01", "D02")
		require.Equal(t, "supplying", c.State)
		require.NotNil(t, c.SupplyBy)
		require.NotEmpty(t, c.Notice)
		require.Equal(t, 5, *c.WorkdaysLeft)
		path := "/v1/approvals/" + c.No
		supply := api.ApprovalUpdate{SuppliedMaterials: []string{"D01", "D02"}}
		w.do("clerk", "PATCH", path, supply).refused(428, model.CodePreconditionRequired)
		w.do("clerk", "PATCH", path, supply, "If-Match", `"old"`).refused(412, model.CodePreconditionFailed)
		w.patchCase("clerk", c.No, api.ApprovalUpdate{Breach: &api.PromiseBreach{Unperformed: "x", PenaltyApplied: "y"}}).refused(409, model.CodeNotReady)
		w.patchCase("clerk", c.No, api.ApprovalUpdate{SuppliedMaterials: []string{"D03"}}).refused(400, model.CodeInvalidRequest)
		done := as[api.ApprovalCase](w.patchCase("clerk", c.No, supply).want(200))
		require.Equal(t, "supplied", done.State)
		public := as[api.Commitments](w.do("", "GET", "/v1/commitments?subject="+orgs[0], nil).want(200)).Items
		require.Len(t, public, 1)
		require.Equal(t, c.CommitmentCode, public[0].Code)
		require.Equal(t, "full", public[0].Fulfilment)
		require.Empty(t, public[0].ApprovalNo)
		w.patchCase("clerk", c.No, supply).refused(409, model.CodeNotReady)
		w.do("clerk", "GET", path, nil, "If-None-Match", w.do("clerk", "GET", path, nil).want(200).header.Get("ETag")).want(304)
	})
	t.Run("retried", func(t *testing.T) {
		w.t = t
		plan := w.planned(orgs[0], "D03")
		in := api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: orgs[0]}, ItemCode: plan.ItemCode, MissingMaterials: []string{"D03"}, Mode: plan.Mode, PromiseHash: plan.PromiseHash}
		first := w.do("clerk", "POST", "/v1/approvals", in, "Idempotency-Key", "case-1").want(201)
		again := w.do("clerk", "POST", "/v1/approvals", in, "Idempotency-Key", "case-1").want(201)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		w.do("clerk", "POST", "/v1/approvals", in, "Idempotency-Key", "").refused(400, model.CodeIdempotencyKeyRequired)
		in.PromiseHash = strings.Repeat("0", 64)
		w.do("clerk", "POST", "/v1/approvals", in).refused(400, model.CodeInvalidRequest)
		in.Mode = "commitment"
		w.do("clerk", "POST", "/v1/approvals", in).refused(409, model.CodeNotReady)
	})
	t.Run("another window", func(t *testing.T) {
		w.t = t
		c := w.accepted(orgs[0], "D02")
		other := w.addClerk("11410203MB0X00019D")
		w.do(other, "GET", "/v1/approvals/"+c.No, nil).refused(404, model.CodeNotFound)
		w.do(other, "PATCH", "/v1/approvals/"+c.No, api.ApprovalUpdate{SuppliedMaterials: []string{"D02"}}, "If-Match", `"x"`).refused(404, model.CodeNotFound)
		w.do(other, "GET", "/v1/commitments/"+c.CommitmentCode, nil).refused(404, model.CodeNotFound)
		require.Empty(t, as[api.ApprovalCases](w.do(other, "GET", "/v1/approvals?due=all", nil).want(200)).Items)
		require.NotEmpty(t, w.entries(audit.Filter{Action: "approval.view", Outcome: string(model.CodeNotFound)}), "refused looks are logged")
		for _, role := range []string{"citizen1", "office", "department", "reviewer", "gate", "client:bank", "security_admin", "auditor"} {
			w.do(role, "GET", "/v1/approvals", nil).refused(403, model.CodeForbidden)
			w.do(role, "POST", "/v1/approvals", w.asked(orgs[0])).refused(403, model.CodeForbidden)
		}
		w.do("clerk", "PATCH", "/v1/commitments/"+c.CommitmentCode, api.CommitmentFinding{Fulfilment: "full"},
			"If-Match", w.do("clerk", "GET", "/v1/commitments/"+c.CommitmentCode, nil).want(200).header.Get("ETag")).refused(409, model.CodeNotReady)
	})
	t.Run("breached", func(t *testing.T) { w.breached(t, clock, orgs[1]) })
}

func (w *world) breached(t *testing.T, clock *ahead, uscc string) {
	w.t = t
	c := w.accepted(uscc, "D01")
	w.to(clock, model.Date(*c.RemindOn))
	soon := as[api.ApprovalCases](w.do("clerk", "GET", "/v1/approvals?due=soon", nil).want(200)).Items
	require.NotEmpty(t, soon)
	require.Equal(t, 3, *soon[0].WorkdaysLeft)
	require.Empty(t, as[api.ApprovalCases](w.do("clerk", "GET", "/v1/approvals?due=overdue", nil).want(200)).Items)
	page := as[api.ApprovalCases](w.do("clerk", "GET", "/v1/approvals?limit=1", nil).want(200))
	require.NotEmpty(t, page.NextCursor)
	next := as[api.ApprovalCases](w.do("clerk", "GET", "/v1/approvals?limit=1&cursor="+page.NextCursor, nil).want(200))
	require.NotEqual(t, page.Items[0].No, next.Items[0].No)

	found := model.Date(*c.SupplyBy).AddDays(3)
	w.to(clock, found)
	late := as[api.ApprovalCases](w.do("clerk", "GET", "/v1/approvals?due=overdue", nil).want(200)).Items
	require.NotEmpty(t, late)
	require.True(t, late[0].Overdue)
	w.patchCase("clerk", c.No, api.ApprovalUpdate{Breach: &api.PromiseBreach{Unperformed: "经办人 410203190001010013 未补交。", PenaltyApplied: "终止办理。"}}).refused(422, model.CodeOutsideCatalog)
	broken := as[api.ApprovalCase](w.patchCase("clerk", c.No, api.ApprovalUpdate{Breach: &api.PromiseBreach{Unperformed: "平面布局图未补交。", PenaltyApplied: "终止办理。"}}).want(200))
	require.Equal(t, "breached", broken.State)
	require.Equal(t, 365, broken.BanDays)
	public := as[api.Commitments](w.do("", "GET", "/v1/commitments?subject="+uscc, nil).want(200)).Items
	require.Equal(t, "none", public[0].Fulfilment)
	require.Equal(t, "终止办理。", public[0].PenaltyApplied)

	barred := w.planned(uscc, "D01")
	require.Equal(t, "normal", barred.Mode)
	require.Equal(t, "breach_ban", barred.Blockers[0].Code)
	normal := as[api.ApprovalCase](w.do("clerk", "POST", "/v1/approvals", api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: uscc}, ItemCode: "SP-FOOD-001",
		MissingMaterials: []string{"D01"}, Mode: "normal"}).want(201))
	require.Equal(t, "notified", normal.State)
	var stat api.CommitmentStat
	for _, s := range as[api.CommitmentStats](w.do("office", "GET", "/v1/commitment-stats?from="+string(found.AddMonths(-1))[:7], nil).want(200)).Items {
		if s.Type == "defer_material" && s.None == 1 {
			stat = s
		}
	}
	require.EqualValues(t, 4, stat.Made)
	require.EqualValues(t, 1, stat.Full)
	require.EqualValues(t, 2, stat.Pending)

	w.to(clock, found.AddDays(364))
	require.Equal(t, "breach_ban", w.planned(uscc).Blockers[0].Code)
	w.to(clock, found.AddDays(365))
	for _, b := range w.planned(uscc).Blockers {
		require.NotEqual(t, "breach_ban", b.Code, "the ban has ended")
	}
	w.patchCase("clerk", c.No, api.ApprovalUpdate{Correction: "经办人 410203190001010013 已交。"}).refused(422, model.CodeOutsideCatalog)
	put := as[api.ApprovalCase](w.patchCase("clerk", c.No, api.ApprovalUpdate{Correction: "材料当时已收，误认定。"}).want(200))
	require.Equal(t, "supplied", put.State)
	require.Zero(t, put.BanDays)
	require.Equal(t, "full", as[api.Commitment](w.do("clerk", "GET", "/v1/commitments/"+c.CommitmentCode, nil).want(200)).Fulfilment)
	w.patchCase("clerk", c.No, api.ApprovalUpdate{Correction: "再次"}).refused(409, model.CodeNotReady)
}

// addClerk makes a clerk of another unit and gives who they are.
func (w *world) addClerk(unit string) string {
	w.t.Helper()
	name := "clerk-of-" + strings.ToLower(unit)
	repo := signIns(w)
	require.NoError(w.t, repo.CreateStaff(w.t.Context(), &model.Staff{ID: "staff_" + name, Username: name, PasswordHash: identity.HashPassword(identity.PasswordConfig{}, name),
		Role: model.RoleClerk, Unit: unit, UnitName: "另一个窗口"}))
	token := as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: name, Password: name}).want(200)).AccessToken
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens[name] = token
	return name
}

// TestE2E_commitments signs, shows, finds and counts promises over HTTP.
func TestE2E_commitments(t *testing.T) {
	w := startDemo(t)
	letters := as[api.CommitmentLetters](w.do("", "GET", "/v1/commitment-letters", nil).want(200))
	require.Len(t, letters.Types, 6)
	hash := map[string]string{}
	for _, l := range letters.Letters {
		hash[l.Letter] = l.TextHash
	}
	sign := func(letter string) api.CommitmentSigning {
		return api.CommitmentSigning{Letter: letter, TextHash: hash[letter], Reason: "申请办理公共场所卫生许可"}
	}
	own := as[api.Commitment](w.do("citizen1", "POST", "/v1/me/commitments", sign("proof-general")).want(201))
	require.Equal(t, "pending", own.Fulfilment)
	require.Empty(t, own.USCC)
	w.do("citizen1", "POST", "/v1/me/commitments", sign("proof-general")).refused(409, model.CodeExists)
	w.do("citizen1", "POST", "/v1/me/commitments", sign("proactive-honest")).refused(400, model.CodeInvalidRequest)
	changed := sign("repair-general")
	changed.TextHash = hash["proof-general"]
	w.do("citizen1", "POST", "/v1/me/commitments", changed).refused(400, model.CodeInvalidRequest)
	w.do("citizen9", "POST", "/v1/me/commitments", sign("proof-general")).refused(403, model.CodeNotVerified)
	require.Len(t, as[api.Commitments](w.do("citizen1", "GET", "/v1/me/commitments", nil).want(200)).Items, 1)
	require.Empty(t, as[api.Commitments](w.do("citizen2", "GET", "/v1/me/commitments", nil).want(200)).Items)

	uscc := w.lastEnterprise().USCC
	forOrg := sign("defer-general")
	forOrg.USCC = uscc
	w.do("citizen1", "POST", "/v1/me/commitments", forOrg).refused(403, model.CodeForbidden)
	w.do("citizen5", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: uscc}).want(201)
	shown := forOrg
	shown.Reason = "申请办理许可，联系电话 13800001234"
	w.do("citizen5", "POST", "/v1/me/commitments", shown).refused(422, model.CodeOutsideCatalog)
	made := as[api.Commitment](w.do("citizen5", "POST", "/v1/me/commitments", forOrg).want(201))
	require.Equal(t, uscc, made.USCC)
	require.NotNil(t, made.ValidTo)
	w.do("citizen1", "GET", "/v1/me/commitments?uscc="+uscc, nil).refused(403, model.CodeForbidden)
	all := as[api.Commitments](w.do("", "GET", "/v1/commitments", nil).want(200)).Items
	require.Len(t, all, 1, "natural persons are on no public list")
	require.Equal(t, made.Code, all[0].Code)
	w.do("", "GET", "/v1/commitments?subject=91410203MA9N0B0DY5", nil).refused(400, model.CodeInvalidRequest)
	w.do("", "GET", "/v1/commitments?subject="+all[0].Unit, nil).refused(404, model.CodeNotFound)

	// The accepting unit finds; another unit does not even see it.
	path := "/v1/commitments/" + made.Code
	tag := w.do("department", "GET", path, nil).want(200).header.Get("ETag")
	w.do("citizen5", "GET", path, nil).refused(403, model.CodeForbidden)
	w.do("department", "PATCH", path, api.CommitmentFinding{Fulfilment: "none"}, "If-Match", tag).refused(409, model.CodeNotReady) // its last day has not passed
	bare := w.do("department", "GET", "/v1/commitments/"+own.Code, nil).want(200).header.Get("ETag")
	w.do("department", "PATCH", "/v1/commitments/"+own.Code, api.CommitmentFinding{Fulfilment: "none"}, "If-Match", bare).refused(400, model.CodeInvalidRequest)
	w.do("department", "PATCH", path, api.CommitmentFinding{Fulfilment: "full"}).refused(428, model.CodePreconditionRequired)
	w.do("office", "PATCH", path, api.CommitmentFinding{Fulfilment: "full"}, "If-Match", tag).refused(403, model.CodeForbidden)
	found := as[api.Commitment](w.do("department", "PATCH", path, api.CommitmentFinding{Fulfilment: "full"}, "If-Match", tag).want(200))
	require.Equal(t, "full", found.Fulfilment)
	w.do("department", "PATCH", path, api.CommitmentFinding{Fulfilment: "full"}, "If-Match", tag).refused(412, model.CodePreconditionFailed)
	masked := as[api.Commitment](w.do("clerk", "GET", "/v1/commitments/"+own.Code, nil).want(200))
	require.True(t, strings.HasSuffix(masked.Name, "*"), masked.Name)
	other := w.addClerk("11410203MB0X00019D")
	w.do(other, "GET", path, nil).refused(404, model.CodeNotFound)

	var full int64
	for _, s := range as[api.CommitmentStats](w.do("department", "GET", "/v1/commitment-stats", nil).want(200)).Items {
		require.Equal(t, s.Made, s.Pending+s.Full+s.Partial+s.None)
		full += s.Full
	}
	require.EqualValues(t, 1, full)
	require.Empty(t, as[api.CommitmentStats](w.do(other, "GET", "/v1/commitment-stats", nil).want(200)).Items)
	w.do(other, "GET", "/v1/commitment-stats?unit="+made.Unit, nil).refused(403, model.CodeForbidden)
	w.do("citizen1", "GET", "/v1/commitment-stats", nil).refused(403, model.CodeForbidden)
	w.do("office", "GET", "/v1/commitment-stats?from=2026-05&to=2026-01", nil).refused(400, model.CodeInvalidRequest)
	require.Len(t, w.entries(audit.Filter{Action: "commitment.sign", Outcome: "signed"}), 2)
}
