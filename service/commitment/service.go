// Package commitment is the desk of credit promises (信用承诺): citizens sign letters, the unit
// that accepted a promise finds whether it was kept, and the public reads what may be shown.
// A promise is also a fact of the subject's file; both are written in one batch.
package commitment

import (
	"context"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/commitment"
	"xinyi/policy/summary"
)

// Store keeps promises.
type Store interface {
	// Commitment gives one: CodeNotFound if there is none.
	Commitment(ctx context.Context, code string) (*model.Commitment, error)
	// OfSubject gives a subject's promises, newest first.
	OfSubject(ctx context.Context, id model.SubjectID, after string, limit int) ([]*model.Commitment, string, error)
	// Shown gives publishable promises, of one organisation or ("") all.
	Shown(ctx context.Context, id model.SubjectID, after string, limit int) ([]*model.Commitment, string, error)
	// Waiting gives promises whose finding waits in a queue, in order of the last day.
	Waiting(ctx context.Context, queue string, from model.Date, yield func(*model.Commitment) bool) error
	// Ending gives promises whose last day lies in a span, in its order.
	Ending(ctx context.Context, from, to model.Date, after string, limit int) ([]*model.Commitment, string, error)
	// Serial and Stat give a zero document (Rev 0) before the first.
	Serial(ctx context.Context, id string) (model.CommitmentSerial, error)
	Stat(ctx context.Context, id string) (model.CommitmentStat, error)
	// Stats gives the statistics of a unit from one month to another; unit "" = of all.
	Stats(ctx context.Context, unit, from, to string) ([]*model.CommitmentStat, error)
	// WriteCommitment writes everything or nothing: CodeConflict when something moved.
	WriteCommitment(ctx context.Context, w model.CommitmentWrite) error
}

// Records reads the facts of a subject.
type Records interface {
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	Record(ctx context.Context, id model.RecordID) (*model.Record, error)
}

// Files finds subjects, with a summary that is true now.
type Files interface {
	Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error)
	Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error)
	// EnterpriseCredit gives a file to who may act for the enterprise.
	EnterpriseCredit(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, model.Stamp, error)
}

// Display computes when a record stops being shown; "" = no end.
type Display interface {
	Ends(r *model.Record) model.Date
}

// Sealer seals the texts of persons.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
}

// Auditor records looks and changes.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Note(ev model.AuditEvent)
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Catalogue is the information catalogue with its blocklist (policy/catalogue).
type Catalogue interface {
	Find(rec *model.Record, subject model.SubjectKind, day model.Date) (catalogue.Entry, *catalogue.Refusal)
	Screen(rec *model.Record, content string, subject model.SubjectKind) *catalogue.Refusal
}

// Counter counts for the quality figures (policy/quality).
type Counter interface {
	Record(rec *model.Record, sign int64, into model.QualityCounts)
	Subject(f *model.SubjectFile, records []*model.Record, sign int64, into model.QualityCounts)
}

// Service is the desk. All fields are required but Quality.
type Service struct {
	Store   Store
	Records Records
	Files   Files
	Rules   *commitment.Book
	// Catalogue says whether and how a promise may be recorded.
	Catalogue Catalogue
	Calendar  commitment.Calendar
	Display   Display
	Judge     summary.Judge
	Sealer    Sealer
	Auditor   Auditor
	IDs       *model.IDs
	Clock     model.Clock
	// Key gives the business key under which an import would know the record.
	Key func(r *model.Record, subject model.SubjectID) string
	// Quality counts by the rules of a day; nil = nobody counts.
	Quality func(day model.Date) Counter
}

func (s *Service) today() model.Date { return model.DateOf(s.Clock.Now()) }

func (s *Service) event(p model.Principal, action, outcome string, subjects ...model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Purpose: model.PurposeOther, Outcome: outcome, Subjects: subjects, RequestID: p.RequestID}
}

// refused logs a refusal and gives it back; when it cannot be logged, that error.
func (s *Service) refused(ctx context.Context, ev model.AuditEvent, why error) error {
	ev.Outcome = string(model.CodeOf(why))
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return err
	}
	return why
}

// save writes a change with its audit entry and answer.
func (s *Service) save(ctx context.Context, ev model.AuditEvent, change *model.CommitmentChange, receipt model.Receipt[model.Commitment]) (model.Commitment, error) {
	shown, err := s.Opened(&change.Commitment)
	if err != nil {
		return shown, err
	}
	shown.Rev++ // as the store will count it
	w := model.CommitmentWrite{CommitmentChange: *change}
	if w.Answer, err = receipt.Make(shown); err != nil {
		return shown, err
	}
	ev.Ref, ev.RuleVersion = shown.Code, shown.RuleVersion
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return shown, err
	}
	err = s.Store.WriteCommitment(ctx, w)
	s.Auditor.End(w.Audit, err)
	return shown, err
}
