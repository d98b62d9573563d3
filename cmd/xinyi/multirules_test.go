package main

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/access"
	"xinyi/policy/benefit"
	"xinyi/service/ingest"
	"xinyi/store"
)

func fleetPolicy(t *testing.T, f *fleet) {
	w := f.in(t)
	ask := func(v *world) *answer { return v.do("citizen1", "GET", "/v1/me/credit", nil) }
	_, seed := access.Seed()
	policy := strings.ReplaceAll(seed, "p, citizen, credit:read_own", "")
	require.NotEqual(t, seed, policy)
	put := func(at *world, doc store.ControlDoc) {
		t.Helper()
		if have, err := at.server.platform.control.Get(accessPolicyKind, "current"); err == nil {
			doc.Rev = have.Rev
		}
		doc.Kind, doc.Name = accessPolicyKind, "current"
		require.NoError(t, at.server.platform.control.Put(t.Context(), doc))
	}
	put(w[1], store.ControlDoc{Body: []byte(policy)})
	ask(w[1]).refused(403, model.CodeForbidden)
	ask(w[0]).want(200) // it has not polled
	f.sync()
	for _, v := range w {
		ask(v).refused(403, model.CodeForbidden)
	}
	put(w[0], store.ControlDoc{Body: []byte("nonsense")}) // the policy in force stays
	f.sync()
	ask(w[2]).refused(403, model.CodeForbidden)
	put(w[2], store.ControlDoc{Deleted: true})
	f.sync()
	for _, v := range w {
		ask(v).want(200)
	}
}

func fleetRules(t *testing.T, f *fleet) {
	w := f.in(t)
	rule, err := fs.ReadFile(benefit.Seed(), "lib-dep0.yaml")
	require.NoError(t, err)
	title := func(v *world) string {
		return as[api.Benefit](v.do("", "GET", "/v1/benefits/LIB-DEP0", nil).want(200)).Title
	}
	before := title(w[0])
	require.NotEmpty(t, before)
	next := bytes.Replace(rule, []byte("title: "+before), []byte("title: "+before+"二版"), 1)
	require.NoError(t, w[0].server.platform.control.Put(t.Context(), store.ControlDoc{Kind: benefitRuleKind, Name: "lib-dep0.yaml", Body: next}))
	require.Equal(t, before+"二版", title(w[0]))
	require.Equal(t, before, title(w[1]))
	f.sync()
	versions := map[string]bool{}
	for _, v := range w {
		require.Equal(t, before+"二版", title(v))
		v.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "LIB-DEP0"})
	}
	for _, e := range w[0].entries(audit.Filter{Action: "pass.issue", Subject: w[0].subject(1)})[:3] {
		versions[e.Event.RuleVersion] = true
	}
	require.Len(t, versions, 1, "all decide by one version")
	old := w[0].entries(audit.Filter{Action: "pass.issue", Subject: w[0].subject(1)})
	require.NotEmpty(t, old)
}

func fleetSearch(t *testing.T, f *fleet) {
	w := f.in(t)
	const name, code = "开封市星河灯彩工艺有限公司", "MAXHDC01"
	uscc, err := model.ComposeUnifiedSocialCreditCode("91", "410203", code)
	require.NoError(t, err)
	row := &ingest.Row{Kind: ingest.KindEnterprise, SubjectKind: string(model.KindLegalPerson), USCC: uscc.Reveal(), Name: name,
		Status: "存续", EstablishedOn: "2020-01-01", EntType: "有限责任公司", Division: "410203002"}
	res, err := w[1].server.platform.importer().Import(t.Context(), "fleet-search", "test", &rowReader{rows: []*ingest.Row{row}}, nil)
	require.NoError(t, err)
	require.Empty(t, res.Faults)
	hits := func(v *world) int {
		return len(as[api.EnterpriseHits](v.do("", "GET", "/v1/enterprises?q=星河灯彩", nil).want(200)).Items)
	}
	for _, v := range w {
		require.NoError(t, v.server.services.feed.fill(t.Context())) // as each does once a second
		require.Equal(t, 1, hits(v))
		v.do("", "GET", "/v1/enterprises/"+uscc.Reveal(), nil).want(200)
	}
}
