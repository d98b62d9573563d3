package ingest

import (
	"context"
	"runtime"
	"time"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/compliance"
	"xinyi/policy/measures"
	"xinyi/policy/quality"
	"xinyi/policy/sector"
	"xinyi/policy/summary"
)

// Store is what an import reads and writes.
type Store interface {
	// Job gives the state of the job with this id: CodeNotFound if it never ran.
	Job(ctx context.Context, id string) (model.ImportJob, error)
	// Files gives the files of those subjects that exist.
	Files(ctx context.Context, ids []model.SubjectID) (map[model.SubjectID]*model.SubjectFile, error)
	// Persons gives the subjects of those blind indexes that are known.
	Persons(ctx context.Context, indexes []string) (map[string]model.SubjectID, error)
	// Aliases gives the subjects of those former codes and registration numbers that are known.
	Aliases(ctx context.Context, codes []string) (map[string]model.SubjectID, error)
	// Known gives those business keys that exist.
	Known(ctx context.Context, keys []string) (map[string]bool, error)
	// RecordsOf gives all records of a subject.
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// Owner tells which desk alone changes a record; "" = none.
	Owner(ctx context.Context, r *model.Record) (model.RecordOwner, error)
	// Faults gives the rejected rows of a job in order of lines, at most limit.
	Faults(ctx context.Context, job string, limit int) ([]*model.ImportFault, error)
	// Commit writes all of it or nothing: CodeConflict or CodeExists when another writer
	// was first or a business key is known.
	Commit(ctx context.Context, b *model.ImportBatch) error
}

// Sealer seals identities and makes blind indexes.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
	Index(kind, value string) string
	IndexAll(kind, value string) []string
}

// Display computes when a record stops being shown (policy/repair).
type Display interface {
	// Ends gives the first day on which the record is no longer shown; "" = no end.
	Ends(r *model.Record) model.Date
}

// Auditor gives an entry for the batch of a change; End says whether it became durable.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Lists are the list rules in force (policy/measures).
type Lists interface {
	// List gives the rule of a day: CodeNoLegalBasis where none is in force.
	List(kind model.ListKind, on model.Date) (measures.ListRule, error)
}

// Importer loads files. All fields are required but those that say otherwise.
type Importer struct {
	Store   Store
	Judge   summary.Judge
	Sealer  Sealer
	Display Display
	Auditor Auditor
	IDs     *model.IDs
	Clock   model.Clock
	// Actor stands in the audit log. What a department brings in counts as its report.
	Actor model.Principal
	// Quality counts for the quality figures; nil = nobody counts.
	Quality *quality.Rules
	// Catalogue says what may be recorded, Compliance how rows are checked; nil = what
	// comes with the program.
	Catalogue  *catalogue.Book
	Compliance *compliance.Book
	// Schemes gives the rating schemes by which the ratings of departments are judged; nil =
	// they are not.
	Schemes func() *sector.Book
	// Lists says what the lists ask for that departments report to; nil = nothing.
	Lists Lists
	// Correct: a row whose fact is known corrects it, if it is the reporter's own.
	Correct bool
	// Named: a row about an organisation says its name, as the sheets of departments do, so
	// that a wrong code that happens to exist is noticed (E04).
	Named bool
	// Workers prepare rows side by side; 0 = one per CPU.
	Workers int
	// BatchRows is about how many rows one commit takes; 0 = 2000.
	BatchRows int
}

// Reader gives rows in file order.
type Reader interface {
	// Next gives the next row and its line; io.EOF at the end. A *RowError rejects one
	// line and reading may go on. row comes zeroed.
	Next(row *Row) (line int, err error)
}

// Progress counts the rows of one run; it is told after every batch.
type Progress struct {
	Rows, Accepted, Duplicate, Rejected int
	Warned                              int // came in, or were known, with something to look at
	Elapsed                             time.Duration
}

// Result is what an import did.
type Result struct {
	Progress
	// Job is the state of the whole job, over all its runs.
	Job     model.ImportJob
	Resumed int // rows that earlier runs had done
	// Faults are the rejected rows of the whole job in order of lines, at most maxFaults.
	Faults []*Fault
	// Warnings are what is to be looked at, in rows of either kind, likewise.
	Warnings []*Fault
}

// maxFaults bounds the faults that are kept of one job; more are counted only.
const maxFaults = 100_000

func (im *Importer) workers() int {
	if im.Workers > 0 {
		return im.Workers
	}
	return runtime.GOMAXPROCS(0)
}

func (im *Importer) batchRows() int {
	if im.BatchRows > 0 {
		return im.BatchRows
	}
	return 2000
}

// ruled is the importer with the rules that come with the program where it has none.
func (im *Importer) ruled() (own *Importer, err error) {
	copied := *im
	if own = &copied; own.Catalogue == nil {
		if own.Catalogue, err = catalogue.Load(catalogue.Seed()); err != nil {
			return nil, err
		}
	}
	if own.Compliance == nil {
		own.Compliance, err = compliance.Load(compliance.Seed())
	}
	return own, err
}

// Import reads a file of the given digest to its end. It resumes after the last batch
// that an earlier run committed; a file that is done is not read. tell may be nil.
//
// Errors: of the reader, the store and the context; everything committed stays, and
// Result says how far it came.
func (im *Importer) Import(ctx context.Context, digest, name string, r Reader, tell func(Progress)) (Result, error) {
	im, err := im.ruled()
	if err != nil {
		return Result{}, err
	}
	job, err := im.Store.Job(ctx, digest)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return Result{}, err
	}
	job.ID, job.Name = digest, name
	run := &run{im: im, job: job, started: im.Clock.Now(), tell: tell}
	run.result.Resumed = job.Rows
	if !job.Done {
		if err = run.all(ctx, r); err == nil {
			err = run.finish(ctx)
		}
		if err != nil {
			run.result.Job = run.job
			return run.result, err
		}
	}
	run.result.Job = run.job
	found, err := im.Store.Faults(ctx, digest, 2*maxFaults)
	for _, f := range found {
		if f.Warning {
			run.result.Warnings = append(run.result.Warnings, f)
		} else {
			run.result.Faults = append(run.result.Faults, f)
		}
	}
	return run.result, err
}
