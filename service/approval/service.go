// Package approval is the desk of 信易批: it plans how an approval case may start, for a
// clerk at the window. The rules are policy/approval; this desk finds the applicant and
// writes down the decision before it is answered.
package approval

import (
	"context"

	"xinyi/model"
	"xinyi/policy/approval"
)

// Files finds applicants; what it gives is true now.
type Files interface {
	// Enterprise finds by current or former code: CodeNotFound if there is none.
	Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error)
	// Person finds by name and number together: CodeNotFound if they do not match.
	Person(ctx context.Context, name, idNo string) (*model.SubjectFile, model.PersonIdentity, error)
}

// Items are the approval items in force.
type Items interface {
	Item(code string, on model.Date) (*approval.Item, error)
	Items(on model.Date) []*approval.Item
}

// Auditor makes a decision durable before it is answered.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Service plans cases and keeps them. All fields are required; Check alone needs no Store,
// Promises, RemindWorkdays and IDs.
type Service struct {
	Files    Files
	Items    Items
	Calendar approval.Workdays
	Store    Store
	Promises Promises
	Auditor  Auditor
	IDs      *model.IDs
	Clock    model.Clock
	// Notices tell applicants what is owed; nil = nobody is told but at the window.
	Notices Notices
	// RemindWorkdays is how many working days before the last day to remind, by the rules of
	// promises in force.
	RemindWorkdays func() int
}

// Item is an approval item in force.
type Item = approval.Item

// Case is what a clerk has before them. Exactly one of USCC and IDNo is set.
type Case struct {
	USCC     string
	Name     string
	IDNo     string // normalised, clear; never logged
	ItemCode string
	Missing  []string // codes of the papers that are missing
}

// found is an applicant with the plan for the case.
type found struct {
	item      *approval.Item
	file      *model.SubjectFile
	applicant string // a person's masked
	plan      model.ApprovalPlan
}

// Check plans a case (窗口核验). CodeNotFound for an unknown item or applicant,
// CodeInvalidRequest for a paper the item does not have, CodeAuditUnavailable.
func (s *Service) Check(ctx context.Context, p model.Principal, c Case) (model.ApprovalPlan, error) {
	f, err := s.plan(ctx, p, "approval.check", c, model.DateOf(s.Clock.Now()))
	if err != nil {
		return model.ApprovalPlan{}, err
	}
	ev := s.event(p, f.item)
	ev.Subjects, ev.Outcome, ev.Shown, ev.RuleVersion = []model.SubjectID{f.file.ID}, string(f.plan.Mode), []string{"blockers"}, f.plan.RuleVersion
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return model.ApprovalPlan{}, err
	}
	return f.plan, nil
}

// plan finds the applicant and what the item allows them.
func (s *Service) plan(ctx context.Context, p model.Principal, action string, c Case, today model.Date) (*found, error) {
	item, err := s.Items.Item(c.ItemCode, today)
	if err != nil {
		return nil, err
	}
	// The papers are judged before anybody is looked up: nobody's facts are needed for it.
	if _, err := item.Check(approval.Facts{}, c.Missing, today, s.Calendar); err != nil {
		return nil, err
	}
	f := &found{item: item}
	f.file, f.applicant, err = s.applicant(ctx, c)
	if model.Is(err, model.CodeNotFound) { // who tries names and numbers leaves traces
		ev := s.event(p, item)
		ev.Action, ev.Outcome = action, string(model.CodeNotFound)
		if logged := s.Auditor.Record(ctx, ev); logged != nil {
			return nil, logged
		}
	}
	if err != nil {
		return nil, err
	}
	f.plan, err = item.Check(approval.FactsOf(f.file), c.Missing, today, s.Calendar)
	return f, err
}

func (s *Service) event(p model.Principal, item *approval.Item) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: "approval.check", Purpose: model.PurposeApproval, Ref: item.ItemCode, RequestID: p.RequestID}
}

func (s *Service) applicant(ctx context.Context, c Case) (*model.SubjectFile, string, error) {
	if c.USCC != "" {
		f, _, err := s.Files.Enterprise(ctx, c.USCC)
		if err != nil {
			return nil, "", err
		}
		return f, f.Name, nil
	}
	f, identity, err := s.Files.Person(ctx, c.Name, c.IDNo)
	return f, model.MaskName(identity.Name), err
}

// List gives the items in force today.
func (s *Service) List() []*Item { return s.Items.Items(model.DateOf(s.Clock.Now())) }
