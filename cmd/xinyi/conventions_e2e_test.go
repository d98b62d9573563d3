package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/vault"
)

// problems: every refusal is a problem document in Chinese that names the field and the
// rule, never the value.
func (w *world) problems() {
	me := w.demo.Citizens[0]
	wrong := me.IDNo[:17] + map[bool]string{true: "1", false: "2"}[me.IDNo[17] != '1']
	for _, c := range []struct {
		who, method, target, body string
		status                    int
		code                      model.Code
		pointer                   string
	}{
		{"", "GET", "/v1/nowhere", "", 404, model.CodeNotFound, ""},
		{"", "GET", "/v1/me", "", 401, model.CodeUnauthenticated, ""},
		{"gate", "GET", "/v1/me", "", 403, model.CodeForbidden, ""},
		{"office", "POST", "/v1/credit-queries", `{"subject":{"name":"` + me.Name + `","idNo":"` + wrong + `"},"purpose":"award"}`, 400, model.CodeInvalidRequest, "/subject/idNo"},
		{"office", "POST", "/v1/credit-queries", `{"subject":{"name":"` + me.Name + `"},"purpose":"` + me.IDNo + `"}`, 400, model.CodeInvalidRequest, "/purpose"},
		{"office", "POST", "/v1/credit-queries", `{"subject":{"uscc":"x"},"purpose":"award","` + me.IDNo + `":1}`, 400, model.CodeInvalidRequest, ""},
		{"office", "POST", "/v1/credit-queries", `{"subject":`, 400, model.CodeInvalidRequest, ""},
		{"citizen9", "POST", "/v1/me/identity", `{"name":"` + me.Name + `","idNo":"` + wrong + `"}`, 400, model.CodeInvalidRequest, "/idNo"},
		{"", "GET", "/v1/enterprises/" + me.IDNo, "", 0, "", ""},
		{"client:bank", "GET", "/v1/loan/whitelist/" + me.IDNo, "", 0, "", ""},
	} {
		var body any
		if c.body != "" {
			body = c.body
		}
		a := w.do(c.who, c.method, c.target, body)
		if c.status != 0 {
			a.refused(c.status, c.code)
		}
		require.NotContains(w.t, string(a.body), me.Name)
		if a.status >= 400 {
			require.NotContains(w.t, string(a.body), wrong)
			require.NotContains(w.t, string(a.body), me.IDNo)
			p := as[api.Problem](a)
			require.Equal(w.t, "application/problem+json", a.header.Get("Content-Type"))
			require.Equal(w.t, a.status, p.Status)
			require.Equal(w.t, a.header.Get("X-Request-Id"), p.RequestID)
			require.NotEmpty(w.t, p.Title)
			require.True(w.t, strings.HasSuffix(p.Detail, "。"), p.Detail)
			if c.pointer != "" {
				require.True(w.t, slices.ContainsFunc(p.Errors, func(e api.FieldError) bool { return e.Pointer == c.pointer }), "%v", p.Errors)
			}
		}
	}
}

// validators: every single resource has a strong validator and answers 304 to it.
func (w *world) validators() {
	uscc := w.lastEnterprise().USCC
	for who, targets := range map[string][]string{
		"":            {"/v1/enterprises/" + uscc, "/v1/sectors/tax", "/v1/catalogue?limit=3", "/v1/benefits/" + ticket, "/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.yaml", "/docs", "/"},
		"citizen1":    {"/v1/me/credit"},
		"client:bank": {"/v1/loan/whitelist/" + uscc},
	} {
		for _, target := range targets {
			first := w.do(who, "GET", target, nil).want(200)
			tag := first.header.Get("ETag")
			require.True(w.t, strings.HasPrefix(tag, `"`), "%s: validator %q", target, tag)
			for _, given := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
				again := w.do(who, "GET", target, nil, "If-None-Match", given).want(304)
				require.Empty(w.t, again.body)
				require.Equal(w.t, tag, again.header.Get("ETag"))
			}
			w.do(who, "GET", target, nil, "If-None-Match", `"other"`).want(200)
			head := w.do(who, "HEAD", target, nil).want(200)
			require.Empty(w.t, head.body)
			require.Equal(w.t, tag, head.header.Get("ETag"))
			require.Equal(w.t, first.header.Get("Content-Length"), head.header.Get("Content-Length"))
		}
	}
}

// unchangedLooks: a 304 on somebody else's file is a look too.
func (w *world) unchangedLooks() {
	uscc := w.lastEnterprise().USCC
	looks := func(action string) int {
		return len(w.entries(audit.Filter{Action: action, Subject: model.SubjectID(uscc)}))
	}
	target := "/v1/loan/whitelist/" + uscc
	tag := w.do("client:bank", "GET", target, nil).want(200).header.Get("ETag")
	before := looks("whitelist.check")
	w.do("client:bank", "GET", target, nil, "If-None-Match", tag).want(304)
	require.Equal(w.t, before+1, looks("whitelist.check"))
	w.do("client:bank", "HEAD", target, nil).want(200)
	require.Equal(w.t, before+2, looks("whitelist.check"))

	records := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+uscc+"/records", nil).want(200))
	target = "/v1/records/" + records.Items[0].RecordID
	tag = w.do("office", "GET", target, nil).want(200).header.Get("ETag")
	before = looks("record.view")
	w.do("office", "GET", target, nil, "If-None-Match", tag).want(304)
	require.Equal(w.t, before+1, looks("record.view"))
}

func (w *world) parameters() {
	for _, target := range []string{"/v1/enterprises?q=a&limit=-1", "/v1/enterprises?q=a&limit=abc", "/v1/enterprises?q=a&limit=0", "/v1/enterprises?q=a&limit=101",
		"/v1/enterprises?q=a&limit=1&limit=2", "/v1/enterprises?q=a&limit=%2B5", "/v1/enterprises?q=a&limit=1e1", "/v1/enterprises?q=a&limit=", "/v1/enterprises",
		"/v1/enterprises?q=", "/v1/enterprises?q=a&unknown=1", "/v1/enterprises?q=%ff", "/v1/enterprises?q=a;limit=1", "/v1/lists/other",
		"/v1/benefits?scene=elsewhere", "/v1/sectors?limit=99999999999999999999"} {
		a := w.do("", "GET", target, nil).refused(400, model.CodeInvalidRequest)
		require.NotEmpty(w.t, as[api.Problem](a).Errors, target)
	}
	w.do("gate", "GET", "/v1/gate/redemptions?date=2026-02-30", nil).refused(400, model.CodeInvalidRequest)
	w.do("citizen1", "GET", "/v1/me/credit?subject="+string(w.subject(2)), nil).refused(400, model.CodeInvalidRequest)
	for _, path := range []string{"/v1/enterprises/../me", "/v1//enterprises?q=a", "/v1/enterprises/%2e%2e/me", "/v1/enterprises/a%2fb", "/v1/me/", "/V1/ME", "/v1/enterprises/", "/docs/../v1/me"} {
		a := w.raw("GET " + path + " HTTP/1.1")
		require.Equal(w.t, 404, a.StatusCode, path)
		require.Empty(w.t, a.Header.Get("Location"))
	}
}

func (w *world) methods() {
	for _, c := range []struct{ method, target, allow string }{
		{"DELETE", "/v1/me", "GET, HEAD, OPTIONS"},
		{"PUT", "/v1/auth/wechat", "POST, OPTIONS"},
		{"PATCH", "/v1/gate/redemptions", "GET, HEAD, OPTIONS, POST"},
		{"POST", "/healthz", "GET, HEAD, OPTIONS"},
	} {
		a := w.do("", c.method, c.target, nil, "Idempotency-Key", "").refused(405, model.CodeMethodNotAllowed)
		allow := strings.Split(a.header.Get("Allow"), ", ")
		slices.Sort(allow)
		want := strings.Split(c.allow, ", ")
		slices.Sort(want)
		require.Equal(w.t, want, allow, c.target)
		options := w.do("", "OPTIONS", c.target, nil).want(204)
		require.NotEmpty(w.t, options.header.Get("Allow"))
	}
}

// requestFields: every answer names its request; traces are followed; secrets are not kept.
func (w *world) requestFields() {
	one, two := w.do("", "GET", "/healthz", nil, "X-Request-Id", "mine"), w.do("", "GET", "/v1/nowhere", nil)
	require.NotEqual(w.t, "mine", one.header.Get("X-Request-Id"), "nobody but a trusted proxy names requests")
	require.NotEmpty(w.t, one.header.Get("X-Request-Id"))
	require.NotEqual(w.t, one.header.Get("X-Request-Id"), two.header.Get("X-Request-Id"))
	require.Contains(w.t, w.log.String(), one.header.Get("X-Request-Id"))
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	w.do("", "GET", "/healthz", nil, "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01").want(200)
	w.do("", "GET", "/healthz", nil, "Traceparent", "nonsense").want(200)
	require.Contains(w.t, w.log.String(), `"trace_id":"`+trace+`"`)
	a := w.do("citizen1", "GET", "/v1/me/credit", nil).want(200)
	require.Equal(w.t, "no-store", a.header.Get("Cache-Control"))
	require.Contains(w.t, a.header.Get("RateLimit"), `"client";r=`)
	require.Contains(w.t, a.header.Get("RateLimit-Policy"), `"client";q=`)
	require.Contains(w.t, w.do("", "GET", "/healthz", nil).header.Get("RateLimit"), `"address";r=`)
	require.Equal(w.t, "nosniff", a.header.Get("X-Content-Type-Options"))
	require.Contains(w.t, w.do("", "GET", "/v1/me", nil).header.Get("WWW-Authenticate"), "Bearer")
	for _, token := range []string{"x", w.token("citizen1") + "x", strings.Repeat("a", 9000)} {
		a := w.do("", "GET", "/v1/me", nil, "Authorization", "Bearer "+token).refused(401, model.CodeUnauthenticated)
		require.Contains(w.t, a.header.Get("WWW-Authenticate"), `error="invalid_token"`)
	}
	require.NotContains(w.t, w.log.String(), w.token("citizen1"))
}

// cursors are bound to operation, filters and caller, and good after a restart and over
// the rotation of their key.
func (w *world) cursors() {
	list := func(target, cursor string) *answer {
		if cursor != "" {
			target += "&cursor=" + cursor
		}
		return w.do("", "GET", target, nil)
	}
	const search = "/v1/enterprises?q=%E5%BC%80%E5%B0%81&limit=3"
	first := as[api.EnterpriseHits](list(search, "").want(200))
	second := as[api.EnterpriseHits](list(search, first.NextCursor).want(200))
	require.Len(w.t, second.Items, 3)
	for _, h := range second.Items {
		require.False(w.t, slices.ContainsFunc(first.Items, func(o api.EnterpriseHit) bool { return o.USCC == h.USCC }), "no hit on two pages")
	}
	changed := []byte(first.NextCursor)
	changed[len(changed)/2] ^= 1
	for name, target := range map[string]string{
		"another filter":    "/v1/enterprises?q=%E5%BC%80&limit=3&cursor=" + first.NextCursor,
		"another operation": "/v1/lists/honor?q=%E5%BC%80%E5%B0%81&cursor=" + first.NextCursor,
		"tampered":          search + "&cursor=" + escape(string(changed)),
		"cut":               search + "&cursor=" + first.NextCursor[:len(first.NextCursor)-4],
		"made up":           search + "&cursor=AAAA",
	} {
		a := w.do("", "GET", target, nil)
		require.Equal(w.t, 400, a.status, name)
	}
	records := "/v1/enterprises/" + w.lastEnterprise().USCC + "/records?limit=1"
	page := as[api.PublicRecords](list(records, "").want(200))
	list("/v1/enterprises/"+w.demo.Enterprises[0].USCC+"/records?limit=1", page.NextCursor).refused(400, model.CodeInvalidCursor)
	list(records+"&section=honesty", page.NextCursor).refused(400, model.CodeInvalidCursor)
	next := as[api.PublicRecords](list(records, page.NextCursor).want(200))

	_, err := w.server.platform.vault.RotateNow(w.t.Context(), vault.UseCursor)
	require.NoError(w.t, err)
	require.Equal(w.t, next.Items, as[api.PublicRecords](list(records, page.NextCursor).want(200)).Items, "over the rotation")
	w.restart()
	require.Equal(w.t, next.Items, as[api.PublicRecords](list(records, page.NextCursor).want(200)).Items, "over a restart")
	require.Equal(w.t, second.Items, as[api.EnterpriseHits](list(search, first.NextCursor).want(200)).Items, "over a restart")
}

// idempotency: same key, same body: the first answer again, over a restart too; another
// body is refused; the effect is one.
func (w *world) idempotency() {
	issued := w.do("citizen7", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}, "Idempotency-Key", "k1").want(201)
	again := w.do("citizen7", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"}, "Idempotency-Key", "k1").want(201)
	require.Equal(w.t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(w.t, string(issued.body), string(again.body))
	w.do("citizen7", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", "k1").refused(422, model.CodeIdempotencyKeyReused)
	w.do("citizen7", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", "").refused(400, model.CodeIdempotencyKeyRequired)
	for _, bad := range []string{strings.Repeat("k", 65), "a b"} {
		w.do("citizen7", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", bad).refused(400, model.CodeInvalidRequest)
	}
	pass := as[api.Pass](issued).Pass
	first := w.redeem(pass, "Idempotency-Key", "r1").want(201)
	w.restart()
	replayed := w.redeem(pass, "Idempotency-Key", "r1").want(201)
	require.Equal(w.t, string(first.body), string(replayed.body))
	require.Equal(w.t, "true", replayed.header.Get("Idempotency-Replayed"))
	w.redeem(pass+"X", "Idempotency-Key", "r1").refused(422, model.CodeIdempotencyKeyReused)
	w.redeem(pass, "Idempotency-Key", "r2").refused(409, model.CodePassUsed)
	// Where the key is ignored, nothing is replayed.
	w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: pass}, "Idempotency-Key", "r1").want(200)
	w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: "other"}, "Idempotency-Key", "r1").want(200)
}

// lockOut: guessing locks the name, not its neighbours, and says when to come again.
func (w *world) lockOut() {
	var reviewer, clerk demoStaff
	for _, s := range w.demo.Staff {
		switch s.Role {
		case model.RoleReviewer:
			reviewer = s
		case model.RoleClerk:
			clerk = s
		}
	}
	guess := api.StaffSignIn{Username: reviewer.Username, Password: "guess"}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { w.do("", "POST", "/v1/auth/staff", guess) })
	}
	wg.Wait()
	var locked *answer
	for range 4 {
		if locked = w.do("", "POST", "/v1/auth/staff", guess); locked.status == http.StatusTooManyRequests {
			break
		}
	}
	locked.refused(429, model.CodeLockedOut)
	require.NotEmpty(w.t, locked.header.Get("Retry-After"))
	w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: strings.ToUpper(reviewer.Username), Password: reviewer.Password}).refused(429, model.CodeLockedOut)
	w.do("", "POST", "/v1/auth/staff", staffSignIn(w.t, clerk)).want(200)
	w.restart()
	w.do("", "POST", "/v1/auth/staff", staffSignIn(w.t, reviewer)).refused(429, model.CodeLockedOut)
}

// TestRateLimits: a caller who is too fast hears when to come again, and others do not
// notice.
func TestRateLimits(t *testing.T) {
	w := startDemo(t, func(c *Config) { c.ClientRate = 2 })
	w.token("citizen1")
	w.token("citizen2")
	limited := 0
	for range 12 {
		a := w.do("citizen1", "GET", "/v1/me", nil)
		require.NotEmpty(t, a.header.Get("RateLimit"))
		require.NotEmpty(t, a.header.Get("RateLimit-Policy"))
		if a.status == 429 {
			limited++
			a.refused(429, model.CodeRateLimited)
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	}
	require.Positive(t, limited)
	w.do("citizen2", "GET", "/v1/me", nil).want(200)
	var p api.Problem
	require.NoError(t, json.Unmarshal(w.do("", "GET", "/v1/nowhere", nil).body, &p))
}
