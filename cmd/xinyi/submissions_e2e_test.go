package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// hand uploads a file of a kind; further fields follow in pairs.
func (w *world) hand(who, kind, name string, data []byte, key string, fields ...string) *answer {
	w.t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(w.t, m.WriteField(fields[i], fields[i+1]))
	}
	if kind != "" {
		require.NoError(w.t, m.WriteField("kind", kind))
	}
	if name != "" {
		part, err := m.CreateFormFile("file", name)
		require.NoError(w.t, err)
		_, err = part.Write(data)
		require.NoError(w.t, err)
	}
	require.NoError(w.t, m.Close())
	return w.do(who, "POST", "/v1/submissions", form.String(), "Content-Type", m.FormDataContentType(), "Idempotency-Key", key)
}

// worked waits until a submission is worked through.
func (w *world) worked(a *answer) api.Submission {
	w.t.Helper()
	no := as[api.Submission](a.want(202)).SubmissionNo
	var st api.Submission
	for range 600 {
		st = as[api.Submission](w.do("department", "GET", "/v1/submissions/"+no, nil).want(200))
		if st.FinishedAt != nil {
			return st
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("submission %s is %s", no, st.Status)
	return st
}

// unit gives code and name of the demo department's unit.
func (w *world) unit() (code, name string) {
	w.t.Helper()
	staff, err := signIns(w).StaffByName(w.t.Context(), "demo-department")
	require.NoError(w.t, err)
	return staff.Unit, staff.UnitName
}

// filled puts a row into the template of a kind, as its example has it, about an enterprise.
func (w *world) filled(kind string, e demoEnterprise, change map[string]string) []byte {
	w.t.Helper()
	code, name := w.unit()
	template := w.do("department", "GET", "/v1/submissions/templates/"+kind+".xlsx", nil).want(200)
	require.Contains(w.t, template.header.Get("Content-Disposition"), kind+".xlsx")
	book, err := excelize.OpenReader(bytes.NewReader(template.body))
	require.NoError(w.t, err)
	defer book.Close()
	rows, err := book.GetRows("数据")
	require.NoError(w.t, err)
	for i, label := range rows[0] {
		value := ""
		if i < len(rows[1]) {
			value = rows[1][i]
		}
		switch label = strings.TrimSuffix(label, "*"); {
		case label == "序号":
			value = "1"
		case label == "行政相对人名称":
			value = e.Name
		case label == "统一社会信用代码":
			value = e.USCC
		case label == "法定代表人":
			value = ""
		case strings.HasSuffix(label, "机关") || label == "认定单位":
			value = name
		case strings.HasSuffix(label, "机关统一社会信用代码") || label == "认定单位统一社会信用代码":
			value = code
		}
		if v, ok := change[label]; ok {
			value = v
		}
		at, err := excelize.CoordinatesToCellName(i+1, 3)
		require.NoError(w.t, err)
		require.NoError(w.t, book.SetCellStr("数据", at, value))
	}
	var out bytes.Buffer
	_, err = book.WriteTo(&out)
	require.NoError(w.t, err)
	return out.Bytes()
}

// recordOf gives the record of an enterprise with a document number.
func (w *world) recordOf(e demoEnterprise, docNo string) *model.Record {
	w.t.Helper()
	all, err := w.server.platform.subjects.RecordsOf(w.t.Context(), model.SubjectID(e.USCC))
	require.NoError(w.t, err)
	for _, r := range all {
		if r.DocNo == docNo {
			return r
		}
	}
	w.t.Fatalf("%s has no record %s", e.USCC, docNo)
	return nil
}

// TestSubmissions walks from the template to the KPI-relevant facts and back, over HTTP.
func TestSubmissions(t *testing.T) {
	w := startDemo(t)
	parts := []struct {
		name string
		run  func(*world)
	}{{"from template to record", (*world).templateToRecord}, {"every template", (*world).everyTemplate}, {"partial acceptance", (*world).partly},
		{"correction and retraction", (*world).correctAndRetract}, {"rows as JSON", (*world).rowsAsJSON}, {"refusals", (*world).submissionRefusals},
		{"hostile files", (*world).hostileFiles}, {"restart", (*world).restartWhileQueued}}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			w.t = t
			defer func() { w.t = w.owner }()
			part.run(w)
		})
	}
}

func (w *world) templateToRecord() {
	e := w.demo.Enterprises[0]
	data := w.filled("permit", e, map[string]string{"行政许可决定书文号": "", "行政许可决定书文号*": ""})
	first := w.hand("department", "permit", "许可.xlsx", data, "submission-1")
	st := w.worked(first)
	require.Equal(w.t, "done", st.Status)
	require.Equal(w.t, 1, st.Accepted, "%+v", st)
	require.Equal(w.t, "许可.xlsx", st.FileName)
	code, unit := w.unit()
	rec := w.recordOf(e, "顺市监许〔2026〕1号")
	require.Equal(w.t, code, rec.SourceUSCC)
	require.Equal(w.t, unit, rec.Source)
	require.Equal(w.t, st.SubmissionNo, rec.Batch)
	require.Equal(w.t, model.RecordPermit, rec.Kind)

	// The same key replays, with another file it is refused; another key finds nothing new.
	again := w.hand("department", "permit", "许可.xlsx", data, "submission-1").want(202)
	require.Equal(w.t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(w.t, st.SubmissionNo, as[api.Submission](again).SubmissionNo)
	w.hand("department", "penalty", "许可.xlsx", data, "submission-1").refused(422, model.CodeIdempotencyKeyReused)
	repeat := w.worked(w.hand("department", "permit", "许可.xlsx", data, "submission-2"))
	require.Zero(w.t, repeat.Accepted)
	require.Equal(w.t, 1, repeat.Duplicate)
	require.Len(w.t, w.entries(audit.Filter{Action: "submission.receive"}), 2)
	imported := w.entries(audit.Filter{Action: "import.file"})
	require.Equal(w.t, repeat.SubmissionNo, imported[0].Event.Ref)
	require.Equal(w.t, code, imported[0].Event.Unit)

	list := as[api.Submissions](w.do("department", "GET", "/v1/submissions?limit=1", nil).want(200))
	require.Equal(w.t, repeat.SubmissionNo, list.Items[0].SubmissionNo)
	next := as[api.Submissions](w.do("department", "GET", "/v1/submissions?limit=1&cursor="+list.NextCursor, nil).want(200))
	require.Equal(w.t, st.SubmissionNo, next.Items[0].SubmissionNo)
	tag := w.do("department", "GET", "/v1/submissions/"+st.SubmissionNo, nil).want(200).header.Get("ETag")
	w.do("department", "GET", "/v1/submissions/"+st.SubmissionNo, nil, "If-None-Match", tag).want(304)
}

// everyTemplate: what each template shows as its example is accepted.
func (w *world) everyTemplate() {
	e := w.demo.Enterprises[1]
	for _, kind := range []string{"permit", "penalty", "coercion", "inspection", "reward", "confirmation", "levy", "payment", "adjudication", "compensation",
		"list_entry", "honor", "rating", "commitment", "registration"} {
		st := w.worked(w.hand("department", kind, kind+".xlsx", w.filled(kind, e, nil), "every-"+kind))
		if st.Accepted != 1 {
			w.t.Errorf("%s: %+v\n%v", kind, st, w.faultRows(st.SubmissionNo))
		}
	}
}

func (w *world) faultRows(no string) [][]string {
	w.t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(w.do("department", "GET", "/v1/submissions/"+no+"/errors.xlsx", nil).want(200).body))
	require.NoError(w.t, err)
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	require.NoError(w.t, err)
	for _, row := range rows {
		for _, cell := range row {
			require.False(w.t, cell != "" && strings.Contains("=+-@", cell[:1]), "a cell starts a formula: %q", cell)
		}
	}
	return rows[1:]
}

const permitColumns = "行政相对人名称,统一社会信用代码,行政许可决定文书名称,行政许可决定文书号,许可类别,许可内容,许可决定日期,有效期自,有效期至,许可机关,许可机关代码\n"

func (w *world) permitLine(e demoEnterprise, no int, kind, content string) string {
	code, name := w.unit()
	return fmt.Sprintf("%s,%s,准予许可决定书,顺市监许〔2026〕%d号,%s,%s,2026-05-11,2026-05-11,2031-05-10,%s,%s\n", e.Name, e.USCC, no, kind, content, name, code)
}

func (w *world) partly() {
	e := w.demo.Enterprises[2]
	text := permitColumns + w.permitLine(e, 101, "普通", "销售食品") + w.permitLine(e, 102, "=HYPERLINK(1)", "销售食品") +
		w.permitLine(demoEnterprise{Name: "无此企业有限公司", USCC: "91410203MA40AB1C3C"}, 103, "普通", "销售食品") + w.permitLine(e, 104, "普通", "联系人身份证410203190001019990")
	st := w.worked(w.hand("department", "permit", "许可.csv", []byte(text), "partly"))
	require.Equal(w.t, "done", st.Status)
	require.Equal(w.t, 4, st.RowsRead)
	require.Equal(w.t, 1, st.Accepted)
	require.Equal(w.t, 3, st.Rejected)
	require.Contains(w.t, st.StatusText, "3 行被拒")
	found := map[string]string{}
	for _, row := range w.faultRows(st.SubmissionNo) {
		require.NotContains(w.t, strings.Join(row, ""), "410203190001019990", "no value stands in the error table")
		found[row[0]+" "+row[2]] = row[1]
	}
	require.Equal(w.t, "E3", found["3 许可类别"])
	require.Equal(w.t, "B4", found["4 统一社会信用代码"])
	require.Equal(w.t, "F5", found["5 许可内容"])
}

func (w *world) correctAndRetract() {
	e := w.demo.Enterprises[3]
	text := permitColumns + w.permitLine(e, 201, "普通", "销售食品")
	require.Equal(w.t, 1, w.worked(w.hand("department", "permit", "a.csv", []byte(text), "correct-1")).Accepted)
	before := w.recordOf(e, "顺市监许〔2026〕201号")
	changed := permitColumns + w.permitLine(e, 201, "普通", "销售预包装食品")
	st := w.worked(w.hand("department", "permit", "a.csv", []byte(changed), "correct-2"))
	require.Zero(w.t, st.Accepted, "a new report changes nothing")
	st = w.worked(w.hand("department", "permit", "a.csv", []byte(changed), "correct-3", "mode", "correction"))
	require.Equal(w.t, 1, st.Accepted)
	after := w.recordOf(e, "顺市监许〔2026〕201号")
	require.Equal(w.t, before.ID, after.ID)
	require.Equal(w.t, "销售预包装食品", after.Content)

	path := "/v1/records/" + strings.Replace(string(after.ID), "/", ".", 1)
	in := api.RetractionRequest{Reason: "许可决定被上级机关撤销"}
	w.do("office", "POST", path+"/retraction", api.RetractionRequest{Reason: "请电13800000000"}).refused(400, model.CodeInvalidRequest)
	w.do("department", "POST", path+"0/retraction", in).refused(404, model.CodeNotFound)
	for _, who := range []string{"citizen1", "clerk", "reviewer", "auditor", "client:bank"} {
		w.do(who, "POST", path+"/retraction", in).refused(403, model.CodeForbidden)
	}
	total := as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+e.USCC, nil).want(200)).Counts.Administration
	done := w.do("department", "POST", path+"/retraction", in, "Idempotency-Key", "retract-1").want(200)
	r := as[api.Retraction](done)
	require.Equal(w.t, new(true), r.OnTime)
	require.Greater(w.t, r.WithdrawBy, r.SyncBy)
	require.Equal(w.t, total-1, as[api.EnterpriseFile](w.do("", "GET", "/v1/enterprises/"+e.USCC, nil).want(200)).Counts.Administration)
	replayed := w.do("department", "POST", path+"/retraction", in, "Idempotency-Key", "retract-1").want(200)
	require.Equal(w.t, string(done.body), string(replayed.body))
	w.do("office", "POST", path+"/retraction", in).refused(409, model.CodeConflict)
	stored := as[api.StoredRecord](w.do("office", "GET", path, nil).want(200))
	require.Equal(w.t, in.Reason, stored.WithdrawnReason)
	require.False(w.t, stored.Live)
	require.Len(w.t, w.entries(audit.Filter{Action: "record.retract", Subject: model.SubjectID(e.USCC)}), 1)
}

func (w *world) rowsAsJSON() {
	e := w.demo.Enterprises[4]
	code, name := w.unit()
	row := api.SubmissionRow{Name: e.Name, USCC: e.USCC, Title: "诚信示范单位", HonorLevel: "city", Authority: name, AuthorityUSCC: code, DecisionDate: "2026-05-11", DocNo: "顺市监奖〔2026〕7号"}
	foreign := row
	foreign.DocNo, foreign.SourceUSCC = "顺市监奖〔2026〕8号", "11410203005412346P"
	st := w.worked(w.do("department", "POST", "/v1/submissions", api.SubmissionRequest{Kind: "honor", Rows: []api.SubmissionRow{row, foreign}}))
	require.Equal(w.t, 1, st.Accepted)
	require.Equal(w.t, 1, st.Rejected)
	require.Contains(w.t, w.faultRows(st.SubmissionNo)[0], "other_unit")
}

func (w *world) submissionRefusals() {
	text := []byte(permitColumns)
	for _, who := range []string{"citizen1", "clerk", "office", "reviewer", "auditor", "security_admin", "client:bank", "client:gate"} {
		w.hand(who, "permit", "a.csv", text, "refused").refused(403, model.CodeForbidden)
		w.do(who, "GET", "/v1/submissions", nil).refused(403, model.CodeForbidden)
		w.do(who, "GET", "/v1/submissions/templates/permit.xlsx", nil).refused(403, model.CodeForbidden)
	}
	w.hand("", "permit", "a.csv", text, "refused").refused(401, model.CodeUnauthenticated)
	w.hand("department", "permit", "a.csv", text, "").refused(400, model.CodeIdempotencyKeyRequired)
	w.hand("department", "contract", "a.csv", text, "bad-1").refused(400, model.CodeInvalidRequest)
	w.hand("department", "permit", "a.doc", text, "bad-2").refused(400, model.CodeInvalidRequest)
	w.hand("department", "permit", "", nil, "bad-3").refused(400, model.CodeInvalidRequest)
	w.hand("department", "permit", "a.csv", text, "bad-4", "mode", "delete").refused(400, model.CodeInvalidRequest)
	w.hand("department", "permit", "a.csv", text, "bad-5", "colour", "red").refused(400, model.CodeInvalidRequest)
	w.hand("department", "permit", "a.csv", text, "bad-6", "kind", "permit").refused(400, model.CodeInvalidRequest)
	w.do("department", "POST", "/v1/submissions", "--x\r\n", "Content-Type", "multipart/form-data; boundary=x").refused(400, model.CodeInvalidRequest)
	w.do("department", "POST", "/v1/submissions", "x", "Content-Type", "multipart/form-data").refused(415, model.CodeUnsupportedMediaType)
	w.do("department", "GET", "/v1/submissions/templates/contract.xlsx", nil).refused(404, model.CodeNotFound)
	w.do("department", "GET", "/v1/submissions/templates/permit.csv", nil).refused(400, model.CodeInvalidRequest)
	w.do("department", "GET", "/v1/submissions/S00000000000000000000000000", nil).refused(404, model.CodeNotFound)

	// Another unit's submissions are not there.
	no := as[api.Submissions](w.do("department", "GET", "/v1/submissions", nil).want(200)).Items[0].SubmissionNo
	theirs, err := signIns(w).StaffByName(w.t.Context(), "demo-department")
	require.NoError(w.t, err)
	other := *theirs
	other.ID, other.Username, other.Unit, other.UnitName = "staff_other", "other-department", "11410203005412346P", "另一单位"
	require.NoError(w.t, signIns(w).CreateStaff(w.t.Context(), &other))
	var password string
	for _, s := range w.demo.Staff {
		if s.Role == model.RoleDepartment {
			password = s.Password
		}
	}
	w.mu.Lock()
	w.tokens["other"] = ""
	w.mu.Unlock()
	token := as[api.TokenPair](w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: "other-department", Password: password}).want(200)).AccessToken
	w.mu.Lock()
	w.tokens["other"] = token
	w.mu.Unlock()
	w.do("other", "GET", "/v1/submissions/"+no, nil).refused(404, model.CodeNotFound)
	w.do("other", "GET", "/v1/submissions/"+no+"/errors.xlsx", nil).refused(404, model.CodeNotFound)
	require.Empty(w.t, as[api.Submissions](w.do("other", "GET", "/v1/submissions", nil).want(200)).Items)
	rec := w.recordOf(w.demo.Enterprises[0], "顺市监许〔2026〕1号")
	w.do("other", "POST", "/v1/records/"+strings.Replace(string(rec.ID), "/", ".", 1)+"/retraction", api.RetractionRequest{Reason: "不是本单位的"}).refused(404, model.CodeNotFound)
}

// hostileFiles fail as files, with a sentence; the server goes on.
func (w *world) hostileFiles() {
	whole := w.filled("permit", w.demo.Enterprises[5], map[string]string{"行政许可决定文书号": "顺市监许〔2026〕501号"})
	for name, file := range map[string][]byte{"not a workbook": []byte("PK\x03\x04 no"), "cut off": whole[:len(whole)/2], "empty": {}, "encrypted": {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}} {
		st := w.worked(w.hand("department", "permit", "a.xlsx", file, "hostile-"+strings.ReplaceAll(name, " ", "-")))
		require.Equal(w.t, "failed", st.Status, name)
		require.NotEmpty(w.t, st.StatusText)
	}
	require.Equal(w.t, 1, w.worked(w.hand("department", "permit", "a.xlsx", whole, "hostile-good")).Accepted)
	entries, err := filepath.Glob(filepath.Join(w.cfg.Data, "uploads", "*"))
	require.NoError(w.t, err)
	require.Empty(w.t, entries, "no file of a department stays on disk")
}

// restartWhileQueued: what was acknowledged is worked through after a restart.
func (w *world) restartWhileQueued() {
	e := w.demo.Enterprises[6]
	var text strings.Builder
	text.WriteString(permitColumns)
	const rows = 3000
	for n := range rows {
		text.WriteString(w.permitLine(e, 1000+n, "普通", "销售食品"))
	}
	no := as[api.Submission](w.hand("department", "permit", "many.csv", []byte(text.String()), "restart").want(202)).SubmissionNo
	w.restart()
	w.mu.Lock()
	clear(w.tokens)
	w.mu.Unlock()
	var st api.Submission
	for range 1500 {
		if st = as[api.Submission](w.do("department", "GET", "/v1/submissions/"+no, nil).want(200)); st.FinishedAt != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.Equal(w.t, "done", st.Status)
	require.Equal(w.t, rows, st.Accepted)
	require.Equal(w.t, http.StatusOK, w.do("department", "GET", "/v1/submissions/"+no+"/errors.xlsx", nil).status)
}
