package handlers_test

import (
	"time"

	"xinyi/api"
)

// messages has a notice die for want of an address, gives one and has it sent again.
func (s *served) messages() {
	uscc := s.demo.Enterprises[len(s.demo.Enterprises)-1].USCC
	s.keyed(201, "clerk", "POST", "/v1/approvals", asJSON(s, api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: uscc}, ItemCode: "SP-FOOD-001",
		MissingMaterials: []string{"D01"}, Mode: "normal"}))
	id := text(s.do(200, "citizen5", "GET", "/v1/me/messages?limit=1&uscc="+uscc, ""), "items", "messageId")
	dead := ""
	for end := time.Now().Add(30 * time.Second); dead == "" && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		list, _ := s.do(200, "office", "GET", "/v1/messages?limit=100", "")["items"].([]any)
		for _, m := range list {
			if one, _ := m.(map[string]any); one["messageId"] == id {
				dead = id
			}
		}
	}
	s.do(200, "office", "GET", "/v1/messages?state=waiting", "")
	s.do(200, "citizen5", "GET", "/v1/me/message-contact?uscc="+uscc, "")
	s.do(403, "citizen1", "GET", "/v1/me/message-contact?uscc="+uscc, "")
	s.once(200, "citizen5", "POST", "/v1/me/message-contact", `{"uscc":"`+uscc+`","phone":"13800001234"}`, `{}`)
	retry := "/v1/messages/" + id + "/retry"
	s.do(200, "office", "POST", retry, "", "Idempotency-Key", "retry-message")
	s.do(422, "office", "POST", "/v1/messages/"+id+"x/retry", "", "Idempotency-Key", "retry-message")
	s.keyed(409, "office", "POST", retry, "") // it waits, or it is sent
	s.keyed(404, "office", "POST", "/v1/messages/"+id+"x/retry", "")
}
