package main

import (
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

func escape(q string) string { return url.QueryEscape(q) }

func signIns(w *world) *store.SignIns { return store.NewSignIns(w.server.platform.driver) }

func newTestClient(name string, role model.Role, unit string, sites []string) (*model.Client, string) {
	secret, hash := identity.NewClientSecret()
	return &model.Client{ID: name, SecretHash: hash, Role: role, Unit: unit, UnitName: name, Sites: sites}, secret
}

// ownFile: nothing that belongs to one citizen works for another: positions, passes,
// idempotency keys.
func (w *world) ownFile() {
	page := as[api.OwnRecords](w.do("citizen1", "GET", "/v1/me/credit/records?limit=1", nil).want(200))
	require.NotEmpty(w.t, page.NextCursor)
	w.do("citizen2", "GET", "/v1/me/credit/records?limit=1&cursor="+page.NextCursor, nil).refused(400, model.CodeInvalidCursor)
	log := as[api.AccessLog](w.do("citizen1", "GET", "/v1/me/access-log?limit=1", nil).want(200))
	require.NotEmpty(w.t, log.NextCursor)
	w.do("citizen2", "GET", "/v1/me/access-log?limit=1&cursor="+log.NextCursor, nil).refused(400, model.CodeInvalidCursor)

	first := w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", "same-key").want(201)
	other := w.do("citizen9", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", "same-key")
	require.Empty(w.t, other.header.Get("Idempotency-Replayed"), "a key belongs to its caller")
	require.NotContains(w.t, string(other.body), as[api.Pass](first).Pass)

	// A validator of another's answer never turns into a 304.
	tag := w.do("citizen1", "GET", "/v1/me/credit", nil).want(200).header.Get("ETag")
	w.do("citizen2", "GET", "/v1/me/credit", nil, "If-None-Match", tag).want(200)
	for _, role := range []string{"office", "clerk", "department", "gate", "client:bank", "security_admin", "auditor", "reviewer"} {
		for _, target := range []string{"/v1/me/credit", "/v1/me/credit/records", "/v1/me/access-log", "/v1/me/benefits"} {
			w.do(role, "GET", target, nil).refused(403, model.CodeForbidden)
		}
	}
}

// ownUnit: the data officer sees records of the own unit; another unit's, and none, are the
// same to them, and every try is in the log.
func (w *world) ownUnit() {
	p := w.server.platform
	staff, err := signIns(w).StaffByName(w.t.Context(), "demo-department")
	require.NoError(w.t, err)
	var own, others *model.Record
	for _, e := range w.demo.Enterprises {
		all, err := p.subjects.RecordsOf(w.t.Context(), model.SubjectID(e.USCC))
		require.NoError(w.t, err)
		for _, r := range all {
			if r.SourceUSCC == staff.Unit {
				own = r
			} else {
				others = r
			}
		}
	}
	require.NotNil(w.t, own)
	require.NotNil(w.t, others)
	path := func(r *model.Record) string { return "/v1/records/" + strings.Replace(string(r.ID), "/", ".", 1) }
	looks := func() int { return len(w.entries(audit.Filter{Action: "record.view", Outcome: "shown"})) }
	all := func() int { return len(w.entries(audit.Filter{Action: "record.view"})) }
	before, tries := looks(), all()
	shown := as[api.StoredRecord](w.do("department", "GET", path(own), nil).want(200))
	require.Equal(w.t, own.Title, shown.Title)
	require.Equal(w.t, before+1, looks())
	foreign := as[api.Problem](w.do("department", "GET", path(others), nil).refused(404, model.CodeNotFound))
	absent := as[api.Problem](w.do("department", "GET", path(own)+"0", nil).refused(404, model.CodeNotFound))
	require.Equal(w.t, foreign.Detail, absent.Detail)
	tag := w.do("office", "GET", path(others), nil).want(200).header.Get("ETag")
	w.do("department", "GET", path(others), nil, "If-None-Match", tag).refused(404, model.CodeNotFound)
	person, err := p.subjects.RecordsOf(w.t.Context(), w.subject(1))
	require.NoError(w.t, err)
	w.do("department", "GET", path(person[0]), nil).refused(404, model.CodeNotFound)
	require.Equal(w.t, before+2, looks())
	require.Equal(w.t, tries+6, all(), "refused looks are logged too")
}

// ownSite: a gate sees and redeems at its own site only.
func (w *world) ownSite() {
	other := w.addClient("other-gate", model.RoleGate, "91410203MA0THERG00", "other-park")
	siteless := w.addClient("siteless-gate", model.RoleGate, "91410203MA0THERG00")
	pass := w.pass("citizen1")
	scan := api.GateScan{Pass: pass}
	w.do(other, "POST", "/v1/gate/redemptions", scan).refused(403, model.CodePassWrongSite)
	w.do(siteless, "POST", "/v1/gate/redemptions", scan).refused(403, model.CodePassWrongSite)
	check := as[api.GateCheck](w.do(other, "POST", "/v1/gate/checks", scan).want(200))
	require.Equal(w.t, "standard", check.Result)
	require.Equal(w.t, 100, check.PayPercent)
	r := as[api.Redemption](w.redeem(pass).want(201))
	require.NotEmpty(w.t, as[api.SiteRedemptions](w.do("client:gate", "GET", "/v1/gate/redemptions", nil).want(200)).Items)
	theirs := w.do(other, "GET", "/v1/gate/redemptions", nil).want(200)
	require.Empty(w.t, as[api.SiteRedemptions](theirs).Items)
	require.Zero(w.t, as[api.SiteRedemptions](theirs).Totals.Redemptions)
	require.NotContains(w.t, string(theirs.body), r.RedemptionNo)
	w.do(siteless, "GET", "/v1/gate/redemptions", nil).refused(403, model.CodeForbidden)
	cursor := as[api.SiteRedemptions](w.do("client:gate", "GET", "/v1/gate/redemptions?limit=1", nil).want(200)).NextCursor
	if cursor != "" {
		w.do(other, "GET", "/v1/gate/redemptions?limit=1&cursor="+cursor, nil).refused(400, model.CodeInvalidCursor)
	}
}

// boundEnterprise: only who is bound sees the grade, and binding asks the register.
func (w *world) boundEnterprise() {
	last, any := w.lastEnterprise().USCC, w.demo.Enterprises[0].USCC
	representative := "citizen5"
	w.do(representative, "GET", "/v1/me/enterprises/"+last+"/credit", nil).refused(403, model.CodeForbidden)
	w.do(representative, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: any}).refused(403, model.CodeNotLegalRep)
	w.do("citizen1", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last}).refused(403, model.CodeNotLegalRep)
	w.do("citizen9", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last}).refused(403, model.CodeNotVerified)
	w.do(representative, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last}).want(201)
	tag := w.do(representative, "GET", "/v1/me/enterprises/"+last+"/credit", nil).want(200).header.Get("ETag")
	for _, target := range []string{last, any, "91410203MA9N0B0DY5"} {
		w.do("citizen1", "GET", "/v1/me/enterprises/"+target+"/credit", nil, "If-None-Match", tag).refused(403, model.CodeForbidden)
		w.do("citizen1", "GET", "/v1/me/enterprises/"+target+"/credit/records", nil).refused(403, model.CodeForbidden)
	}
	w.moreThanPublic(representative, last)
	require.Len(w.t, w.entries(audit.Filter{Action: "enterprise.bind", Outcome: "bound"}), 1)
	require.NotEmpty(w.t, w.entries(audit.Filter{Action: "enterprise.bind", Outcome: string(model.CodeNotLegalRep)}), "refused bindings are logged")
}

// moreThanPublic: whoever represents an enterprise reads every record of it, page by page; the public fewer.
func (w *world) moreThanPublic(representative, uscc string) {
	records := map[string]api.OwnRecord{}
	for cursor := ""; ; {
		page := as[api.OwnRecords](w.do(representative, "GET", "/v1/me/enterprises/"+uscc+"/credit/records?limit=3"+cursor, nil).want(200))
		for _, r := range page.Items {
			require.NotEmpty(w.t, r.Remedies)
			records[r.RecordID] = r
		}
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	public := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+uscc+"/records?limit=100", nil).want(200)).Items
	require.NotEmpty(w.t, public)
	for _, r := range public {
		require.Equal(w.t, "public", records[r.RecordID].Disclosure)
		require.True(w.t, records[r.RecordID].Live)
	}
	require.Greater(w.t, len(records), len(public), "the demo's enterprise has a record that is not public")
}

// liveConsent: a bank's non-public look-up needs a consent that is live, its own and for
// this purpose; every refusal is a look in the log.
func (w *world) liveConsent() {
	uscc := w.lastEnterprise().USCC
	stranger := w.addClient("other-bank", model.RoleBank, "91410203MA0THERB00")
	query := func(who, purpose, consent string) *answer {
		return w.do(who, "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: uscc}, Purpose: purpose, ConsentID: consent})
	}
	refusals := func(code model.Code) int {
		return len(w.entries(audit.Filter{Action: "credit.query", Subject: model.SubjectID(uscc), Outcome: string(code)}))
	}
	shown := as[api.CreditAnswer](query("client:bank", "bank_assess", "").want(200))
	require.NotEmpty(w.t, shown.Enterprise.Grade)
	require.Len(w.t, w.entries(audit.Filter{Action: "credit.query", Subject: model.SubjectID(uscc), Outcome: "shown"}), 1)

	p := w.server.platform
	change := func(with func(*model.Consent)) {
		f, err := p.subjects.File(w.t.Context(), model.SubjectID(uscc))
		require.NoError(w.t, err)
		changed := *f
		changed.Consents = nil
		for _, c := range f.Consents {
			with(&c)
			changed.Consents = append(changed.Consents, c)
		}
		require.NoError(w.t, p.subjects.SaveFile(w.t.Context(), &changed))
	}
	f, err := p.subjects.File(w.t.Context(), model.SubjectID(uscc))
	require.NoError(w.t, err)
	good := f.Consents[0]
	logged := refusals(model.CodeConsentRequired)
	refuse := func(who, consent string) {
		query(who, "bank_assess", consent).refused(403, model.CodeConsentRequired)
		logged++
		require.Equal(w.t, logged, refusals(model.CodeConsentRequired), "the refusal is logged")
	}
	refuse(stranger, "")
	refuse(stranger, good.ID)
	refuse("client:bank", "another-consent")
	for _, with := range []func(*model.Consent){
		func(c *model.Consent) { c.ValidTo = time.Now().Add(-time.Second) },
		func(c *model.Consent) { c.RevokedAt = time.Now().Add(-time.Second) },
		func(c *model.Consent) { c.GrantedAt = time.Now().Add(time.Hour) },
		func(c *model.Consent) { c.Purpose = model.PurposeTender },
		func(c *model.Consent) { c.Recipient = "91410203MA0THERB00" },
	} {
		change(with)
		refuse("client:bank", "")
		white := as[api.WhitelistAnswer](w.do("client:bank", "GET", "/v1/loan/whitelist/"+uscc, nil).want(200))
		require.False(w.t, white.Authorised)
		require.Empty(w.t, white.Reasons)
		change(func(c *model.Consent) { *c = good })
	}
	query("client:bank", "approval", "").refused(403, model.CodePurposeRefused)
	require.NotEmpty(w.t, w.entries(audit.Filter{Action: "credit.query", Outcome: string(model.CodePurposeRefused)}))
	person := w.demo.Citizens[0]
	w.do("client:bank", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{Name: person.Name, IDNo: person.IDNo}, Purpose: "bank_assess"}).
		refused(403, model.CodeConsentRequired)
	require.NotEmpty(w.t, w.entries(audit.Filter{Action: "credit.query", Subject: w.subject(1), Outcome: string(model.CodeConsentRequired)}))
	query("client:bank", "bank_assess", "").want(200)
}
