package judging_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/grading"
	"xinyi/service/judging"
	"xinyi/service/servicetest"
)

// A new threshold reaches every enterprise, from digests alone, and nothing else changes.
func TestRun_newRules(t *testing.T) {
	h := servicetest.Open(t)
	orgs := town(h, 5)
	old := desk(h, h.Judge)
	run, err := old.Run(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, run.Done)
	require.Equal(t, 10, run.Seen)
	require.Zero(t, run.Judged, "they are judged by these rules already")

	before, err := h.Subjects.File(t.Context(), model.SubjectID(orgs[0].USCC))
	require.NoError(t, err)
	require.Equal(t, "C", before.Judgement.Grade)
	next := desk(h, amended(t, change{"enterprise.yaml", "{grade: C, min: 600}", "{grade: C, min: 690}"}))
	var told []model.JudgingRun
	run, err = next.Run(t.Context(), func(r model.JudgingRun) { told = append(told, r) })
	require.NoError(t, err)
	require.True(t, run.Done)
	require.Equal(t, 5, run.Judged, "people are judged by the same model as before")
	require.Equal(t, 5, run.Regraded)
	require.Zero(t, run.FromRecords)
	require.Equal(t, run, told[len(told)-1])
	after, err := h.Subjects.File(t.Context(), model.SubjectID(orgs[0].USCC))
	require.NoError(t, err)
	require.Equal(t, "D", after.Judgement.Grade)
	require.Equal(t, before.Summary, after.Summary)
	require.Equal(t, before.UpdatedAt, after.UpdatedAt, "no fact has changed")
	require.Equal(t, before.Facts, after.Facts)

	again, err := next.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, run, again, "nothing is to be done")
	require.Len(t, h.Log.Seen("judging.start"), 2)
	require.Len(t, h.Log.Seen("judging.done"), 2)
	require.Equal(t, next.Rules(), h.Log.Seen("judging.done")[1].RuleVersion)
}

// What the digest leaves out is read from the records; the digest is kept for the next time.
func TestRun_fromRecords(t *testing.T) {
	h := servicetest.Open(t)
	orgs := town(h, 3)
	h.Change(model.SubjectID(orgs[0].USCC), func(f *model.SubjectFile) { f.Facts = nil })
	run, err := desk(h, amended(t, newBase)).Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 3, run.Judged)
	require.Equal(t, 1, run.FromRecords)
	run, err = desk(h, amended(t, change{"enterprise.yaml", "{kind: list_entry, list: [watch]}", "{kind: permit}"})).Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 3, run.FromRecords, "no digest holds permits")
}

// A run that ended under way, as in a crash, goes on with another holder.
func TestRun_resumes(t *testing.T) {
	h := servicetest.Open(t)
	town(h, 70)
	next := desk(h, amended(t, newBase))
	ctx, cancel := context.WithCancel(t.Context())
	run, err := next.Run(ctx, func(r model.JudgingRun) {
		if r.Seen > 0 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, run.Done)

	other := desk(h, next.Judge)
	other.Holder = "two"
	_, err = other.Run(t.Context(), nil)
	require.True(t, model.Is(err, model.CodeConflict), "the first one may be alive: %v", err)
	h.Clock.Pass(time.Minute)
	var first model.JudgingRun
	done, err := other.Run(t.Context(), func(r model.JudgingRun) {
		if first.ID == "" {
			first = r
		}
	})
	require.NoError(t, err)
	require.Greater(t, first.Seen, run.Seen, "it goes on where the first one stopped")
	require.Equal(t, run.StartedAt, done.StartedAt)
	require.Equal(t, 140, done.Seen)
	require.Equal(t, 70, done.Judged)
}

// A file that another desk changes meanwhile keeps that change, and is judged all the same.
func TestRun_besideOtherWriters(t *testing.T) {
	h := servicetest.Open(t)
	orgs := town(h, 3)
	next := desk(h, amended(t, newBase))
	racing := &interfering{Store: next.Store, before: func() {
		h.Change(model.SubjectID(orgs[1].USCC), func(f *model.SubjectFile) { f.FormerNames = []string{"旧名"} })
	}}
	next.Store = racing
	run, err := next.Run(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, run.Done)
	f, err := h.Subjects.File(t.Context(), model.SubjectID(orgs[1].USCC))
	require.NoError(t, err)
	require.Equal(t, []string{"旧名"}, f.FormerNames)
	require.Equal(t, next.Judge.Version(f.Kind, false, "2026-11-22"), f.Judgement.RuleVersion)
	require.Equal(t, 3, run.Judged)
}

// Pages that change nothing are not written; the run still says now and then where it is.
func TestRun_writesWhatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		page   time.Duration // that reading one takes
		writes int
	}{
		"quickly": {0, 2}, // start and end
		"slowly":  {2 * time.Second, 10},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.Open(t)
			town(h, 100)
			next := desk(h, h.Judge)
			watched := &watched{Store: next.Store, read: func() { h.Clock.Pass(c.page) }}
			next.Store = watched
			run, err := next.Run(t.Context(), nil)
			require.NoError(t, err)
			require.True(t, run.Done)
			require.Equal(t, 200, run.Seen)
			require.Zero(t, run.Judged)
			require.Equal(t, c.writes, watched.writes)
		})
	}
}

// watched counts what is written.
type watched struct {
	judging.Store
	read   func()
	writes int
}

func (s *watched) Page(ctx context.Context, after string, limit int, stale func(model.FileHead) bool) (model.JudgingPage, error) {
	s.read()
	return s.Store.Page(ctx, after, limit, stale)
}

func (s *watched) Commit(ctx context.Context, b *model.JudgingBatch) (model.SubjectID, error) {
	s.writes++
	return s.Store.Commit(ctx, b)
}

// interfering lets somebody else act once before a page is written.
type interfering struct {
	judging.Store
	before func()
}

func (s *interfering) Commit(ctx context.Context, b *model.JudgingBatch) (model.SubjectID, error) {
	if s.before != nil && len(b.Files) > 0 {
		s.before()
		s.before = nil
	}
	return s.Store.Commit(ctx, b)
}

// Rules that change under way start the run over.
func TestRun_rulesChangeUnderWay(t *testing.T) {
	h := servicetest.Open(t)
	town(h, 3)
	live := &changing{Files: amended(t, newBase)}
	second := amended(t, change{"enterprise.yaml", "points: 720", "points: 740"})
	next := desk(h, live)
	starts := 0
	run, err := next.Run(t.Context(), func(r model.JudgingRun) {
		if r.Seen == 0 {
			starts++
			live.Files = second
		}
	})
	require.NoError(t, err)
	require.Equal(t, 2, starts)
	require.Equal(t, 3, run.Judged)
	require.Equal(t, next.Rules(), run.Rules)
}

type changing struct{ grading.Files }

// Without the log nothing starts.
func TestRun_auditUnavailable(t *testing.T) {
	h := servicetest.Open(t)
	town(h, 1)
	h.Log.Broken.Store(true)
	_, err := desk(h, h.Judge).Run(t.Context(), nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	state, err := desk(h, h.Judge).State(t.Context())
	require.NoError(t, err)
	require.Zero(t, state.Rev)
}
