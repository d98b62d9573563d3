package identity_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"xinyi/audit"
	"xinyi/gateway/verifier"
	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/quality"
	"xinyi/service/identity"
	"xinyi/store"
	"xinyi/store/enginetest"
	"xinyi/vault"
)

const (
	issuer   = "https://credit.example.org"
	audience = "xinyi-api"
)

var (
	start    = time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai)
	here     = identity.Caller{Address: "192.0.2.7", RequestID: "req-1"}
	fastHash = identity.PasswordConfig{MemoryKiB: 64, Passes: 1, Lanes: 1}
)

// tick is a clock that a test moves.
type tick struct{ ns atomic.Int64 }

func (t *tick) Now() time.Time          { return time.Unix(0, t.ns.Load()) }
func (t *tick) advance(d time.Duration) { t.ns.Add(int64(d)) }

// shared is what several processes have in common: the engine, the keys and the world
// outside.
type shared struct {
	clock  *tick
	driver store.Driver
	master vault.Master
	ring   vault.FileRing
	people *verifier.Register
	ids    *model.IDs
}

// process is one process of the product, as cmd would wire it.
type process struct {
	*shared
	vault    *vault.Vault
	log      *audit.Log
	control  *store.Control
	revoked  *store.Revocations
	signins  *store.SignIns
	accounts *store.Accounts
	subjects *store.Subjects
	tokens   *identity.Tokens
	sessions *identity.Sessions
	citizens *identity.Citizens
	staff    *identity.Staff
	clients  *identity.Clients
	verifier *switchable
	events   *events
	refusals *identity.Refusals
}

// switchable lets a test take the authority down.
type switchable struct {
	identity.Verifier
	down  atomic.Bool
	asked atomic.Int64
}

func (s *switchable) Verify(ctx context.Context, name string, id model.CitizenID) error {
	s.asked.Add(1)
	if s.down.Load() {
		return &model.Error{Code: model.CodeUpstream}
	}
	return s.Verifier.Verify(ctx, name, id)
}

// events is the real log with a memory of what went through it.
type events struct {
	*audit.Log
	mu     sync.Mutex
	seen   []model.AuditEvent
	broken atomic.Bool
}

func (e *events) keep(ev model.AuditEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, ev)
}

func (e *events) Record(ctx context.Context, ev model.AuditEvent) error {
	if e.broken.Load() {
		return &model.Error{Code: model.CodeAuditUnavailable}
	}
	e.keep(ev)
	return e.Log.Record(ctx, ev)
}

func (e *events) Note(ev model.AuditEvent) {
	e.keep(ev)
	e.Log.Note(ev)
}

func (e *events) Begin(ev model.AuditEvent) (model.AuditEntry, error) {
	if e.broken.Load() {
		return model.AuditEntry{}, &model.Error{Code: model.CodeAuditUnavailable}
	}
	return e.Log.Begin(ev)
}

func (e *events) End(entry model.AuditEntry, err error) {
	if err == nil {
		e.keep(entry.Event)
	}
	e.Log.End(entry, err)
}

// count tells how often action ended with outcome.
func (e *events) count(action, outcome string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, ev := range e.seen {
		if ev.Action == action && ev.Outcome == outcome {
			n++
		}
	}
	return n
}

func newShared(t testing.TB) *shared {
	t.Helper()
	clock := &tick{}
	clock.ns.Store(start.UnixNano())
	return &shared{clock: clock, driver: enginetest.Open(t, clock), master: vault.NewMaster(), ring: vault.FileRing{Dir: t.TempDir()},
		people: verifier.NewRegister(population(t)), ids: model.NewIDs(clock)}
}

func (s *shared) process(t testing.TB, name string) *process {
	t.Helper()
	p := &process{shared: s}
	var err error
	p.vault, err = vault.Open(t.Context(), s.master, s.ring, s.clock, vault.Options{})
	require.NoError(t, err)
	signer, err := p.vault.NoteSigner("xinyi")
	require.NoError(t, err)
	verifiers, err := p.vault.NoteVerifiers("xinyi")
	require.NoError(t, err)
	witness, err := audit.NewFiles(t.TempDir())
	require.NoError(t, err)
	p.log, err = audit.Open(t.Context(), audit.Options{Storage: store.NewAuditLog(s.driver), Signer: signer, Verifiers: note.Verifiers(verifiers),
		Witness: witness, Clock: s.clock, Holder: name, Logger: slog.New(slog.DiscardHandler), Lease: 10_000 * time.Hour})
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.log.Close(context.Background()) })
	p.control, err = store.OpenControl(t.Context(), s.driver, store.ControlOptions{Clock: s.clock})
	require.NoError(t, err)
	p.revoked, _ = store.NewRevocations(p.control, s.clock)
	p.signins, p.accounts, p.subjects = store.NewSignIns(s.driver), store.NewAccounts(s.driver), store.NewSubjects(s.driver, 100)
	p.events = &events{Log: p.log}
	p.refusals = identity.NewRefusals(p.events, s.clock)
	p.verifier = &switchable{Verifier: s.people}

	p.tokens, err = identity.NewTokens(identity.TokenConfig{Issuer: issuer, Audience: audience}, p.vault, p.revoked, s.clock)
	require.NoError(t, err)
	p.sessions = identity.NewSessions(identity.SessionConfig{}, p.signins, p.tokens, p.revoked,
		identity.Owners{Accounts: p.accounts, Staff: p.signins}, p.events, s.clock)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	figures, err := quality.Load(quality.Seed(), calendar)
	require.NoError(t, err)
	p.citizens = &identity.Citizens{
		Quality:  func(day model.Date) identity.Counter { return figures.On(day) },
		OpenID:   func(_ context.Context, code string) (string, error) { return "openid-of-" + code, nil },
		Accounts: p.accounts, Subjects: p.subjects, Attempts: p.signins, Verifier: p.verifier, Sealer: p.vault,
		Sessions: p.sessions, Auditor: p.refusals, IDs: s.ids, Clock: s.clock,
	}
	p.staff = identity.NewStaff(identity.StaffConfig{Password: fastHash}, p.signins, p.signins, p.signins, p.vault, p.sessions, p.refusals, s.clock)
	p.clients = &identity.Clients{Repo: p.signins, Once: p.signins, Attempts: p.signins, Sealer: p.vault, Tokens: p.tokens, Revoked: p.revoked, Auditor: p.refusals, Clock: s.clock,
		Audiences: []string{issuer, issuer + identity.TokenPath}}
	return p
}

func newProcess(t testing.TB) *process { return newShared(t).process(t, "one") }

// person is synthetic: born 1900, name of nobody.
func person(t testing.TB, order int) (string, model.CitizenID) {
	t.Helper()
	id, err := model.ComposeCitizenID("410203", "1900-03-07", order)
	require.NoError(t, err)
	return "甄试" + string(rune('一'+order)), id
}

func population(t testing.TB) []verifier.Person {
	var out []verifier.Person
	for i := range 40 {
		name, id := person(t, i)
		out = append(out, verifier.Person{Name: name, ID: id})
	}
	return out
}

// signIn signs the mini-program user in and gives what the access token proves.
func (p *process) signIn(t testing.TB, user string) (identity.Grant, model.Principal) {
	t.Helper()
	g, err := p.citizens.SignIn(t.Context(), user, here)
	require.NoError(t, err)
	return g, p.proves(t, g)
}

func (p *process) proves(t testing.TB, g identity.Grant) model.Principal {
	t.Helper()
	who, err := p.tokens.Authenticate(g.AccessToken)
	require.NoError(t, err)
	return who
}

func (p *process) newOrg(t testing.TB, uscc string, legalRep string) {
	t.Helper()
	f := &model.SubjectFile{ID: model.SubjectID(uscc), Kind: model.KindLegalPerson, Name: "开封润达" + uscc,
		Registration: &model.Registration{LegalRepIndex: legalRep}, UpdatedAt: p.clock.Now()}
	files := store.NewCollection(p.driver, store.CollectionOptions[model.SubjectFile]{Name: "subjects",
		ID: func(f *model.SubjectFile) string { return string(f.ID) }})
	require.NoError(t, files.Insert(t.Context(), f))
}

func requireCode(t testing.TB, want model.Code, err error) {
	t.Helper()
	require.Equal(t, want, model.CodeOf(err), "%v", err)
}

// contents gives everything the store holds, as text.
func contents(t testing.TB, d store.Driver) string {
	t.Helper()
	var out []byte
	for _, coll := range []string{"subjects", "person_index", "accounts", "account_logins", "account_persons", "staff", "staff_names", "clients",
		"sessions", "login_attempts", "login_claims", "control", "audit_entries", "audit_access"} {
		q := store.Query{Limit: 1000}
		for {
			page, err := d.Find(t.Context(), coll, q)
			require.NoError(t, err)
			for _, doc := range page.Docs {
				out = append(append(out, doc.ID...), '\n')
				out = append(append(out, doc.Body...), '\n')
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return string(out)
}

var queryAll = store.Query{Limit: 1000}
