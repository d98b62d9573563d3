package summary

import (
	"time"

	"xinyi/model"
)

// Judge computes judgements; pure.
type Judge interface {
	// Judge gives the judgement on a day; CodeNotFound where no model applies (a person
	// who did not join).
	Judge(f *model.SubjectFile, records []*model.Record, on model.Date) (model.Judgement, error)
	// Version names the rule set in force for such a subject on a day; "" where no model
	// applies.
	Version(kind model.SubjectKind, optIn bool, on model.Date) string
	// Digest gives what Again needs of the records of a file.
	Digest(f *model.SubjectFile, records []*model.Record) []byte
	// Again gives the judgement from the digest in the file; ok is false when that cannot
	// tell.
	Again(f *model.SubjectFile, on model.Date) (j model.Judgement, ok bool, err error)
}

// Refresh sets the summary, judgement, digest and validity of f from its records, as of now.
func Refresh(f *model.SubjectFile, records []*model.Record, judge Judge, now time.Time) error {
	day := model.DateOf(now)
	sum, until := Of(records, day)
	f.Summary, f.Judgement, f.Facts, f.UpdatedAt = sum, nil, nil, now.UTC().Truncate(time.Millisecond)
	f.SummaryUntil, f.ValidUntil = until, until
	if judge.Version(f.Kind, f.LevelOptIn, day) == "" {
		return nil
	}
	j, err := judge.Judge(f, records, day)
	if err != nil {
		return err
	}
	f.Facts = judge.Digest(f, records)
	judged(f, &j)
	return nil
}

// Renew gives a copy of f that is true now, after time or a new rule set has passed it. No
// fact has changed, so that records are asked for only when the summary has ended too or
// the digest cannot tell.
func Renew(f *model.SubjectFile, records func() ([]*model.Record, error), judge Judge, now time.Time) (*model.SubjectFile, error) {
	renewed := *f
	if len(f.Facts) > 0 && (f.SummaryUntil.IsZero() || now.Before(f.SummaryUntil)) {
		j, ok, err := judge.Again(f, model.DateOf(now))
		if err != nil {
			return nil, err
		}
		if ok {
			judged(&renewed, &j)
			return &renewed, nil
		}
	}
	all, err := records()
	if err != nil {
		return nil, err
	}
	err = Refresh(&renewed, all, judge, now)
	renewed.UpdatedAt = f.UpdatedAt
	return &renewed, err
}

func judged(f *model.SubjectFile, j *model.Judgement) {
	f.Judgement, f.ValidUntil = j, model.Sooner(f.SummaryUntil, j.ValidUntil)
}
