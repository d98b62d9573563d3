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
}

// Refresh sets the summary, judgement and validity of f from its records, as of now.
func Refresh(f *model.SubjectFile, records []*model.Record, judge Judge, now time.Time) error {
	day := model.DateOf(now)
	sum, until := Of(records, day)
	f.Summary, f.Judgement, f.ValidUntil, f.UpdatedAt = sum, nil, until, now.UTC().Truncate(time.Millisecond)
	if judge.Version(f.Kind, f.LevelOptIn, day) == "" {
		return nil
	}
	j, err := judge.Judge(f, records, day)
	if err != nil {
		return err
	}
	f.Judgement, f.ValidUntil = &j, model.Sooner(until, j.ValidUntil)
	return nil
}
