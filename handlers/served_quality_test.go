package handlers_test

import (
	"strings"
	"time"

	"xinyi/model"
)

// ratings hands grades in and publishes a new version of a scheme.
func (s *served) ratings() {
	uscc, today := s.demo.Enterprises[6].USCC, string(model.DateOf(time.Now()))
	batch := `{"ratings":[{"uscc":"` + uscc + `","sector":"urban_mgmt","grade":"B","period":"2026","decidedOn":"` + today + `"}]}`
	s.once(200, "department", "POST", "/v1/ratings", batch, `{"ratings":[]}`)
	s.fresh("", "/v1/sectors/tax/ratings.png")
	s.do(404, "", "GET", "/v1/sectors/nothing/ratings.png", "")
	s.do(200, "", "GET", "/v1/sectors/tax/ratings.svg", "")
	s.do(404, "", "GET", "/v1/sectors/nothing/ratings.svg", "")

	const at = "/v1/sectors/ecommerce"
	change := `{"name":"电子商务","documents":["市商务局2026年第1号"],"subjects":["电商企业"],"subjectKinds":["organisation"],"scale":["A","B"],"level":"district","validFrom":"` + today + `"}`
	tag := text(s.do(200, "", "GET", at, ""), "ETag")
	s.do(404, "reviewer", "GET", at+"/draft", "")
	s.keyed(404, "reviewer", "POST", at+"/publication", "", "If-Match", tag)
	s.do(404, "office", "PUT", strings.Replace(at, "ecommerce", "nothing", 1), change, "If-Match", tag)
	s.do(428, "office", "PUT", at, change)
	s.do(412, "office", "PUT", at, change, "If-Match", `"old"`)
	s.do(200, "office", "PUT", at, change, "If-Match", tag)
	draft := text(s.fresh("reviewer", at+"/draft"), "ETag")
	s.keyed(428, "reviewer", "POST", at+"/publication", "")
	s.keyed(412, "reviewer", "POST", at+"/publication", "", "If-Match", `"old"`)
	s.do(201, "reviewer", "POST", at+"/publication", "", "If-Match", draft, "Idempotency-Key", "publish-ecommerce")
	s.do(422, "reviewer", "POST", strings.Replace(at, "ecommerce", "transport", 1)+"/publication", "", "If-Match", draft, "Idempotency-Key", "publish-ecommerce")
}
