package submission_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/form"
	"xinyi/policy/measures"
	"xinyi/policy/repair"
	"xinyi/policy/sector"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/service/submission"
	"xinyi/store"
)

// unitCode is the synthetic code of the unit that reports (domain reference §1.1).
const unitCode = "11410203005412346P"

// desk is a service with its runner on a house.
type desk struct {
	*servicetest.House
	*submission.Service
	repo     *store.Submissions
	runner   *submission.Runner
	busy     []string
	importer ingest.Importer
}

// leases are this process's.
type leases struct{ *store.Leases }

func (l leases) Hold(ctx context.Context, name string) (context.Context, func(), error) {
	return l.Leases.Hold(ctx, name, "test", time.Minute)
}

func open(t testing.TB) *desk {
	h := servicetest.Open(t)
	forms, err := form.Load(form.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	schemes, err := sector.Load(sector.Seed())
	require.NoError(t, err)
	lists, err := measures.Load(measures.Seed())
	require.NoError(t, err)
	d := &desk{House: h, repo: store.NewSubmissions(h.Subjects)}
	d.Service = &submission.Service{Store: d.repo, Records: d.repo, Sealer: h.Vault, Auditor: h.Log, Forms: forms, Calendar: calendar, Judge: h.Judge,
		IDs: h.IDs, Clock: h.Clock, NoticeDays: func(model.ListKind, model.Date) int { return 30 }}
	d.importer = ingest.Importer{Store: d.repo.Ingest, Judge: h.Judge, Sealer: h.Vault, Display: display, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock, BatchRows: 50,
		Schemes: func() *sector.Book { return schemes }, Lists: lists}
	d.runner = submission.NewRunner(submission.Runner{Service: d.Service, Importer: func() *ingest.Importer { im := d.importer; return &im }, Dir: t.TempDir(),
		Leases: leases{store.NewLeases(h.Driver, h.Clock, 0)}, Busy: func() func() {
			d.busy = append(d.busy, "begun")
			return func() { d.busy = append(d.busy, "over") }
		}})
	return d
}

var officer = model.Principal{ID: "staff_1", Role: model.RoleDepartment, Unit: unitCode, UnitName: servicetest.Authority}

func upload(kind model.RecordKind, format string, data []byte) submission.Upload {
	sum := sha256.Sum256(data)
	return submission.Upload{Kind: kind, Mode: model.SubmissionNew, Format: format, FileName: "报送表." + format, Digest: hex.EncodeToString(sum[:]),
		Size: int64(len(data)), Body: bytes.NewReader(data)}
}

// hand submits a file, works through the queue and gives what came of it.
func (d *desk) hand(t testing.TB, up submission.Upload) submission.State {
	t.Helper()
	st, err := d.Submit(t.Context(), officer, up, nil)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionReceived, st.Status)
	require.NoError(t, d.runner.Work(t.Context()))
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	return st
}

func (d *desk) faults(t testing.TB, no string) [][]string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, d.WriteFaults(t.Context(), officer, no, &out))
	book, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	require.NoError(t, err)
	return rows[1:]
}

// fillIn writes a row into a template as the example has it, about who.
func fillIn(t testing.TB, template []byte, who *ingest.Row, change map[string]string) []byte {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(template))
	require.NoError(t, err)
	defer book.Close()
	sheet := book.GetSheetList()[0]
	rows, err := book.GetRows(sheet)
	require.NoError(t, err)
	for i, label := range rows[0] {
		value := ""
		if i < len(rows[1]) {
			value = rows[1][i]
		}
		switch strings.TrimSuffix(label, "*") {
		case "序号":
			value = "1"
		case "行政相对人名称":
			value = who.Name
		case "统一社会信用代码":
			value = who.USCC
		case "法定代表人":
			value = ""
		}
		if v, ok := change[strings.TrimSuffix(label, "*")]; ok {
			value = v
		}
		at, err := excelize.CoordinatesToCellName(i+1, 3)
		require.NoError(t, err)
		require.NoError(t, book.SetCellStr(sheet, at, value))
	}
	var out bytes.Buffer
	_, err = book.WriteTo(&out)
	require.NoError(t, err)
	return out.Bytes()
}

// Every template, filled in as its example says, is accepted as it is.
func TestTemplates(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	for i, kind := range d.Forms.Kinds() {
		data, err := d.Template(kind)
		require.NoError(t, err)
		require.Less(t, len(data), 200<<10)
		st := d.hand(t, upload(kind, "xlsx", fillIn(t, data, org, nil)))
		require.Equal(t, model.SubmissionDone, st.Status, "%s: %s", kind, st.Reason)
		require.Equal(t, 1, st.Job.Accepted, "%s: %v", kind, d.faults(t, st.No))
		records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
		require.NoError(t, err)
		require.Len(t, records, i+1)
		rec := records[i]
		require.Equal(t, kind, rec.Kind)
		require.Equal(t, model.Date("2026-05-11"), rec.DecisionDate)
		require.Equal(t, unitCode, rec.SourceUSCC)
		require.Equal(t, servicetest.Authority, rec.Source)
		require.Equal(t, st.No, rec.Batch)
		if kind == model.RecordPenalty {
			require.Equal(t, int64(200_000), rec.FineFen, "0.2 万元")
			require.Equal(t, "fine", rec.Category)
		}
		again := d.hand(t, upload(kind, "xlsx", fillIn(t, data, org, nil)))
		require.Equal(t, 1, again.Job.Duplicate, kind)
		require.Zero(t, again.Job.Accepted, kind)
	}
	_, err := d.Template(model.RecordContract)
	require.True(t, model.Is(err, model.CodeNotFound))
}

func TestTemplate_shape(t *testing.T) {
	d := open(t)
	data, err := d.Template(model.RecordPenalty)
	require.NoError(t, err)
	book, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer book.Close()
	require.Equal(t, []string{"数据", "填报说明", "选项"}, book.GetSheetList())
	validations, err := book.GetDataValidations("数据")
	require.NoError(t, err)
	require.Len(t, validations, 4, "counterparty, severity, finality, procedure")
	comments, err := book.GetComments("数据")
	require.NoError(t, err)
	f, err := d.Forms.Of(model.RecordPenalty)
	require.NoError(t, err)
	require.Len(t, comments, len(f.Fields))
	// As it was handed out, with nothing filled in, it has no rows.
	st := d.hand(t, upload(model.RecordPenalty, "xlsx", data))
	require.Equal(t, model.SubmissionDone, st.Status)
	require.Zero(t, st.Job.Rows)
}

const permitHead = "序号,行政相对人名称,统一社会信用代码,XK_XKWS,XK_WSH,许可类别,许可内容,许可决定日期,有效期自,有效期至,许可机关,许可机关代码,数据来源单位代码\n"

func permitRow(org *ingest.Row, n int, content string) string {
	return fmt.Sprintf("%d,%s,%s,准予许可决定书,顺市监许〔2026〕%d号,普通,%s,2026/5/11,2026年5月11日,长期,%s,%s,\n", n, org.Name, org.USCC, n, content,
		servicetest.Authority, unitCode)
}

// A sheet with all columns of the national standard is read, also by a registration number
// where there is no code.
func TestSubmit_nationalColumns(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	org.RegNo = "410203000000018"
	d.Import(org)
	head := "XK_XDR_MC,XK_XDR_LB,XK_XDR_SHXYM,XK_XDR_GSZC,XK_XDR_ZZJG,XK_XDR_SWDJ,XK_XDR_SYDW,XK_XDR_SHZZ,XK_FRDB,XK_FR_ZJLX,XK_FR_ZJHM,XK_XDR_ZJLX,XK_XDR_ZJHM," +
		"XK_XKWS,XK_WSH,XK_XKLB,XK_XKZS,XK_XKBH,XK_NR,XK_JDRQ,XK_YXQZ,XK_YXQZI,XK_XKJG,XK_XKJGDM,XK_ZT,XK_LYDW,XK_LYDWDM,BZ\n"
	row := func(n int, uscc, regNo string) string {
		return fmt.Sprintf("%s,法人及非法人组织,%s,%s,58436433-3,税1,证1,,王示例,身份证,410203190001019990,,,准予许可决定书,顺市监许〔2026〕%d号,普通,,,销售食品,2026/5/11,2026/5/11,长期,%s,%s,1,,,\n",
			org.Name, uscc, regNo, n, servicetest.Authority, unitCode)
	}
	st := d.hand(t, upload(model.RecordPermit, "csv", []byte(head+row(1, org.USCC, "无")+row(2, "", org.RegNo)+row(3, "", "410203000000026"))))
	require.Equal(t, model.SubmissionDone, st.Status, st.Reason)
	faults := d.faults(t, st.No)
	require.Equal(t, 2, st.Job.Accepted, faults)
	require.Equal(t, 1, st.Job.Rejected)
	require.Contains(t, faults[len(faults)-1], "unknown_subject")
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	require.Len(t, records, 2)
	for _, r := range records {
		require.Equal(t, []model.Detail{{Key: "status", Value: "valid"}}, r.Details)
	}
}

// Good rows come in, bad ones are told by cell, in words that people know.
func TestSubmit_partial(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	text := permitHead + permitRow(org, 1, "销售食品") +
		strings.Replace(permitRow(org, 2, "销售食品"), "普通", "特别", 1) +
		strings.Replace(permitRow(org, 3, "销售食品"), "2026/5/11", "2026/2/30", 1) +
		strings.TrimSuffix(permitRow(org, 4, "销售食品"), "\n") + "11410203000000000X\n" +
		strings.Replace(permitRow(org, 5, "销售食品"), org.USCC, "91410203MA40AB1C3C", 1) +
		permitRow(org, 6, "=cmd|' /C calc'!A0") +
		strings.Replace(permitRow(org, 7, "销售食品"), org.Name, "", 1)
	st := d.hand(t, upload(model.RecordPermit, "csv", []byte(text)))
	require.Equal(t, model.SubmissionDone, st.Status, st.Reason)
	require.Equal(t, 7, st.Job.Rows)
	require.Equal(t, 2, st.Job.Accepted)
	require.Equal(t, 5, st.Job.Rejected)
	require.Equal(t, time.Duration(0), st.Remaining)
	found := map[string]string{}
	for _, row := range d.faults(t, st.No) {
		found[row[0]] = strings.TrimSpace(row[1] + " " + row[2] + " " + row[3] + " " + row[5])
	}
	require.Equal(t, "F3 许可类别 enum E07", found["3"])
	require.Contains(t, found["4"], "H4 许可决定日期")
	require.Equal(t, "M5 数据来源单位统一社会信用代码 other_unit E15", found["5"])
	require.Contains(t, found["6"], "C6 统一社会信用代码")
	require.Equal(t, "B8 行政相对人名称 missing E01", found["8"], "nobody could tell whether the code is the right one")
	require.Len(t, d.Log.Seen("submission.receive"), 1)
	require.Equal(t, []string{"begun", "over"}, d.busy)
	// The file is gone, the facts stay.
	_, err := d.repo.Part(t.Context(), st.No+"/00000000")
	require.True(t, model.Is(err, model.CodeNotFound))
}

func TestSubmit_refused(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	_, err := d.Submit(ctx, model.Principal{ID: "staff_2", Role: model.RoleDepartment}, upload(model.RecordPermit, "csv", nil), nil)
	require.True(t, model.Is(err, model.CodeForbidden))
	_, err = d.Submit(ctx, officer, upload("nothing", "csv", nil), nil)
	require.True(t, model.Is(err, model.CodeInvalidRequest))
	for name, data := range map[string]string{"empty": "", "no header": "1,2,3\n", "a workbook": "PK\x03\x04", "an unknown column": strings.Replace(permitHead, "许可类别", "颜色", 1)} {
		st := d.hand(t, upload(model.RecordPermit, "csv", []byte(data)))
		require.Equal(t, model.SubmissionFailed, st.Status, name)
		require.NotEmpty(t, st.Reason, name)
	}
	st := d.hand(t, upload(model.RecordPermit, "xlsx", []byte("not a workbook")))
	require.Equal(t, model.SubmissionFailed, st.Status)
	require.Equal(t, []string{"begun", "over"}, d.busy[len(d.busy)-2:], "a failed one is over too")
	damaged := upload(model.RecordPermit, "csv", []byte(permitHead))
	damaged.Digest = strings.Repeat("0", 64)
	require.Equal(t, model.SubmissionFailed, d.hand(t, damaged).Status)
	// Another unit does not know of it.
	other := officer
	other.Unit = "11410203000000000X"
	_, err = d.Get(ctx, other, st.No)
	require.True(t, model.Is(err, model.CodeNotFound))
	list, _, err := d.List(ctx, other, "", 10)
	require.NoError(t, err)
	require.Empty(t, list)
	first, next, err := d.List(ctx, officer, "", 4)
	require.NoError(t, err)
	require.Len(t, first, 4)
	rest, end, err := d.List(ctx, officer, next, 4)
	require.NoError(t, err)
	require.Len(t, rest, 2)
	require.Empty(t, end)
	require.Greater(t, first[3].No, rest[0].No)
	d.Log.Broken.Store(true)
	_, err = d.Submit(ctx, officer, upload(model.RecordPermit, "csv", []byte(permitHead)), nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable))
	queued, err := d.repo.Queued(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, queued)
}

// answering gives its own answer to a submission, written or not.
type answering struct {
	submission.Store
	write bool
	err   error
	last  *model.Submission
}

func (s *answering) Receive(ctx context.Context, sub *model.Submission, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	s.last = sub
	if s.write {
		if err := s.Store.Receive(ctx, sub, entry, answer); err != nil {
			return err
		}
	}
	return s.err
}

// Who hangs up while the submission is written finds it later with its file; what the store
// refused leaves no file.
func TestSubmit_unsure(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	up := func() submission.Upload {
		return upload(model.RecordPermit, "csv", []byte(permitHead+permitRow(org, 1, "销售食品")))
	}
	desk := *d.Service
	odd := &answering{Store: d.repo, write: true, err: context.Canceled}
	desk.Store = odd
	_, err := desk.Submit(t.Context(), officer, up(), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, d.runner.Work(t.Context()))
	st, err := d.Get(t.Context(), officer, odd.last.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionDone, st.Status, st.Reason)
	require.Equal(t, 1, st.Job.Accepted)
	odd.write, odd.err = false, model.Errorf(model.CodeExists, "已存在。")
	_, err = desk.Submit(t.Context(), officer, up(), nil)
	require.True(t, model.Is(err, model.CodeExists))
	_, err = d.repo.Part(t.Context(), odd.last.No+"/00000000")
	require.True(t, model.Is(err, model.CodeNotFound))
}

// dying ends its process after some batches.
type dying struct {
	ingest.Store
	left   int
	cancel func()
}

func (s *dying) Commit(ctx context.Context, b *model.ImportBatch) error {
	if s.left == 0 {
		s.cancel()
		return context.Canceled
	}
	s.left--
	return s.Store.Commit(ctx, b)
}

// A run that ends anywhere is taken up by another process, and every row comes in once.
func TestRunner_resumes(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	const rows = 420
	var text strings.Builder
	text.WriteString(permitHead)
	for n := range rows {
		text.WriteString(permitRow(org, n+1, "销售食品"))
	}
	st, err := d.Submit(t.Context(), officer, upload(model.RecordPermit, "csv", []byte(text.String())), nil)
	require.NoError(t, err)
	require.Equal(t, int64(rows+1), st.Lines)
	good := d.importer.Store
	for try := 0; ; try++ {
		require.Less(t, try, 7)
		ctx, cancel := context.WithCancel(t.Context())
		im := d.importer
		im.Store = &dying{Store: good, left: 3, cancel: cancel}
		process := submission.NewRunner(submission.Runner{Service: d.Service, Importer: func() *ingest.Importer { return &im }, Dir: t.TempDir(),
			Leases: leases{store.NewLeases(d.Driver, d.House.Clock, 0)}})
		d.House.Clock.Pass(2 * time.Minute) // the lease of who died ends
		_ = process.Work(ctx)
		cancel()
		st, err = d.Get(t.Context(), officer, st.No)
		require.NoError(t, err)
		if st.Queue == "" {
			break
		}
		require.Equal(t, model.SubmissionRunning, st.Status)
		require.Less(t, st.Job.Rows, rows+1)
	}
	require.Equal(t, model.SubmissionDone, st.Status)
	require.Equal(t, rows, st.Job.Accepted)
	require.Zero(t, st.Job.Duplicate)
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	require.Len(t, records, rows)
}

// While one process holds a submission another leaves it alone.
func TestRunner_lease(t *testing.T) {
	d := open(t)
	st, err := d.Submit(t.Context(), officer, upload(model.RecordPermit, "csv", []byte(permitHead)), nil)
	require.NoError(t, err)
	others := store.NewLeases(d.Driver, d.House.Clock, 0)
	lease, err := others.Acquire(t.Context(), "submission/"+st.No, "other", time.Minute)
	require.NoError(t, err)
	require.NoError(t, d.runner.Work(t.Context()))
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionReceived, st.Status)
	require.NoError(t, others.Release(t.Context(), lease))
	require.NoError(t, d.runner.Work(t.Context()))
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionDone, st.Status)
}

// A file whose runs took their processes with them fails, and takes down no other.
func TestRunner_poison(t *testing.T) {
	d := open(t)
	st, err := d.Submit(t.Context(), officer, upload(model.RecordPermit, "csv", []byte(permitHead)), nil)
	require.NoError(t, err)
	const deaths = 8
	for range deaths {
		process := submission.NewRunner(submission.Runner{Service: d.Service, Dir: t.TempDir(), Leases: leases{store.NewLeases(d.Driver, d.House.Clock, 0)},
			Importer: func() *ingest.Importer { panic("poison") }})
		require.Panics(t, func() { _ = process.Work(t.Context()) })
		d.House.Clock.Pass(2 * time.Minute)
	}
	require.NoError(t, d.runner.Work(t.Context()))
	require.Empty(t, d.busy, "it is not read again")
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionFailed, st.Status)
	require.Contains(t, st.Reason, "多次处理失败")
	require.Empty(t, st.Queue)
}

// What the house is to blame for is waited out, however long, and stands in nobody's way.
func TestRunner_outage(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	st, err := d.Submit(t.Context(), officer, upload(model.RecordPermit, "csv", []byte(permitHead+permitRow(org, 1, "销售食品"))), nil)
	require.NoError(t, err)
	d.Log.Broken.Store(true)
	for range 20 {
		require.Error(t, d.runner.Work(t.Context()))
		require.NoError(t, d.runner.Work(t.Context()), "it waits before the next try")
		d.House.Clock.Pass(10 * time.Minute)
	}
	d.Log.Broken.Store(false)
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionReceived, st.Status)
	require.NoError(t, d.runner.Work(t.Context()))
	st, err = d.Get(t.Context(), officer, st.No)
	require.NoError(t, err)
	require.Equal(t, model.SubmissionDone, st.Status, st.Reason)
	require.Equal(t, 1, st.Job.Accepted)
}
