package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// accountVerb gives a verb about accounts on the store of w.
func (w *world) accountVerb(verb ...string) []string {
	verb = append(verb, "--data", w.cfg.Data)
	if w.cfg.Store != "" {
		verb = append(verb, "--store", w.cfg.Store, "--allow-standalone-mongodb")
	}
	return verb
}

func secretIn(t *testing.T, out string) string {
	t.Helper()
	found := regexp.MustCompile(`：([A-Za-z0-9_-]+)\n`).FindStringSubmatch(out)
	require.NotNil(t, found, out)
	return found[1]
}

// TestAccounts: what an operator does to a credential holds on the running server at once.
func TestAccounts(t *testing.T) {
	w := startDemo(t)
	t.Run("staff", func(t *testing.T) { w.staffAccounts(t) })
	t.Run("client", func(t *testing.T) { w.clientAccounts(t) })
	t.Run("citizen", func(t *testing.T) { w.citizenSessions(t) })
	t.Run("guesses", func(t *testing.T) { w.clientGuesses(t) })

	var did []string
	for _, e := range w.entries(audit.Filter{Role: model.RoleSecurityAdmin}) {
		if e.Event.ActorID == "ops1" && e.Event.Action != "session.end" {
			did = append(did, e.Event.Action)
		}
	}
	slices.Reverse(did)
	require.Equal(t, "staff.create staff.suspend staff.restore staff.reset staff.unlock "+
		"client.create client.suspend client.rotate client.restore session.revoke", strings.Join(slices.Compact(did), " "))
}

func (w *world) staffAccounts(t *testing.T) {
	on := func(verb ...string) string { return okay(t, w.accountVerb(append(verb, "--by", "ops1")...)...) }
	password := secretIn(t, on("staff", "add", "Window.7", "--role", "clerk", "--unit", "11410203005412346P", "--unit-name", "综合窗口"))
	signIn := func(password string) *answer {
		return w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: "window.7", Password: password})
	}
	pair := as[api.TokenPair](signIn(password).want(200))
	w.tokens["test:window"] = pair.AccessToken
	w.do("test:window", "GET", "/v1/approvals", nil).want(200)

	require.Contains(t, on("staff", "suspend", "window.7"), "1 个登录已注销")
	w.do("test:window", "GET", "/v1/approvals", nil).refused(401, model.CodeUnauthenticated)
	w.do("", "POST", "/v1/auth/refresh", api.RefreshRequest{RefreshToken: pair.RefreshToken}).refused(401, model.CodeInvalidCredentials)
	signIn(password).refused(403, model.CodeForbidden)
	list := okay(t, w.accountVerb("staff", "list")...)
	require.Regexp(t, `window\.7 +clerk +停用 suspended`, list)
	require.NotContains(t, list, "argon2")

	on("staff", "restore", "WINDOW.7")
	w.do("test:window", "GET", "/v1/approvals", nil).refused(401, model.CodeUnauthenticated)
	signIn(password).want(200)
	next := secretIn(t, on("staff", "reset", "window.7"))
	signIn(password).refused(401, model.CodeInvalidCredentials)
	signIn(next).want(200)

	for range 9 {
		if signIn("guess").status == http.StatusTooManyRequests {
			break
		}
	}
	signIn(next).refused(429, model.CodeLockedOut)
	require.Contains(t, on("staff", "unlock", "window.7"), "已解除")
	signIn(next).want(200)
	require.Contains(t, failed(t, exitFailed, w.accountVerb("staff", "unlock", "nobody", "--by", "ops1")...), "没有这个用户名")
	require.Contains(t, failed(t, exitUsage, w.accountVerb("staff", "suspend", "window.7")...), "--by")
	require.Contains(t, failed(t, exitUsage, w.accountVerb("staff", "suspend", "--by", "ops1")...), "USERNAME")
}

func (w *world) clientAccounts(t *testing.T) {
	on := func(verb ...string) string { return okay(t, w.accountVerb(append(verb, "--by", "ops1")...)...) }
	unit := []string{"--role", "bank", "--unit", "11410203005412346P", "--unit-name", "某银行"}
	secret := secretIn(t, on(append([]string{"client", "add", "bank-1"}, unit...)...))
	w.tokens["test:bank-1"] = as[api.TokenAnswer](w.clientToken("bank-1", secret).want(200)).AccessToken
	ask := "/v1/loan/whitelist/" + w.lastEnterprise().USCC
	w.do("test:bank-1", "GET", ask, nil).want(200)

	on("client", "suspend", "bank-1")
	w.do("test:bank-1", "GET", ask, nil).refused(401, model.CodeUnauthenticated)
	w.clientToken("bank-1", secret).want(401)
	require.Regexp(t, `bank-1 +bank +停用 suspended +密钥`, okay(t, w.accountVerb("client", "list")...))
	next := secretIn(t, on("client", "rotate", "bank-1"))
	on("client", "restore", "bank-1")
	w.clientToken("bank-1", secret).want(401)
	w.clientToken("bank-1", next).want(200)

	for _, bad := range [][]string{{"client", "add", "bank-2"}, {"client", "add"}, append([]string{"client", "add", "gate-1"}, "--role", "gate", "--unit", "11410203005412346P", "--unit-name", "x"),
		append([]string{"client", "add", "bank-2", "--public-key", filepath.Join(t.TempDir(), "none")}, unit...)} {
		failed(t, exitUsage, w.accountVerb(append(bad, "--by", "ops1")...)...)
	}
	require.Contains(t, failed(t, exitFailed, w.accountVerb(append([]string{"client", "add", "Bank_2", "--by", "ops1"}, unit...)...)...), "小写字母")
}

func (w *world) citizenSessions(t *testing.T) {
	me := as[api.Me](w.do("citizen3", "GET", "/v1/me", nil).want(200))
	require.Regexp(t, `[1-9] 个登录`, okay(t, w.accountVerb("session", "revoke", me.ID, "--by", "ops1")...))
	w.do("citizen3", "GET", "/v1/me", nil).refused(401, model.CodeUnauthenticated)
	w.tokens["citizen3"] = w.signIn("citizen3")
	w.do("citizen3", "GET", "/v1/me", nil).want(200)
}

// clientGuesses: who guesses at clients is locked out for a while; the log keeps the number
// of the guesses, not each of them.
func (w *world) clientGuesses(t *testing.T) {
	refusals := func() (n int) {
		for _, e := range w.entries(audit.Filter{Role: model.RolePublic}) {
			if e.Event.Action == "auth.client_token" {
				n++
			}
		}
		return n
	}
	before := refusals()
	for range 50 {
		if w.clientToken("nobody", "xyc_guess").status == http.StatusTooManyRequests {
			break
		}
	}
	locked := w.clientToken("nobody", "xyc_guess")
	locked.refused(429, model.CodeLockedOut)
	require.NotEmpty(t, locked.header.Get("Retry-After"))
	require.Less(t, refusals()-before, 10)
	for _, c := range w.demo.Clients {
		w.clientToken(c.ClientID, c.ClientSecret).want(200)
	}
}

// TestAccounts_withoutAServer: the verbs work on the data folder alone.
func TestAccounts_withoutAServer(t *testing.T) {
	data := prepared(t)
	unit := []string{"--unit", "11410203005412346P", "--unit-name", "铁塔公园", "--by", "ops1", "--data", data}
	okay(t, append([]string{"staff", "add", "audit1", "--role", "auditor"}, unit...)...)
	okay(t, "staff", "suspend", "audit1", "--by", "ops1", "--data", data)
	okay(t, "staff", "restore", "audit1", "--by", "ops1", "--data", data)
	require.Contains(t, okay(t, "staff", "reset", "audit1", "--by", "ops1", "--data", data), "动态口令密钥")
	require.Contains(t, okay(t, "staff", "unlock", "audit1", "--by", "ops1", "--data", data), "未被锁定")
	require.Contains(t, okay(t, "staff", "list", "--data", data), "口令+动态口令")

	pub, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	key := filepath.Join(t.TempDir(), "gate.jwk")
	require.NoError(t, os.WriteFile(key, fmt.Appendf(nil, `{"kty":"OKP","crv":"Ed25519","x":%q}`, base64.RawURLEncoding.EncodeToString(pub)), 0o600))
	require.Contains(t, okay(t, append([]string{"client", "add", "gate-1", "--role", "gate", "--sites", "tieta,longting", "--public-key", key}, unit...)...), "1 把公钥")
	require.Regexp(t, `gate-1 +gate +在用 in use +公钥 public key .* tieta,longting`, okay(t, "client", "list", "--data", data))
	require.Contains(t, okay(t, "session", "revoke", "audit1", "--by", "ops1", "--data", data), "0 个登录")

	var did []string
	for _, a := range actions(t, data) {
		words := strings.Fields(a)
		did = append(did, words[0]+" "+words[1]+" "+words[3])
	}
	require.Equal(t, []string{"ops1 staff.create auditor", "ops1 staff.suspend suspended", "ops1 staff.restore restored", "ops1 staff.reset reset",
		"ops1 staff.unlock unlocked", "ops1 client.create gate", "ops1 session.revoke revoked"}, did)
}
