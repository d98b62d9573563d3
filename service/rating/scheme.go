package rating

import (
	"context"

	"xinyi/model"
	"xinyi/policy/sector"
)

// Drafts keeps drafts and published versions of schemes.
type Drafts interface {
	// Draft gives a key's draft: CodeNotFound if there is none; Rev is good all the same.
	Draft(ctx context.Context, key string) (model.SectorDraft, error)
	// Drafts gives all of them, in key order.
	Drafts() ([]model.SectorDraft, error)
	Save(ctx context.Context, d model.SectorDraft, entry model.AuditEntry) error
	Publish(ctx context.Context, d model.SectorDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error
}

// Auditor gives an entry for the batch of a change.
type Auditor interface {
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Schemes changes the rating schemes: the office drafts, another person publishes. All
// fields are required.
type Schemes struct {
	Drafts  Drafts
	Book    func() *sector.Book
	Auditor Auditor
	Clock   model.Clock
}

// Draft is a new version that waits for a second person.
type Draft struct {
	model.SectorDraft
	Scheme *sector.Scheme
}

// Draft gives the draft of a scheme. Errors: CodeNotFound.
func (s *Schemes) Draft(ctx context.Context, key string) (Draft, error) {
	d, err := s.Drafts.Draft(ctx, key)
	if model.Is(err, model.CodeNotFound) {
		return Draft{SectorDraft: d}, model.Wrap(err, model.CodeNotFound, "这个行业没有待发布的草案。")
	}
	if err != nil {
		return Draft{}, err
	}
	scheme, err := sector.Read(d.Rules)
	return Draft{d, scheme}, err
}

// Current gives the newest published version, which may not be in force yet. Errors:
// CodeNotFound.
func (s *Schemes) Current(key string) (*sector.Scheme, error) { return s.Book().Scheme(key) }

// Propose writes a draft of a new version; only sectors that there are have versions.
// fresh judges what the caller has read: the draft if there is one (Rev > 0), else the
// published version. Errors: CodeNotFound, CodeInvalidRequest, CodePreconditionFailed.
func (s *Schemes) Propose(ctx context.Context, p model.Principal, scheme sector.Scheme, from model.Date, fresh func(current *sector.Scheme, draft *Draft) error) (Draft, error) {
	current, err := s.Current(scheme.Key)
	if err != nil {
		return Draft{}, err
	}
	have, err := s.Draft(ctx, scheme.Key)
	var known *Draft
	switch {
	case err == nil:
		known = &have
	case !model.Is(err, model.CodeNotFound):
		return Draft{}, err
	}
	if err := fresh(current, known); err != nil {
		return Draft{}, err
	}
	if err := s.dated(current, from); err != nil {
		return Draft{}, err
	}
	d := Draft{SectorDraft: model.SectorDraft{Key: scheme.Key, ValidFrom: from, Author: p.ID, At: s.Clock.Now().UTC(), Rev: have.Rev}}
	if d.Rules, err = sector.Write(scheme, from); err != nil {
		return Draft{}, err
	}
	if d.Scheme, err = sector.Read(d.Rules); err != nil {
		return Draft{}, err
	}
	err = s.logged(p, "sector.draft", d.Scheme, func(entry model.AuditEntry) error { return s.Drafts.Save(ctx, d.SectorDraft, entry) })
	d.Rev++
	return d, raced(err)
}

// dated refuses a version that would change what was already judged.
func (s *Schemes) dated(current *sector.Scheme, from model.Date) error {
	if from <= current.ValidFrom || from < model.DateOf(s.Clock.Now()) {
		return model.Invalid("/validFrom", "valid_from", "生效日期应晚于现行版本，且不早于今天。")
	}
	return nil
}

// Publish makes the draft that the caller has read a version; not its author. Errors:
// CodeNotFound, CodeForbidden, CodePreconditionFailed; CodeExists when the key was used.
func (s *Schemes) Publish(ctx context.Context, p model.Principal, key string, fresh func(*Draft) error, receipt model.Receipt[Draft]) (Draft, error) {
	d, err := s.Draft(ctx, key)
	if err != nil {
		return Draft{}, err
	}
	if d.Author == p.ID {
		return Draft{}, model.Errorf(model.CodeForbidden, "草案须由起草人以外的人复核发布。")
	}
	if err := fresh(&d); err != nil {
		return Draft{}, err
	}
	current, err := s.Current(key)
	if err != nil {
		return Draft{}, err
	}
	if err := s.dated(current, d.ValidFrom); err != nil {
		return Draft{}, model.Wrap(err, model.CodeConflict, "草案的生效日期已过，请起草人改期后再发布。")
	}
	answer, err := receipt.Make(d)
	if err != nil {
		return Draft{}, err
	}
	return d, raced(s.logged(p, "sector.publish", d.Scheme, func(entry model.AuditEntry) error { return s.Drafts.Publish(ctx, d.SectorDraft, entry, answer) }))
}

func (s *Schemes) logged(p model.Principal, action string, scheme *sector.Scheme, write func(model.AuditEntry) error) error {
	entry, err := s.Auditor.Begin(model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Outcome: "changed", Ref: scheme.Key, RuleVersion: scheme.RuleVersion, RequestID: p.RequestID})
	if err != nil {
		return err
	}
	err = write(entry)
	s.Auditor.End(entry, err)
	return err
}

func raced(err error) error {
	if model.Is(err, model.CodeConflict) {
		return model.Wrap(err, model.CodePreconditionFailed, "草案刚被他人修改，请重新读取后再操作。")
	}
	return err
}
