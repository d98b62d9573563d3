package handlers_test

import (
	"encoding/json"
	"strings"
	"time"

	"xinyi/api"
	"xinyi/model"
)

// noID names nothing: ids of lists and joint actions are 26 characters.
const noID = "00000000000000000000000000"

// once sends a request twice with one key, then another body with the same key.
func (s *served) once(want int, who, method, target, body, other string, more ...string) map[string]any {
	s.t.Helper()
	s.keys++
	more = append(more, "Idempotency-Key", "once-"+strings.Repeat("i", s.keys))
	first := s.do(want, who, method, target, body, more...)
	if again := s.do(want, who, method, target, body, more...); again["Replayed"] != "true" {
		s.t.Errorf("%s %s: the second with one key was not replayed", method, target)
	}
	s.do(422, who, method, target, other, more...)
	return first
}

// keyed sends a request with a key of its own.
func (s *served) keyed(want int, who, method, target, body string, more ...string) map[string]any {
	s.t.Helper()
	s.keys++
	return s.do(want, who, method, target, body, append(more, "Idempotency-Key", "keyed-"+strings.Repeat("i", s.keys))...)
}

func asJSON(s *served, v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

// lists takes a serious listing from draft to removal, with a joint action on it.
func (s *served) lists() {
	const at = "/v1/list-entries"
	s.do(200, "", "GET", "/v1/measures?limit=2", "")
	s.do(200, "", "GET", "/v1/lists/serious/removals", "")
	s.do(200, "", "GET", "/v1/retractions", "")
	uscc := s.demo.Enterprises[5].USCC
	draft := api.ListingDraft{Kind: "serious", USCC: uscc, DocNo: "顺市监〔2026〕97号", Reason: "拒不履行生效法律文书确定的义务。", Basis: "HN", Article: "第二十八条",
		Measures: []string{"HN34-1"}, Severity: "serious", Finality: "final", ProvincialNo: "豫信审〔2026〕1号",
		PriorNotice: &api.PriorNotice{On: "2026-09-01", How: "直接送达", Evidence: []api.Evidence{{Title: "送达回证", Digest: strings.Repeat("a1", 32)}}},
		Responsible: []api.ResponsiblePerson{{Role: "legal_representative", Name: "欧阳明月"}}}
	bare := asJSON(s, api.ListingDraft{Kind: "serious", USCC: uscc, Basis: "HN"})
	entry := s.once(201, "department", "POST", at, bare, asJSON(s, draft))
	s.keyed(404, "department", "POST", at, asJSON(s, api.ListingDraft{Kind: "serious", USCC: validCode, Basis: "HN"}))
	one := at + "/" + text(entry, "id")
	tag := text(s.fresh("department", one), "ETag")
	s.do(404, "department", "GET", at+"/"+noID, "")
	s.do(200, "department", "GET", at, "")
	s.do(200, "reviewer", "GET", "/v1/worklist", "")

	s.do(428, "department", "PUT", one, asJSON(s, draft))
	s.do(404, "department", "PUT", at+"/"+noID, asJSON(s, draft), "If-Match", tag)
	unfounded := draft
	unfounded.Measures = []string{"HN99-1"}
	s.do(422, "department", "PUT", one, asJSON(s, unfounded), "If-Match", tag)
	s.keyed(409, "reviewer", "POST", one+"/publication", "", "If-Match", tag) // nothing is there yet
	s.do(200, "department", "PUT", one, asJSON(s, draft), "If-Match", tag)
	s.do(412, "department", "PUT", one, asJSON(s, draft), "If-Match", tag)

	s.keyed(409, "department", "POST", "/v1/joint-actions", asJSON(s, api.JointInitiation{ListEntryID: text(entry, "id"), Measures: []string{"HN34-1"}, Units: []string{text(entry, "unit")}}))
	tag = text(s.do(200, "reviewer", "GET", one, ""), "ETag")
	s.keyed(428, "reviewer", "POST", one+"/publication", "")
	s.keyed(412, "reviewer", "POST", one+"/publication", "", "If-Match", `"other"`)
	s.keyed(404, "reviewer", "POST", at+"/"+noID+"/publication", "", "If-Match", tag)
	s.do(200, "reviewer", "POST", one+"/publication", "", "If-Match", tag, "Idempotency-Key", "publish")
	s.do(422, "reviewer", "POST", at+"/"+noID+"/publication", "", "If-Match", tag, "Idempotency-Key", "publish")
	s.do(409, "department", "PUT", one, asJSON(s, draft), "If-Match", text(s.do(200, "department", "GET", one, ""), "ETag"))

	s.joint(text(entry, "id"), text(entry, "unit"))

	reason, removal := `{"reason":"义务已履行完毕。"}`, one+"/removal"
	tag = text(s.do(200, "department", "GET", one, ""), "ETag")
	s.keyed(428, "department", "POST", removal, reason)
	s.keyed(412, "department", "POST", removal, reason, "If-Match", `"other"`)
	s.keyed(404, "department", "POST", at+"/"+noID+"/removal", reason, "If-Match", tag)
	s.once(200, "department", "POST", removal, reason, `{"reason":"另一个理由。"}`, "If-Match", tag)
	s.keyed(409, "department", "POST", removal, reason, "If-Match", text(s.do(200, "department", "GET", one, ""), "ETag"))
}

// joint asks the listing's own unit to act, and lets it answer and report.
func (s *served) joint(entry, unit string) {
	const at = "/v1/joint-actions"
	start := api.JointInitiation{ListEntryID: entry, Measures: []string{"HN34-1"}, Units: []string{unit}}
	other := start
	other.ListEntryID = noID
	action := s.once(201, "department", "POST", at, asJSON(s, start), asJSON(s, other))
	s.keyed(404, "department", "POST", at, asJSON(s, other))
	s.do(200, "department", "GET", at, "")
	one := at + "/" + text(action, "id")
	s.do(200, "department", "GET", one, "")
	s.do(404, "department", "GET", at+"/"+noID, "")

	report := asJSON(s, api.JointFeedback{Applied: []string{"HN34-1"}, Report: "已限制参与两次投标。"})
	s.keyed(409, "department", "POST", one+"/feedback", report)
	answer := asJSON(s, api.JointResponse{Accept: true})
	s.keyed(404, "department", "POST", at+"/"+noID+"/response", answer)
	s.once(200, "department", "POST", one+"/response", answer, asJSON(s, api.JointResponse{Reason: "本单位无此职权。"}))
	s.keyed(409, "department", "POST", one+"/response", answer)
	s.keyed(404, "department", "POST", at+"/"+noID+"/feedback", report)
	s.once(200, "department", "POST", one+"/feedback", report, asJSON(s, api.JointFeedback{Report: "别的。"}))
	s.do(200, "office", "GET", "/v1/joint-action-stats?from=2026-01&to=2026-02", "")
}

// quality reads the figures and enters what no record tells.
func (s *served) quality() {
	s.do(200, "department", "GET", "/v1/quality", "")
	s.do(200, "office", "GET", "/v1/quality/records?kpi=public_share&limit=2", "")
	s.do(404, "office", "GET", "/v1/quality/records?kpi=nothing", "")
	s.do(200, "office", "GET", "/v1/quality/submissions?kpi=wrong_rate&limit=2", "")
	s.do(404, "office", "GET", "/v1/quality/submissions?kpi=nothing", "")
	s.do(404, "department", "GET", "/v1/quality/submissions/S00000000000000000000000000/refusals", "")
	s.do(200, "office", "GET", "/v1/quality.xlsx", "")
	s.fresh("office", "/v1/quality.png?kpi=late_rate")
	s.do(404, "office", "GET", "/v1/quality.png?kpi=nothing", "")
	s.do(200, "office", "GET", "/v1/quality.svg?kpi=late_rate", "")
	s.do(404, "office", "GET", "/v1/quality.svg?kpi=nothing", "")
	const month, entry = "/v1/quality/entries/2026-10", `{"items":[{"key":"population","value":650000,"source":"统计公报"}]}`
	tag := text(s.fresh("office", month), "ETag")
	s.do(428, "office", "PUT", month, entry)
	s.do(200, "office", "PUT", month, entry, "If-Match", tag)
	s.do(412, "office", "PUT", month, entry, "If-Match", tag)
}

// rules takes a benefit rule from draft to publication.
func (s *served) rules() {
	const at, one = "/v1/benefit-rules", "/v1/benefit-rules/TT-PARK-60"
	s.do(200, "office", "GET", at, "")
	s.do(404, "office", "GET", at+"/NOTHING", "")
	var rule api.BenefitRule
	versions, err := json.Marshal(s.fresh("reviewer", one)["versions"])
	if err != nil {
		s.t.Fatal(err)
	}
	var known []api.BenefitRuleVersion
	if err := json.Unmarshal(versions, &known); err != nil || len(known) == 0 {
		s.t.Fatalf("%s has no version: %v", one, err)
	}
	rule = known[0].Rule
	rule.ValidFrom = string(model.DateOf(time.Now()).AddDays(1))
	other := rule
	other.Title = "另一个名称"
	s.do(404, "office", "POST", one+"/simulations", "")
	s.do(404, "office", "PUT", one, asJSON(s, rule), "If-Match", `"other"`)
	s.once(201, "office", "POST", at, asJSON(s, rule), asJSON(s, other))
	s.keyed(409, "office", "POST", at, asJSON(s, rule))
	s.do(200, "office", "POST", one+"/simulations", "")

	rule.Basis = "HN"
	tag := text(s.fresh("office", one), "ETag")
	s.do(428, "office", "PUT", one, asJSON(s, rule))
	s.keyed(409, "reviewer", "POST", one+"/publication", "", "If-Match", tag) // no legal basis yet
	s.do(200, "office", "PUT", one, asJSON(s, rule), "If-Match", tag)
	s.do(412, "office", "PUT", one, asJSON(s, rule), "If-Match", tag)
	s.keyed(428, "reviewer", "POST", one+"/publication", "")
	s.keyed(412, "reviewer", "POST", one+"/publication", "", "If-Match", tag)
	s.keyed(404, "reviewer", "POST", at+"/NOTHING/publication", "", "If-Match", tag)
	tag = text(s.do(200, "reviewer", "GET", one, ""), "ETag")
	s.do(201, "reviewer", "POST", one+"/publication", "", "If-Match", tag, "Idempotency-Key", "publish-rule")
	s.do(422, "reviewer", "POST", at+"/NOTHING/publication", "", "If-Match", tag, "Idempotency-Key", "publish-rule")
}
