package contract_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"xinyi/api"
	"xinyi/handlers/contract"
)

// FuzzCheckBody compares our one-pass check with encoding/json and kin-openapi: what we
// accept, both accept, and nothing that both accept is refused without one of the rules
// that are ours alone (repeated names, depth, NUL, control characters).
func FuzzCheckBody(f *testing.F) {
	compiled, err := contract.Load(api.OpenAPI())
	if err != nil {
		f.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		f.Fatal(err)
	}
	schemas := map[string]*openapi3.Schema{
		"queryCredit":    doc.Components.Schemas["CreditQuery"].Value,
		"checkApproval":  doc.Components.Schemas["ApprovalCheckRequest"].Value,
		"checkWhitelist": doc.Components.Schemas["WhitelistChecks"].Value,
		"signInStaff":    doc.Components.Schemas["StaffSignIn"].Value,
		"bindEnterprise": doc.Components.Schemas["EnterpriseBindingRequest"].Value,
	}
	for _, seed := range []string{
		`{"subject":{"uscc":"91410203MA44444T88"},"purpose":"tender"}`, `{"subject":{"name":"张三","idNo":"410203190001010011"},"purpose":"other","consentId":"c"}`,
		`{"subject":{"uscc":"91410203MA44444T88"},"itemCode":"a","missingMaterials":["a","b"]}`, `{"subject":{},"itemCode":"a","missingMaterials":["a","a"]}`,
		`{"usccs":["a","\ud800"]}`, `{"usccs":[]}`, `{"usccs":{"$gt":""}}`, `{"username":"a","password":"b","otp":"123456"}`, `{"username":null}`,
		`{"uscc":"o_aaaaaaaaaaaaaaaaaaaaaaaaaa"}`, `{"uscc":1e3}`, `[[[[`, `{"a":{"a":{"a":1}}}`, "\xff", `{"uscc":"\u0000"}`, `{"":1,"":2}`, ` {} `, `{"usccs":["a",]}`,
	} {
		f.Add([]byte(seed))
	}
	own := map[string]bool{"repeated": true, "characters": true, "json_syntax": true, "utf8": true}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range compiled.Operations() {
			schema := schemas[op.ID]
			if schema == nil || len(body) == 0 {
				continue
			}
			faults := op.CheckBody(body)
			var value any
			decoder := json.NewDecoder(bytes.NewReader(body))
			decoder.UseNumber()
			wrong := decoder.Decode(&value)
			if wrong == nil && json.Valid(body) {
				wrong = schema.VisitJSON(value)
			} else if wrong == nil {
				t.Skip("trailing data: json.Valid refuses it, and so do we")
			}
			if len(faults) == 0 && wrong != nil {
				t.Fatalf("%s accepts %q, which is wrong: %v", op.ID, body, wrong)
			}
			if len(faults) > 0 && wrong == nil && !own[faults[0].Code] {
				t.Fatalf("%s refuses %q, which is right: %+v", op.ID, body, faults)
			}
		}
	})
}
