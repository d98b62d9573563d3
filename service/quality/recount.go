package quality

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"xinyi/model"
	"xinyi/policy/quality"
)

// RecountStore reads everything and puts the counters in their place.
type RecountStore interface {
	// Recount gives the recount that was stopped, with what it had counted; Rev 0 if none was.
	Recount(ctx context.Context) (*model.QualityRecount, model.QualityCounts, error)
	// Counted gives all counters, folded, with a revision that changes when somebody counts.
	Counted(ctx context.Context) (model.QualityCounts, int64, error)
	// Page reads the next subjects after the position and the files that wanted asks for.
	Page(ctx context.Context, after string, limit int, wanted func(model.FileHead) bool) (model.JudgingPage, error)
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// EachReported gives what departments handed in and what became of it.
	EachReported(ctx context.Context, do func(*model.Submission, model.ImportJob) error) error
	// Save writes how far it is.
	Save(ctx context.Context, r *model.QualityRecount, counts model.QualityCounts) error
	// Index leads from the figures to the reports, where nothing does yet.
	Index(ctx context.Context, reports []*model.Record) error
	// Finish puts counts in the place of the counters: CodeConflict if somebody has counted.
	Finish(ctx context.Context, r *model.QualityRecount, counts model.QualityCounts, entry model.AuditEntry) error
	// Drop forgets a recount that was stopped.
	Drop(ctx context.Context, r *model.QualityRecount) error
}

// Recount counts anew (重新计数): for stores older than the counters, and after a change of
// the rules of counting. Nobody else may write records meanwhile; if somebody does, it starts
// over or gives CodeConflict. All fields but SaveEvery are required.
type Recount struct {
	Store   RecountStore
	Book    *quality.Book
	Auditor Auditor
	Clock   model.Clock
	Actor   model.Principal
	// Alone refuses when another process may write; asked once more at the end.
	Alone func(ctx context.Context) error
	// SaveEvery is how many subjects are counted again after a kill; 0 = 20,000.
	SaveEvery int
}

const recountPage = 500

// Recounted is what a recount found.
type Recounted struct {
	Subjects, Records int
	Resumed           int // subjects that an earlier run had counted
	// Counters is how many there are, Changed how many were not what is stored.
	Counters, Changed int
}

// counting is one recount under way.
type counting struct {
	*Recount
	rules  *quality.Rules
	state  *model.QualityRecount
	counts model.QualityCounts
}

// Run counts everything and puts it in the place of the counters. It goes on where an earlier
// run was stopped, if nothing was counted since. tell hears of each save; it may be nil.
func (s *Recount) Run(ctx context.Context, tell func(subjects int)) (Recounted, error) {
	before, folds, err := s.Store.Counted(ctx)
	if err != nil {
		return Recounted{}, err
	}
	c := &counting{Recount: s, rules: s.Book.On(model.DateOf(s.Clock.Now()))}
	if c.state, c.counts, err = s.Store.Recount(ctx); err != nil {
		return Recounted{}, err
	}
	if c.state.Rev == 0 || c.state.Folds != folds || c.state.Rules != c.rules.Version {
		if err := s.Store.Drop(ctx, c.state); err != nil {
			return Recounted{}, err
		}
		c.state = &model.QualityRecount{ID: c.state.ID, Rules: c.rules.Version, Folds: folds, StartedAt: s.Clock.Now().UTC().Truncate(time.Millisecond)}
		c.counts = model.QualityCounts{}
	}
	if c.state.Names == nil {
		c.state.Names = map[string]string{}
	}
	is := Recounted{Resumed: c.state.Subjects}
	if err := c.all(ctx, tell); err != nil {
		return is, err
	}
	if err := c.submissions(ctx, before); err != nil {
		return is, err
	}
	is.Subjects, is.Records = c.state.Subjects, c.state.Records
	is.compare(before, c.counts)
	if err := s.Alone(ctx); err != nil {
		return is, err
	}
	return is, c.finish(ctx, is)
}

// all counts every subject after the position with its records.
func (c *counting) all(ctx context.Context, tell func(int)) error {
	for unsaved := 0; ; {
		page, err := c.Store.Page(ctx, c.state.Position, recountPage, func(model.FileHead) bool { return true })
		if err != nil {
			return err
		}
		var reports []*model.Record
		for _, f := range page.Files {
			records, err := c.Store.RecordsOf(ctx, f.ID)
			if err != nil {
				return err
			}
			c.subject(f, records)
			reports = append(reports, slices.DeleteFunc(records, func(r *model.Record) bool {
				return r.ReportedBy == "" || r.Kind != model.RecordPermit && r.Kind != model.RecordPenalty
			})...)
		}
		if err := c.Store.Index(ctx, reports); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		c.state.Position = page.Next
		if unsaved += page.Seen; unsaved < cmp.Or(c.SaveEvery, 20_000) {
			continue
		}
		unsaved = 0
		if err := c.Store.Save(ctx, c.state, c.counts); err != nil {
			return err
		}
		if tell != nil {
			tell(c.state.Subjects)
		}
	}
}

func (c *counting) subject(f *model.SubjectFile, records []*model.Record) {
	c.rules.Subject(f, records, 1, c.counts)
	for _, r := range records {
		c.rules.Record(r, 1, c.counts)
		if r.SourceUSCC != "" && r.Source != "" {
			c.state.Names[r.SourceUSCC] = r.Source
		}
	}
	c.state.Subjects++
	c.state.Records += len(records)
}

// submissions keeps the rows as they were counted, which no record tells. Where a unit has
// none in a month, those of the files that it handed in count in the month that ended them.
func (c *counting) submissions(ctx context.Context, before model.QualityCounts) error {
	for unit, months := range before {
		for month, counters := range months {
			for counter, n := range counters {
				if quality.OfSubmissions(counter) {
					c.counts.Add(unit, month, counter, n)
				}
			}
		}
	}
	return c.Store.EachReported(ctx, func(sub *model.Submission, job model.ImportJob) error {
		on := model.DateOf(job.UpdatedAt)
		if before[sub.Unit][string(on[:7])]["rows"] == 0 {
			c.rules.Submission(quality.Submission{Unit: sub.Unit, On: on, Rows: model.RowCounts{Accepted: job.Accepted, Duplicate: job.Duplicate, Rejected: job.Rejected}}, c.counts)
			if sub.UnitName != "" {
				c.state.Names[sub.Unit] = sub.UnitName
			}
		}
		return nil
	})
}

func (c *counting) finish(ctx context.Context, is Recounted) error {
	a := c.Actor
	entry, err := c.Auditor.Begin(model.AuditEvent{At: c.Clock.Now(), ActorID: a.ID, ActorRole: a.Role, UnitName: a.UnitName, Action: "quality.recount",
		Outcome: strconv.Itoa(is.Changed), RuleVersion: c.rules.Version})
	if err != nil {
		return err
	}
	err = c.Store.Finish(ctx, c.state, c.counts, entry)
	c.Auditor.End(entry, err)
	return err
}

// compare counts the counters, and those that differ.
func (r *Recounted) compare(before, after model.QualityCounts) {
	differ := model.QualityCounts{}
	differ.Merge(after, 1)
	r.Counters = size(differ)
	differ.Merge(before, -1)
	r.Changed = size(differ)
}

func size(counts model.QualityCounts) (n int) {
	for _, months := range counts {
		for _, counters := range months {
			n += len(counters)
		}
	}
	return n
}
