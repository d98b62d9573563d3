package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
	"xinyi/store"
)

// everyPage goes through the pages of a list and gives what each holds to do.
func everyPage[T any](w *world, who, at string, do func(T) (cursor string)) {
	w.t.Helper()
	for cursor := ""; ; {
		if cursor = do(as[T](w.do(who, "GET", at+cursor, nil).want(200))); cursor == "" {
			return
		}
		cursor = "&cursor=" + cursor
	}
}

// leadsTo adds up the rows and records that a sum leads to.
func (w *world) leadsTo(who string, submissions, records *string) (sum int64) {
	w.t.Helper()
	everyPage(w, who, *submissions+"&limit=2", func(page api.QualitySubmissions) string {
		for _, s := range page.Items {
			sum += s.Count
		}
		return page.NextCursor
	})
	if records != nil {
		everyPage(w, who, *records+"&limit=100", func(page api.QualityRecords) string {
			sum += int64(len(page.Items))
			return page.NextCursor
		})
	}
	return sum
}

// accounted: every figure made of rows is what its two drill-downs list.
func (w *world) accounted(who, unit, period string) map[string]api.QualityFigure {
	w.t.Helper()
	at := "/v1/quality?period=" + period
	if unit != "" {
		at += "&unit=" + unit
	}
	figures := figuresOf(w.t, w.do(who, "GET", at, nil).want(200))
	for _, key := range []string{"wrong_rate", "error_rate", "compliance_rate"} {
		f := figures[key]
		require.Equal(w.t, *f.Numerator, w.leadsTo(who, f.NumeratorSubmissions, f.NumeratorRecords), "%s of %q in %s as %s", key, unit, period, who)
		require.Equal(w.t, *f.Denominator, w.leadsTo(who, f.DenominatorSubmissions, f.DenominatorRecords), "%s of %q in %s as %s", key, unit, period, who)
	}
	require.Nil(w.t, figures["late_rate"].NumeratorSubmissions)
	return figures
}

// TestQualityRows: the rate of wrong rows leads to the refused rows and to the withdrawn records
// behind it, over submissions, ratings, a correction, a retraction and the end of a month.
func TestQualityRows(t *testing.T) {
	w := startDemo(t)
	clock := &ahead{}
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	first := model.DateOf(clock.Now()).AddMonths(1)[:8] + "02"
	w.to(clock, first)
	code, _ := w.unit()
	e := w.demo.Enterprises[0]
	hand := func(key string, lines ...string) api.Submission {
		mode := "new"
		if strings.HasPrefix(key, "correct") {
			mode = "correction"
		}
		return w.worked(w.hand("department", "permit", key+".csv", []byte(permitColumns+strings.Join(lines, "")), key, "mode", mode))
	}
	good := func(no int) string { return w.permitLine(e, no, "普通", "销售食品") }
	bad := func(no int) string { return w.permitLine(e, no, "=1+1", "联系人身份证410203190001019990") }

	refused := hand("rows-1", good(901), bad(902), good(901), bad(903))
	require.Equal(t, 2, refused.Rejected)
	require.Equal(t, 1, hand("correct-1", w.permitLine(e, 901, "普通", "销售预包装食品")).Accepted)
	hand("rows-2", good(904))
	w.do("department", "POST", "/v1/ratings", fmt.Sprintf(`{"ratings":[{"uscc":%q,"sector":"urban_mgmt","grade":"Z","period":"2026","decidedOn":"2026-05-11"}]}`, e.USCC)).want(200)
	id := strings.Replace(string(w.recordOf(e, "顺市监许〔2026〕904号").ID), "/", ".", 1)

	second := first.AddMonths(1)
	w.to(clock, second)
	hand("rows-3", bad(905), good(906))
	w.do("department", "POST", "/v1/records/"+id+"/retraction", api.RetractionRequest{Reason: "许可决定被上级机关撤销"}).want(200)

	for _, c := range []struct {
		period           model.Date
		rejected, taken  int64 // wrong: refused rows and withdrawn records
		rows, duplicates int64
	}{{first[:7], 3, 0, 7, 1}, {second[:7], 1, 1, 2, 0}} {
		for who, units := range map[string][]string{"department": {"", code}, "office": {"", code}} {
			for _, unit := range units {
				f := w.accounted(who, unit, string(c.period))
				require.Equal(t, c.rejected+c.taken, *f["wrong_rate"].Numerator)
				require.Equal(t, c.rows, *f["wrong_rate"].Denominator)
				require.Equal(t, c.rejected+c.duplicates, *f["error_rate"].Numerator)
			}
		}
	}
	w.accounted("office", "", string(first[:4]))
	w.accounted("department", "", string(first[:4]))

	// From the figure to the cells, for both.
	for _, who := range []string{"department", "office"} {
		f := figuresOf(t, w.do(who, "GET", "/v1/quality?unit="+code+"&period="+string(first[:7]), nil).want(200))["wrong_rate"]
		var items []api.QualitySubmission
		everyPage(w, who, *f.NumeratorSubmissions, func(page api.QualitySubmissions) string {
			items = append(items, page.Items...)
			return page.NextCursor
		})
		require.Len(t, items, 2, "what was refused nothing is not behind it")
		require.Equal(t, "rows-1.csv", items[0].FileName)
		require.Equal(t, refused.SubmissionNo, items[0].SubmissionNo)
		for _, item := range items {
			lines := map[int]bool{}
			everyPage(w, who, item.Refusals+"?limit=1", func(page api.QualityRefusals) string {
				for _, r := range page.Items {
					lines[r.Line] = true
					require.NotEmpty(t, r.Reason)
					require.NotContains(t, r.Reason, "410203190001019990")
				}
				return page.NextCursor
			})
			require.Len(t, lines, item.Rejected, item.FileName)
		}
	}

	at := "/v1/quality/submissions"
	other := w.addStaff("other-department", model.RoleDepartment, "11410203005412346P", "另一单位")
	w.do(other, "GET", at+"/"+refused.SubmissionNo+"/refusals", nil).refused(404, model.CodeNotFound)
	w.do(other, "GET", at+"?kpi=wrong_rate&unit="+code, nil).refused(403, model.CodeForbidden)
	w.do("office", "GET", at+"/S00000000000000000000000000/refusals", nil).refused(404, model.CodeNotFound)
	w.do("office", "GET", at+"?kpi=late_rate", nil).refused(400, model.CodeInvalidRequest)
	for _, who := range []string{"citizen1", "clerk", "reviewer", "client:bank"} {
		w.do(who, "GET", at+"?kpi=wrong_rate", nil).refused(403, model.CodeForbidden)
		w.do(who, "GET", at+"/"+refused.SubmissionNo+"/refusals", nil).refused(403, model.CodeForbidden)
	}
}
