// Package servicetest builds what the desks stand on in tests, from the real rooms: the
// engine that enginetest opens, vault, audit log, importer and credit desk, under a clock
// that the test moves.
package servicetest

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/form"
	"xinyi/policy/grading"
	"xinyi/policy/repair"
	"xinyi/service/credit"
	"xinyi/service/ingest"
	"xinyi/store"
	"xinyi/store/enginetest"
	"xinyi/vault"
)

// Start is when every house opens: a Sunday morning in Kaifeng.
var Start = time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai)

// Clock is moved by the test.
type Clock struct{ ns atomic.Int64 }

// Now is where the test put it.
func (c *Clock) Now() time.Time { return time.Unix(0, c.ns.Load()) }

// Set puts the clock to t.
func (c *Clock) Set(t time.Time) { c.ns.Store(t.UnixNano()) }

// Pass lets d go by.
func (c *Clock) Pass(d time.Duration) { c.ns.Add(int64(d)) }

// Log is the audit log with a memory of what became durable in it.
type Log struct {
	*audit.Log
	// Broken refuses every entry that somebody waits for.
	Broken atomic.Bool
	mu     sync.Mutex
	seen   []model.AuditEvent
	noted  []model.AuditEvent
}

func unavailable() error { return &model.Error{Code: model.CodeAuditUnavailable} }

// Record logs ev and remembers it.
func (l *Log) Record(ctx context.Context, ev model.AuditEvent) error {
	if l.Broken.Load() {
		return unavailable()
	}
	if err := l.Log.Record(ctx, ev); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, ev)
	return nil
}

// Note logs ev some time later.
func (l *Log) Note(ev model.AuditEvent) {
	l.mu.Lock()
	l.noted = append(l.noted, ev)
	l.mu.Unlock()
	l.Log.Note(ev)
}

// Begin reserves a place.
func (l *Log) Begin(ev model.AuditEvent) (model.AuditEntry, error) {
	if l.Broken.Load() {
		return model.AuditEntry{}, unavailable()
	}
	return l.Log.Begin(ev)
}

// End remembers the event of a batch that was written.
func (l *Log) End(e model.AuditEntry, err error) {
	if err == nil {
		l.mu.Lock()
		l.seen = append(l.seen, e.Event)
		l.mu.Unlock()
	}
	l.Log.End(e, err)
}

// Seen gives the durable events of action since the house opened, oldest first.
func (l *Log) Seen(action string) []model.AuditEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return of(l.seen, action)
}

// Noted gives the own views of action.
func (l *Log) Noted(action string) []model.AuditEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return of(l.noted, action)
}

func of(events []model.AuditEvent, action string) []model.AuditEvent {
	var out []model.AuditEvent
	for _, ev := range events {
		if ev.Action == action {
			out = append(out, ev)
		}
	}
	return out
}

// House is one process's ground floor.
type House struct {
	T        testing.TB
	Clock    *Clock
	Driver   store.Driver
	Vault    *vault.Vault
	Log      *Log
	IDs      *model.IDs
	Subjects *store.Subjects
	Judge    grading.Files
	Credit   *credit.Service

	dir     string // of the engine
	engine  store.Driver
	between func(store.Driver) store.Driver
}

// Open builds a house on an empty engine.
func Open(t testing.TB) *House {
	t.Helper()
	return OpenOver(t, func(d store.Driver) store.Driver { return d })
}

// OpenOver is Open with something between the engine and all that stand on it.
func OpenOver(t testing.TB, between func(store.Driver) store.Driver) *House {
	t.Helper()
	h := &House{T: t, Clock: &Clock{}, dir: enginetest.Dir(t), between: between}
	h.Clock.Set(Start)
	var err error
	h.Vault, err = vault.Open(t.Context(), vault.NewMaster(), vault.FileRing{Dir: t.TempDir()}, h.Clock, vault.Options{})
	h.must(err)
	book, err := grading.Load(grading.Seed())
	h.must(err)
	h.Judge = grading.Files{Book: book}
	h.engine = enginetest.OpenDir(t, h.dir, h.Clock)
	h.furnish()
	return h
}

// Crash kills the process and starts the next one on what the engine kept: every desk that
// stood on the house must be made anew.
func (h *House) Crash() {
	h.T.Helper()
	_ = h.Log.Close(context.Background()) // it folds in the background; what is acknowledged is durable already
	h.engine, h.dir = enginetest.Crashed(h.T, h.engine, h.dir, h.Clock)
	h.furnish()
}

// furnish puts on the engine what desks stand on.
func (h *House) furnish() {
	h.T.Helper()
	h.must(store.Ensure(h.T.Context(), h.engine))
	h.Driver = h.between(h.engine)
	h.Log = &Log{Log: h.openLog()}
	h.IDs, h.Subjects = model.NewIDs(h.Clock), store.NewSubjects(h.Driver, 1000)
	forms, err := form.Load(form.Seed())
	h.must(err)
	h.Credit = &credit.Service{Subjects: h.Subjects, Records: h.Subjects, Lists: store.NewLists(h.Driver, h.Clock), Accounts: store.NewAccounts(h.Driver),
		AccessLogs: h.Log, Judge: h.Judge, Sealer: h.Vault, Auditor: h.Log, Clock: h.Clock, Forms: forms,
		Purposes: credit.Purposes{
			model.RoleOffice: {model.PurposeTender: {OrganisationsOnly: true}, model.PurposeAward: {}, model.PurposeEmployment: {Consent: true}},
			model.RoleClerk:  {model.PurposeApproval: {}},
			model.RoleBank:   {model.PurposeBankAssess: {Consent: true}},
		}}
}

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

func (h *House) openLog() *audit.Log {
	signer, err := h.Vault.NoteSigner("test")
	h.must(err)
	verifiers, err := h.Vault.NoteVerifiers("test")
	h.must(err)
	witness, err := audit.NewFiles(h.T.TempDir())
	h.must(err)
	// The slot is held by a clock that stands still: it never ends.
	log, err := audit.Open(h.T.Context(), audit.Options{Storage: store.NewAuditLog(h.Driver), Signer: signer, Verifiers: verifiers, Witness: witness,
		Clock: model.ClockFunc(func() time.Time { return Start }), Holder: "test", Logger: slog.New(slog.DiscardHandler), Exclusive: true})
	h.must(err)
	h.T.Cleanup(func() { _ = log.Close(context.Background()) })
	return log
}

// Import brings rows in, every one of which must be accepted.
func (h *House) Import(rows ...*ingest.Row) {
	h.T.Helper()
	display, err := repair.Load(repair.Seed())
	h.must(err)
	im := &ingest.Importer{Store: store.NewIngest(h.Subjects), Judge: h.Judge, Sealer: h.Vault, Display: display, Auditor: h.Log,
		IDs: h.IDs, Clock: h.Clock, Actor: model.Principal{ID: "operator", Role: model.RoleOffice}}
	res, err := im.Import(h.T.Context(), rand.Text(), "test", &reader{rows: rows}, nil)
	h.must(err)
	if len(res.Faults) > 0 {
		h.T.Fatalf("row %d: %s at %q", res.Faults[0].Line, res.Faults[0].Code, res.Faults[0].Column)
	}
}

type reader struct {
	rows []*ingest.Row
	next int
}

func (r *reader) Next(row *ingest.Row) (int, error) {
	if r.next == len(r.rows) {
		return r.next, io.EOF
	}
	*row = *r.rows[r.next]
	r.next++
	return r.next, nil
}

// Authority is where the rows of Org and Person come from.
const (
	Authority     = "顺河回族区市场监督管理局"
	AuthorityCode = "11410203005900016A"
)

// Org is the row of an enterprise in good standing; its code is made from body, the
// eight characters of an organisation code.
func (h *House) Org(body string) *ingest.Row {
	h.T.Helper()
	code, err := model.ComposeUnifiedSocialCreditCode("91", "410203", body)
	h.must(err)
	return &ingest.Row{Kind: ingest.KindEnterprise, USCC: code.Reveal(), Name: "开封" + body + "商贸有限公司", Status: "存续", EstablishedOn: "2019-03-18"}
}

// Record is a row about the subject of an Org or Person row.
func Record(about *ingest.Row, kind model.RecordKind, title string, on model.Date) *ingest.Row {
	return &ingest.Row{Kind: string(kind), USCC: about.USCC, Name: about.Name, IDNo: about.IDNo, Title: title, DecisionDate: string(on),
		Authority: Authority, Source: Authority}
}

// Person is the row of adult n of the year 1900 who joined the level.
func (h *House) Person(n int, name string) *ingest.Row {
	h.T.Helper()
	id, err := model.ComposeCitizenID("410203", model.Date("1900-01-01").AddDays(n%365), 1+n/365)
	h.must(err)
	return &ingest.Row{Kind: ingest.KindPerson, Name: name, IDNo: id.Reveal(), LevelOptIn: true}
}

// IDOf gives the subject of a Person or Org row that was imported.
func (h *House) IDOf(row *ingest.Row) model.SubjectID {
	h.T.Helper()
	if row.USCC != "" {
		return model.SubjectID(row.USCC)
	}
	id, err := h.Subjects.FindPerson(h.T.Context(), h.Vault.IndexAll(model.IndexCitizenID, row.IDNo))
	h.must(err)
	return id
}

// Citizen is the person of row, signed in.
func (h *House) Citizen(row *ingest.Row) model.Principal {
	id := h.IDOf(row)
	return model.Principal{ID: "acct_" + string(id), Role: model.RoleCitizen, Subject: id, RequestID: "req"}
}

// Change alters the stored file of a subject, as another desk would.
func (h *House) Change(id model.SubjectID, change func(*model.SubjectFile)) {
	h.T.Helper()
	f, err := h.Subjects.File(h.T.Context(), id)
	h.must(err)
	changed := *f
	change(&changed)
	h.must(h.Subjects.SaveFile(h.T.Context(), &changed))
}
