package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/submission"
)

// Submissions is the desk of departments (报送、更正、撤回).
type Submissions struct {
	Desk *submission.Service
}

// Mount adds the routes.
func (d *Submissions) Mount(r Router) {
	r.Handle(http.MethodPost, "/v1/submissions", d.create)
	r.Handle(http.MethodGet, "/v1/submissions", d.list)
	r.Handle(http.MethodGet, "/v1/submissions/:no", d.get)
	r.Handle(http.MethodGet, "/v1/submissions/:no/errors.xlsx", d.faults)
	r.Handle(http.MethodGet, "/v1/submissions/templates/:file", d.template)
	r.Handle(http.MethodPost, "/v1/records/:id/retraction", d.retract)
	r.Handle(http.MethodGet, "/v1/retractions", d.retractions)
}

func (d *Submissions) create(c *gin.Context) error {
	up, err := uploadOf(c)
	if err != nil {
		return err
	}
	wire := func(st submission.State) any { return wireSubmission(st) }
	st, err := d.Desk.Submit(c.Request.Context(), caller(c), up, receipt(c, http.StatusAccepted, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusAccepted, wireSubmission(st))
}

// uploadOf reads what was handed in: a file in a form, or rows.
func uploadOf(c *gin.Context) (up submission.Upload, err error) {
	kind, mode := "", ""
	if sent := callOf(c).upload; sent != nil {
		kind, mode = sent.fields["kind"], sent.fields["mode"]
		up = submission.Upload{FileName: sent.name, Size: sent.size, Digest: sent.digest, Body: sent.file}
		if up.Format, err = formatOf(sent); err != nil {
			return up, err
		}
	} else {
		var in struct {
			Kind, Mode string
			Rows       []json.RawMessage
		}
		if err := bind(c, &in); err != nil {
			return up, err
		}
		kind, mode = in.Kind, in.Mode
		if up, err = rowsOf(in.Rows); err != nil {
			return up, err
		}
	}
	up.Kind, up.Mode = model.RecordKind(kind), model.SubmissionMode(mode)
	switch up.Mode {
	case "":
		up.Mode = model.SubmissionNew
	case model.SubmissionNew, model.SubmissionCorrection:
	default:
		return up, model.Invalid("/mode", "enum", "只能是：new、correction。")
	}
	return up, nil
}

// rowsOf makes a file of rows, one in a line.
func rowsOf(rows []json.RawMessage) (submission.Upload, error) {
	var lines bytes.Buffer
	for _, row := range rows {
		if err := json.Compact(&lines, row); err != nil {
			return submission.Upload{}, model.Wrap(err, model.CodeInternal, "")
		}
		lines.WriteByte('\n')
	}
	sum := sha256.Sum256(lines.Bytes())
	return submission.Upload{Format: submission.FormatNDJSON, Size: int64(lines.Len()), Digest: hex.EncodeToString(sum[:]), Body: &lines}, nil
}

// formatOf tells the format by the name of the file, without one by its first bytes.
func formatOf(u *upload) (string, error) {
	switch strings.ToLower(path.Ext(u.name)) {
	case ".xlsx":
		return submission.FormatXLSX, nil
	case ".csv", ".txt":
		return submission.FormatCSV, nil
	case ".ndjson", ".jsonl":
		return submission.FormatNDJSON, nil
	case "":
		var start [4]byte
		if _, err := u.file.ReadAt(start[:], 0); err == nil && string(start[:]) == "PK\x03\x04" {
			return submission.FormatXLSX, nil
		}
	}
	return "", model.Invalid("/file", "format", "只接收 .xlsx、.csv、.ndjson 或 .jsonl 文件，请另存后上传。")
}

var statusTexts = map[model.SubmissionStatus]string{
	model.SubmissionReceived: "已接收，等待处理。",
	model.SubmissionRunning:  "正在处理，可随时查看进度。",
	model.SubmissionDone:     "已处理完。",
}

func wireSubmission(st submission.State) api.Submission {
	sub, job := st.Submission, st.Job
	out := api.Submission{SubmissionNo: sub.No, Kind: string(sub.Kind), Mode: string(sub.Mode), Status: string(sub.Status), StatusText: statusTexts[sub.Status],
		Format: sub.Format, FileName: sub.FileName, Size: sub.Size, UnitName: sub.UnitName, ReceivedAt: instant(sub.ReceivedAt),
		FinishedAt: nullable(sub.FinishedAt), RowsRead: job.Rows, Accepted: job.Accepted, Duplicate: job.Duplicate, Rejected: job.Rejected,
		Warned: job.Warned, RowsPerSecond: st.PerSecond}
	switch {
	case sub.Reason != "":
		out.StatusText = sub.Reason
	case sub.Status == model.SubmissionDone && job.Rows == 0:
		out.StatusText = "已处理完，但文件中没有数据行（首列写“示例”的行不读入），请填写后重新报送。"
	case sub.Status == model.SubmissionDone && job.Rejected > 0:
		out.StatusText = "已处理完，有 " + strconv.Itoa(job.Rejected) + " 行被拒，请按错误表更正后重新报送。"
	}
	if sub.Lines > 0 {
		out.RowsTotal = &sub.Lines
	}
	if st.Remaining >= 0 {
		seconds := int64(st.Remaining / time.Second)
		out.RemainingSeconds = &seconds
	}
	return out
}

func (d *Submissions) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	states, next, err := d.Desk.List(c.Request.Context(), caller(c), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.Submissions{Items: make([]api.Submission, len(states))}
	for i, st := range states {
		answer.Items[i] = wireSubmission(st)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Submissions) get(c *gin.Context) error {
	st, err := d.Desk.Get(c.Request.Context(), caller(c), c.Param("no"))
	if err != nil {
		return err
	}
	if unchanged(c, etag(st.Rev, "submission", st.No, strconv.FormatInt(st.Job.Rev, 10))) {
		return nil
	}
	return respond(c, http.StatusOK, wireSubmission(st))
}

func (d *Submissions) faults(c *gin.Context) error {
	var out bytes.Buffer
	if err := d.Desk.WriteFaults(c.Request.Context(), caller(c), c.Param("no"), &out); err != nil {
		return err
	}
	return attachment(c, c.Param("no")+"-errors.xlsx", out.Bytes())
}

func (d *Submissions) template(c *gin.Context) error {
	name := c.Param("file")
	body, err := d.Desk.Template(model.RecordKind(strings.TrimSuffix(name, ".xlsx")))
	if err != nil {
		return err
	}
	return attachment(c, name, body)
}

// attachment answers with a workbook to be saved under name, which the contract has checked.
func attachment(c *gin.Context, name string, body []byte) error {
	c.Writer.Header()["Content-Disposition"] = []string{`attachment; filename="` + name + `"`}
	writeBody(c, http.StatusOK, workbookMedia, body)
	return nil
}

func (d *Submissions) retract(c *gin.Context) error {
	var in api.RetractionRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	day := model.Date("")
	if in.DecidedOn != "" {
		var err error
		if day, err = model.ParseDate(in.DecidedOn); err != nil {
			return model.Invalid("/decidedOn", "date", "日期应真实存在。")
		}
	}
	wire := func(r submission.Retraction) any { return wireRetraction(r) }
	done, err := d.Desk.Retract(c.Request.Context(), caller(c), parseRecordID(c.Param("id")), day, in.Reason, receipt(c, http.StatusOK, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireRetraction(done))
}

func (d *Submissions) retractions(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	notices, next, err := d.Desk.Retractions(c.Request.Context(), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.RetractionNotices{Items: make([]api.RetractionNotice, len(notices))}
	for i, n := range notices {
		answer.Items[i] = api.RetractionNotice{RecordID: wireRecordID(n.Record), Kind: string(n.Kind), USCC: n.USCC, Name: n.Name, Title: n.Title, DocNo: n.DocNo,
			Authority: n.Authority, Reason: n.Reason, DecisionDate: string(n.DecisionDate), DecidedOn: string(n.DecidedOn), WithdrawnOn: string(n.WithdrawnOn)}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireRetraction(r submission.Retraction) api.Retraction {
	return api.Retraction{RecordID: wireRecordID(r.Record), WithdrawnOn: string(r.On), Reason: r.Reason, DecidedOn: string(r.DecidedOn),
		WithdrawBy: string(r.WithdrawBy), WithdrawBasis: r.WithdrawBasis, OnTime: r.OnTime, SyncBy: string(r.SyncBy), SyncBasis: r.SyncBasis}
}
