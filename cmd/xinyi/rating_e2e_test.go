package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// TestRatings: a department hands grades in, once, bad ones answered in place; the office drafts
// a new version of a scheme and somebody else publishes it.
func TestRatings(t *testing.T) {
	w := startDemo(t)
	today := model.DateOf(time.Now())
	good, other := w.demo.Enterprises[0], w.demo.Enterprises[1]
	entry := func(uscc, sector, grade, period string) string {
		return fmt.Sprintf(`{"uscc":%q,"sector":%q,"grade":%q,"period":%q,"scope":"district:410203","decidedOn":%q,"basis":"汴城管〔2019〕189号"}`, uscc, sector, grade, period, today)
	}
	batch := `{"ratings":[` + strings.Join([]string{
		entry(good.USCC, "urban_mgmt", "B", "2026"), entry(other.USCC, "urban_mgmt", "S", "2026"), entry("91410203MA9N0B0DY5", "urban_mgmt", "A", "2026"),
		entry(good.USCC, "judicial", "好", "2026"), entry(good.USCC, "township", "标兵", "2026Q3"), entry(good.USCC, "urban_mgmt", "B", "2026"),
		entry(good.USCC, "urban_mgmt", "B", "去年"),
	}, ",") + `],"distributions":[
		{"sector":"tax","scope":"county:410425","period":"2020","subjectKind":"纳税人","total":3928,"grades":[{"grade":"A","count":167},{"grade":"D","count":303}]},
		{"sector":"tax","scope":"county:410425","period":"2019","subjectKind":"纳税人","total":10,"grades":[{"grade":"A","count":11}]}]}`
	w.do("office", "POST", "/v1/ratings", batch).refused(403, model.CodeForbidden)
	w.do("department", "POST", "/v1/ratings", batch, "Idempotency-Key", "").refused(400, model.CodeIdempotencyKeyRequired)
	first := w.do("department", "POST", "/v1/ratings", batch, "Idempotency-Key", "ratings-1").want(200)
	answer := as[api.RatingBatchAnswer](first)
	codes := make([]string, len(answer.Ratings))
	for i, r := range answer.Ratings {
		if len(r.Errors) > 0 {
			codes[i] = r.Errors[0].Code
		}
	}
	require.Equal(t, []string{"", "unknown_grade", "check_character", "subject_kind", "subject_kind", "", "period"}, codes, string(first.body))
	require.NotEmpty(t, answer.Ratings[0].RecordID)
	require.True(t, answer.Ratings[5].Duplicate, "the same again is one")
	require.Equal(t, 3458, *answer.Distributions[0].Remainder)
	require.Equal(t, "parts_over_total", answer.Distributions[1].Errors[0].Code)
	again := w.do("department", "POST", "/v1/ratings", batch, "Idempotency-Key", "ratings-1").want(200)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, first.body, again.body)
	w.do("department", "POST", "/v1/ratings", `{"ratings":[]}`, "Idempotency-Key", "ratings-1").refused(422, model.CodeIdempotencyKeyReused)
	require.Len(t, w.entries(audit.Filter{Action: "rating.submit"}), 1)

	record := as[api.StoredRecord](w.do("department", "GET", "/v1/records/"+answer.Ratings[0].RecordID, nil).want(200))
	require.Equal(t, "城市管理信用评价", record.Title)
	file := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+good.USCC, nil).want(200))
	found := false
	for _, r := range file.Ratings {
		found = found || r.Sector == "urban_mgmt" && r.Grade == "B"
	}
	require.True(t, found, "%+v", file.Ratings)
	published := as[api.Distributions](w.do("", "GET", "/v1/sectors/tax/ratings?scope=county:410425&period=2020", nil).want(200))
	require.Len(t, published.Items, 1)
	svg := w.do("", "GET", "/v1/sectors/tax/ratings.svg?scope=county:410425&period=2020", nil).want(200)
	require.Contains(t, string(svg.body), "未公布")
	require.Contains(t, string(svg.body), "3458")
	w.do("", "GET", "/v1/sectors/nothing/ratings.svg", nil).refused(404, model.CodeNotFound)
	w.sectorVersions(today)
}

func (w *world) sectorVersions(today model.Date) {
	t, path := w.t, "/v1/sectors/gas_station"
	current := w.do("", "GET", path, nil).want(200)
	tag := current.header.Get("ETag")
	body := func(from model.Date, scale string) string {
		return `{"name":"加油站信用分级","documents":["郏县加油站信用监管（修订）"],"subjects":["加油站"],"subjectKinds":["organisation"],"scale":` + scale +
			`,"cycle":"quarter","level":"county","display":[{"grade":"蓝","shown":"优"}],"measures":[{"grade":"红","text":"增加检查频次"}],"validFrom":"` + string(from) + `"}`
	}
	change := body(today, `["蓝","黄","红"]`)
	w.do("department", "PUT", path, change, "If-Match", tag).refused(403, model.CodeForbidden)
	w.do("office", "PUT", path, change).refused(428, model.CodePreconditionRequired)
	w.do("office", "PUT", path, change, "If-Match", `"old"`).refused(412, model.CodePreconditionFailed)
	w.do("office", "PUT", "/v1/sectors/nothing", change, "If-Match", tag).refused(404, model.CodeNotFound)
	w.do("office", "PUT", path, body(today.AddDays(-1), `["蓝","黄","红"]`), "If-Match", tag).refused(400, model.CodeInvalidRequest)
	w.do("office", "PUT", path, body(today, `["蓝","蓝"]`), "If-Match", tag).refused(400, model.CodeInvalidRequest)
	w.do("reviewer", "GET", path+"/draft", nil).refused(404, model.CodeNotFound)
	draft := w.do("office", "PUT", path, change, "If-Match", tag).want(200)
	require.Equal(t, string(today), as[api.SectorDraft](draft).Scheme.ValidFrom)
	w.do("office", "PUT", path, change, "If-Match", tag).refused(412, model.CodePreconditionFailed)
	draft = w.do("office", "PUT", path, change, "If-Match", draft.header.Get("ETag")).want(200)
	require.Equal(t, current.body, w.do("", "GET", path, nil).want(200).body, "a draft changes nothing")

	read := w.do("reviewer", "GET", path+"/draft", nil).want(200)
	require.Equal(t, draft.header.Get("ETag"), read.header.Get("ETag"))
	w.do("reviewer", "GET", path+"/draft", nil, "If-None-Match", read.header.Get("ETag")).want(304)
	w.do("office", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag")).refused(403, model.CodeForbidden)
	w.do("reviewer", "POST", path+"/publication", nil).refused(428, model.CodePreconditionRequired)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", tag).refused(412, model.CodePreconditionFailed)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag"), "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag"), "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag")).refused(404, model.CodeNotFound)
	require.Len(t, w.entries(audit.Filter{Action: "sector.draft"}), 2)
	require.Len(t, w.entries(audit.Filter{Action: "sector.publish"}), 1)

	now := as[api.Sector](w.do("", "GET", path, nil, "If-None-Match", tag).want(200))
	require.Equal(t, []string{"蓝", "黄", "红"}, now.Scale)
	require.Equal(t, string(today), now.ValidFrom)
	require.True(t, strings.HasPrefix(now.RulesVersion, "sector-gas-station@"+string(today)), now.RulesVersion)
	w.restart()
	require.Equal(t, now, as[api.Sector](w.do("", "GET", path, nil).want(200)), "it outlasts the process")
}
