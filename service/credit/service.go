package credit

import (
	"context"

	"xinyi/model"
	"xinyi/policy/summary"
)

// Subjects finds and keeps subject files.
type Subjects interface {
	// File gives a shared file that must not be changed: CodeNotFound if there is none.
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	// Head gives the head of a file without decoding the rest: CodeNotFound if there is none.
	Head(ctx context.Context, id model.SubjectID) (model.FileHead, error)
	// Resolve gives the subject that a current or former code, registration number or
	// organisation code belongs to: CodeNotFound if none.
	Resolve(ctx context.Context, code string) (model.SubjectID, error)
	// SaveFile replaces the file at its revision: CodeConflict on a lost race.
	SaveFile(ctx context.Context, f *model.SubjectFile) error
	// FindPerson gives the first subject that one of the blind indexes belongs to.
	FindPerson(ctx context.Context, indexes []string) (model.SubjectID, error)
}

// Records reads the facts of one subject.
type Records interface {
	// Range gives records in id order after the given position, at most limit.
	Range(ctx context.Context, id model.SubjectID, after string, limit int) (recs []*model.Record, next string, err error)
	// Record gives one: CodeNotFound if there is none.
	Record(ctx context.Context, id model.RecordID) (*model.Record, error)
}

// Lists reads list entries of organisations (名单).
type Lists interface {
	// Entries gives entries of kind in code order after the position; q filters by
	// name part or whole code, "" = all.
	Entries(ctx context.Context, kind model.ListKind, q, after string, limit int) (items []model.ListEntry, next string, err error)
}

// Accounts tells which enterprises an account may act for.
type Accounts interface {
	Account(ctx context.Context, id string) (*model.Account, error)
}

// AccessLogs reads who looked at a subject, newest first.
type AccessLogs interface {
	AccessLog(ctx context.Context, id model.SubjectID, limit int, after string) (items []model.AccessLogEntry, next string, err error)
}

// Sealer opens sealed identities.
type Sealer interface {
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
	IndexAll(kind, value string) []string
}

// Auditor records looks. Record returns when the entry is durable, Note does not wait.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Note(ev model.AuditEvent)
}

// Service answers look-ups. All fields are required.
type Service struct {
	Subjects   Subjects
	Records    Records
	Lists      Lists
	Accounts   Accounts
	AccessLogs AccessLogs
	Judge      summary.Judge
	Sealer     Sealer
	Auditor    Auditor
	Purposes   Purposes
	Forms      Forms
	Clock      model.Clock
}
