package handlers_test

import (
	"time"

	"xinyi/api"
	"xinyi/model"
)

// cases accepts a case with a paper missing and has the paper supplied.
func (s *served) cases() {
	const at = "/v1/approvals"
	var plan map[string]any
	uscc := ""
	for _, e := range s.demo.Enterprises { // one that may supply a paper later
		uscc = e.USCC
		plan = s.do(200, "clerk", "POST", at+"/checks", asJSON(s, api.ApprovalCheckRequest{Subject: api.SubjectRef{USCC: uscc}, ItemCode: "SP-FOOD-001", MissingMaterials: []string{"D01"}}))
		if text(plan, "mode") == "deferred" {
			break
		}
	}
	in := api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: uscc}, ItemCode: "SP-FOOD-001", MissingMaterials: []string{"D01"}, Mode: "deferred", PromiseHash: text(plan, "promiseHash")}
	other, wrong := in, in
	other.Mode, wrong.Mode = "normal", "commitment"
	made := s.once(201, "clerk", "POST", at, asJSON(s, in), asJSON(s, other))
	s.keyed(409, "clerk", "POST", at, asJSON(s, wrong))
	wrong = in
	wrong.ItemCode = "SP-NOTHING-001"
	s.keyed(404, "clerk", "POST", at, asJSON(s, wrong))
	s.do(200, "clerk", "GET", at, "")
	one := at + "/" + text(made, "no")
	tag := text(s.fresh("clerk", one), "ETag")
	s.do(404, "clerk", "GET", at+"/SP"+noID, "")

	supply := asJSON(s, api.ApprovalUpdate{SuppliedMaterials: []string{"D01"}})
	s.do(428, "clerk", "PATCH", one, supply)
	s.do(412, "clerk", "PATCH", one, supply, "If-Match", `"other"`)
	s.do(404, "clerk", "PATCH", at+"/SP"+noID, supply, "If-Match", tag)
	code := "/v1/commitments/" + text(made, "commitmentCode")
	s.do(409, "clerk", "PATCH", code, `{"fulfilment":"full"}`, "If-Match", text(s.fresh("clerk", code), "ETag")) // the case says it
	s.do(412, "clerk", "POST", one, supply, "If-Match", `"other"`, "X-HTTP-Method-Override", "PATCH")
	s.do(200, "clerk", "POST", one, supply, "If-Match", tag, "X-HTTP-Method-Override", "PATCH") // as from a mini-program
	s.do(409, "clerk", "PATCH", one, supply, "If-Match", text(s.do(200, "clerk", "GET", one, ""), "ETag"))
}

// promises signs a letter for an enterprise and has it found kept.
func (s *served) promises() {
	letters := s.do(200, "", "GET", "/v1/commitment-letters", "")["letters"].([]any) //nolint:forcetypeassert // the contract says so
	in := api.CommitmentSigning{Letter: "defer-general", Reason: "申请办理公共场所卫生许可", USCC: s.demo.Enterprises[len(s.demo.Enterprises)-1].USCC}
	for _, l := range letters {
		if letter, _ := l.(map[string]any); letter["letter"] == in.Letter {
			in.TextHash, _ = letter["textHash"].(string)
		}
	}
	const mine = "/v1/me/commitments"
	other, unknown := in, in
	other.Reason, unknown.Letter = "另一个事由", "no-such-letter"
	made := s.once(201, "citizen5", "POST", mine, asJSON(s, in), asJSON(s, other))
	s.keyed(409, "citizen5", "POST", mine, asJSON(s, in))
	s.keyed(404, "citizen5", "POST", mine, asJSON(s, unknown))
	s.do(200, "citizen5", "GET", mine, "")
	s.do(200, "", "GET", "/v1/commitments", "")
	s.do(404, "", "GET", "/v1/commitments?subject="+validCode, "")
	s.do(200, "department", "GET", "/v1/commitment-stats", "")

	one, nothing, full := "/v1/commitments/"+text(made, "code"), "/v1/commitments/00000000000000000000", `{"fulfilment":"full"}`
	tag := text(s.fresh("department", one), "ETag")
	s.do(404, "department", "GET", nothing, "")
	s.do(428, "department", "PATCH", one, full)
	s.do(404, "department", "PATCH", nothing, full, "If-Match", tag)
	s.do(200, "department", "PATCH", one, full, "If-Match", tag)
	s.do(412, "department", "PATCH", one, full, "If-Match", tag)
}

// offline takes a use back, and hands in what a gate took without a network.
func (s *served) offline() {
	s.do(200, "gate", "GET", "/v1/gate/bundle", "")
	used := s.do(200, "gate", "GET", "/v1/gate/redemptions", "")
	reversals := func(no string) string { return "/v1/gate/redemptions/" + no + "/reversals" }
	no := text(used, "items", "redemptionNo")
	s.once(201, "gate", "POST", reversals(no), `{"reason":"误扫"}`, `{"reason":"别的"}`)
	s.keyed(409, "gate", "POST", reversals(no), `{"reason":"误扫"}`)
	s.keyed(404, "gate", "POST", reversals("R"+noID), `{"reason":"误扫"}`)

	use := api.OfflineUses{Items: []api.OfflineUse{{Pass: "XY1:NONSENSE", AcceptedAt: time.Now().In(model.Shanghai).Format(time.RFC3339Nano)}}}
	other := api.OfflineUses{Items: append(use.Items, use.Items...)}
	s.once(200, "gate", "POST", "/v1/gate/redemptions/batch", asJSON(s, use), asJSON(s, other))
	for _, file := range []string{"", ".csv", ".xlsx"} {
		s.do(200, "gate", "GET", "/v1/settlements"+file, "")
		s.do(403, "gate", "GET", "/v1/settlements"+file+"?site=nowhere", "")
		s.do(400, "office", "GET", "/v1/settlements"+file, "")
		s.do(200, "office", "GET", "/v1/settlements"+file+"?site=tieta-park", "")
	}
}
