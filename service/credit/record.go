package credit

import (
	"context"

	"xinyi/model"
)

// Record gives one record to the department it came from, or to the office. Others hear
// CodeNotFound, whether it exists or not. Logged before it is answered, also a refusal.
func (s *Service) Record(ctx context.Context, p model.Principal, id model.RecordID) (QueriedRecord, error) {
	ev := s.look(p, "record.view", model.PurposeOther, "", "record")
	r, err := s.Records.Record(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return QueriedRecord{}, s.refused(ctx, ev, noRecord())
	}
	if err != nil {
		return QueriedRecord{}, err
	}
	ev.Subjects, ev.Ref = []model.SubjectID{r.Subject}, string(r.ID)
	live, err := s.live(ctx, r)
	if err != nil {
		return QueriedRecord{}, err
	}
	if !live && s.archived(r) || !reads(p, r) {
		return QueriedRecord{}, s.refused(ctx, ev, noRecord())
	}
	forms := s.Forms.Version() // before: who reads while forms change has an old tag at worst
	found, err := s.opened(r)
	if err != nil {
		return QueriedRecord{}, err
	}
	found.Live, found.Forms = live, forms
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return QueriedRecord{}, err
	}
	return found, nil
}

// reads reports whether the record is for the caller.
func reads(p model.Principal, r *model.Record) bool {
	switch p.Role {
	case model.RoleOffice:
		return true
	case model.RoleDepartment:
		return p.Unit != "" && r.SourceUSCC == p.Unit
	}
	return false
}

// live reports whether a record counts today, as shown does; the file is read only for what a
// listing may hold.
func (s *Service) live(ctx context.Context, r *model.Record) (bool, error) {
	day := model.DateOf(s.Clock.Now())
	if r.Live(day) || r.DisplayEnds == "" || r.DisplayEnds > day {
		return r.Live(day), nil
	}
	f, _, err := s.Fresh(ctx, r.Subject)
	return err == nil && shown(f, r, day), err
}

// archived reports whether a record of a breach is past its display, also one that never was final
// or was made good: from then on, unless a listing holds it, only its subject reads it (HN 19),
// whether or not a job has taken note of it. What is never displayed does not come to that.
func (s *Service) archived(r *model.Record) bool {
	return r.DisplayEnds > r.DecisionDate && r.DisplayEnds <= model.DateOf(s.Clock.Now()) && r.OfBreach()
}

func noRecord() *model.Error {
	return model.Errorf(model.CodeNotFound, "没有找到该记录，或它不属于本单位。")
}
