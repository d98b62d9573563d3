package listing

import (
	"context"
	"encoding/json"
	"slices"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/measures"
	"xinyi/policy/quality"
	"xinyi/policy/summary"
)

// Store keeps listings and joint actions.
type Store interface {
	Case(ctx context.Context, id string) (*model.ListCase, error)
	// Cases gives listings, newest first; unit or state "" = all.
	Cases(ctx context.Context, unit string, state model.ListState, after string, limit int) ([]*model.ListCase, string, error)
	// CasesIn gives what waits in a queue ("" = in any) in order of the due day.
	CasesIn(ctx context.Context, queue string, from model.Date, yield func(*model.ListCase) bool) error
	// Known reports whether a fact with this business key is on record.
	Known(ctx context.Context, key string) (bool, error)
	// Write writes everything or nothing: CodeConflict when something moved, CodeExists
	// for a fact that is known.
	Write(ctx context.Context, w model.ListWrite) error
	Notices(ctx context.Context, kind model.ListKind, day model.Date, after string, limit int) ([]*model.RemovalNotice, string, error)
	Joint
	Subjects
}

// Joint keeps the tasks of joint actions.
type Joint interface {
	// TasksOf gives the tasks of a listing.
	TasksOf(ctx context.Context, owner string) ([]*model.JointTask, error)
	Action(ctx context.Context, action string) ([]*model.JointTask, error)
	Tasks(ctx context.Context, unit string, initiated bool, after string, limit int) ([]*model.JointTask, string, error)
	TasksIn(ctx context.Context, queue string, from model.Date, yield func(*model.JointTask) bool) error
	Month(ctx context.Context, month string, yield func(*model.JointTask) error) error
	WriteTasks(ctx context.Context, w model.JointWrite) error
}

// Subjects gives files and their records as they are stored.
type Subjects interface {
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	Record(ctx context.Context, id model.RecordID) (*model.Record, error)
}

// Files finds organisations, with a summary that is true now.
type Files interface {
	Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error)
}

// Calendar counts working days.
type Calendar interface {
	AddWorkdays(d model.Date, n int) (model.Date, error)
}

// Display computes when a record stops being shown; "" = no end.
type Display interface {
	Ends(r *model.Record) model.Date
}

// Sealer seals the responsible persons.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
}

// Auditor records looks and changes; see model.AuditEvent.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Messenger makes messages to organisations about steps of their listings (service/message).
type Messenger interface {
	// ListStep tells where the listing stands now.
	ListStep(c *model.ListCase) (*model.Message, error)
}

// Tables are the bases, measures and list rules in force (policy/measures).
type Tables interface {
	Version() string
	// Basis, Measure and List give what is in force on a day: CodeNoLegalBasis otherwise.
	Basis(code string, on model.Date) (measures.Basis, error)
	Measure(code string, on model.Date) (measures.Measure, error)
	List(kind model.ListKind, on model.Date) (measures.ListRule, error)
}

// Catalogue is the information catalogue with its blocklist (policy/catalogue).
type Catalogue interface {
	Find(rec *model.Record, subject model.SubjectKind, day model.Date) (catalogue.Entry, *catalogue.Refusal)
	Screen(rec *model.Record, content string, subject model.SubjectKind) *catalogue.Refusal
}

// Service is the desk. All fields are required but Quality and Messenger.
type Service struct {
	Store  Store
	Files  Files
	Tables Tables
	// Catalogue says whether and how a listing may be recorded.
	Catalogue Catalogue
	Calendar  Calendar
	Display   Display
	Judge     summary.Judge
	Sealer    Sealer
	Auditor   Auditor
	IDs       *model.IDs
	Clock     model.Clock
	// Key gives the business key under which an import would know the record.
	Key func(r *model.Record, subject model.SubjectID) string
	// Quality gives the rules by which the quality figures are counted today; nil = nobody
	// counts.
	Quality func() *quality.Rules
	// Messenger tells organisations; nil = they hear from the unit alone.
	Messenger Messenger
}

// tell adds to a write the message about it.
func (s *Service) tell(w *model.ListWrite) (err error) {
	if s.Messenger != nil {
		w.Message, err = s.Messenger.ListStep(&w.Case)
	}
	return err
}

// View is a listing as its readers see it.
type View struct {
	model.ListCase
	People     []model.ResponsiblePerson
	Rule       measures.ListRule
	Conditions []Condition
	// AsOf is the day the conditions are about.
	AsOf model.Date
}

func (s *Service) today() model.Date { return model.DateOf(s.Clock.Now()) }

func (s *Service) event(p model.Principal, action, outcome string, subjects ...model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Purpose: model.PurposeOther, Outcome: outcome, Subjects: subjects, RuleVersion: s.Tables.Version(), RequestID: p.RequestID}
}

// refused logs a refusal and gives it back; when it cannot be logged, that error.
func (s *Service) refused(ctx context.Context, ev model.AuditEvent, why error) error {
	ev.Outcome = string(model.CodeOf(why))
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return err
	}
	return why
}

func noCase() error {
	return model.Errorf(model.CodeNotFound, "没有找到这条名单办理，或它不属于本单位。")
}

// reads reports whether the caller may see a listing that is not public.
func reads(p model.Principal, c *model.ListCase) bool {
	switch p.Role {
	case model.RoleOffice, model.RoleReviewer:
		return true
	case model.RoleDepartment:
		return p.Unit != "" && c.Unit == p.Unit
	}
	return false
}

// own gives a listing that the caller may see: CodeNotFound otherwise, logged.
func (s *Service) own(ctx context.Context, p model.Principal, action, id string) (*model.ListCase, error) {
	c, err := s.Store.Case(ctx, id)
	if err == nil && !reads(p, c) {
		err = noCase()
	}
	if model.Is(err, model.CodeNotFound) {
		return nil, s.refused(ctx, s.event(p, action, ""), noCase())
	}
	return c, err
}

// Case gives one listing with what is still missing, logged before it is answered.
func (s *Service) Case(ctx context.Context, p model.Principal, id string) (View, error) {
	c, err := s.own(ctx, p, "listing.view", id)
	if err != nil {
		return View{}, err
	}
	v, err := s.view(ctx, c)
	if err != nil {
		return View{}, err
	}
	ev := s.event(p, "listing.view", "shown", c.USCC)
	ev.Ref, ev.Shown = c.ID, []string{"listing"}
	return v, s.Auditor.Record(ctx, ev)
}

// Cases gives the caller's listings, newest first, logged before they are answered: a
// department's own, all for office and reviewers.
func (s *Service) Cases(ctx context.Context, p model.Principal, state model.ListState, after string, limit int) ([]*model.ListCase, string, error) {
	unit := ""
	if p.Role == model.RoleDepartment {
		if unit = p.Unit; unit == "" {
			return nil, "", nil
		}
	}
	cases, next, err := s.Store.Cases(ctx, unit, state, after, limit)
	if err != nil {
		return nil, "", err
	}
	var subjects []model.SubjectID
	for _, c := range cases {
		if !slices.Contains(subjects, c.USCC) {
			subjects = append(subjects, c.USCC)
		}
	}
	return cases, next, s.Auditor.Record(ctx, s.event(p, "listing.list", "shown", subjects...))
}

// Notices gives the removal notices (退出公告) that are shown today, newest first.
func (s *Service) Notices(ctx context.Context, kind model.ListKind, after string, limit int) ([]*model.RemovalNotice, string, error) {
	return s.Store.Notices(ctx, kind, s.today(), after, limit)
}

// view completes a listing for its readers.
func (s *Service) view(ctx context.Context, c *model.ListCase) (View, error) {
	v := View{ListCase: *c, AsOf: s.today()}
	people, err := s.people(c)
	if err != nil {
		return v, err
	}
	v.People = people
	if c.State != model.ListDraft {
		return v, nil
	}
	f, _, err := s.Files.Enterprise(ctx, string(c.USCC))
	if err != nil {
		return v, err
	}
	v.Rule, v.Conditions = s.conditions(c, people, f, v.AsOf)
	return v, nil
}

func (s *Service) people(c *model.ListCase) ([]model.ResponsiblePerson, error) {
	if len(c.Responsible) == 0 {
		return nil, nil
	}
	plain, err := s.Sealer.Open(model.SealListing, c.ID, c.Responsible)
	if err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "名单办理暂时无法解密，请稍后重试。")
	}
	var people []model.ResponsiblePerson
	if err := json.Unmarshal(plain, &people); err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "名单办理内容无法读取，请联系信用办。")
	}
	return people, nil
}

// read gives a listing that the caller changes: their own, as they read it.
// CodeNotFound, CodePreconditionFailed.
func (s *Service) read(ctx context.Context, p model.Principal, action, id string, match func(v *View) bool) (View, error) {
	c, err := s.own(ctx, p, action, id)
	if err != nil {
		return View{}, err
	}
	v, err := s.view(ctx, c)
	if err == nil && !match(&v) {
		err = stale()
	}
	return v, err
}

func stale() error {
	return model.Errorf(model.CodePreconditionFailed, "这条办理已有新的变化，请重新读取后再办理。")
}

// wrongState says that a listing is not where the step needs it.
func wrongState(c *model.ListCase) error {
	texts := map[model.ListState]string{model.ListDraft: "仍是草案", model.ListPublished: "已经公布", model.ListRemoved: "已经移出",
		model.ListWithdrawn: "草案已撤回"}
	return &model.Error{Code: model.CodeNotReady, Detail: "这条名单办理" + texts[c.State] + "，不能再做这一步；请重新读取。",
		Fields: []model.FieldError{{Pointer: "/state", Code: "state", Detail: texts[c.State] + "。"}}}
}
