package handlers_test

import (
	"time"
)

// submissions hands in rows and files, and withdraws what came of them.
func (s *served) submissions() {
	e := s.demo.Enterprises[1]
	form := func(kind string) (body, media string) {
		return "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n" + kind + "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n" +
			"Content-Type: application/octet-stream\r\n\r\n统一社会信用代码\n\r\n--x--\r\n", "multipart/form-data; boundary=x"
	}
	body, media := form("permit")
	name, value := key("submission-1")
	first := s.do(202, "department", "POST", "/v1/submissions", body, name, value, "Content-Type", media)
	again := s.do(202, "department", "POST", "/v1/submissions", body, name, value, "Content-Type", media)
	if again["Replayed"] != "true" || text(again, "submissionNo") != text(first, "submissionNo") {
		s.t.Errorf("the second submission with one key: %v, the first: %v", again, first)
	}
	body, media = form("penalty")
	s.do(422, "department", "POST", "/v1/submissions", body, name, value, "Content-Type", media)
	name, value = key("submission-2")
	rows := `{"kind":"honor","rows":[{"uscc":"` + e.USCC + `","title":"诚信示范单位","authority":"某局","decisionDate":"2026-05-11"}]}`
	no := text(s.do(202, "department", "POST", "/v1/submissions", rows, name, value), "submissionNo")
	s.do(200, "department", "GET", "/v1/submissions", "")
	tag := ""
	for range 500 { // until it is worked through: then it stands still
		st := s.do(200, "department", "GET", "/v1/submissions/"+no, "")
		if tag = text(st, "ETag"); text(st, "finishedAt") != "" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.do(304, "department", "GET", "/v1/submissions/"+no, "", "If-None-Match", tag)
	s.do(200, "department", "GET", "/v1/submissions/"+no+"/errors.xlsx", "")
	s.do(200, "department", "GET", "/v1/quality/submissions/"+no+"/refusals", "")
	s.do(404, "department", "GET", "/v1/submissions/S00000000000000000000000000", "")
	s.do(404, "department", "GET", "/v1/submissions/S00000000000000000000000000/errors.xlsx", "")
	s.do(200, "department", "GET", "/v1/submissions/templates/permit.xlsx", "")
	s.do(404, "department", "GET", "/v1/submissions/templates/nothing.xlsx", "")

	record := ""
	for _, e := range s.demo.Enterprises[1:] {
		if record = text(s.do(200, "", "GET", "/v1/enterprises/"+e.USCC+"/records", ""), "items", "recordId"); record != "" {
			break
		}
	}
	reason := `{"reason":"决定被上级机关撤销"}`
	name, value = key("retraction-1")
	s.do(200, "office", "POST", "/v1/records/"+record+"/retraction", reason, name, value)
	s.do(422, "office", "POST", "/v1/records/"+record+"/retraction", `{"reason":"别的理由"}`, name, value)
	name, value = key("retraction-2")
	s.do(409, "office", "POST", "/v1/records/"+record+"/retraction", reason, name, value)
	s.do(404, "department", "POST", "/v1/records/"+e.USCC+".00000000000000000000000000/retraction", reason, name, value)
}
