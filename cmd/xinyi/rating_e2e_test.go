package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/sector"
)

// TestRatings: a department hands grades in, once, bad ones answered in place; the office drafts
// a new version of a scheme and somebody else publishes it.
func TestRatings(t *testing.T) {
	w := startDemo(t)
	today := model.DateOf(time.Now())
	collector := w.addStaff("ratings", model.RoleDepartment, otherUnit(t, "30088888"), "顺河回族区社会信用体系建设办公室")
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
	w.do(collector, "POST", "/v1/ratings", batch, "Idempotency-Key", "").refused(400, model.CodeIdempotencyKeyRequired)
	first := w.do(collector, "POST", "/v1/ratings", batch, "Idempotency-Key", "ratings-1").want(200)
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
	again := w.do(collector, "POST", "/v1/ratings", batch, "Idempotency-Key", "ratings-1").want(200)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, first.body, again.body)
	w.do(collector, "POST", "/v1/ratings", `{"ratings":[]}`, "Idempotency-Key", "ratings-1").refused(422, model.CodeIdempotencyKeyReused)
	require.Len(t, w.entries(audit.Filter{Action: "rating.submit"}), 1)
	// The market regulation's people rate caterers, not taxpayers.
	theirs := as[api.RatingBatchAnswer](w.do("department", "POST", "/v1/ratings", `{"ratings":[`+entry(good.USCC, "catering", "B", "2026")+","+entry(good.USCC, "tax", "A", "2026")+`],
		"distributions":[{"sector":"tax","scope":"county:410425","period":"2020","subjectKind":"纳税人","total":3928,"grades":[{"grade":"A","count":3928}]}]}`).want(200))
	require.Empty(t, theirs.Ratings[0].Errors)
	for _, refused := range []api.RatingOutcome{theirs.Ratings[1], theirs.Distributions[0]} {
		require.Len(t, refused.Errors, 1)
		require.Equal(t, "/sector other_unit", refused.Errors[0].Pointer+" "+refused.Errors[0].Code)
		require.Nil(t, refused.Remainder)
	}

	record := as[api.StoredRecord](w.do(collector, "GET", "/v1/records/"+answer.Ratings[0].RecordID, nil).want(200))
	require.Equal(t, "城市管理信用评价", record.Title)
	require.Nil(t, record.Points)
	w.points(collector, today)
	w.publishedDistributions(collector)
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

// points stand in the record where the scheme gives any, and 0 is not none.
func (w *world) points(collector string, today model.Date) {
	t, uscc := w.t, w.demo.Enterprises[2].USCC
	entry := func(sector, period string, points int) api.RatingEntry {
		return api.RatingEntry{USCC: uscc, Sector: sector, Grade: map[string]string{"tax": "A", "urban_mgmt": "B"}[sector], Period: period,
			Scope: "district:410203", DecidedOn: string(today), Points: &points}
	}
	answer := as[api.RatingBatchAnswer](w.do(collector, "POST", "/v1/ratings", api.RatingBatch{Ratings: []api.RatingEntry{
		entry("tax", "2024", 0), entry("tax", "2025", 100), entry("tax", "2026", 101), entry("urban_mgmt", "2026", 1)}}).want(200))
	for i, want := range []int{0, 100} {
		record := as[api.StoredRecord](w.do(collector, "GET", "/v1/records/"+answer.Ratings[i].RecordID, nil).want(200))
		require.Equal(t, want, *record.Points)
	}
	require.Equal(t, "points", answer.Ratings[2].Errors[0].Code)
	require.Contains(t, answer.Ratings[3].Errors, api.FieldError{Pointer: "/points", Code: "no_points", Detail: "该行业的评价办法没有规定分值，请不要填报得分。"})
	public := w.do("", "GET", "/v1/enterprises/"+uscc+"/records?section=evaluation", nil).want(200)
	require.NotContains(t, string(public.body), `"points"`, "grades are published, points are not")
}

// publishedDistributions hands in what is known of real distributions: what is missing of a
// total is kept as unknown, one more than the total is refused.
func (w *world) publishedDistributions(collector string) {
	t := w.t
	f, err := os.Open(filepath.Join("..", "..", "policy", "sector", "testdata", "sector_ratings.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var good, over []api.Distribution
	for _, row := range rows[1:] {
		d := api.Distribution{Sector: row[0], Scope: row[1], Period: row[2], SubjectKind: row[3], Grades: []api.GradeCount{}}
		parts, err := sector.ParseParts(row[5])
		require.NoError(t, err)
		sum := 0
		for _, p := range parts {
			d.Grades = append(d.Grades, api.GradeCount{Grade: p.Grade, Count: p.Count})
			sum += p.Count
		}
		if total, err := strconv.Atoi(row[4]); err == nil {
			d.Total = &total
			if len(parts) > 0 {
				more := d
				more.Grades = append([]api.GradeCount{}, d.Grades...)
				more.Grades[0].Count += total - sum + 1
				over = append(over, more)
			}
		}
		good = append(good, d)
	}
	taken := as[api.RatingBatchAnswer](w.do(collector, "POST", "/v1/ratings", api.RatingBatch{Distributions: append(good, over...)}).want(200)).Distributions
	for i, d := range good {
		require.Empty(t, taken[i].Errors, d)
		require.Equal(t, d.Total == nil, taken[i].Remainder == nil, d)
		kept := as[api.Distributions](w.do("", "GET", "/v1/sectors/"+d.Sector+"/ratings?scope="+d.Scope+"&period="+d.Period, nil).want(200))
		found := false
		for _, k := range kept.Items {
			found = found || k.SubjectKind == d.SubjectKind && reflect.DeepEqual(k, d)
		}
		require.True(t, found, "%+v in %+v", d, kept.Items)
	}
	for i := range over {
		require.Equal(t, "parts_over_total", taken[len(good)+i].Errors[0].Code, over[i])
	}
	require.Equal(t, []int{3458, 45, 248}, []int{*taken[13].Remainder, *taken[10].Remainder, *taken[12].Remainder})
}

func (w *world) sectorVersions(today model.Date) {
	t, path := w.t, "/v1/sectors/gas_station"
	current := w.do("", "GET", path, nil).want(200)
	tag := current.header.Get("ETag")
	body := func(from model.Date, scale string) string {
		return `{"name":"加油站信用分级","documents":["郏县加油站信用监管（修订）"],"subjects":["加油站"],"subjectKinds":["organisation"],"scale":` + scale +
			`,"cycle":"quarter","level":"county","units":["market_regulation"],"display":[{"grade":"蓝","shown":"优"}],"measures":[{"grade":"红","text":"增加检查频次"}],"validFrom":"` + string(from) + `"}`
	}
	change := body(today, `["蓝","黄","红"]`)
	rate := func(period string) []api.FieldError {
		return as[api.RatingBatchAnswer](w.do("department", "POST", "/v1/ratings", api.RatingBatch{Ratings: []api.RatingEntry{{USCC: w.demo.Enterprises[0].USCC,
			Sector: "gas_station", Grade: "蓝", Period: period, Scope: "district:410203", DecidedOn: string(today)}}}).want(200)).Ratings[0].Errors
	}
	refused := rate("2026Q3")
	require.Len(t, refused, 1, "the documents name nobody who rates")
	require.Equal(t, "other_unit", refused[0].Code)
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

	file := "/v1/enterprises/" + w.demo.Enterprises[0].USCC
	item := w.waits("reviewer", "sector_publication", "gas_station")
	require.NotNil(t, item)
	require.Equal(t, []string{"加油站信用分级", string(today)}, []string{item.Title, item.Due})
	names := w.do("", "GET", file, nil).want(200).header.Get("ETag")
	read := w.do("reviewer", "GET", path+"/draft", nil).want(200)
	require.Equal(t, draft.header.Get("ETag"), read.header.Get("ETag"))
	w.do("reviewer", "GET", path+"/draft", nil, "If-None-Match", read.header.Get("ETag")).want(304)
	w.do("office", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag")).refused(403, model.CodeForbidden)
	w.do("reviewer", "POST", path+"/publication", nil).refused(428, model.CodePreconditionRequired)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", tag).refused(412, model.CodePreconditionFailed)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag"), "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag"), "Idempotency-Key", "publish-1").want(201)
	w.do("reviewer", "POST", path+"/publication", nil, "If-Match", read.header.Get("ETag")).refused(404, model.CodeNotFound)
	w.do("", "GET", file, nil, "If-None-Match", names).want(200) // it names sectors by the schemes in force
	require.Nil(t, w.waits("reviewer", item.Kind, item.ID))
	require.Len(t, w.entries(audit.Filter{Action: "sector.draft"}), 2)
	require.Len(t, w.entries(audit.Filter{Action: "sector.publish"}), 1)

	now := as[api.Sector](w.do("", "GET", path, nil, "If-None-Match", tag).want(200))
	require.Equal(t, []string{"蓝", "黄", "红"}, now.Scale)
	require.Equal(t, string(today), now.ValidFrom)
	require.True(t, strings.HasPrefix(now.RulesVersion, "sector-gas-station@"+string(today)), now.RulesVersion)
	require.Empty(t, rate("2026Q4"), "the version names who rates")
	w.restart()
	require.Equal(t, now, as[api.Sector](w.do("", "GET", path, nil).want(200)), "it outlasts the process")
}
