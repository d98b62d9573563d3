package handlers_test

import (
	"net/url"

	"xinyi/model"
)

func (s *served) publicFiles() {
	uscc := s.demo.Enterprises[0].USCC
	s.do(200, "", "GET", "/v1/enterprises?q="+uscc, "")
	file := s.fresh("", "/v1/enterprises/"+uscc)
	if got := text(file, "uscc"); got != uscc {
		s.t.Errorf("the file of %s is that of %s", uscc, got)
	}
	next := text(s.do(200, "", "GET", "/v1/enterprises?limit=1&q="+url.QueryEscape("开封"), ""), "nextCursor")
	s.do(200, "", "GET", "/v1/enterprises?limit=1&q="+url.QueryEscape("开封")+"&cursor="+next, "")
	s.do(400, "", "GET", "/v1/enterprises?limit=1&q=other&cursor="+next, "")
	s.do(404, "", "GET", "/v1/enterprises/"+validCode, "")
	s.do(400, "", "GET", "/v1/enterprises/"+uscc[:17]+"@", "")
	s.do(200, "", "GET", "/v1/enterprises/"+uscc+"/records", "")
	s.do(404, "", "GET", "/v1/enterprises/"+validCode+"/records", "")
	s.do(200, "", "GET", "/v1/lists/honor?limit=3", "")
	s.fresh("", "/v1/catalogue")
	s.do(200, "", "GET", "/v1/catalogue?on=2022-01-01&class=contract&kind=contract&subjectKind=natural_person", "")
	s.do(400, "", "GET", "/v1/catalogue?on=2026-02-30", "")
	sector := text(s.do(200, "", "GET", "/v1/sectors?limit=100", ""), "items", "key")
	s.fresh("", "/v1/sectors/"+sector)
	s.do(404, "", "GET", "/v1/sectors/nothing", "")
	s.do(200, "", "GET", "/v1/sectors/tax/ratings", "")
	s.do(404, "", "GET", "/v1/sectors/nothing/ratings", "")
	code := text(s.do(200, "", "GET", "/v1/benefits?scene=tour", ""), "items", "code")
	s.fresh("", "/v1/benefits/"+code)
	s.do(404, "", "GET", "/v1/benefits/nothing", "")
	s.do(200, "", "GET", "/v1/approval-items", "")
}

// validCode is a code that checks out and that no demo enterprise has.
var validCode = func() string {
	code, err := model.ComposeUnifiedSocialCreditCode("91", "410203", "MA9NMHCY")
	if err != nil {
		return err.Error()
	}
	return code.Reveal()
}()

func (s *served) citizenFiles() {
	last := s.demo.Enterprises[len(s.demo.Enterprises)-1].USCC
	newest := len(s.demo.Citizens) - 1
	who := "citizen" + string(rune('1'+newest))
	person := s.demo.Citizens[newest]
	s.do(200, "citizen1", "GET", "/v1/me", "")
	s.do(403, who, "GET", "/v1/me/credit", "")
	name, value := key("bind-1")
	s.do(422, who, "POST", "/v1/me/identity", `{"name":"不是我","idNo":"`+person.IDNo+`"}`, name, value)
	body := `{"name":"` + person.Name + `","idNo":"` + person.IDNo + `"}`
	name, value = key("bind-2")
	s.do(200, who, "POST", "/v1/me/identity", body, name, value)
	if again := s.do(200, who, "POST", "/v1/me/identity", body, name, value); again["Replayed"] != "true" {
		s.t.Error("the second binding with one key was not replayed")
	}
	name, value = key("bind-3")
	s.do(409, who, "POST", "/v1/me/identity", body, name, value)
	s.fresh(who, "/v1/me/credit")
	s.fresh("citizen1", "/v1/me/credit")
	s.do(200, "citizen1", "GET", "/v1/me/credit/records?limit=2", "")
	s.do(200, "citizen1", "GET", "/v1/me/access-log", "")
	s.do(200, "citizen1", "GET", "/v1/me/benefits", "")
	s.consents()

	name, value = key("enterprise-1")
	s.do(201, "citizen5", "POST", "/v1/me/enterprises", `{"uscc":"`+last+`"}`, name, value)
	s.do(422, "citizen5", "POST", "/v1/me/enterprises", `{"uscc":"`+s.demo.Enterprises[0].USCC+`"}`, name, value)
	name, value = key("enterprise-2")
	s.do(403, "citizen1", "POST", "/v1/me/enterprises", `{"uscc":"`+last+`"}`, name, value)
	s.do(404, "citizen1", "POST", "/v1/me/enterprises", `{"uscc":"`+validCode+`"}`, name, value)
	s.do(200, "citizen5", "GET", "/v1/me/enterprises", "")
	s.fresh("citizen5", "/v1/me/enterprises/"+last+"/credit")
	s.do(403, "citizen1", "GET", "/v1/me/enterprises/"+last+"/credit", "")
	s.do(200, "citizen5", "GET", "/v1/me/enterprises/"+last+"/credit/records", "")
	s.do(403, "citizen1", "GET", "/v1/me/enterprises/"+last+"/credit/records", "")
}

// consents joins and leaves the incentive level.
func (s *served) consents() {
	const mine, join = "/v1/me/consents", `{"kind":"incentive_level"}`
	s.do(200, "citizen1", "GET", mine, "")
	s.do(204, "citizen1", "DELETE", mine+"/incentive_level", "")
	s.do(404, "citizen1", "DELETE", mine+"/incentive_level", "")
	name, value := key("join-1")
	s.do(201, "citizen1", "POST", mine, join, name, value)
	s.do(422, "citizen1", "POST", mine, `{"kind": "incentive_level"}`, name, value)
	name, value = key("join-2")
	s.do(409, "citizen1", "POST", mine, join, name, value)
}

func (s *served) offices() {
	uscc := s.demo.Enterprises[0].USCC
	s.do(200, "office", "POST", "/v1/credit-queries", `{"subject":{"uscc":"`+uscc+`"},"purpose":"award"}`)
	person := s.demo.Citizens[0]
	subject := `{"name":"` + person.Name + `","idNo":"` + person.IDNo + `"}`
	s.do(200, "office", "POST", "/v1/credit-queries", `{"subject":`+subject+`,"purpose":"award"}`)
	s.do(403, "bank", "POST", "/v1/credit-queries", `{"subject":`+subject+`,"purpose":"bank_assess"}`)
	s.do(404, "office", "POST", "/v1/credit-queries", `{"subject":{"uscc":"`+validCode+`"},"purpose":"award"}`)
	s.do(400, "office", "POST", "/v1/credit-queries", `{"subject":{"uscc":"`+uscc+`","name":"x"},"purpose":"award"}`)
	record := ""
	for _, e := range s.demo.Enterprises {
		if record = text(s.do(200, "", "GET", "/v1/enterprises/"+e.USCC+"/records", ""), "items", "recordId"); record != "" {
			break
		}
	}
	s.fresh("office", "/v1/records/"+record)
	s.do(404, "department", "GET", "/v1/records/"+uscc+".00000000000000000000000000", "")
}
