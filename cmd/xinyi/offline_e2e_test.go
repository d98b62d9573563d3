package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/pass"
)

func (w *world) site(who string) api.SiteRedemptions {
	w.t.Helper()
	return as[api.SiteRedemptions](w.do(who, "GET", "/v1/gate/redemptions?limit=100", nil).want(200))
}

// A redemption is taken back within the half hour, once, by its own site.
func TestReversal_overHTTP(t *testing.T) {
	w := startDemo(t)
	no := as[api.Redemption](w.redeem(w.pass("citizen1")).want(201)).RedemptionNo
	before := w.site("client:gate").Totals
	target := "/v1/gate/redemptions/" + no + "/reversals"
	w.do("client:gate", "POST", target, `{"reason":""}`).refused(400, model.CodeInvalidRequest)
	w.do("client:gate", "POST", "/v1/gate/redemptions/R1/reversals", `{"reason":"误扫"}`).refused(400, model.CodeInvalidRequest)
	other := w.addClient("library-gate", model.RoleGate, "", "sh-lib")
	w.do(other, "POST", target, `{"reason":"误扫"}`).refused(404, model.CodeNotFound)
	w.do("citizen1", "POST", target, `{"reason":"误扫"}`).refused(403, model.CodeForbidden)

	in := api.ReversalRequest{Reason: "误扫，王某 410203190001010000"}
	back := as[api.Reversal](w.do("client:gate", "POST", target, in, "Idempotency-Key", "back").want(201))
	require.True(t, back.Reversed)
	again := w.do("client:gate", "POST", target, in, "Idempotency-Key", "back").want(201)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	w.do("client:gate", "POST", target, in).refused(409, model.CodeNotReady)
	after := w.site("client:gate")
	require.Equal(t, before.Redemptions, after.Totals.Redemptions)
	require.Equal(t, before.Reversed+1, after.Totals.Reversed)
	require.True(t, after.Items[0].Reversed)
	w.pass("citizen1") // the use of the day is there again
	require.Len(t, w.entries(audit.Filter{Action: "gate.reverse", Subject: w.subject(1), Outcome: "reversed"}), 1)
}

// Two devices took one pass without a network; a third pass is over the cap.
func TestUpload_overHTTP(t *testing.T) {
	w := startDemo(t)
	text, second := w.pass("citizen1"), w.pass("citizen1")
	at := time.Now().In(model.Shanghai).Format(time.RFC3339Nano)
	in := api.OfflineUses{Items: []api.OfflineUse{
		{Pass: text, AcceptedAt: at, DeviceID: "north"}, {Pass: text, AcceptedAt: at, DeviceID: "south"},
		{Pass: second, AcceptedAt: at, DeviceID: "north"}, {Pass: "XY1:NONSENSE", AcceptedAt: at}}}
	first := w.do("client:gate", "POST", "/v1/gate/redemptions/batch", in, "Idempotency-Key", "queue").want(200)
	out := as[api.UploadedUses](first)
	require.Equal(t, api.UploadedTotals{Accepted: 2, Duplicate: 1, Rejected: 1, DifferenceFen: 3200}, out.Totals)
	require.Equal(t, []string{"accepted", "duplicate", "accepted", "rejected"}, []string{out.Items[0].Outcome, out.Items[1].Outcome, out.Items[2].Outcome, out.Items[3].Outcome})
	require.Equal(t, []string{"pass", "standard"}, []string{out.Items[0].Result, out.Items[2].Result})
	require.Equal(t, int64(2400), *out.Items[0].PayFen)
	replayed := w.do("client:gate", "POST", "/v1/gate/redemptions/batch", in, "Idempotency-Key", "queue").want(200)
	require.Equal(t, string(first.body), string(replayed.body))
	fresh := as[api.UploadedUses](w.do("client:gate", "POST", "/v1/gate/redemptions/batch", in).want(200))
	require.Equal(t, out, fresh, "under another key it is the same uses")
	totals := w.site("client:gate").Totals
	require.Equal(t, api.SiteTotals{Redemptions: 2, Duplicates: 1, DifferenceFen: 1600}, totals)
	w.redeem(text).refused(409, model.CodePassUsed)

	w.do("client:gate", "POST", "/v1/gate/redemptions/batch", `{"items":[]}`).refused(400, model.CodeInvalidRequest)
	w.do("client:gate", "POST", "/v1/gate/redemptions/batch", `{"items":[{"pass":"x","acceptedAt":"yesterday"}]}`).refused(400, model.CodeInvalidRequest)
	w.do("client:gate", "POST", "/v1/gate/redemptions/batch", in, "Idempotency-Key", "").refused(400, model.CodeIdempotencyKeyRequired)
}

// The answer of a redemption was lost and the shift changed: under its key another account of the
// site is told of it, online and when the use is handed in; under another key it is a used pass.
func TestRedeem_lostAnswerOverHTTP(t *testing.T) {
	w := startDemo(t)
	next, text := w.addClient("evening-gate", model.RoleGate, "", "tieta-park"), w.pass("citizen1")
	redeem := func(who, key string) *answer {
		return w.do(who, "POST", "/v1/gate/redemptions", api.GateScan{Pass: text}, "Idempotency-Key", key)
	}
	first := redeem("client:gate", "lost").want(201)
	again := redeem(next, "lost").want(201)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, string(first.body), string(again.body))
	redeem(next, "other").refused(409, model.CodePassUsed)
	in := api.OfflineUses{Items: []api.OfflineUse{{Pass: text, AcceptedAt: time.Now().In(model.Shanghai).Format(time.RFC3339Nano), DeviceID: "north", AttemptKey: "lost"}}}
	out := as[api.UploadedUses](w.do(next, "POST", "/v1/gate/redemptions/batch", in).want(200))
	require.Equal(t, api.UploadedTotals{Accepted: 1}, out.Totals)
	require.Equal(t, as[api.Redemption](first).RedemptionNo, out.Items[0].RedemptionNo)
	in.Items[0].AttemptKey = "另一次"
	w.do(next, "POST", "/v1/gate/redemptions/batch", in).refused(400, model.CodeInvalidRequest)
}

// bundle gives what a gate downloads, and what is in it.
func (w *world) bundle(who string) (pass.Bundle, []byte) {
	w.t.Helper()
	raw := w.do(who, "GET", "/v1/gate/bundle", nil).want(200).body
	var signed api.GateBundle
	require.NoError(w.t, json.Unmarshal(raw, &signed))
	payload, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	require.NoError(w.t, err)
	var b pass.Bundle
	require.NoError(w.t, json.Unmarshal(payload, &b))
	return b, raw
}

func TestBundle_overHTTP(t *testing.T) {
	w := startDemo(t)
	b, _ := w.bundle("client:gate")
	require.Equal(t, pass.BundleType, b.Type)
	require.Contains(t, b.Sites, "tieta-park")
	require.NotEmpty(t, b.Keys)
	var codes []string
	for _, r := range b.Rules {
		codes = append(codes, r.BenefitCode)
		require.Equal(t, "tieta-park", r.SiteID, "rules of other sites are nobody's business here")
	}
	require.Contains(t, codes, ticket)
	require.Empty(t, b.Revoked)
	w.do("citizen1", "GET", "/v1/gate/bundle", nil).refused(403, model.CodeForbidden)
	w.redeem(w.pass("citizen1")).want(201)
	w.eventually(func() bool { next, _ := w.bundle("client:gate"); return next.Number > b.Number && next.Revoked != "" }, "a bundle that knows the used pass")
	require.NotContains(t, fmt.Sprint(b), w.demo.Citizens[0].IDNo)
}

// The tool judges what the server issued, with nothing but the bundle.
func TestPassVerify_withTheBundleAlone(t *testing.T) {
	w := startDemo(t)
	_, raw := w.bundle("client:gate")
	path := filepath.Join(t.TempDir(), "bundle.json")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	verify := func(args ...string) (int, string) {
		var out bytes.Buffer
		status := run(t.Context(), append([]string{"pass", "verify", "--bundle", path}, args...), nil, strings.NewReader(""), &out, io.Discard)
		return status, out.String()
	}
	text := w.pass("citizen1")
	status, out := verify(text)
	require.Equal(t, exitOK, status, out)
	require.Contains(t, out, `"payFen": 2400`)
	status, out = verify("--site", "sh-lib", text)
	require.Equal(t, exitFailed, status)
	require.Contains(t, out, `"result": "standard"`)
	status, out = verify("--at", time.Now().Add(11*time.Minute).Format(time.RFC3339), text)
	require.Equal(t, exitFailed, status)
	require.Contains(t, out, `"reason": "expired"`)
	status, _ = verify()
	require.Equal(t, exitUsage, status)
	status, _ = verify("--previous", path, text)
	require.Equal(t, exitFailed, status, "the same bundle again is no newer one")

	w.redeem(text).want(201)
	w.eventually(func() bool {
		_, raw = w.bundle("client:gate")
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		_, out := verify(text)
		return strings.Contains(out, `"reason": "revoked"`)
	}, "a bundle that revokes the used pass")
}

// The tool proves a day's settlement with the answers that a partner downloads.
func TestSettlementVerify_withTheBundleAlone(t *testing.T) {
	w := startDemo(t)
	w.redeem(w.pass("citizen1")).want(201)
	dir := t.TempDir()
	for name, target := range map[string]string{"bundle": "/v1/gate/bundle", "settlement": "/v1/settlements", "csv": "/v1/settlements.csv"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), w.do("client:gate", "GET", target, nil).want(200).body, 0o600))
	}
	verify := func(args ...string) (int, string) {
		var out bytes.Buffer
		status := run(t.Context(), append([]string{"settlement", "verify"}, args...), nil, strings.NewReader(""), &out, &out)
		return status, out.String()
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	status, out := verify("--bundle", at("bundle"), "--csv", at("csv"), at("settlement"))
	require.Equal(t, exitOK, status, out)
	require.Contains(t, out, `"dueFen": 2400`)
	rows, err := os.ReadFile(at("csv"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(at("csv"), bytes.Replace(rows, []byte("2400"), []byte("2500"), 1), 0o600))
	status, out = verify("--bundle", at("bundle"), "--csv", at("csv"), at("settlement"))
	require.Equal(t, exitFailed, status)
	require.Contains(t, out, "settlement_digest")
	status, _ = verify("--bundle", at("bundle"), at("settlement"))
	require.Equal(t, exitUsage, status)
}
