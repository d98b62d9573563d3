package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
)

// TestDemo_promises checks everything that demo.json promises, on a first start.
func TestDemo_promises(t *testing.T) {
	w := startIn(t, filepath.Join(t.TempDir(), "new", "data"))
	info, err := os.Stat(filepath.Join(w.cfg.Data, "demo.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Equal(t, w.server.baseURL, w.demo.BaseURL)

	require.GreaterOrEqual(t, len(w.demo.Citizens), 8)
	listed := map[string]bool{}
	require.GreaterOrEqual(t, len(w.demo.Enterprises), 20)
	answers := map[bool]int{}
	for _, e := range w.demo.Enterprises {
		listed[e.USCC] = true
		a := as[api.WhitelistAnswer](w.do("client:bank", "GET", "/v1/loan/whitelist/"+e.USCC, nil).want(200))
		require.Equal(t, e.Whitelisted, a.Listed, e.Name)
		require.Equal(t, e.USCC, a.USCC)
		answers[a.Listed]++
		file := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+e.USCC, nil).want(200))
		require.Equal(t, e.Name, file.Name)
	}
	require.Positive(t, answers[true])
	require.Positive(t, answers[false])

	for i, c := range w.demo.Citizens {
		who := fmt.Sprintf("citizen%d", i+1)
		for range 2 { // codes can be used again and again
			w.do("", "POST", "/v1/auth/wechat", api.WeChatSignIn{Code: c.WeChatCode}).want(200)
		}
		me := as[api.Me](w.do(who, "GET", "/v1/me", nil).want(200))
		last := i == len(w.demo.Citizens)-1
		require.Equal(t, !last, me.Verified, who)
		if last {
			continue
		}
		require.Equal(t, c.Name, me.Name, who)
		require.Equal(t, c.IDNo[:6]+"********"+c.IDNo[14:], me.IDNoMasked)
		require.Equal(t, c.Level, as[api.OwnCredit](w.do(who, "GET", "/v1/me/credit", nil).want(200)).Level, who)
		if i < 2 {
			for _, b := range as[api.EnterpriseBindings](w.do(who, "GET", "/v1/me/enterprises?limit=100", nil).want(200)).Items {
				require.False(t, listed[b.USCC], "%s is bound to an enterprise of the list", who)
			}
		}
	}
	w.do("", "POST", "/v1/auth/wechat", api.WeChatSignIn{Code: "demo-citizen-99"}).refused(401, model.CodeInvalidCredentials)

	require.True(t, eligibleAtGate(w, "citizen1"), "the first citizen has an eligible 信易游 benefit at the gate client's site")
	w.representative()
	w.lastBinds()
	w.signsInEveryone()
	for _, secret := range append(secrets(w), "") {
		if secret != "" {
			require.NotContains(t, w.stdout.String(), secret, "the announcement shows no secret")
			require.NotContains(t, w.log.String(), secret)
		}
	}
	require.Equal(t, 5, strings.Count(w.stdout.String(), "\n# ")-1, "one first call for each of the five jobs")
}

// eligibleAtGate looks for a tour benefit that passes at the gate client's own check.
func eligibleAtGate(w *world, who string) bool {
	for _, b := range as[api.MyBenefits](w.do(who, "GET", "/v1/me/benefits?scene=tour", nil).want(200)).Items {
		if !b.Eligible {
			continue
		}
		pass := as[api.Pass](w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: b.Code}).want(201)).Pass
		check := as[api.GateCheck](w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: pass}).want(200))
		if check.Result == "pass" && check.BenefitCode == b.Code && check.PayPercent < 100 {
			return true
		}
	}
	return false
}

// representative: one citizen represents the last enterprise and nobody else may bind it.
func (w *world) representative() {
	w.t.Helper()
	last := w.lastEnterprise().USCC
	var bound []string
	for i := range w.demo.Citizens[:len(w.demo.Citizens)-1] {
		who := fmt.Sprintf("citizen%d", i+1)
		a := w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last})
		if a.status == 201 {
			bound = append(bound, who)
			continue
		}
		a.refused(403, model.CodeNotLegalRep)
	}
	require.Len(w.t, bound, 1)
	credit := as[api.EnterpriseCredit](w.do(bound[0], "GET", "/v1/me/enterprises/"+last+"/credit", nil).want(200))
	require.Contains(w.t, "ABCDE", credit.Grade)
	require.NotEmpty(w.t, credit.Grade)
	require.Positive(w.t, credit.Score)
	require.NotEmpty(w.t, credit.Explanation)
	again := w.do(bound[0], "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last}).want(201)
	require.Equal(w.t, last, as[api.EnterpriseBinding](again).USCC)
}

// lastBinds: the last citizen binds once; a second account is refused the same person.
func (w *world) lastBinds() {
	w.t.Helper()
	n := len(w.demo.Citizens)
	who, c := fmt.Sprintf("citizen%d", n), w.demo.Citizens[n-1]
	bound := w.demo.Citizens[0]
	w.do(who, "GET", "/v1/me/credit", nil).refused(403, model.CodeNotVerified)
	w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}).refused(403, model.CodeNotVerified)
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: bound.Name, IDNo: c.IDNo}).refused(422, model.CodeIdentityMismatch)
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: bound.Name, IDNo: bound.IDNo}).refused(409, model.CodeIdentityBound)
	me := as[api.Me](w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: c.Name, IDNo: strings.ToLower(c.IDNo)}).want(200))
	require.True(w.t, me.Verified)
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: c.Name, IDNo: c.IDNo}).refused(409, model.CodeIdentityBound)
	// The token that is older than the binding works at once.
	require.Equal(w.t, c.Level, as[api.OwnCredit](w.do(who, "GET", "/v1/me/credit", nil).want(200)).Level)
}

func (w *world) signsInEveryone() {
	w.t.Helper()
	roles := map[model.Role]bool{}
	for _, s := range w.demo.Staff {
		roles[s.Role] = true
		require.Equal(w.t, s.Role == model.RoleSecurityAdmin || s.Role == model.RoleAuditor, s.TOTPSecret != "", s.Role)
		in := staffSignIn(w.t, s)
		if s.TOTPSecret != "" {
			w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: in.Username, Password: in.Password}).refused(401, model.CodeInvalidCredentials)
		}
		pair := as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", in).want(200))
		require.Equal(w.t, []string{string(s.Role)}, pair.User.Roles)
		in.Password = "x" + in.Password
		w.do("", "POST", "/v1/auth/staff", in).refused(401, model.CodeInvalidCredentials)
	}
	for _, role := range model.Roles() {
		if role != model.RolePublic && role != model.RoleCitizen && role != model.RoleBank {
			require.True(w.t, roles[role], "no staff is %s", role)
		}
	}
	clients := map[model.Role]bool{}
	for _, c := range w.demo.Clients {
		clients[c.Role] = true
		w.clientToken(c.ClientID, c.ClientSecret).want(200)
		w.clientToken(c.ClientID, c.ClientSecret+"x").want(401)
	}
	require.True(w.t, clients[model.RoleBank] && clients[model.RoleGate])
}

func secrets(w *world) []string {
	var out []string
	for _, c := range w.demo.Citizens {
		out = append(out, c.IDNo, c.Name)
	}
	for _, s := range w.demo.Staff {
		out = append(out, s.Password, s.TOTPSecret)
	}
	for _, c := range w.demo.Clients {
		out = append(out, c.ClientSecret)
	}
	return out
}

// A second start keeps keys, people and secrets and rewrites the address.
func TestDemo_secondStart(t *testing.T) {
	w := startDemo(t)
	first, token := w.demo, w.token("citizen1")
	master, err := os.ReadFile(filepath.Join(w.cfg.Data, "keys", "master.key"))
	require.NoError(t, err)
	count := as[api.SiteRedemptions](w.do("client:gate", "GET", "/v1/gate/redemptions", nil).want(200)).Totals.Redemptions
	w.redeem(w.pass("citizen1")).want(201)

	w.restart()
	first.MessagesURL = w.demo.MessagesURL // the emulator takes any free port
	require.Equal(t, first, w.demo)
	require.Equal(t, token, w.token("citizen1"))
	w.do("citizen1", "GET", "/v1/me", nil).want(200)
	after := as[api.SiteRedemptions](w.do("client:gate", "GET", "/v1/gate/redemptions", nil).want(200)).Totals.Redemptions
	require.Equal(t, count+1, after)

	w.stop()
	w.cfg.Listen = "127.0.0.1:0"
	w.start(startServer)
	require.Equal(t, w.server.baseURL, w.demo.BaseURL)
	moved := w.demo
	moved.BaseURL, moved.MessagesURL = first.BaseURL, first.MessagesURL
	require.Equal(t, first, moved, "everything but the addresses stays")
	again, err := os.ReadFile(filepath.Join(w.cfg.Data, "keys", "master.key"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(master, again))
	info, err := os.Stat(filepath.Join(w.cfg.Data, "demo.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	w.tokens = map[string]string{}
	w.do("citizen1", "GET", "/v1/me", nil).want(200)
	w.do("client:bank", "GET", "/v1/loan/whitelist/"+w.lastEnterprise().USCC, nil).want(200)
}

// Several demos run side by side, and one's token opens nothing at another.
func TestDemo_sideBySide(t *testing.T) {
	one, other := startDemo(t), startDemo(t)
	require.NotEqual(t, one.server.baseURL, other.server.baseURL)
	require.NotEqual(t, one.server.metrics, other.server.metrics)
	one.do("citizen1", "GET", "/v1/me", nil).want(200)
	other.do("citizen1", "GET", "/v1/me", nil).want(200)
	// They are copies with the same keys: only issuer and address tell them apart.
	other.tokens["stranger"] = one.token("citizen1")
	other.do("stranger", "GET", "/v1/me", nil).refused(401, model.CodeUnauthenticated)
}
