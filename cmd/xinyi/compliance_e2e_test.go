package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/compliance"
	"xinyi/policy/form"
)

// TestComplianceApply publishes other checks while the server runs: the next batch is judged by
// them, also after a restart.
func TestComplianceApply(t *testing.T) {
	w := startDemo(t)
	raw, err := fs.ReadFile(compliance.Seed(), "compliance.yaml")
	require.NoError(t, err)
	people := w.rulePeople(t)
	apply := func(old, next string) string {
		text := strings.Replace(string(raw), old, next, 1)
		require.NotEqual(t, string(raw), text)
		path := filepath.Join(t.TempDir(), "checks.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	today, period := model.DateOf(time.Now()), 2000
	errors := func() []api.FieldError { // of a rating without a legal basis
		period++
		return as[api.RatingBatchAnswer](w.do("department", "POST", "/v1/ratings", api.RatingBatch{Ratings: []api.RatingEntry{{USCC: w.demo.Enterprises[0].USCC,
			Sector: "catering", Grade: "B", Period: fmt.Sprint(period), DecidedOn: string(today)}}}).want(200)).Ratings[0].Errors
	}
	require.Empty(t, errors())
	const old, stricter = "refuse: [sector, grade]", "refuse: [sector, grade, legalBasis]"
	require.Contains(t, failed(t, exitFailed, people.propose(complianceKind, apply(old, "refuse: [magic]"))...), "magic")
	require.Contains(t, failed(t, exitFailed, people.propose(complianceKind, apply("validFrom: 2020-05-01", "validFrom: "+string(today.AddDays(1))))...), "立即生效")
	require.Empty(t, errors())
	require.Contains(t, people.publish(complianceKind, apply(old, stricter)), "compliance@2020-05-01#")
	require.Eventually(t, func() bool { return len(errors()) == 1 }, 2*time.Second, 50*time.Millisecond)
	w.restart()
	require.Equal(t, "/basis", errors()[0].Pointer)
	require.Len(t, w.entries(audit.Filter{Action: "policy.publish", Role: model.RoleReviewer}), 1)
}

// TestFormApply publishes another form while the server runs: templates and batches follow,
// forms that would lose a kind are refused, and `policy check` knows them.
func TestFormApply(t *testing.T) {
	w := startDemo(t)
	raw, err := fs.ReadFile(form.Seed(), "forms.yaml")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "new.yaml")
	people := w.rulePeople(t)
	apply := func(text string) string {
		require.NotEqual(t, string(raw), text)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	columns := func() string {
		book, err := excelize.OpenReader(bytes.NewReader(w.do("department", "GET", "/v1/submissions/templates/rating.xlsx", nil).want(200).body))
		require.NoError(t, err)
		defer book.Close()
		rows, err := book.GetRows(book.GetSheetName(0))
		require.NoError(t, err)
		return fmt.Sprint(rows)
	}
	require.Contains(t, columns(), "评价范围")
	whole := string(raw)
	cut := whole[:strings.LastIndex(whole, "\n  - kind: ")+1]
	require.Contains(t, failed(t, exitFailed, people.propose(formKind, apply(cut))...), "新表单缺少")
	require.Contains(t, failed(t, exitFailed, people.propose(formKind, apply(strings.Replace(whole, "validFrom: 2018-07-01", "validFrom: 2999-01-01", 1)))...), "立即生效")
	next := strings.Replace(whole, "label: 评价范围", "label: 评价的地域范围, also: [评价范围]", 1)
	shown := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+w.lastEnterprise().USCC+"/records", nil).want(200)).Items
	record := "/v1/records/" + shown[0].RecordID
	tag := w.do("office", "GET", record, nil).want(200).header.Get("ETag")
	w.do("office", "GET", record, nil, "If-None-Match", tag).want(304)
	require.Contains(t, people.publish(formKind, apply(next)), "forms@2018-07-01#")
	require.Contains(t, okay(t, "policy", "check", path), "form  forms@2018-07-01#")
	require.Eventually(t, func() bool { return strings.Contains(columns(), "评价的地域范围") }, 2*time.Second, 50*time.Millisecond)
	w.do("office", "GET", record, nil, "If-None-Match", tag).want(200) // its details are worded anew
	w.restart()
	require.Contains(t, columns(), "评价的地域范围")
}
