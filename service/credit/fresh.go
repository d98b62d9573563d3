package credit

import (
	"context"
	"errors"
	"time"

	"xinyi/model"
	"xinyi/policy/summary"
)

// freshTries bounds the rereads after lost races on one file.
const freshTries = 4

// Fresh gives the subject's file with a summary and judgement that are true now. The
// stored ones are, until time or a new rule set passes them; then they are computed
// from the digest of facts or the records, and kept. CodeNotFound if there is no such subject.
func (s *Service) Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error) {
	lost := errors.New("credit: renewed, and not current")
	for range freshTries {
		f, err := s.Subjects.File(ctx, id)
		if err != nil {
			return nil, model.Stamp{}, err
		}
		now := s.Clock.Now()
		if stamp, ok := s.stamp(f.Head(), now); ok {
			return f, stamp, nil
		}
		f, err = s.renew(ctx, f, now)
		if err != nil {
			return nil, model.Stamp{}, err
		}
		if err := s.Subjects.SaveFile(ctx, f); model.Is(err, model.CodeConflict) {
			lost = err
		} else if err != nil {
			return nil, model.Stamp{}, err
		}
		// Read it again: the stored revision is what the answer's ETag stands on.
	}
	return nil, model.Stamp{}, model.Wrap(lost, model.CodeUnavailable, "该档案正在频繁更新，请稍后重试。")
}

// stamp gives what answers made from a file stand on; ok is false when time or a new
// rule set has passed the stored summary and judgement.
func (s *Service) stamp(h model.FileHead, now time.Time) (stamp model.Stamp, ok bool) {
	day := model.DateOf(now)
	rules := s.Judge.Version(h.Kind, h.LevelOptIn, day)
	return model.Stamp{Rev: h.Rev, Rules: rules, Day: day, ValidUntil: h.ValidUntil},
		h.RuleVersion == rules && (h.ValidUntil.IsZero() || now.Before(h.ValidUntil))
}

// RulesOf is the version of the rules by which such a subject is judged on a day, as it stands in
// the stamp of its file.
func (s *Service) RulesOf(kind model.SubjectKind, levelOptIn bool, day model.Date) string {
	return s.Judge.Version(kind, levelOptIn, day)
}

// Stamp tells what Fresh would give now, without decoding the file as long as what is
// stored is true. CodeNotFound if there is no such subject.
func (s *Service) Stamp(ctx context.Context, id model.SubjectID) (model.Stamp, error) {
	_, stamp, err := s.freshHead(ctx, id)
	return stamp, err
}

// freshHead is Fresh without decoding the file, as long as what is stored is true.
func (s *Service) freshHead(ctx context.Context, id model.SubjectID) (model.FileHead, model.Stamp, error) {
	h, err := s.Subjects.Head(ctx, id)
	if err != nil {
		return h, model.Stamp{}, err
	}
	if stamp, ok := s.stamp(h, s.Clock.Now()); ok {
		return h, stamp, nil
	}
	f, stamp, err := s.Fresh(ctx, id)
	if err != nil {
		return h, stamp, err
	}
	return f.Head(), stamp, nil
}

func (s *Service) renew(ctx context.Context, f *model.SubjectFile, now time.Time) (*model.SubjectFile, error) {
	return summary.Renew(f, func() ([]*model.Record, error) { return s.all(ctx, f.ID) }, s.Judge, now)
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
