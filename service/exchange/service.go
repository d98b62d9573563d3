package exchange

import (
	"context"

	"xinyi/model"
	"xinyi/policy/form"
)

// Store keeps rows, packages and receipts.
type Store interface {
	State(ctx context.Context) (model.ExchangeState, error)
	// Next gives some records to report from where s stands, and moves s behind them.
	Next(ctx context.Context, s *model.ExchangeState, limit int) (records []*model.Record, more bool, err error)
	Sent(ctx context.Context, records []string) (map[string]*model.ExchangeSent, error)
	Rows(ctx context.Context, ids []string) (map[string]*model.ExchangeRow, error)
	EachRow(ctx context.Context, prefix string, yield func(*model.ExchangeRow) error) error
	Waiting(ctx context.Context, unit, after string, limit int) ([]*model.ExchangeRow, error)
	Package(ctx context.Context, no string) (*model.ExchangePackage, error)
	Receipt(ctx context.Context, id string) (*model.ExchangeReceipt, error)
	// Commit writes a batch: CodeConflict when another process was faster.
	Commit(ctx context.Context, in *model.ExchangeBatch) error
}

// Subjects gives the files of subjects.
type Subjects interface {
	Files(ctx context.Context, ids []model.SubjectID) (map[model.SubjectID]*model.SubjectFile, error)
}

// Forms name the fields of records, as they are published now.
type Forms interface {
	// Of gives the form of a kind: CodeNotFound where there is none.
	Of(kind model.RecordKind) (*form.Form, error)
}

// Vault seals cells, opens identities and marks contents.
type Vault interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
	MAC(purpose string, data []byte) ([]byte, error)
	CheckMAC(purpose string, data, mac []byte) bool
}

// Auditor reserves a place in the log for the entry of a batch.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(entry model.AuditEntry, err error)
}

// Service exports and takes receipts. All fields are required but MaxRows.
type Service struct {
	Store    Store
	Subjects Subjects
	Vault    Vault
	Forms    Forms
	Auditor  Auditor
	Clock    model.Clock
	// MaxRows bounds a package; 0 = 50,000.
	MaxRows int
}

func (s *Service) maxRows() int {
	if s.MaxRows > 0 {
		return s.MaxRows
	}
	return 50_000
}

// commit writes a batch with the entry that tells of it.
func (s *Service) commit(ctx context.Context, b *model.ExchangeBatch, ev model.AuditEvent) error {
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return err
	}
	b.Audit = []model.AuditEntry{entry}
	err = s.Store.Commit(ctx, b)
	s.Auditor.End(entry, err)
	return err
}

func (s *Service) event(by, action, ref, outcome string) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: by, ActorRole: model.RoleOffice, UnitName: "信用办", Action: action, Ref: ref, Outcome: outcome}
}
