package audit

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/enginetest"
)

// testClock is set by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is one store with its keys and outside checkpoints, for any number of processes.
type house struct {
	t       testing.TB
	dir     string
	clock   *testClock
	driver  store.Driver
	storage *store.AuditLog
	signer  note.Signer
	known   note.Verifiers
	witness Witness
}

func newHouse(t testing.TB) *house {
	skey, vkey, err := note.GenerateKey(rand.Reader, "audit.test")
	require.NoError(t, err)
	h := &house{t: t, dir: t.TempDir(), clock: &testClock{now: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)}}
	h.signer, err = note.NewSigner(skey)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(vkey)
	require.NoError(t, err)
	h.known = note.VerifierList(verifier)
	h.openStore(filepath.Join(h.dir, "store"))
	h.witness = h.newWitness()
	return h
}

func (h *house) checkpoints() string { return filepath.Join(h.dir, "checkpoints") }

func (h *house) newWitness() *Files {
	w, err := NewFiles(h.checkpoints())
	require.NoError(h.t, err)
	return w
}

func (h *house) openStore(dir string) {
	h.driver = enginetest.OpenDir(h.t, dir, h.clock)
	h.storage = store.NewAuditLog(h.driver)
}

// options of a process that tends its slot only when told to.
func (h *house) options(holder string) Options {
	return Options{Storage: h.storage, Signer: h.signer, Verifiers: h.known, Witness: h.witness,
		Clock: h.clock, Holder: holder, byHand: true}
}

func (h *house) open(holder string) *Log { return h.openWith(h.options(holder)) }

func (h *house) openWith(o Options) *Log {
	l, err := Open(h.t.Context(), o)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = l.Close(context.Background()) })
	return l
}

func (h *house) verify() Report {
	h.t.Helper()
	outside, err := ReadOutside(h.checkpoints())
	require.NoError(h.t, err)
	report, err := Verify(h.t.Context(), h.storage, outside, h.known)
	require.NoError(h.t, err)
	return report
}

func (h *house) requireSound() Report {
	h.t.Helper()
	report := h.verify()
	require.Empty(h.t, report.Findings)
	return report
}

// change writes e as a repository would, in a batch of its own.
func (h *house) change(e model.AuditEntry) error {
	return h.driver.Apply(h.t.Context(), store.AuditOps(e))
}

// record logs n looks, many of them in one batch to save syncs.
func (h *house) record(l *Log, n int) {
	h.t.Helper()
	var entries []model.AuditEntry
	for i := range n {
		if i%50 == 0 {
			require.NoError(h.t, l.Record(h.t.Context(), look(i)))
			continue
		}
		e, err := l.Begin(look(i))
		require.NoError(h.t, err)
		entries = append(entries, e)
	}
	err := h.storage.Append(h.t.Context(), entries)
	l.end(entries, err)
	require.NoError(h.t, err)
}

func (h *house) tick(l *Log) {
	h.t.Helper()
	require.NoError(h.t, l.tick(h.t.Context()))
}

// look is a bank's look at one of seven subjects.
func look(i int) model.AuditEvent {
	return model.AuditEvent{ActorID: "client_bank01", ActorRole: model.RoleBank, Unit: "bank01", UnitName: "示范银行",
		Action: "loan.whitelist.check", Subjects: []model.SubjectID{subject(i)}, Purpose: "bank_assess",
		Outcome: "shown", Shown: []string{"listed"}, RequestID: fmt.Sprintf("req-%d", i)}
}

func subject(i int) model.SubjectID {
	return model.SubjectID(fmt.Sprintf("p_aaaaaaaaaaaaaaaaaaaaaaaaa%d", i%7))
}
