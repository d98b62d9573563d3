package approval

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/approval"
)

// Store keeps the cases of the windows.
type Store interface {
	// Case gives one: CodeNotFound if there is none.
	Case(ctx context.Context, no string) (*model.ApprovalCase, error)
	// Cases gives all cases of a window, newest first.
	Cases(ctx context.Context, unit, after string, limit int) ([]*model.ApprovalCase, string, error)
	// Awaited gives the cases of a queue that are due from one day and before another.
	Awaited(ctx context.Context, queue string, from, before model.Date, after string, limit int) ([]*model.ApprovalCase, string, error)
	// WriteApproval writes everything or nothing: CodeConflict when something moved.
	WriteApproval(ctx context.Context, w model.ApprovalWrite) error
	Reminding(ctx context.Context, by model.Date, settled time.Time, after string, limit int) ([]*model.ApprovalCase, error)
	Position(ctx context.Context, reader string) (model.ReminderPosition, error)
	SavePosition(ctx context.Context, p model.ReminderPosition) error
}

// Promises makes the promises that cases rest on (service/commitment).
type Promises interface {
	Prepare(ctx context.Context, d *model.CommitmentDraft) (*model.CommitmentChange, error)
	Conclude(ctx context.Context, code string, o model.CommitmentOutcome, p model.Principal) (*model.CommitmentChange, error)
}

// Notices makes messages to applicants (service/message).
type Notices interface {
	// Notice tells of a case that was just accepted; nil = there is nothing to tell.
	Notice(c *model.ApprovalCase) (*model.Message, error)
}

// Application is what a clerk accepts: a case and the way the applicant wants.
type Application struct {
	Case
	Mode model.ApprovalMode
	// PromiseHash names the letter that the applicant signed.
	PromiseHash string
}

// Accept takes a case in after the same check (受理): case, promise, record, refreshed file, notice and
// audit entry in one batch. The normal way is open to everybody. Errors are those of Check;
// CodeNotReady with every blocker when the mode is not open; CodeCalendarMissing when the last
// day cannot be told; CodeInvalidRequest when another letter was signed; CodeForbidden for a
// clerk without a unit.
func (s *Service) Accept(ctx context.Context, p model.Principal, in Application, receipt model.Receipt[model.ApprovalCase]) (out model.ApprovalCase, err error) {
	if p.Role != model.RoleClerk || p.Unit == "" {
		return out, model.Errorf(model.CodeForbidden, "办件由有所属单位的窗口人员受理，请联系本单位管理员。")
	}
	err = model.Retry(ctx, func() error {
		out, err = s.accept(ctx, p, in, receipt)
		return err
	})
	return out, err
}

func (s *Service) accept(ctx context.Context, p model.Principal, in Application, receipt model.Receipt[model.ApprovalCase]) (model.ApprovalCase, error) {
	now := s.Clock.Now()
	today := model.DateOf(now)
	found, err := s.plan(ctx, p, "approval.accept", in.Case, today)
	if err != nil {
		return model.ApprovalCase{}, err
	}
	ev := s.event(p, found.item)
	ev.Action, ev.Subjects, ev.RuleVersion = "approval.accept", []model.SubjectID{found.file.ID}, found.plan.RuleVersion
	c, err := found.item.Open(&found.plan, approval.Asked{Mode: in.Mode, Missing: in.Missing, PromiseHash: in.PromiseHash, UnitName: p.UnitName}, today)
	if err != nil {
		ev.Outcome = string(model.CodeOf(err))
		if logged := s.Auditor.Record(ctx, ev); logged != nil {
			return c, logged
		}
		return c, err
	}
	c.No, c.Unit, c.UnitName, c.Subject, c.Applicant = "SP"+s.IDs.Next(), p.Unit, p.UnitName, found.file.ID, found.applicant
	c.AcceptedBy, c.AcceptedAt = p.ID, now.UTC().Truncate(time.Millisecond)
	w := model.ApprovalWrite{}
	if c.State == model.ApprovalSupplying {
		if w.Promise, err = s.promise(ctx, p, &c, found); err != nil {
			return c, err
		}
	}
	if s.Notices != nil {
		if w.Message, err = s.Notices.Notice(&c); err != nil {
			return c, err
		}
	}
	ev.Outcome = string(c.Mode)
	return s.save(ctx, ev, &c, w, receipt)
}

// promise makes the promise of a case and sets what follows from it.
func (s *Service) promise(ctx context.Context, p model.Principal, c *model.ApprovalCase, found *found) (*model.CommitmentChange, error) {
	var err error
	if c.RemindOn, err = approval.RemindOn(model.DateOf(c.AcceptedAt), c.SupplyBy, s.RemindWorkdays(), s.Calendar); err != nil {
		return nil, err
	}
	c.Queue = queue(c.Unit)
	kind := model.CommitDeferMaterial
	if c.Mode == model.ModeCommitment {
		kind = model.CommitReplaceApproval
	}
	change, err := s.Promises.Prepare(ctx, &model.CommitmentDraft{File: found.file, Letter: c.ItemCode, LetterVersion: c.RuleVersion, Hash: found.plan.PromiseHash,
		Type: kind, Text: model.CommitmentText{Reason: "申请办理" + c.ItemName, Content: found.plan.PromiseTemplate, Liability: found.plan.Warning},
		SignedBy: p.ID, Method: "paper", ValidTo: c.SupplyBy, Unit: p.Unit, UnitName: p.UnitName, Approval: c.No})
	if err != nil {
		return nil, err
	}
	c.Commitment = change.Commitment.Code
	return change, nil
}

// queue is where the cases of a window wait whose papers are owed.
func queue(unit string) string { return "supply/" + unit }

// save writes one change with its audit entry and answer.
func (s *Service) save(ctx context.Context, ev model.AuditEvent, c *model.ApprovalCase, w model.ApprovalWrite, receipt model.Receipt[model.ApprovalCase]) (model.ApprovalCase, error) {
	c.UpdatedAt = s.Clock.Now().UTC().Truncate(time.Millisecond)
	w.Case = *c
	shown := *c
	shown.Rev++ // as the store will count it
	var err error
	if w.Answer, err = receipt.Make(shown); err != nil {
		return shown, err
	}
	ev.Ref = c.No
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return shown, err
	}
	err = s.Store.WriteApproval(ctx, w)
	s.Auditor.End(w.Audit, err)
	return shown, err
}

func noCase() error {
	return model.Errorf(model.CodeNotFound, "没有找到这个办件，或它不是本窗口受理的；请核对办件编号。")
}

func (s *Service) caseEvent(p model.Principal, action, outcome string, subjects ...model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Purpose: model.PurposeApproval, Outcome: outcome, Subjects: subjects, RequestID: p.RequestID}
}

// refused logs a refusal and gives it back; when it cannot be logged, that error.
func (s *Service) refused(ctx context.Context, ev model.AuditEvent, why error) error {
	ev.Outcome = string(model.CodeOf(why))
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return err
	}
	return why
}

// own gives a case of the caller's window: CodeNotFound otherwise, logged.
func (s *Service) own(ctx context.Context, p model.Principal, action, no string) (*model.ApprovalCase, error) {
	c, err := s.Store.Case(ctx, no)
	if err == nil && (p.Unit == "" || c.Unit != p.Unit) {
		err = noCase()
	}
	if model.Is(err, model.CodeNotFound) {
		return nil, s.refused(ctx, s.caseEvent(p, action, ""), noCase())
	}
	return c, err
}

// Get gives one case of the caller's window, logged before it is answered.
func (s *Service) Get(ctx context.Context, p model.Principal, no string) (model.ApprovalCase, error) {
	c, err := s.own(ctx, p, "approval.view", no)
	if err != nil {
		return model.ApprovalCase{}, err
	}
	ev := s.caseEvent(p, "approval.view", "shown", c.Subject)
	ev.Ref, ev.Shown = c.No, []string{"approval"}
	return *c, s.Auditor.Record(ctx, ev)
}

// Change is what a clerk records about a case: papers that came, that the promise was broken, or
// why it was not after all.
type Change struct {
	Supplied   []string
	Breach     *Breach
	Correction string
}

// Breach says what was not done, and what was done about it (违诺责任追究).
type Breach struct{ Unperformed, Penalty string }

// Update records papers, a breach or its correction of a case of the caller's window. match tells
// whether the caller read the current revision. With the last paper, a breach and a correction the
// promise is found kept or broken and the applicant's file changes in the same batch. CodeNotReady where
// the case does not allow it now, CodeInvalidRequest for a paper that is not owed.
func (s *Service) Update(ctx context.Context, p model.Principal, no string, match func(*model.ApprovalCase) error, in Change) (out model.ApprovalCase, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.update(ctx, p, no, match, in)
		return err
	})
	return out, err
}

func (s *Service) update(ctx context.Context, p model.Principal, no string, match func(*model.ApprovalCase) error, in Change) (model.ApprovalCase, error) {
	action := "approval.supply"
	switch {
	case in.Breach != nil:
		action = "approval.breach"
	case in.Correction != "":
		action = "approval.correct"
	}
	stored, err := s.own(ctx, p, action, no)
	if err != nil {
		return model.ApprovalCase{}, err
	}
	if err := match(stored); err != nil {
		return model.ApprovalCase{}, err
	}
	c := *stored
	ev := s.caseEvent(p, action, "", c.Subject)
	ev.Ref, ev.RuleVersion = c.No, c.RuleVersion
	w, err := s.apply(ctx, p, &c, in)
	if err != nil {
		switch model.CodeOf(err) {
		case model.CodeNotReady, model.CodeInvalidRequest, model.CodeOutsideCatalog:
			err = s.refused(ctx, ev, err)
		default:
		}
		return model.ApprovalCase{}, err
	}
	ev.Outcome = string(c.State)
	return s.save(ctx, ev, &c, w, nil)
}

// apply makes what a change of a case changes. The rules are those it was accepted under.
func (s *Service) apply(ctx context.Context, p model.Principal, c *model.ApprovalCase, in Change) (w model.ApprovalWrite, err error) {
	today := model.DateOf(s.Clock.Now())
	before := c.State
	found := model.CommitmentOutcome{Fulfilment: model.FulfilmentFull}
	switch {
	case in.Correction != "":
		err, found.Remark = approval.Correct(c, today), in.Correction
	case in.Breach == nil:
		err = approval.Supply(c, in.Supplied, today)
		if c.Late {
			found.Remark = "逾期补齐。"
		}
	default:
		var item *approval.Item
		if item, err = s.Items.Item(c.ItemCode, model.DateOf(c.AcceptedAt)); err != nil {
			return w, err
		}
		err = item.Breach(c, today)
		found = model.CommitmentOutcome{Fulfilment: model.FulfilmentNone, Unperformed: in.Breach.Unperformed, Penalty: in.Breach.Penalty, BanDays: c.BanDays}
		if len(c.Owed()) < len(c.Papers) {
			found.Fulfilment = model.FulfilmentPartial
		}
		if before == model.ApprovalSupplied {
			found.Remark = "事后核查发现承诺不实。"
		}
	}
	if err != nil || c.State == model.ApprovalSupplying {
		return w, err
	}
	c.Queue, c.RemindOn = "", ""
	w.Promise, err = s.Promises.Conclude(ctx, c.Commitment, found, p)
	return w, err
}
