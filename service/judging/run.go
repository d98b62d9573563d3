package judging

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/policy/summary"
	"xinyi/service/pace"
)

// Store reads and writes a run.
type Store interface {
	// Run gives the state of a run: CodeNotFound if there was none.
	Run(ctx context.Context, id string) (model.JudgingRun, error)
	// Page reads the next subjects after the position and the files that stale asks for.
	Page(ctx context.Context, after string, limit int, stale func(model.FileHead) bool) (model.JudgingPage, error)
	// File gives the file of a subject: CodeNotFound if there is none.
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	// RecordsOf gives all records of a subject.
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// Commit writes a batch: moved tells whose file somebody else changed first,
	// CodeConflict without it that somebody else has the run.
	Commit(ctx context.Context, b *model.JudgingBatch) (moved model.SubjectID, err error)
}

// Auditor reserves the entries that a run writes with its batches, and records looks.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
	Record(ctx context.Context, ev model.AuditEvent) error
}

// Service judges everybody again. All fields but Actor are required.
type Service struct {
	Store   Store
	Judge   summary.Judge
	Auditor Auditor
	Clock   model.Clock
	// Holder names this process among all that share the store.
	Holder string
	// Actor is who has the run done, for the audit log.
	Actor model.Principal
	// Pace is how many files are judged in a second at most, so that look-ups go on beside
	// it; 0 = as fast as it goes. To see that one need not be judged costs an eighth.
	Pace int

	running sync.Mutex // one run of a process at a time
}

const (
	runID = "everybody"
	// batchSize bounds the pages of one batch by the files that are judged again.
	batchSize = 64
	// lease is how long a run is its holder's after its last batch.
	lease = 30 * time.Second
	// saveEvery is how often a run says where it is though it has changed nothing.
	saveEvery = lease / 6
	// batchTries bounds the rereads of a batch in which somebody else changes files.
	batchTries = 8
)

// Rules names the rule sets in force today: a run under other ones starts over.
func (s *Service) Rules() string {
	day := model.DateOf(s.Clock.Now())
	var names []string
	for _, kind := range []model.SubjectKind{model.KindLegalPerson, model.KindSelfEmployed, model.KindNaturalPerson} {
		names = append(names, s.Judge.Version(kind, true, day))
	}
	return strings.Join(names, " ")
}

// State gives the last run; a zero one if there was none.
func (s *Service) State(ctx context.Context) (model.JudgingRun, error) {
	r, err := s.Store.Run(ctx, runID)
	if model.Is(err, model.CodeNotFound) {
		return model.JudgingRun{ID: runID}, nil
	}
	return r, err
}

// Run brings every judgement up to the rules in force and returns at the end; when nothing
// is to be done, at once. It goes on where an earlier run under the same rules stopped, and
// starts over when the rules change under way. tell hears of each batch. CodeConflict while
// another process does it.
func (s *Service) Run(ctx context.Context, tell func(model.JudgingRun)) (model.JudgingRun, error) {
	s.running.Lock()
	defer s.running.Unlock()
	run, err := s.State(ctx)
	if err != nil {
		return run, err
	}
	pacer := pace.New(s.Clock, s.Pace)
	for {
		if rules := s.Rules(); run.Rules != rules {
			if err := s.free(&run); err != nil {
				return run, err
			}
			run = model.JudgingRun{ID: runID, Rules: rules, StartedAt: s.now(), Rev: run.Rev}
			err = s.commit(ctx, &run, nil, "judging.start")
		} else if run.Done {
			return run, nil
		} else if err = s.free(&run); err == nil {
			err = s.step(ctx, &run, pacer)
		}
		if err != nil {
			return run, err
		}
		if tell != nil {
			tell(run)
		}
	}
}

// free refuses a run that another process has now.
func (s *Service) free(run *model.JudgingRun) error {
	if !run.Done && run.Holder != "" && run.Holder != s.Holder && s.Clock.Now().Before(run.Until) {
		return model.Errorf(model.CodeConflict, "全员重评正由另一个进程进行，请稍后再看。")
	}
	return nil
}

// step judges and writes one batch. One in which somebody else changed a file is read again,
// which leaves out what he judged by the rules in force.
func (s *Service) step(ctx context.Context, run *model.JudgingRun, pacer *pace.Pacer) error {
	for try := 1; ; try++ {
		next := *run
		files, err := s.gather(ctx, &next, pacer)
		if err != nil {
			return err
		}
		action := ""
		if next.Done {
			action = "judging.done"
		}
		if err = s.commit(ctx, &next, files, action); err == nil {
			*run = next
			return nil
		}
		if !moved(err) || try == batchTries {
			return err
		}
	}
}

// gather judges page after page until there is enough to write. Pages that change nothing
// are worth no batch.
func (s *Service) gather(ctx context.Context, run *model.JudgingRun, pacer *pace.Pacer) (files []*model.SubjectFile, err error) {
	for started := s.Clock.Now(); ; {
		if err := pacer.Wait(ctx); err != nil {
			return nil, err
		}
		page, err := s.Store.Page(ctx, run.Position, pace.Page, s.stale)
		if err != nil {
			return nil, err
		}
		run.Seen += page.Seen
		run.Position, run.Done = page.Next, page.Next == ""
		renewed, err := s.judge(ctx, page.Files, run)
		if err != nil {
			return nil, err
		}
		files = append(files, renewed...)
		pacer.Did(page)
		if run.Done || len(files)+pace.Page > batchSize || s.Clock.Now().Sub(started) >= saveEvery {
			return files, nil
		}
	}
}

// stale reports whether time or the rules have passed a stored judgement.
func (s *Service) stale(h model.FileHead) bool {
	now := s.Clock.Now()
	return h.RuleVersion != s.Judge.Version(h.Kind, h.LevelOptIn, model.DateOf(now)) || (!h.ValidUntil.IsZero() && !now.Before(h.ValidUntil))
}

func (s *Service) judge(ctx context.Context, files []*model.SubjectFile, run *model.JudgingRun) ([]*model.SubjectFile, error) {
	now := s.Clock.Now()
	renewed := make([]*model.SubjectFile, len(files))
	for i, f := range files {
		var err error
		renewed[i], err = summary.Renew(f, func() ([]*model.Record, error) {
			run.FromRecords++
			return s.Store.RecordsOf(ctx, f.ID)
		}, s.Judge, now)
		if err != nil {
			return nil, err
		}
		run.Judged++
		if grade(f) != grade(renewed[i]) {
			run.Regraded++
		}
	}
	return renewed, nil
}

func grade(f *model.SubjectFile) string {
	if f.Judgement == nil {
		return ""
	}
	return f.Judgement.Grade
}

// movedError says that somebody else changed a file of the batch.
type movedError struct{ error }

func (e movedError) Unwrap() error { return e.error }

func moved(err error) bool {
	_, ok := err.(movedError)
	return ok
}

// commit writes a batch and the run's state; an action is logged with it.
func (s *Service) commit(ctx context.Context, run *model.JudgingRun, files []*model.SubjectFile, action string) (err error) {
	run.Holder, run.UpdatedAt = s.Holder, s.now()
	run.Until = run.UpdatedAt.Add(lease)
	b := &model.JudgingBatch{Files: files, Run: *run}
	if action != "" {
		entry, refused := s.Auditor.Begin(model.AuditEvent{At: s.Clock.Now(), ActorID: s.Actor.ID, ActorRole: s.Actor.Role, UnitName: s.Actor.UnitName,
			Action: action, Outcome: strconv.Itoa(run.Judged), RuleVersion: run.Rules, Ref: run.ID})
		if refused != nil {
			return refused
		}
		defer func() { s.Auditor.End(entry, err) }()
		b.Audit = &entry
	}
	who, err := s.Store.Commit(ctx, b)
	switch {
	case err == nil:
		run.Rev++
	case who != "":
		err = movedError{err}
	}
	return err
}

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }
