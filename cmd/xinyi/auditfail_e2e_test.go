package main

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
)

// logless is an engine that refuses every batch with an audit entry in it.
type logless struct {
	store.Driver
	on atomic.Bool
}

func (l *logless) Apply(ctx context.Context, ops []store.Op) error {
	if l.on.Load() {
		for _, op := range ops {
			if op.Coll == "audit_entries" {
				return model.Errorf(model.CodeUnavailable, "the disk of the log is full")
			}
		}
	}
	return l.Driver.Apply(ctx, ops)
}

// TestAuditFailure: when the log cannot be written, nobody looks at others, nothing is
// decided and nothing changes; public answers and own views stay. Afterwards all goes on.
func TestAuditFailure(t *testing.T) {
	engine := &logless{}
	w := startDemo(t)
	w.stop()
	w.start(startOver(func(d store.Driver) store.Driver { engine.Driver = d; return engine }))

	last := w.lastEnterprise().USCC
	me, newcomer := w.demo.Citizens[0], w.demo.Citizens[len(w.demo.Citizens)-1]
	records := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+last+"/records", nil).want(200))
	pass := w.pass("citizen1")
	for _, who := range []string{"citizen1", "citizen5", "citizen9", "client:gate", "client:bank", "clerk", "office", "department", "auditor"} {
		w.token(who)
	}
	person := api.SubjectRef{Name: me.Name, IDNo: me.IDNo}
	type request struct {
		who, method, target string
		body                any
	}
	refused := []request{
		{"office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: last}, Purpose: "award"}},
		{"office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: person, Purpose: "award"}},
		{"office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: person, Purpose: "tender"}}, // a refusal is logged too
		{"client:bank", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: last}, Purpose: "bank_assess"}},
		{"office", "GET", "/v1/records/" + records.Items[0].RecordID, nil},
		{"client:bank", "GET", "/v1/loan/whitelist/" + last, nil},
		{"client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: []string{last}}},
		{"clerk", "POST", "/v1/approvals/checks", api.ApprovalCheckRequest{Subject: api.SubjectRef{USCC: last}, ItemCode: "SP-FOOD-001", MissingMaterials: []string{}}},
		{"client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: pass}},
		{"citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}},
		{"client:gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: pass}},
		{"citizen9", "POST", "/v1/me/identity", api.IdentityRequest{Name: newcomer.Name, IDNo: newcomer.IDNo}},
		{"citizen5", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last}},
		{"", "POST", "/v1/auth/wechat", api.WeChatSignIn{Code: me.WeChatCode}},
	}
	open := []request{
		{"", "GET", "/v1/enterprises/" + last, nil}, {"", "GET", "/v1/enterprises?q=" + last, nil}, {"", "GET", "/v1/benefits", nil},
		{"citizen1", "GET", "/v1/me", nil}, {"citizen1", "GET", "/v1/me/credit", nil}, {"citizen1", "GET", "/v1/me/credit/records", nil},
		{"citizen1", "GET", "/v1/me/benefits", nil}, {"citizen1", "GET", "/v1/me/access-log", nil}, {"", "GET", "/healthz", nil},
		{"client:gate", "GET", "/v1/gate/redemptions", nil},
	}
	before := snapshot(t, engine.Driver)
	engine.on.Store(true)
	for _, r := range refused {
		a := w.do(r.who, r.method, r.target, r.body)
		p := as[api.Problem](a)
		if a.status != 503 || (p.Code != string(model.CodeAuditUnavailable) && p.Code != string(model.CodeUnavailable)) {
			t.Errorf("%s %s without a log: %d %.200s", r.method, r.target, a.status, a.body)
		}
	}
	for _, r := range open {
		w.do(r.who, r.method, r.target, r.body).want(200)
	}
	after := snapshot(t, engine.Driver)
	require.Len(t, after, len(before))
	for id, rev := range after {
		if before[id] != rev {
			t.Errorf("%s changed", id)
		}
	}
	engine.on.Store(false)

	w.eventually(func() bool { return w.do("client:bank", "GET", "/v1/loan/whitelist/"+last, nil).status == 200 }, "the log works again")
	for _, r := range refused[3:] {
		if a := w.do(r.who, r.method, r.target, r.body); a.status >= 300 {
			t.Errorf("%s %s after the log came back: %d %.200s", r.method, r.target, a.status, a.body)
		}
	}
	require.Len(t, w.entries(audit.Filter{Action: "gate.redeem", Outcome: "pass"}), 1)
	require.Equal(t, "0", w.metric("xinyi_http_panics_total"))
}

// snapshot lists the revisions of all documents that a decision or a change would write.
// What counts tries (to sign in, to bind) may move.
func snapshot(t *testing.T, d store.Driver) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, coll := range []string{"subjects", "records", "accounts", "account_logins", "account_persons", "pass_claims", "usage", "redemptions",
		"idempotency", "sessions", "audit_entries", "audit_access", "person_index"} {
		q := store.Query{Limit: 5000}
		for {
			page, err := d.Find(t.Context(), coll, q)
			require.NoError(t, err)
			for _, doc := range page.Docs {
				out[coll+"/"+doc.ID] = doc.Rev
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return out
}
