package jobs

import (
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"xinyi/model"
	"xinyi/policy/quality"
	"xinyi/policy/summary"
)

// AgeingStore finds what time alone has made due and writes what comes of it.
type AgeingStore interface {
	// Outdated gives subjects whose stored summary or judgement ended by now.
	Outdated(ctx context.Context, now time.Time, after string, limit int) ([]model.SubjectID, string, error)
	// Ending gives records whose display ends from the first day on and before the second.
	Ending(ctx context.Context, from, before model.Date, after string, limit int) ([]*model.Record, string, error)
	// All gives all records, in order of id.
	All(ctx context.Context, after string, limit int) ([]*model.Record, string, error)
	// File and RecordsOf give a subject's file and all its records.
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// Age writes a batch: CodeConflict when something in it has moved.
	Age(ctx context.Context, in *model.AgeingBatch) error
}

// Files renews subject files (service/credit).
type Files interface {
	// Fresh gives a file that is true now; what time has passed is computed anew and kept.
	Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error)
}

// Auditor reserves a place in the log for the entry of a batch.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(entry model.AuditEntry, err error)
}

// Retention says until when a record is kept; "" = without end.
type Retention interface {
	KeptUntil(r *model.Record) model.Date
}

// Display says when the display of a record ends (policy/repair).
type Display interface {
	Ends(r *model.Record) model.Date
	RuleVersion() string
}

// Ageing is what display ends, expiry, archive and retention need. All fields but
// Quality are required.
type Ageing struct {
	Store     AgeingStore
	Files     Files
	Judge     summary.Judge
	Display   Display
	Retention Retention
	// ShortestArchive in months: no record is erased sooner after its display.
	ShortestArchive int
	Auditor         Auditor
	IDs             *model.IDs
	Clock           model.Clock
	// Quality gives the rules by which the quality figures are counted today; nil = nobody
	// counts.
	Quality func() *quality.Rules
}

const (
	agePage = 200 // records of one batch
	// renewing bounds the files renewed side by side, so that their syncs are shared and
	// look-ups still come through.
	renewing = 8
)

// Jobs are those of the calendar, in the order in which a day needs them. Display ends and
// lists end at midnight, so these begin there.
func (a *Ageing) Jobs() []Job {
	return []Job{
		{Name: "display_rules", Schedule: Schedule{At: 70 * time.Minute}, Work: a.redisplay},
		{Name: "display", Schedule: Schedule{Every: 10 * time.Minute}, Work: a.renew},
		{Name: "archive", Schedule: Schedule{At: 10 * time.Minute}, Work: a.archive},
		{Name: "retention", Schedule: Schedule{At: 40 * time.Minute}, Work: a.erase},
	}
}

// renew writes down the summaries and judgements that time has changed: what a look-up
// would compute, for those at whom nobody looks.
func (a *Ageing) renew(ctx context.Context, t *Turn) error {
	for now := a.Clock.Now(); ; {
		ids, next, err := a.Store.Outdated(ctx, now, t.Position(), agePage)
		if err != nil || len(ids) == 0 {
			return err
		}
		g, each := errgroup.WithContext(ctx)
		g.SetLimit(renewing)
		for _, id := range ids {
			g.Go(func() error {
				_, _, err := a.Files.Fresh(each, id)
				if model.Is(err, model.CodeNotFound) {
					return nil
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if err := t.Save(ctx, next, len(ids), nil); err != nil || next == "" {
			return err
		}
	}
}

// archive takes note of the records whose display ended on the occurrence's day, under an
// audit entry. On Sundays it looks at all that ever ended: some came in late, some were
// held by a listing (HN 19).
func (a *Ageing) archive(ctx context.Context, t *Turn) error {
	from := model.Date(t.Mark())
	if t.Day().Start().Weekday() == time.Sunday {
		from = ""
	}
	err := a.walk(ctx, t, a.ending(from, t.Day().AddDays(1)), func(ctx context.Context, r *model.Record, b *model.AgeingBatch) error {
		if r.ArchivedOn != "" {
			return nil
		}
		held, err := a.held(ctx, r)
		if err != nil || held {
			return err
		}
		archived := *r
		archived.ArchivedOn = t.Day()
		b.Changed = append(b.Changed, &archived)
		return nil
	}, "record.archive", "")
	if err == nil {
		t.SetMark(string(t.Day()))
	}
	return err
}

// held reports whether the subject's listing keeps the record on display.
func (a *Ageing) held(ctx context.Context, r *model.Record) (bool, error) {
	day := model.DateOf(a.Clock.Now())
	if r.Live(day) || !summary.Adverse(r, day) || r.Severity != model.SeveritySerious && r.Kind != model.RecordJudgment {
		return r.Live(day), nil
	}
	records, err := a.Store.RecordsOf(ctx, r.Subject)
	if err != nil {
		return false, err
	}
	return summary.Held(r, summary.Listings(records), day).Live(day), nil
}

// erase removes records whose time is over: each day those that were archived long ago, on
// the first of a month all, also those that were never adverse.
func (a *Ageing) erase(ctx context.Context, t *Turn) error {
	of := a.ending("", t.Day().AddMonths(-a.ShortestArchive).AddDays(1))
	if t.Day().Start().Day() == 1 {
		of = a.Store.All
	}
	return a.walk(ctx, t, of, func(_ context.Context, r *model.Record, b *model.AgeingBatch) error {
		until := a.Retention.KeptUntil(r)
		if until != "" && until <= t.Day() && (r.DisplayEnds == "" || r.ArchivedOn != "") {
			b.Erased = append(b.Erased, r)
		}
		return nil
	}, "record.erase", "")
}

// forget puts the files of those into the batch whose summary rests on what is erased.
func (a *Ageing) forget(ctx context.Context, b *model.AgeingBatch) error {
	day := model.DateOf(a.Clock.Now())
	gone := map[model.RecordID]bool{}
	var subjects []model.SubjectID
	for _, r := range b.Erased {
		gone[r.ID] = true
		if r.Live(day) && !slices.Contains(subjects, r.Subject) {
			subjects = append(subjects, r.Subject)
		}
	}
	for _, id := range subjects {
		f, err := a.Store.File(ctx, id)
		if err != nil {
			return err
		}
		records, err := a.Store.RecordsOf(ctx, id)
		if err != nil {
			return err
		}
		file := *f
		records = slices.DeleteFunc(records, func(r *model.Record) bool { return gone[r.ID] })
		if err := summary.Refresh(&file, records, a.Judge, a.Clock.Now()); err != nil {
			return err
		}
		b.Files = append(b.Files, &file)
	}
	return nil
}

// redisplay gives records the end that a new version of the repair rules gives them, once
// for each version. It never lengthens: what was let go, or repaired, stays so.
func (a *Ageing) redisplay(ctx context.Context, t *Turn) error {
	version := a.Display.RuleVersion()
	if t.Mark() == version {
		return nil
	}
	files := map[model.SubjectID]bool{}
	err := a.walk(ctx, t, a.ending("", ""), func(ctx context.Context, r *model.Record, b *model.AgeingBatch) error {
		ends := a.Display.Ends(r)
		if ends == "" || ends >= r.DisplayEnds {
			return nil
		}
		if len(b.Changed) == 0 {
			clear(files)
		}
		if files[r.Subject] {
			return errNextBatch // one file stands in a batch once
		}
		files[r.Subject] = true
		return a.reset(ctx, r, ends, b)
	}, "record.redisplay", version)
	if err == nil {
		t.SetMark(version)
	}
	return err
}

// reset puts a record with its new end and the subject's file that follows into the batch.
func (a *Ageing) reset(ctx context.Context, r *model.Record, ends model.Date, b *model.AgeingBatch) error {
	f, err := a.Store.File(ctx, r.Subject)
	if err != nil {
		return err
	}
	records, err := a.Store.RecordsOf(ctx, r.Subject)
	if err != nil {
		return err
	}
	changed := *r
	changed.DisplayEnds = ends
	for i := range records {
		if records[i].ID == r.ID {
			records[i] = &changed
		}
	}
	file := *f
	if err := summary.Refresh(&file, records, a.Judge, a.Clock.Now()); err != nil {
		return err
	}
	b.Changed, b.Files = append(b.Changed, &changed), append(b.Files, &file)
	return nil
}

// event tells of a batch.
func (a *Ageing) event(action, rules string, t *Turn, b *model.AgeingBatch) model.AuditEvent {
	ev := model.AuditEvent{At: a.Clock.Now(), ActorID: "job", ActorRole: model.RoleOffice, UnitName: "系统定时任务", Action: action,
		Outcome: strconv.Itoa(len(b.Changed) + len(b.Erased)), RuleVersion: rules, Ref: t.state.Name + "@" + string(t.Day())}
	seen := map[model.SubjectID]bool{}
	for _, list := range [][]*model.Record{b.Changed, b.Erased} {
		for _, r := range list {
			if !seen[r.Subject] {
				seen[r.Subject] = true
				ev.Subjects = append(ev.Subjects, r.Subject)
			}
		}
	}
	return ev
}
