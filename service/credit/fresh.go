package credit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/summary"
)

// freshTries bounds the rereads after lost races on one file.
const freshTries = 4

// Fresh gives the subject's file with a summary and judgement that are true now. The
// stored ones are, until time or a new rule set passes them; then they are computed
// from the records and kept. CodeNotFound if there is no such subject.
func (s *Service) Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error) {
	var lost error
	for range freshTries {
		f, err := s.Subjects.File(ctx, id)
		if err != nil {
			return nil, model.Stamp{}, err
		}
		now := s.Clock.Now()
		day := model.DateOf(now)
		rules := s.Judge.Version(f, day)
		if current(f, rules, now) {
			return f, model.Stamp{Rev: f.Rev, Rules: rules, Day: day, ValidUntil: f.ValidUntil}, nil
		}
		f, err = s.renew(ctx, f, now)
		if err != nil {
			return nil, model.Stamp{}, err
		}
		if lost = s.Subjects.SaveFile(ctx, f); lost != nil && !model.Is(lost, model.CodeConflict) {
			return nil, model.Stamp{}, lost
		}
		// Read it again: the stored revision is what the answer's ETag stands on.
	}
	return nil, model.Stamp{}, model.Wrap(lost, model.CodeUnavailable, "该档案正在频繁更新，请稍后重试。")
}

func current(f *model.SubjectFile, rules string, now time.Time) bool {
	if !f.ValidUntil.IsZero() && !now.Before(f.ValidUntil) {
		return false
	}
	if f.Judgement == nil {
		return rules == ""
	}
	return f.Judgement.RuleVersion == rules
}

func (s *Service) renew(ctx context.Context, f *model.SubjectFile, now time.Time) (*model.SubjectFile, error) {
	records, err := s.all(ctx, f.ID)
	if err != nil {
		return nil, err
	}
	renewed := *f
	if err := summary.Refresh(&renewed, records, s.Judge, now); err != nil {
		return nil, err
	}
	renewed.UpdatedAt = f.UpdatedAt // no fact has changed
	return &renewed, nil
}

// all reads every record of one subject.
func (s *Service) all(ctx context.Context, id model.SubjectID) ([]*model.Record, error) {
	const page = 500
	var records []*model.Record
	for after := ""; ; {
		recs, next, err := s.Records.Range(ctx, id, after, page)
		if err != nil {
			return nil, err
		}
		records = append(records, recs...)
		if next == "" {
			return records, nil
		}
		after = next
	}
}
