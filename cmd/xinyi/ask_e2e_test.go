package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// answer is a whole answer with its problem code, if it is one.
type answer struct {
	t      testing.TB
	asked  string
	status int
	header http.Header
	body   []byte
}

// do sends a request as who: "" (nobody), "citizen1" …, a staff role, or "client:" + role.
// Headers follow in pairs; POSTs get a new idempotency key unless they bring one.
func (w *world) do(who, method, target string, body any, header ...string) *answer {
	w.t.Helper()
	var payload []byte
	switch b := body.(type) {
	case nil:
	case string:
		payload = []byte(b)
	default:
		var err error
		if payload, err = json.Marshal(b); err != nil {
			w.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.baseURL+target, bytes.NewReader(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(payload) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+w.token(who))
	}
	if method == http.MethodPost && strings.HasPrefix(target, "/v1/") {
		r.Header.Set("Idempotency-Key", w.key())
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	return w.send(r, payload, who)
}

func (w *world) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return fmt.Sprintf("e2e-%d", w.keys)
}

func (w *world) send(r *http.Request, payload []byte, who string) *answer {
	w.t.Helper()
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		w.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	a := &answer{t: w.t, asked: fmt.Sprintf("%s %s as %q", r.Method, r.URL.RequestURI(), who), status: resp.StatusCode, header: resp.Header, body: body}
	if a.status >= 400 {
		w.mu.Lock()
		w.errors.Write(body)
		w.errors.WriteByte('\n')
		w.mu.Unlock()
	}
	if r.Method != http.MethodHead && r.Method != http.MethodOptions {
		recorded := &httptest.ResponseRecorder{Code: a.status, HeaderMap: resp.Header, Body: bytes.NewBuffer(body)}
		seen := httptest.NewRequestWithContext(w.t.Context(), r.Method, r.URL.RequestURI(), nil)
		seen.Header = r.Header
		if err := w.recorder.Check(seen, payload, recorded); err != nil {
			w.t.Errorf("%s: against the contract: %v\n%.300s", a.asked, err, body)
		}
	}
	return a
}

// want checks the status and gives the answer back.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %.400s", a.asked, a.status, status, a.body)
	}
	return a
}

// refused checks status and problem code.
func (a *answer) refused(status int, code model.Code) *answer {
	a.t.Helper()
	var p api.Problem
	_ = json.Unmarshal(a.body, &p)
	if a.status != status || p.Code != string(code) {
		a.t.Errorf("%s: %d %s, want %d %s: %.400s", a.asked, a.status, p.Code, status, code, a.body)
	}
	return a
}

// as decodes the answer.
func as[T any](a *answer) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v: %.300s", a.asked, err, a.body)
	}
	return v
}

// token signs who in, once.
func (w *world) token(who string) string {
	w.t.Helper()
	w.mu.Lock()
	token := w.tokens[who]
	w.mu.Unlock()
	if token != "" {
		return token
	}
	token = w.signIn(who)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens[who] = token
	return token
}

func (w *world) signIn(who string) string {
	w.t.Helper()
	var n int
	if _, err := fmt.Sscanf(who, "citizen%d", &n); err == nil {
		in := api.WeChatSignIn{Code: w.demo.Citizens[n-1].WeChatCode}
		return as[api.TokenPair](w.do("", "POST", "/v1/auth/wechat", in).want(200)).AccessToken
	}
	if role, ok := strings.CutPrefix(who, "client:"); ok {
		for _, c := range w.demo.Clients {
			if string(c.Role) == role {
				return as[api.TokenAnswer](w.clientToken(c.ClientID, c.ClientSecret).want(200)).AccessToken
			}
		}
	}
	for _, s := range w.demo.Staff {
		if string(s.Role) == who {
			return as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", staffSignIn(w.t, s)).want(200)).AccessToken
		}
	}
	w.t.Fatalf("nobody is %q", who)
	return ""
}

func staffSignIn(t testing.TB, s demoStaff) api.StaffSignIn {
	in := api.StaffSignIn{Username: s.Username, Password: s.Password}
	if s.TOTPSecret != "" {
		var err error
		if in.OTP, err = totp.GenerateCode(s.TOTPSecret, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func (w *world) clientToken(id, secret string) *answer {
	w.t.Helper()
	form := []byte(url.Values{"grant_type": {"client_credentials"}}.Encode())
	r, err := http.NewRequestWithContext(w.t.Context(), "POST", w.server.baseURL+"/oauth2/token", bytes.NewReader(form))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(id, secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(r, form, "")
}

// entries gives the audit entries of action, newest first.
func (w *world) entries(f audit.Filter) []model.AuditEntry {
	w.t.Helper()
	var all []model.AuditEntry
	for after, page := "", 0; page == 0 || after != ""; page++ {
		items, next, err := w.server.platform.audit.List(w.t.Context(), f, 500, after)
		if err != nil {
			w.t.Fatal(err)
		}
		all, after = append(all, items...), next
	}
	return all
}

// lastEnterprise is the one that citizen 5 represents.
func (w *world) lastEnterprise() demoEnterprise { return w.demo.Enterprises[len(w.demo.Enterprises)-1] }

const ticket = "TT-PARK-60" // of citizen 1, once a day

// pass gives who a pass for the ticket.
func (w *world) pass(who string) string {
	w.t.Helper()
	return as[api.Pass](w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}).want(201)).Pass
}

func (w *world) redeem(pass string, header ...string) *answer {
	w.t.Helper()
	return w.do("client:gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: pass}, header...)
}

// subject gives the subject of demo citizen n.
func (w *world) subject(n int) model.SubjectID {
	w.t.Helper()
	p := w.server.platform
	id, err := p.subjects.FindPerson(w.t.Context(), p.vault.IndexAll(model.IndexCitizenID, w.demo.Citizens[n-1].IDNo))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// metric reads one figure off /metrics.
func (w *world) metric(name string) string {
	w.t.Helper()
	for line := range strings.Lines(w.metrics()) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	w.t.Fatalf("no metric %s", name)
	return ""
}

func (w *world) metrics() string {
	w.t.Helper()
	resp, err := http.Get("http://" + w.server.metrics + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(body)
}

// citizens lists "citizen1" … of those who satisfy keep.
func (w *world) citizens(keep func(demoCitizen) bool) []string {
	var out []string
	for i, c := range w.demo.Citizens {
		if keep(c) {
			out = append(out, fmt.Sprintf("citizen%d", i+1))
		}
	}
	return slices.Clip(out)
}
