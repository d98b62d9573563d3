package credit

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/summary"
)

// OwnLook is a look at one's own file: the opened identity, and what the rest of the
// answer stands on. The rest comes from Fresh, unless an answer with an equal stamp was
// kept.
type OwnLook struct {
	Subject  model.SubjectID
	Identity model.PersonIdentity
	Stamp    model.Stamp
}

// Own begins the caller's look at the own file (本人信用档案). CodeNotVerified until the
// account is real-name bound. The view is noted in the log without waiting.
func (s *Service) Own(ctx context.Context, p model.Principal) (OwnLook, error) {
	if p.Subject == "" {
		return OwnLook{}, notVerified()
	}
	h, stamp, err := s.freshHead(ctx, p.Subject)
	if err != nil {
		return OwnLook{}, err
	}
	identity, err := s.identity(h.ID, h.Identity)
	if err != nil {
		return OwnLook{}, err
	}
	s.Auditor.Note(s.look(p, "own_file.view", model.PurposeSelfView, h.ID, "summary", "judgement"))
	return OwnLook{Subject: h.ID, Identity: identity, Stamp: stamp}, nil
}

func notVerified() error {
	return model.Errorf(model.CodeNotVerified, "请先完成实名认证，再查看本人信用档案。")
}

func (s *Service) identity(id model.SubjectID, sealed model.Sealed) (model.PersonIdentity, error) {
	plain, err := s.Sealer.Open(model.SealIdentity, string(id), sealed)
	if err != nil {
		return model.PersonIdentity{}, model.Wrap(err, model.CodeInternal, "档案暂时无法解密，请稍后重试或联系信用办。")
	}
	return model.ReadIdentity(plain)
}

// OwnRecord is one of the caller's own records with what can be done about it.
type OwnRecord struct {
	Record   *model.Record
	Content  string   // opened
	Details  []Detail // likewise
	Remedies []string // objection, repair, archive
	Live     bool     // it counts today, also because a listing holds it
}

// OwnRecords gives own records in id order, also those no longer displayed; section "" =
// all. A page is one look, however many records it passes over.
func (s *Service) OwnRecords(ctx context.Context, p model.Principal, section model.Section, after string, limit int) ([]OwnRecord, string, error) {
	if p.Subject == "" {
		return nil, "", notVerified()
	}
	out, next, err := s.allRecords(ctx, p.Subject, section, after, limit)
	if err != nil {
		return nil, "", err
	}
	s.Auditor.Note(s.look(p, "own_records.view", model.PurposeSelfView, p.Subject, "records"))
	return out, next, nil
}

// RepresentedRecords gives the records of an enterprise that the caller is bound to, as
// OwnRecords does: also those that the public does not see. Errors as EnterpriseCredit.
func (s *Service) RepresentedRecords(ctx context.Context, p model.Principal, uscc string, section model.Section, after string, limit int) ([]OwnRecord, string, error) {
	ev := s.look(p, "own_enterprise_records.view", model.PurposeSelfView, "", "records")
	f, _, err := s.represented(ctx, p, uscc, &ev)
	if err != nil {
		return nil, "", err
	}
	out, next, err := s.allRecords(ctx, f.ID, section, after, limit)
	if err != nil {
		return nil, "", err
	}
	s.Auditor.Note(ev)
	return out, next, nil
}

// allRecords gives a subject's records as the subject may see them.
func (s *Service) allRecords(ctx context.Context, id model.SubjectID, section model.Section, after string, limit int) ([]OwnRecord, string, error) {
	recs, next, err := s.filter(ctx, id, after, limit, func(r *model.Record) bool { return section == "" || r.Section == section })
	if err != nil {
		return nil, "", err
	}
	f, _, err := s.Fresh(ctx, id)
	if err != nil {
		return nil, "", err
	}
	day := model.DateOf(s.Clock.Now())
	out := make([]OwnRecord, 0, len(recs))
	for _, r := range recs {
		live := shown(f, r, day)
		own, err := s.opened(r)
		if err != nil {
			return nil, "", err
		}
		out = append(out, OwnRecord{Record: r, Content: own.Content, Details: own.Details, Remedies: remedies(r, day, live), Live: live})
	}
	return out, next, nil
}

// remedies names what the subject may ask for now: everyone may object (HN 41); a live
// penalty may be repaired (HN 43); after its display period archiving (HN 44), unless a listing
// holds it.
func remedies(r *model.Record, day model.Date, live bool) []string {
	out := []string{"objection"}
	switch {
	case r.WithdrawnOn != "" && r.WithdrawnOn <= day, r.Finality == model.FinalityRevoked:
	case r.DisplayEnds != "" && r.DisplayEnds <= day && !live:
		out = append(out, "archive")
	case summary.Adverse(r, day) || r.Kind == model.RecordPenalty || (r.Kind == model.RecordListEntry && r.List != model.ListHonor):
		out = append(out, "repair")
	}
	return out
}

// AccessLog gives who looked at the caller's own file, newest first.
func (s *Service) AccessLog(ctx context.Context, p model.Principal, after string, limit int) ([]model.AccessLogEntry, string, error) {
	if p.Subject == "" {
		return nil, "", notVerified()
	}
	return s.AccessLogs.AccessLog(ctx, p.Subject, limit, after)
}

// EnterpriseCredit gives the full file of an enterprise that the caller is bound to,
// with grade, score and explanation. CodeForbidden for anybody else, whether the
// enterprise exists or not; CodeNotLegalRep when the register names somebody else by now.
func (s *Service) EnterpriseCredit(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, model.Stamp, error) {
	ev := s.look(p, "own_enterprise.view", model.PurposeSelfView, "", "summary", "judgement")
	f, stamp, err := s.represented(ctx, p, uscc, &ev)
	if err == nil {
		s.Auditor.Note(ev)
	}
	return f, stamp, err
}

// represented gives the file of an enterprise that the caller represents now and puts it
// into ev; a refusal is logged as ev.
func (s *Service) represented(ctx context.Context, p model.Principal, uscc string, ev *model.AuditEvent) (*model.SubjectFile, model.Stamp, error) {
	account, err := s.Accounts.Account(ctx, p.ID)
	if err != nil {
		return nil, model.Stamp{}, err
	}
	if !bound(account, uscc) {
		return nil, model.Stamp{}, s.refused(ctx, *ev, model.Errorf(model.CodeForbidden, "您尚未绑定该企业，请先以法定代表人身份绑定。"))
	}
	f, stamp, err := s.Enterprise(ctx, uscc)
	if err != nil {
		return nil, model.Stamp{}, err
	}
	ev.Subjects = []model.SubjectID{f.ID}
	represents, err := s.represents(ctx, account.Subject, f)
	if err != nil {
		return nil, model.Stamp{}, err
	}
	if !represents {
		return nil, model.Stamp{}, s.refused(ctx, *ev, model.Errorf(model.CodeNotLegalRep, "登记信息显示您已不是该企业的法定代表人；登记刚变更的，请在更新后再试。"))
	}
	return f, stamp, nil
}

func bound(a *model.Account, uscc string) bool {
	for _, b := range a.Enterprises {
		if b.USCC == uscc {
			return true
		}
	}
	return false
}

// Represents reports whether an account may act for an enterprise now: bound to it, and named
// by the register. Nobody does where account, person or enterprise are gone.
func (s *Service) Represents(ctx context.Context, account, uscc string) (bool, error) {
	yes, err := s.actsFor(ctx, account, uscc)
	if model.Is(err, model.CodeNotFound) {
		return false, nil
	}
	return yes, err
}

func (s *Service) actsFor(ctx context.Context, account, uscc string) (bool, error) {
	a, err := s.Accounts.Account(ctx, account)
	if err != nil || !bound(a, uscc) {
		return false, err
	}
	f, _, err := s.Enterprise(ctx, uscc)
	if err != nil {
		return false, err
	}
	return s.represents(ctx, a.Subject, f)
}

// represents reports whether the register names the person as legal representative now: a
// binding lasts no longer than that. The register holds a blind index only.
func (s *Service) represents(ctx context.Context, person model.SubjectID, org *model.SubjectFile) (bool, error) {
	if person == "" || org.Registration == nil || org.Registration.LegalRepIndex == "" {
		return false, nil
	}
	f, err := s.Subjects.File(ctx, person)
	if err != nil {
		return false, err
	}
	who, err := s.identity(f.ID, f.Identity)
	if err != nil {
		return false, err
	}
	return slices.Contains(s.Sealer.IndexAll(model.IndexCitizenID, who.IDNo), org.Registration.LegalRepIndex), nil
}

// look makes the audit event of a look at subject; "" while nobody is found.
func (s *Service) look(p model.Principal, action string, purpose model.Purpose, subject model.SubjectID, shown ...string) model.AuditEvent {
	ev := model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: action, Purpose: purpose, Outcome: "shown", Shown: shown, RequestID: p.RequestID}
	if subject != "" {
		ev.Subjects = []model.SubjectID{subject}
	}
	return ev
}

// refused logs a look that was refused and gives why; when it cannot be logged, that error.
func (s *Service) refused(ctx context.Context, ev model.AuditEvent, why *model.Error) error {
	ev.Outcome, ev.Shown = string(why.Code), nil
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return err
	}
	return why
}
