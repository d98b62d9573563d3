package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/measures"
	"xinyi/policy/repair"
)

// TestCataloguePublished: a new edition counts from its day on while the server runs, one in
// force is not rewritten, and other processes and a restart see the same.
func TestCataloguePublished(t *testing.T) {
	w := startDemo(t)
	people, today := w.rulePeople(t), model.DateOf(time.Now())
	seed := func(name string) string {
		raw, err := fs.ReadFile(catalogue.Seed(), name)
		require.NoError(t, err)
		return string(raw)
	}
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	edition := func(on model.Date) string {
		return as[api.Catalogue](w.do("", "GET", "/v1/catalogue?limit=1&on="+string(on), nil).want(200)).Edition.Key
	}
	require.Equal(t, "2024", edition(today))
	require.Contains(t, failed(t, exitFailed, people.propose(catalogueKind, write("2024.yaml", seed("2024.yaml")+"# 改\n"))...), "不能改写")
	next := "catalogue: edition\nname: national\ntitle: 试验目录\nvalidFrom: " + string(today) + "\nedition: '2099'\nbase: '2024'\ndocument: 试验文件\nclasses: []\nitems:\n" +
		"  - {code: '1101', name: 法人荣誉, class: honour, kind: honor, subjects: [legal_person, self_employed], providers: [authority], disclosure: gov_share, nature: positive, updateCycle: quarterly, fields: [荣誉名称], legalBasis: 试验文件}\n"
	early := strings.NewReplacer("validFrom: "+string(today), "validFrom: 2023-01-01", "base: '2024'", "base: '2022'").Replace(next)
	require.Contains(t, failed(t, exitFailed, people.propose(catalogueKind, write("2099.yaml", early))...), "不能改写")
	require.Contains(t, people.publish(catalogueKind, write("2099.yaml", next)), "已公布 national@"+string(today)+"#")
	require.Eventually(t, func() bool { return edition(today) == "2099" }, 2*time.Second, 50*time.Millisecond)
	require.Equal(t, "2024", edition(today.AddDays(-1)), "decisions of before stay under the edition of their day")
	_, unit := w.unit()
	org := w.demo.Enterprises[0]
	for day, want := range map[model.Date]string{today: "1101@2099 gov_share", today.AddDays(-1): "1101@2024 public"} {
		no := "试验〔" + string(day[:4]) + "〕" + string(day[8:]) + "号"
		st := w.worked(w.do("department", "POST", "/v1/submissions", api.SubmissionRequest{Kind: "honor", Rows: []api.SubmissionRow{
			{Name: org.Name, USCC: org.USCC, Title: "试验荣誉", DocNo: no, HonorLevel: "city", Authority: unit, DecisionDate: string(day)}}}))
		require.Equal(t, 1, st.Accepted)
		id := strings.Replace(string(w.recordOf(org, no).ID), "/", ".", 1)
		record := as[api.StoredRecord](w.do("department", "GET", "/v1/records/"+id, nil).want(200))
		require.Equal(t, want, record.CatalogueRef+" "+record.Disclosure, "both came in today")
	}
	w.restart()
	require.Equal(t, "2099", edition(today))
}

// TestMeasuresPublished: rows that have begun are ended, never changed; what is new counts at once.
func TestMeasuresPublished(t *testing.T) {
	w := startDemo(t)
	people, today := w.rulePeople(t), model.DateOf(time.Now())
	raw, err := fs.ReadFile(measures.Seed(), "measures.yaml")
	require.NoError(t, err)
	write := func(old, next string) string {
		text := strings.Replace(string(raw), old, next, 1)
		require.NotEqual(t, string(raw), text)
		path := filepath.Join(t.TempDir(), "measures.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	shown := func() (names []string) {
		for _, m := range as[api.Measures](w.do("", "GET", "/v1/measures?limit=100", nil).want(200)).Items {
			names = append(names, m.Name)
		}
		return names
	}
	before := shown()
	name := "name: " + before[0]
	require.Contains(t, failed(t, exitFailed, people.propose(measuresKind, write(name, "name: 另一种措施"))...), "只能用 validTo 终止")
	require.Contains(t, failed(t, exitFailed, people.propose(measuresKind, write(name, "name: 限制购房"))...), "不")
	more := "measures:\n  - {code: try, name: 试验措施, class: incentive, targets: [organisation], lists: [honor], trigger: 列入守信激励名单, basis: HN, article: 第三十条第（八）项, means: 优先办理, implementer: 各单位, validFrom: " + string(today) + "}"
	require.Contains(t, people.publish(measuresKind, write("measures:", more)), "已公布 ")
	require.Eventually(t, func() bool { return len(shown()) == len(before)+1 }, 2*time.Second, 50*time.Millisecond)
	w.restart()
	require.Contains(t, shown(), "试验措施")
}

// TestRepairPublished: a new version of the periods counts for what comes in from then on while
// the server runs; one that has begun is not rewritten.
func TestRepairPublished(t *testing.T) {
	w := startDemo(t)
	people, today := w.rulePeople(t), model.DateOf(time.Now())
	raw, err := fs.ReadFile(repair.Seed(), "repair.yaml")
	require.NoError(t, err)
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	code, unit := w.unit()
	org := w.demo.Enterprises[0]
	ends := func(no string) string {
		st := w.worked(w.do("department", "POST", "/v1/submissions", api.SubmissionRequest{Kind: "penalty", Rows: []api.SubmissionRow{{Name: org.Name, USCC: org.USCC,
			Title: "行政处罚决定书", DocNo: no, Category: "warning", Content: "警告", LegalBasis: "《中华人民共和国价格法》第四十二条", Authority: unit, AuthorityUSCC: code,
			DecisionDate: string(today), Severity: "general"}}}))
		require.Equal(t, 1, st.Accepted, "%v", w.faultRows(st.SubmissionNo))
		id := strings.Replace(string(w.recordOf(org, no).ID), "/", ".", 1)
		return as[api.StoredRecord](w.do("department", "GET", "/v1/records/"+id, nil).want(200)).DisplayEnds
	}
	year := string(today[:4])
	require.Equal(t, string(today.AddMonths(12)), ends("顺市监罚〔"+year+"〕1号"))

	more := string(raw) + "  - key: NEXT\n    validFrom: " + string(today) + "\n    legalBasis: 试验办法\n    classes:\n      general: {repairMonths: 1, displayMonths: 2}\n"
	for name, path := range map[string]string{
		"不能删除、改写":  write("repair.yaml", strings.Replace(more, "general: {repairMonths: 3, displayMonths: 12}\n      serious: {repairMonths: 12", "general: {repairMonths: 3, displayMonths: 11}\n      serious: {repairMonths: 12", 1)),
		"O36 不能":   write("repair.yaml", strings.Replace(string(raw), "key: O36", "key: O37", 1)),
		"NEXT 不能":  write("repair.yaml", strings.Replace(more, string(today), string(today.AddDays(-1)), 1)),
		"只能有一个文件":  write("next.yaml", more),
		"versions": write("repair.yaml", strings.Replace(more, "displayMonths: 2}", "displayMonths: 0}", 1)+"  - {}\n"),
	} {
		require.Contains(t, failed(t, exitFailed, people.propose(repairKind, path)...), name)
	}
	require.Contains(t, people.publish(repairKind, write("repair.yaml", more)), "已公布 repair@2026-04-01#")
	require.Eventually(t, func() bool { return w.server.platform.display.Load().Versions[3].Key == "NEXT" }, 2*time.Second, 50*time.Millisecond)
	require.Equal(t, string(today.AddMonths(2)), ends("顺市监罚〔"+year+"〕2号"))
	w.restart()
	require.Equal(t, string(today.AddMonths(2)), ends("顺市监罚〔"+year+"〕3号"))
}
