package handlers_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xinyi/api/apitest"
	"xinyi/handlers/contract"
)

// served is a running `xinyi serve --demo`, every exchange with it validated.
type served struct {
	t        *testing.T
	proxy    http.Handler
	recorder *apitest.Recorder
	demo     demoFile
	tokens   map[string]string
	keys     int // of idempotency, used so far
}

// demoFile is <data>/demo.json.
type demoFile struct {
	BaseURL  string
	Citizens []struct{ WeChatCode, Name, IDNo, Level string }
	Staff    []struct {
		Role, Username, Password, TOTPSecret string
	}
	Clients     []struct{ Role, ClientID, ClientSecret string }
	Enterprises []struct {
		USCC        string
		Whitelisted bool
	}
}

// serveDemo builds the program and starts it; the end of the test stops it.
func serveDemo(t *testing.T) *served {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "xinyi")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "xinyi/cmd/xinyi").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	data := filepath.Join(dir, "data")
	program := exec.CommandContext(t.Context(), binary, "serve", "--demo", "--data", data, "--listen", "127.0.0.1:0")
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	program.WaitDelay = 20 * time.Second
	program.Stdout = io.Discard
	log, err := program.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Wait() })
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && !strings.Contains(lines.Text(), `"msg":"ready"`) {
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	s := &served{t: t, tokens: map[string]string{}}
	raw, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err = json.Unmarshal(raw, &s.demo); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(s.demo.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	s.proxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	if s.recorder, err = apitest.NewRecorder(); err != nil {
		t.Fatal(err)
	}
	return s
}

// do sends a request as who ("" = nobody), wants the status and gives the answer. The
// idempotency key, if any, follows the body.
func (s *served) do(want int, who, method, target, body string, more ...string) map[string]any {
	s.t.Helper()
	w := s.send(who, method, target, body, more...)
	if w.Code != want {
		s.t.Errorf("%s %s as %q: status %d, want %d: %.300s", method, target, who, w.Code, want, w.Body)
	}
	answer := map[string]any{"ETag": w.Header().Get("ETag"), "Replayed": w.Header().Get("Idempotency-Replayed")}
	if strings.Contains(w.Header().Get("Content-Type"), "json") {
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
	}
	return answer
}

func (s *served) send(who, method, target, body string, more ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := s.tokens[who]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	w, err := s.recorder.Exchange(s.proxy, r)
	if err != nil {
		s.t.Errorf("%s %s as %q: %v", method, target, who, err)
	}
	return w
}

func key(k string) (string, string) { return "Idempotency-Key", k }

func text(answer map[string]any, path ...string) string {
	var at any = answer
	for _, name := range path {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			if len(v) == 0 {
				return ""
			}
			at = v[0]
			if object, ok := at.(map[string]any); ok {
				at = object[name]
			}
		}
	}
	out, _ := at.(string)
	return out
}

// unproduced are the answers that this test cannot provoke from outside, with reasons.
var unproduced = map[string]string{
	"* 500": "needs a fault in our own code; TestPanic and TestProblems_sayNothingInternal produce it in the chain that all routes share",
	"* 503": "needs a broken dependency; TestMatrix produces it in the chain that all routes share",
	"* 429": "the demo's limits are too high to reach; TestRateLimit produces it in the chain that all routes share",
	// Only a request in flight gives these, which no test can time; see TestIdempotency_inFlight.
	"bindEnterprise 409":    "request_in_flight only",
	"createSubmission 409":  "request_in_flight only",
	"draftListEntry 409":    "request_in_flight only",
	"uploadRedemptions 409": "request_in_flight only",
	"submitRatings 409":     "request_in_flight only",
	"setMessageContact 409": "request_in_flight only",
	"setMessageContact 404": "only when a bound enterprise's file has gone",
	"getMessageContact 404": "only when a bound enterprise's file has gone",
	"listMyMessages 404":    "only when a bound enterprise's file has gone",
	"publishSector 409":     "request_in_flight, or a draft whose day has gone by, which no test waits for",
	"getHome 400":           "needs a query that is no query, which the recorder cannot send; TestScreens does",
	"signOut 403":           "every role may; TestAccess_policyChange takes it away",
	// Nobody is suspended but by the operator's tool; TestAccounts does that.
	"signInStaff 403":   "needs a suspension",
	"signInWechat 403":  "needs a suspension",
	"refreshTokens 403": "needs a suspension",
	// The desk answers 403 for every enterprise that the caller is not bound to, known or not.
	"getMyEnterpriseCredit 404":   "only when a bound enterprise's file has gone",
	"listMyEnterpriseRecords 404": "only when a bound enterprise's file has gone",
	"listMyCommitments 404":       "only when a bound enterprise's file has gone",
	"getSettlement 404":           "only once a day's uses are past their retention",
	"getSettlementCsv 404":        "only once a day's uses are past their retention",
	"getSettlementWorkbook 404":   "only once a day's uses are past their retention",
	// The catalogue in force takes the outcomes that the demo's letters can have.
	"confirmCommitment 422": "outside_catalogue only",
	"updateApproval 422":    "outside_catalogue only",
}

// TestServed walks through every operation of the running demo and through every answer
// the contract declares; what was never produced must stand in unproduced.
func TestServed(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	s := serveDemo(t)
	s.signIn()
	s.machine()
	s.publicFiles()
	s.citizenFiles()
	s.offices()
	s.gates()
	s.desks()
	s.submissions()
	s.cases()
	s.promises()
	s.messages()
	s.offline()
	s.lists()
	s.quality()
	s.rules()
	s.ratings()
	s.refusals()
	missing, unneeded := s.recorder.Missing(unproduced)
	for _, m := range missing {
		t.Errorf("declared and never produced: %s", m)
	}
	for _, m := range unneeded {
		t.Errorf("produced, or not declared, and yet excused: %s", m)
	}
}

func (s *served) signIn() {
	for i, c := range s.demo.Citizens {
		answer := s.do(200, "", "POST", "/v1/auth/wechat", `{"code":"`+c.WeChatCode+`"}`)
		s.tokens["citizen"+string(rune('1'+i))] = text(answer, "accessToken")
		if i == 1 {
			renewed := s.do(200, "", "POST", "/v1/auth/refresh", `{"refreshToken":"`+text(answer, "refreshToken")+`"}`)
			s.tokens["leaving"] = text(renewed, "accessToken")
		}
	}
	s.do(401, "", "POST", "/v1/auth/wechat", `{"code":"nobody"}`)
	s.do(401, "", "POST", "/v1/auth/refresh", `{"refreshToken":"xyr_nothing"}`)
	s.do(204, "leaving", "POST", "/v1/auth/logout", "")
	s.do(401, "leaving", "GET", "/v1/me", "")
	delete(s.tokens, "leaving")
	delete(s.tokens, "citizen2")
	for _, person := range s.demo.Staff {
		in := map[string]string{"username": person.Username, "password": person.Password}
		if person.TOTPSecret != "" {
			code, err := totp.GenerateCode(person.TOTPSecret, time.Now())
			if err != nil {
				s.t.Fatal(err)
			}
			in["otp"] = code
		}
		body, _ := json.Marshal(in)
		s.tokens[person.Role] = text(s.do(200, "", "POST", "/v1/auth/staff", string(body)), "accessToken")
	}
	s.do(401, "", "POST", "/v1/auth/staff", `{"username":"demo-nobody","password":"wrong"}`)
	const form = "application/x-www-form-urlencoded"
	for _, client := range s.demo.Clients {
		r := httptest.NewRequestWithContext(s.t.Context(), "POST", "/oauth2/token", nil)
		r.SetBasicAuth(client.ClientID, client.ClientSecret)
		answer := s.do(200, "", "POST", "/oauth2/token", "grant_type=client_credentials", "Content-Type", form, "Authorization", r.Header.Get("Authorization"))
		s.tokens[client.Role] = text(answer, "access_token")
		r.SetBasicAuth(client.ClientID, "wrong")
		s.do(401, "", "POST", "/oauth2/token", "grant_type=client_credentials", "Content-Type", form, "Authorization", r.Header.Get("Authorization"))
	}
	s.do(400, "", "POST", "/oauth2/token", "grant_type=password", "Content-Type", form)
	s.do(413, "", "POST", "/oauth2/token", "grant_type="+strings.Repeat("a", 1<<20), "Content-Type", form)
	s.do(415, "", "POST", "/oauth2/token", "{}")
}

// fresh asks twice: with the validator of the first answer the second is 304.
func (s *served) fresh(who, target string) map[string]any {
	s.t.Helper()
	answer := s.do(200, who, "GET", target, "")
	s.do(304, who, "GET", target, "", "If-None-Match", text(answer, "ETag"))
	return answer
}

func (s *served) machine() {
	for _, target := range []string{"/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.yaml", "/docs", "/"} {
		s.fresh("", target)
	}
	s.do(200, "", "GET", "/healthz", "")
	s.do(200, "", "GET", "/readyz", "")
	s.do(200, "auditor", "GET", "/v1/audit?limit=2&role=auditor", "")
	s.do(403, "office", "GET", "/v1/audit", "")
	origin := text(s.do(200, "auditor", "GET", "/v1/audit/checkpoint", ""), "origins", "origin")
	s.do(404, "auditor", "GET", "/v1/audit/proofs/999999999?origin="+url.QueryEscape(origin), "")
	for range 50 { // the tree takes an entry in within a second
		if w := s.send("auditor", "GET", "/v1/audit/proofs/0?origin="+url.QueryEscape(origin), ""); w.Code == 200 {
			return
		}
	}
	s.t.Error("no entry of the log can be proved")
}

func (s *served) gates() {
	eligible := text(s.do(200, "citizen1", "GET", "/v1/me/benefits?scene=tour", ""), "items", "code")
	for _, item := range s.do(200, "citizen1", "GET", "/v1/me/benefits?scene=tour", "")["items"].([]any) { //nolint:forcetypeassert // the contract says so
		if b, _ := item.(map[string]any); b["eligible"] == true {
			eligible, _ = b["code"].(string)
		}
	}
	name, value := key("pass-1")
	pass := text(s.do(201, "citizen1", "POST", "/v1/me/passes", `{"benefitCode":"`+eligible+`"}`, name, value), "pass")
	s.do(422, "citizen1", "POST", "/v1/me/passes", `{"benefitCode":"other"}`, name, value)
	name, value = key("pass-2")
	s.do(404, "citizen1", "POST", "/v1/me/passes", `{"benefitCode":"nothing"}`, name, value)
	s.do(409, "citizen3", "POST", "/v1/me/passes", `{"benefitCode":"`+eligible+`"}`, name, value)
	scan := `{"pass":"` + pass + `"}`
	s.do(200, "gate", "POST", "/v1/gate/checks", scan)
	name, value = key("redeem-1")
	first := s.do(201, "gate", "POST", "/v1/gate/redemptions", scan, name, value)
	again := s.do(201, "gate", "POST", "/v1/gate/redemptions", scan, name, value)
	if again["Replayed"] != "true" || text(again, "redemptionNo") != text(first, "redemptionNo") {
		s.t.Errorf("the second redemption with one key: %v, the first: %v", again, first)
	}
	s.do(422, "gate", "POST", "/v1/gate/redemptions", `{"pass":"another"}`, name, value)
	name, value = key("redeem-2")
	s.do(409, "gate", "POST", "/v1/gate/redemptions", scan, name, value)
	s.do(200, "gate", "GET", "/v1/gate/redemptions", "")
}

func (s *served) desks() {
	uscc := s.demo.Enterprises[0].USCC
	item := text(s.do(200, "", "GET", "/v1/approval-items", ""), "items", "itemCode")
	s.do(200, "clerk", "POST", "/v1/approvals/checks", `{"subject":{"uscc":"`+uscc+`"},"itemCode":"`+item+`","missingMaterials":[]}`)
	s.do(404, "clerk", "POST", "/v1/approvals/checks", `{"subject":{"uscc":"`+uscc+`"},"itemCode":"nothing","missingMaterials":[]}`)
	s.fresh("bank", "/v1/loan/whitelist/"+uscc)
	batch := s.do(200, "bank", "POST", "/v1/loan/whitelist/checks", `{"usccs":["`+uscc+`","nonsense","`+validCode+`"]}`)
	if items, _ := batch["items"].([]any); len(items) != 3 {
		s.t.Errorf("a batch of three has %d answers", len(items))
	}
}

// sample fills a path with well-formed names of nothing.
func sample(path string) string {
	return strings.NewReplacer("/v1/approvals/{no}", "/v1/approvals/SP"+noID, "/redemptions/{no}", "/redemptions/R"+noID,
		"/v1/commitments/{code}", "/v1/commitments/00000000000000000000", "/v1/records/{id}", "/v1/records/"+validCode+"."+noID,
		"/v1/benefit-rules/{code}", "/v1/benefit-rules/NOTHING", "{id}", noID, "{month}", "2026-10", "{uscc}", validCode, "{", "", "}", "").Replace(path)
}

// refusals provokes what every operation refuses alike.
func (s *served) refusals() {
	compiled, err := contract.Load(rawContract(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	allowed := table(s.t)
	for _, op := range compiled.Operations() {
		path := sample(op.Path)
		who, other := "", ""
		for role := range s.tokens {
			if allowed.Allowed(roleOf(role), op.Permission) {
				who = role
			} else {
				other = role
			}
		}
		if other != "" {
			s.do(403, other, op.Method, path, "")
		}
		if op.Permission == "public" {
			who = ""
		} else {
			s.do(401, "", op.Method, path, "")
		}
		if bad := path + "?nothing=1"; op.OpenQuery {
			s.do(200, who, op.Method, bad, "")
		} else {
			s.do(400, who, op.Method, bad, "")
		}
		if op.HasBody() && !op.Form() {
			s.do(415, who, op.Method, path, "x", "Content-Type", "text/plain", "If-Match", `"other"`)
			s.do(413, who, op.Method, path, `{"a":"`+strings.Repeat("a", 1<<20)+`"}`, "If-Match", `"other"`)
		}
	}
}
