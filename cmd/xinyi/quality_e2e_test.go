package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/service/ingest"
)

// TestQuality: what a department submits shows in its figures at once, the records behind them
// are found, and the office enters what no record tells.
func TestQuality(t *testing.T) {
	w := startDemo(t)
	today := model.DateOf(time.Now())
	staff, err := signIns(w).StaffByName(t.Context(), "demo-department")
	require.NoError(t, err)
	before := figuresOf(t, w.do("department", "GET", "/v1/quality", nil).want(200))
	require.Nil(t, before["late_rate"].Value, "nothing was submitted yet")

	org := w.demo.Enterprises[0]
	row := func(docNo string, decided model.Date) *ingest.Row {
		return &ingest.Row{Kind: string(model.RecordPermit), USCC: org.USCC, Name: org.Name, Title: "食品经营许可", DocNo: docNo, Category: "general", Content: "食品经营",
			Authority: staff.UnitName, AuthorityUSCC: staff.Unit, Source: staff.UnitName, SourceUSCC: staff.Unit, DecisionDate: string(decided), ValidFrom: string(decided), ValidTo: "2099-12-31"}
	}
	late := today.AddDays(-90)
	im := w.server.platform.importer()
	im.Actor = model.Principal{ID: staff.ID, Role: model.RoleDepartment, Unit: staff.Unit, UnitName: staff.UnitName}
	res, err := im.Import(t.Context(), "quality-e2e", "test", &rowReader{rows: []*ingest.Row{
		row("汴市监许〔"+string(today[:4])+"〕1号", today), row("汴市监许〔"+string(late[:4])+"〕2号", late), row("", "2026-02-30"),
	}}, nil)
	require.NoError(t, err)
	require.Equal(t, 2, res.Accepted, "%+v", res.Faults)

	own := as[api.QualityTable](w.do("department", "GET", "/v1/quality?period="+string(today[:7]), nil).want(200))
	require.Len(t, own.Items, 1)
	require.Equal(t, staff.Unit, own.Items[0].Unit)
	require.True(t, strings.HasPrefix(own.RulesVersion, "quality@"))
	figures := byKey(own.Items[0])
	require.Equal(t, "50.00", *figures["late_rate"].Value)
	require.EqualValues(t, 2, *figures["late_rate"].Denominator)
	require.Equal(t, "66.67", *figures["compliance_rate"].Value)
	require.Equal(t, "≥100%", figures["timely_rate"].Target)
	require.False(t, *figures["timely_rate"].Met)
	require.Nil(t, figures["error_rate"].NumeratorRecords, "rejected rows are no records")

	// The drill-down says which, and is logged.
	looks := len(w.entries(audit.Filter{Action: "quality.records"}))
	behind := as[api.QualityRecords](w.do("department", "GET", *figures["late_rate"].NumeratorRecords, nil).want(200))
	require.Len(t, behind.Items, 1)
	require.True(t, behind.Items[0].Late)
	require.Equal(t, string(late), behind.Items[0].DecisionDate)
	w.do("department", "GET", "/v1/records/"+behind.Items[0].RecordID, nil).want(200)
	page := as[api.QualityRecords](w.do("department", "GET", *figures["late_rate"].DenominatorRecords+"&limit=1", nil).want(200))
	require.Len(t, page.Items, 1)
	rest := as[api.QualityRecords](w.do("department", "GET", *figures["late_rate"].DenominatorRecords+"&limit=1&cursor="+page.NextCursor, nil).want(200))
	require.Len(t, rest.Items, 1)
	require.NotEqual(t, page.Items[0].RecordID, rest.Items[0].RecordID)
	require.Len(t, w.entries(audit.Filter{Action: "quality.records"}), looks+3)
	public := as[api.QualityRecords](w.do("office", "GET", "/v1/quality/records?kpi=public_share&limit=3", nil).want(200))
	require.Len(t, public.Items, 3)

	// Own unit only; nobody else.
	w.do("department", "GET", "/v1/quality?unit="+org.USCC, nil).refused(403, model.CodeForbidden)
	w.do("department", "GET", "/v1/quality/records?kpi=late_rate&unit="+org.USCC, nil).refused(403, model.CodeForbidden)
	w.do("client:bank", "GET", "/v1/quality", nil).refused(403, model.CodeForbidden)
	w.do("", "GET", "/v1/quality", nil).want(401)
	w.do("office", "GET", "/v1/quality?period=2026-13", nil).refused(400, model.CodeInvalidRequest)
	w.do("office", "GET", "/v1/quality/records?kpi=nothing", nil).refused(404, model.CodeNotFound)
	w.do("office", "GET", "/v1/quality/records?kpi=events", nil).refused(400, model.CodeInvalidRequest)

	w.enterNumbers(string(today[:7]))
	w.officeTable(staff.Unit)
}

func byKey(u api.QualityUnit) map[string]api.QualityFigure {
	m := map[string]api.QualityFigure{}
	for _, f := range u.Figures {
		m[f.Key] = f
	}
	return m
}

func figuresOf(t testing.TB, a *answer) map[string]api.QualityFigure {
	t.Helper()
	table := as[api.QualityTable](a)
	require.NotEmpty(t, table.Items)
	return byKey(table.Items[0])
}

func (w *world) enterNumbers(month string) {
	t, path := w.t, "/v1/quality/entries/"+month
	body := `{"items":[{"key":"population","value":650000,"source":"统计公报"},{"key":"trainings","value":2}]}`
	w.do("department", "PUT", path, body).refused(403, model.CodeForbidden)
	w.do("office", "PUT", path, body).refused(428, model.CodePreconditionRequired)
	tag := w.do("office", "GET", path, nil).want(200).header.Get("ETag")
	w.do("office", "PUT", path, `{"items":[{"key":"magic","value":1}]}`, "If-Match", tag).refused(400, model.CodeInvalidRequest)
	entered := w.do("office", "PUT", path, body, "If-Match", tag).want(200)
	require.Len(t, as[api.QualityEntry](entered).Items, 2)
	w.do("office", "PUT", path, body, "If-Match", tag).refused(412, model.CodePreconditionFailed)
	w.do("office", "GET", path, nil, "If-None-Match", entered.header.Get("ETag")).want(304)
	require.Len(t, w.entries(audit.Filter{Action: "quality.enter"}), 1)
	area := figuresOf(t, w.do("office", "GET", "/v1/quality", nil).want(200))
	require.EqualValues(t, 650000, *area["records_per_capita"].Denominator)
	require.NotNil(t, area["records_per_capita"].Value)
	require.Equal(t, []string{"adults"}, area["adult_coverage"].Missing)
	require.Equal(t, "2.00", *area["trainings"].Value)
	cleared := as[api.QualityEntry](w.do("office", "PUT", path, `{"items":[{"key":"population","value":null}]}`, "If-Match", entered.header.Get("ETag")).want(200))
	require.Len(t, cleared.Items, 1)
}

// officeTable: the area first, then every unit over pages; workbook and chart say the same.
func (w *world) officeTable(unit string) {
	t := w.t
	var units []api.QualityUnit
	for cursor := ""; ; {
		page := as[api.QualityTable](w.do("office", "GET", "/v1/quality?limit=2"+cursor, nil).want(200))
		units = append(units, page.Items...)
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	require.Empty(t, units[0].Unit)
	require.Greater(t, len(units), 2)
	at := slices.IndexFunc(units, func(u api.QualityUnit) bool { return u.Unit == unit })
	require.Positive(t, at)
	require.NotEmpty(t, units[at].Name)
	one := as[api.QualityTable](w.do("office", "GET", "/v1/quality?unit="+unit, nil).want(200))
	require.Equal(t, units[at].Figures, one.Items[0].Figures)
	// The rate of the area is over all records, not the mean of rates.
	require.Equal(t, "50.00", *byKey(units[0])["late_rate"].Value)

	book, err := excelize.OpenReader(bytes.NewReader(w.do("office", "GET", "/v1/quality.xlsx", nil).want(200).body))
	require.NoError(t, err)
	rows, err := book.GetRows("分单位")
	require.NoError(t, err)
	require.Len(t, rows, len(units)+1)
	require.Equal(t, "全辖区", rows[1][0])
	rows, err = book.GetRows("通报")
	require.NoError(t, err)
	require.Contains(t, rows[0][0], "通报")
	mine, err := excelize.OpenReader(bytes.NewReader(w.do("department", "GET", "/v1/quality.xlsx", nil).want(200).body))
	require.NoError(t, err)
	rows, err = mine.GetRows("分单位")
	require.NoError(t, err)
	require.Len(t, rows, 2)
	svg := w.do("office", "GET", "/v1/quality.svg?kpi=late_rate", nil).want(200)
	require.Equal(t, "image/svg+xml", svg.header.Get("Content-Type"))
	require.Contains(t, string(svg.body), "50.00%")
	w.do("office", "GET", "/v1/quality.svg?kpi=nothing", nil).refused(404, model.CodeNotFound)
}
