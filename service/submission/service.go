package submission

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"

	"xinyi/model"
	"xinyi/policy/form"
	"xinyi/policy/quality"
	"xinyi/policy/summary"
	"xinyi/service/ingest"
)

// Store keeps submissions.
type Store interface {
	// Receive writes a new submission, its audit entry and the answer in one batch.
	Receive(ctx context.Context, sub *model.Submission, entry model.AuditEntry, answer *model.IdempotencyRecord) error
	// Submission gives one of a unit's: CodeNotFound if there is none.
	Submission(ctx context.Context, unit, no string) (*model.Submission, error)
	// OfUnit gives a unit's submissions, newest first, after the given id.
	OfUnit(ctx context.Context, unit, after string, limit int) ([]*model.Submission, string, error)
	// Queued gives those with work to do, oldest first.
	Queued(ctx context.Context, limit int) ([]*model.Submission, error)
	// Save replaces a submission at its revision and counts it up.
	Save(ctx context.Context, sub *model.Submission) error
	Parts
	Jobs
	// Retractions gives the notices shown on day, newest first.
	Retractions(ctx context.Context, day model.Date, after string, limit int) ([]*model.RetractionNotice, string, error)
}

// Parts keeps the sealed pieces of files under no/number.
type Parts interface {
	PutPart(ctx context.Context, id string, body model.Sealed, expires time.Time) error
	Part(ctx context.Context, id string) (model.Sealed, error)
	DropParts(ctx context.Context, no string) error
}

// Jobs tells how far the import of a submission is.
type Jobs interface {
	// Job gives the state of an import: CodeNotFound if it never ran.
	Job(ctx context.Context, id string) (model.ImportJob, error)
	// Faults gives what was found in its rows in order of lines, at most limit.
	Faults(ctx context.Context, job string, limit int) ([]*model.ImportFault, error)
}

// Records are what a retraction reads and writes.
type Records interface {
	Record(ctx context.Context, id model.RecordID) (*model.Record, error)
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	// Owner tells which desk alone changes a record; "" = none.
	Owner(ctx context.Context, r *model.Record) (model.RecordOwner, error)
	// Withdraw writes all of it or nothing: CodeConflict when something moved.
	Withdraw(ctx context.Context, w model.Withdrawal) error
}

// Sealer seals the pieces of files.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
}

// Auditor gives an entry for the batch of a change; End says whether it became durable.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Calendar counts working days (policy/clock).
type Calendar interface {
	AddWorkdays(d model.Date, n int) (model.Date, error)
}

// Forms are what departments fill in, as published now.
type Forms interface {
	// Of gives the form of a kind: CodeNotFound where there is none.
	Of(kind model.RecordKind) (*form.Form, error)
	Kinds() []model.RecordKind
	Terms() form.Retraction
	Version() string
}

// Service is the desk of departments. All fields are required but those that say otherwise.
type Service struct {
	Store    Store
	Records  Records
	Sealer   Sealer
	Auditor  Auditor
	Forms    Forms
	Calendar Calendar
	Judge    summary.Judge
	IDs      *model.IDs
	Clock    model.Clock
	// NoticeDays says how long the public is told that an entry left a list; nil = not at all.
	NoticeDays func(kind model.ListKind, day model.Date) int
	// Quality gives the rules by which the quality figures are counted today; nil = nobody
	// counts.
	Quality func() *quality.Rules
	// Wake hears that there is work to do; nil = the runner looks by itself.
	Wake func()
}

const (
	partSize = 1 << 20
	// keepParts is how long a file waits for somebody to read it.
	keepParts = 7 * 24 * time.Hour
	maxFaults = 200_000
)

// Formats of files.
const (
	FormatXLSX   = "xlsx"
	FormatCSV    = "csv"
	FormatNDJSON = "ndjson"
)

// Upload is a file as it was handed in.
type Upload struct {
	Kind     model.RecordKind
	Mode     model.SubmissionMode
	Format   string
	FileName string
	Digest   string // SHA-256 (hex) of Body
	Size     int64
	Body     io.Reader
}

// State is a submission and how far it is.
type State struct {
	*model.Submission
	Job model.ImportJob
	// PerSecond is the rate of the run; Remaining how long the rest will take; negative =
	// not known.
	PerSecond int64
	Remaining time.Duration
}

// Submit takes a file in; it is durable, sealed and queued before Submit returns. Errors:
// CodeForbidden without a unit, CodeInvalidRequest for a kind without a form.
func (s *Service) Submit(ctx context.Context, p model.Principal, up Upload, receipt model.Receipt[State]) (State, error) {
	if p.Unit == "" {
		return State{}, noUnit()
	}
	if _, err := s.Forms.Of(up.Kind); err != nil {
		return State{}, model.Invalid("/kind", "enum", "没有这种报送表单，请从模板列表中选择。")
	}
	sub := &model.Submission{No: "S" + s.IDs.Next(), Unit: p.Unit, UnitName: p.UnitName, By: p.ID, Kind: up.Kind, Mode: up.Mode, Format: up.Format,
		FileName: plainName(up.FileName), Size: up.Size, Digest: up.Digest, Status: model.SubmissionReceived, Queue: model.SubmissionQueue,
		ReceivedAt: s.Clock.Now().UTC().Truncate(time.Millisecond)}
	sub.ID = sub.Unit + "/" + sub.No
	state := State{Submission: sub, Remaining: -1}
	sent := false
	err := s.putParts(ctx, sub, up.Body)
	if err == nil {
		sent, err = s.receive(ctx, p, state, receipt)
	}
	if err != nil {
		// What may be there needs its file; what stays behind, also after a crash, expires.
		if !sent || refused(err) {
			_ = s.Store.DropParts(context.WithoutCancel(ctx), sub.No)
		}
		return State{}, err
	}
	if s.Wake != nil {
		s.Wake()
	}
	return state, nil
}

func noUnit() error {
	return model.Errorf(model.CodeForbidden, "您的账号没有登记所属单位，请联系信用办。")
}

// plainName keeps the last part of a file name, short and printable.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 100 {
		name = string(r[len(r)-100:])
	}
	return strings.TrimLeft(name, "./")
}

func partID(no string, n int) string { return fmt.Sprintf("%s/%08x", no, n) }

// putParts seals the file piece by piece.
func (s *Service) putParts(ctx context.Context, sub *model.Submission, body io.Reader) error {
	buf := make([]byte, partSize)
	for {
		n, err := io.ReadFull(body, buf)
		if n > 0 {
			id := partID(sub.No, sub.Parts)
			sealed, err := s.Sealer.Seal(model.SealUpload, id, buf[:n])
			if err != nil {
				return err
			}
			if err := s.Store.PutPart(ctx, id, sealed, sub.ReceivedAt.Add(keepParts)); err != nil {
				return err
			}
			sub.Parts++
			if sub.Format != FormatXLSX {
				sub.Lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // io.ReadFull gives them as they are
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// receive writes the submission; sent tells that the store was asked to, and may have done
// it whatever it answers.
func (s *Service) receive(ctx context.Context, p model.Principal, state State, receipt model.Receipt[State]) (sent bool, err error) {
	answer, err := receipt.Make(state)
	if err != nil {
		return false, err
	}
	entry, err := s.Auditor.Begin(s.event(p, "submission.receive", "received", state.No))
	if err != nil {
		return false, err
	}
	err = s.Store.Receive(ctx, state.Submission, entry, answer)
	s.Auditor.End(entry, err)
	return true, err
}

// refused reports whether the store says that it wrote nothing. After any other error, such
// as that of a caller who hung up meanwhile, a submission may be durable all the same.
func refused(err error) bool {
	for _, code := range []model.Code{model.CodeExists, model.CodeConflict, model.CodeRequestInFlight, model.CodeInvalidRequest} {
		if model.Is(err, code) {
			return true
		}
	}
	return false
}

func (s *Service) event(p model.Principal, action, outcome, ref string) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action, Outcome: outcome,
		Ref: ref, RequestID: p.RequestID}
}

// Get gives one of the caller's unit's submissions.
func (s *Service) Get(ctx context.Context, p model.Principal, no string) (State, error) {
	if p.Unit == "" {
		return State{}, noUnit()
	}
	sub, err := s.Store.Submission(ctx, p.Unit, no)
	if model.Is(err, model.CodeNotFound) {
		return State{}, model.Errorf(model.CodeNotFound, "没有找到该报送，或它不属于本单位。")
	}
	if err != nil {
		return State{}, err
	}
	return s.state(ctx, sub)
}

// List gives the caller's unit's submissions, newest first.
func (s *Service) List(ctx context.Context, p model.Principal, after string, limit int) ([]State, string, error) {
	if p.Unit == "" {
		return nil, "", noUnit()
	}
	subs, next, err := s.Store.OfUnit(ctx, p.Unit, after, limit)
	if err != nil {
		return nil, "", err
	}
	states := make([]State, len(subs))
	for i, sub := range subs {
		if states[i], err = s.state(ctx, sub); err != nil {
			return nil, "", err
		}
	}
	return states, next, nil
}

func (s *Service) state(ctx context.Context, sub *model.Submission) (State, error) {
	job, err := s.Store.Job(ctx, sub.No)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return State{}, err
	}
	st := State{Submission: sub, Job: job, Remaining: -1}
	elapsed := job.UpdatedAt.Sub(sub.RunAt)
	if done := job.Rows - sub.RunRows; done > 0 && elapsed > 0 {
		st.PerSecond = int64(float64(done) / elapsed.Seconds())
	}
	switch left := sub.Lines - int64(job.Rows); {
	case sub.Queue == "":
		st.Remaining = 0
	case sub.Lines > 0 && st.PerSecond > 0:
		st.Remaining = time.Duration(max(left, 0)/st.PerSecond) * time.Second
	}
	return st, nil
}

// WriteFaults writes what was found in the rows of a submission as a workbook.
func (s *Service) WriteFaults(ctx context.Context, p model.Principal, no string, w io.Writer) error {
	st, err := s.Get(ctx, p, no)
	if err != nil {
		return err
	}
	faults, err := s.Store.Faults(ctx, no, maxFaults)
	if err != nil {
		return err
	}
	labels := map[string]string{}
	if f, err := s.Forms.Of(st.Kind); err == nil {
		for _, field := range f.Fields {
			labels[field.Column] = field.Label
		}
	}
	delete(labels, "")
	return ingest.EncodeFaults(w, faults, func(f *ingest.Fault) string { return ingest.CellOf(st.Columns, f) }, func(column string) string {
		if label := labels[column]; label != "" {
			return label
		}
		return column
	})
}
