package commitment

import (
	"context"

	"xinyi/model"
)

func noCommitment() error {
	return model.Errorf(model.CodeNotFound, "没有这份信用承诺，或它不由本单位受理；请核对承诺编码。")
}

// accepted gives a promise that the caller's unit accepted, or any to the office:
// CodeNotFound otherwise, logged.
func (s *Service) accepted(ctx context.Context, p model.Principal, action, code string) (*model.Commitment, error) {
	c, err := s.Store.Commitment(ctx, code)
	if err == nil && (p.Unit == "" || c.Unit != p.Unit) && p.Role != model.RoleOffice {
		err = noCommitment()
	}
	if model.Is(err, model.CodeNotFound) {
		return nil, s.refused(ctx, s.event(p, action, ""), noCommitment())
	}
	return c, err
}

// Get gives one promise with its texts to the unit that accepted it, logged before it is
// answered.
func (s *Service) Get(ctx context.Context, p model.Principal, code string) (model.Commitment, error) {
	c, err := s.accepted(ctx, p, "commitment.view", code)
	if err != nil {
		return model.Commitment{}, err
	}
	ev := s.event(p, "commitment.view", "shown", c.Subject)
	ev.Ref, ev.Shown = c.Code, []string{"commitment"}
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return model.Commitment{}, err
	}
	opened, err := s.Opened(c)
	if err != nil || !c.Subject.IsPerson() {
		return opened, err
	}
	opened.Name, err = s.masked(ctx, c.Subject)
	return opened, err
}

// masked gives the name of a person as others see it.
func (s *Service) masked(ctx context.Context, id model.SubjectID) (string, error) {
	f, _, err := s.Files.Fresh(ctx, id)
	if err != nil {
		return "", err
	}
	plain, err := s.Sealer.Open(model.SealIdentity, string(id), f.Identity)
	if err != nil {
		return "", model.Wrap(err, model.CodeInternal, "档案暂时无法解密，请稍后重试或联系信用办。")
	}
	who, err := model.ReadIdentity(plain)
	return model.MaskName(who.Name), err
}

// Confirm records what the accepting unit found (履行状态认定). match tells whether the caller
// read the current revision. CodeNotReady when the promise belongs to a case, whose window
// records it, or such a finding cannot follow; CodeInvalidRequest naming what is missing.
func (s *Service) Confirm(ctx context.Context, p model.Principal, code string, match func(*model.Commitment) error, o model.CommitmentOutcome) (out model.Commitment, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.confirm(ctx, p, code, match, o)
		return err
	})
	return out, err
}

func (s *Service) confirm(ctx context.Context, p model.Principal, code string, match func(*model.Commitment) error, o model.CommitmentOutcome) (model.Commitment, error) {
	c, err := s.accepted(ctx, p, "commitment.confirm", code)
	if err == nil && c.Unit != p.Unit { // the office may look, the unit finds
		err = s.refused(ctx, s.event(p, "commitment.confirm", "", c.Subject), model.Errorf(model.CodeForbidden, "履行状态由受理单位认定。"))
	}
	if err != nil {
		return model.Commitment{}, err
	}
	if err := match(c); err != nil {
		return model.Commitment{}, err
	}
	ev := s.event(p, "commitment.confirm", string(o.Fulfilment), c.Subject)
	if c.Approval != "" {
		return model.Commitment{}, s.refused(ctx, ev, &model.Error{Code: model.CodeNotReady, Detail: "这份承诺随办件办理，请在办件中登记补交或认定未履行。",
			Fields: []model.FieldError{{Pointer: "/approvalNo", Code: "approval", Detail: "由办件的受理窗口登记。"}}})
	}
	change, err := s.Conclude(ctx, code, o, p)
	if err == nil && change.Commitment.Rev != c.Rev { // somebody found something since it matched
		return model.Commitment{}, model.Errorf(model.CodeConflict, "这份承诺刚被修改，请重新读取后再办理。")
	}
	if err == nil {
		return s.save(ctx, ev, change, nil)
	}
	switch model.CodeOf(err) {
	case model.CodeNotReady, model.CodeInvalidRequest, model.CodeOutsideCatalog:
		err = s.refused(ctx, ev, err)
	default:
	}
	return model.Commitment{}, err
}

// Stats gives the statistics by unit, month and type: a unit its own, the office all.
func (s *Service) Stats(ctx context.Context, p model.Principal, unit, from, to string) ([]*model.CommitmentStat, error) {
	if p.Role != model.RoleOffice {
		if p.Unit == "" || unit != "" && unit != p.Unit {
			return nil, s.refused(ctx, s.event(p, "commitment.stats", ""), model.Errorf(model.CodeForbidden, "只能查看本单位的统计。"))
		}
		unit = p.Unit
	}
	return s.Store.Stats(ctx, unit, from, to)
}

// WorkFinding is the kind of work this desk gives: 认定承诺履行状态.
const WorkFinding = "commitment_finding"

// Waiting gives the promises whose finding waits for a department, soonest due first. Those of
// persons are named by their code alone.
func (s *Service) Waiting(ctx context.Context, p model.Principal, after string, limit int) ([]model.WorkItem, error) {
	if p.Role != model.RoleDepartment || p.Unit == "" {
		return nil, nil
	}
	var items []model.WorkItem
	err := s.Store.Waiting(ctx, "unit/"+p.Unit, model.DueOf(after), func(c *model.Commitment) bool {
		w := model.WorkItem{Kind: WorkFinding, ID: c.Code, Title: "信用承诺 " + c.Code, Ask: "承诺到期后，请认定履行状态；未全部履行的，写明未履行内容和责任追究。",
			Unit: c.UnitName, Since: c.MadeOn, Due: c.ValidTo, Place: c.Code}
		if !c.Subject.IsPerson() {
			w.USCC, w.Title = c.Subject, "信用承诺："+c.Name
		}
		if w.Key() > after {
			items = append(items, w)
		}
		return len(items) < limit
	})
	return items, err
}
