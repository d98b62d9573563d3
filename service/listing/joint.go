package listing

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/measures"
)

// maxTasks bounds the tasks of one listing: its end changes them in one batch.
const maxTasks = 100

// Initiation asks units to carry out measures about a published listing.
type Initiation struct {
	Case     string
	Measures []string
	Units    []string // USCC
}

// Action is a joint action as its readers see it: some or all of its tasks.
type Action struct {
	ID    string
	Tasks []*model.JointTask
}

// Initiate starts a joint action (发起) and pushes it to the units (推送). The listing is the
// caller's own (or the caller the office) and in force; every measure rests on a basis in
// force, and restrictions are those of the prior notice: CodeNotReady, CodeNoLegalBasis,
// CodeInvalidRequest.
func (s *Service) Initiate(ctx context.Context, p model.Principal, in Initiation, receipt model.Receipt[Action]) (out Action, err error) {
	in.Units = slices.Compact(slices.Sorted(slices.Values(in.Units)))
	err = model.Retry(ctx, func() error {
		out, err = s.initiate(ctx, p, in, receipt)
		return err
	})
	return out, err
}

func (s *Service) initiate(ctx context.Context, p model.Principal, in Initiation, receipt model.Receipt[Action]) (Action, error) {
	c, err := s.own(ctx, p, "joint.initiate", in.Case)
	if err != nil {
		return Action{}, err
	}
	ev := s.event(p, "joint.initiate", string(model.JointPushed), c.USCC)
	day := s.today()
	stands, err := s.stands(ctx, c, day)
	if err != nil {
		return Action{}, err
	}
	if !stands {
		return Action{}, s.refused(ctx, ev, notListed())
	}
	rule, err := s.Tables.List(c.Kind, day)
	for _, code := range in.Measures {
		if err == nil {
			_, err = s.measure(code, c.Kind, rule, day)
		}
	}
	if err != nil {
		return Action{}, s.refused(ctx, ev, at("/measures", err))
	}
	if !told(c, in.Measures) {
		return Action{}, s.refused(ctx, ev, model.Invalid("/measures", "not_noticed", "所列措施没有事先告知主体，不能请求实施；请从该名单所附的措施中选择。"))
	}
	before, err := s.Store.TasksOf(ctx, c.ID)
	if err != nil {
		return Action{}, err
	}
	if len(before)+len(in.Units) > maxTasks {
		return Action{}, s.refused(ctx, ev, model.Invalid("/units", "too_many", "同一名单的协同任务过多，请先办结已有的任务。"))
	}
	tasks, err := s.tasks(p, c, rule, in)
	if err != nil {
		return Action{}, err
	}
	a := Action{ID: tasks[0].Action, Tasks: tasks}
	c.Actions++
	return a, s.saveTasks(ctx, ev, a, model.JointWrite{Tasks: tasks, Case: c}, receipt)
}

// stands reports whether the subject is listed on day, in its file too: a record of before it was
// the desk's alone may have been taken back there.
func (s *Service) stands(ctx context.Context, c *model.ListCase, day model.Date) (bool, error) {
	if !c.Listed(day) {
		return false, nil
	}
	r, err := s.Store.Record(ctx, c.RecordID)
	if model.Is(err, model.CodeNotFound) {
		return false, nil
	}
	return err == nil && r.WithdrawnOn == "" && r.Finality != model.FinalityRevoked, err
}

// told reports whether measures were named to the subject: the prior notice says which restrictions
// there will be (HN 28). Incentives need no notice.
func told(c *model.ListCase, measures []string) bool {
	return c.Kind == model.ListHonor || !slices.ContainsFunc(measures, func(code string) bool { return !slices.Contains(c.Measures, code) })
}

func notListed() error {
	return &model.Error{Code: model.CodeNotReady, Detail: "名单尚未公布或已经结束，不能发起联合奖惩。",
		Fields: []model.FieldError{{Pointer: "/listEntryId", Code: "not_listed", Detail: "名单不在有效期内。"}}}
}

func (s *Service) tasks(p model.Principal, c *model.ListCase, rule measures.ListRule, in Initiation) ([]*model.JointTask, error) {
	now, day := s.Clock.Now(), s.today()
	respondBy, err := s.Calendar.AddWorkdays(day, rule.ResponseDays)
	if err != nil {
		return nil, err
	}
	reportBy, err := s.Calendar.AddWorkdays(day, rule.FeedbackDays)
	if err != nil {
		return nil, err
	}
	action := s.IDs.Next()
	var tasks []*model.JointTask
	for _, unit := range in.Units {
		tasks = append(tasks, &model.JointTask{ID: c.ID + "/" + action + "/" + unit, Action: action, Case: c.ID, Month: string(day[:7]), Kind: c.Kind,
			USCC: c.USCC, Name: c.Name, From: p.Unit, FromName: p.UnitName, Unit: unit, Measures: in.Measures, State: model.JointPushed,
			PushedAt: stamp(now), RespondBy: respondBy, ReportBy: reportBy, ListedTo: c.ValidTo, Queue: unitQueue(unit), Due: respondBy})
	}
	return tasks, nil
}

func (s *Service) saveTasks(ctx context.Context, ev model.AuditEvent, a Action, w model.JointWrite, receipt model.Receipt[Action]) error {
	var err error
	if w.Answer, err = receipt.Make(a); err != nil {
		return err
	}
	ev.Ref = a.ID
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return err
	}
	err = s.Store.WriteTasks(ctx, w)
	s.Auditor.End(w.Audit, err)
	return err
}

func noAction() error {
	return model.Errorf(model.CodeNotFound, "没有找到这项联合奖惩，或本单位不在其中。")
}

// Action gives a joint action, logged: all tasks to the office and the unit that initiated
// it, its own task to a unit that was asked.
func (s *Service) Action(ctx context.Context, p model.Principal, id string) (Action, error) {
	all, err := s.Store.Action(ctx, id)
	if err != nil {
		return Action{}, err
	}
	a := Action{ID: id}
	for _, t := range all {
		if p.Role == model.RoleOffice || p.Unit != "" && (t.From == p.Unit || t.Unit == p.Unit) {
			a.Tasks = append(a.Tasks, t)
		}
	}
	if len(a.Tasks) == 0 {
		return Action{}, s.refused(ctx, s.event(p, "joint.view", ""), noAction())
	}
	ev := s.event(p, "joint.view", "shown", a.Tasks[0].USCC)
	ev.Ref = id
	return a, s.Auditor.Record(ctx, ev)
}

// Tasks gives the tasks that a department was asked for, or those it initiated; the office
// sees all. Newest listing first, logged before they are answered.
func (s *Service) Tasks(ctx context.Context, p model.Principal, initiated bool, after string, limit int) ([]*model.JointTask, string, error) {
	unit := ""
	if p.Role != model.RoleOffice {
		if unit = p.Unit; unit == "" {
			return nil, "", nil
		}
	}
	tasks, next, err := s.Store.Tasks(ctx, unit, initiated, after, limit)
	if err != nil {
		return nil, "", err
	}
	var subjects []model.SubjectID
	for _, t := range tasks {
		if !slices.Contains(subjects, t.USCC) {
			subjects = append(subjects, t.USCC)
		}
	}
	return tasks, next, s.Auditor.Record(ctx, s.event(p, "joint.list", "shown", subjects...))
}

// Response is whether a unit takes its part.
type Response struct {
	Accept bool
	Reason string // why not
}

// over reports whether the listing that a task is about has ended by its last day.
func over(t *model.JointTask, day model.Date) bool { return t.ListedTo != "" && day > t.ListedTo }

// Respond takes the caller's unit's answer (响应): CodeNotReady when it has answered, and for a
// yes after the listing's last day.
func (s *Service) Respond(ctx context.Context, p model.Principal, action string, in Response, receipt model.Receipt[Action]) (Action, error) {
	if !in.Accept && strings.TrimSpace(in.Reason) == "" {
		return Action{}, model.Invalid("/reason", "required", "不实施的，请写明理由。")
	}
	return s.step(ctx, p, "joint.respond", action, receipt, func(t *model.JointTask) error {
		if t.State != model.JointPushed {
			return wrongStep(t)
		}
		if in.Accept && over(t, s.today()) {
			return &model.Error{Code: model.CodeNotReady, Detail: "名单已经结束，不能再实施措施；请答复不实施，并写明理由。",
				Fields: []model.FieldError{{Pointer: "/accept", Code: "ended", Detail: "名单已经结束。"}}}
		}
		t.RespondedAt, t.Reason = stamp(s.Clock.Now()), in.Reason
		if t.State, t.Queue, t.Due = model.JointAccepted, unitQueue(t.Unit), t.ReportBy; !in.Accept {
			t.State, t.Queue, t.Due = model.JointDeclined, "", ""
		}
		return nil
	})
}

// Report is what came of a unit's part.
type Report struct {
	Applied []string // measures carried out
	Text    string
}

// Report takes the feedback of the caller's unit (执行反馈). While the listing lasts it says
// what was carried out; after its end, that the measures have stopped, or that none were begun.
// CodeNotReady when there is nothing to report.
func (s *Service) Report(ctx context.Context, p model.Principal, action string, in Report, receipt model.Receipt[Action]) (Action, error) {
	return s.step(ctx, p, "joint.report", action, receipt, func(t *model.JointTask) error {
		now, day := stamp(s.Clock.Now()), s.today()
		ended := over(t, day) && (t.State == model.JointDone || t.State == model.JointAccepted && len(in.Applied) == 0)
		switch {
		case t.State == model.JointLifting || ended:
			if len(in.Applied) > 0 {
				return model.Invalid("/applied", "ended", "名单已经结束，只反馈措施的解除。")
			}
			t.State, t.LiftedAt, t.Report, t.Queue, t.Due = model.JointLifted, now, in.Text, "", ""
		case t.State == model.JointAccepted:
			for _, code := range in.Applied {
				if !slices.Contains(t.Measures, code) {
					return model.Invalid("/applied", "not_asked", "只填写本次要求的措施。")
				}
			}
			if len(in.Applied) == 0 {
				return model.Invalid("/applied", "required", "请写明已实施的措施。")
			}
			t.State, t.ReportedAt, t.Applied, t.Report = model.JointDone, now, in.Applied, in.Text
			if t.Queue, t.Due = "", ""; t.ListedTo != "" { // the measures stop with the listing
				t.Queue, t.Due = unitQueue(t.Unit), s.due(t.ListedTo, s.liftDays(t, day))
			}
		default:
			return wrongStep(t)
		}
		return nil
	})
}

func (s *Service) liftDays(t *model.JointTask, day model.Date) int {
	return max(1, s.ruleOf(&model.ListCase{ListFacts: model.ListFacts{Kind: t.Kind, DecisionDate: day}}, day).LiftDays)
}

func wrongStep(t *model.JointTask) error {
	texts := map[model.JointState]string{model.JointPushed: "尚未响应", model.JointAccepted: "已经响应", model.JointDeclined: "已答复不实施",
		model.JointDone: "已经反馈", model.JointLifting: "等待解除措施", model.JointLifted: "已经解除", model.JointCancelled: "因名单结束而终止"}
	return &model.Error{Code: model.CodeNotReady, Detail: "本单位的任务" + texts[t.State] + "，不能做这一步；请重新读取。",
		Fields: []model.FieldError{{Pointer: "/state", Code: string(t.State), Detail: texts[t.State] + "。"}}}
}

// step changes the task of the caller's unit in an action.
func (s *Service) step(ctx context.Context, p model.Principal, what, action string, receipt model.Receipt[Action], change func(*model.JointTask) error) (out Action, err error) {
	err = model.Retry(ctx, func() error {
		t, err := s.ownTask(ctx, p, what, action)
		if err != nil {
			return err
		}
		ev := s.event(p, what, "", t.USCC)
		if err := change(t); err != nil {
			return s.refused(ctx, ev, err)
		}
		ev.Outcome = string(t.State)
		out = Action{ID: action, Tasks: []*model.JointTask{t}}
		return s.saveTasks(ctx, ev, out, model.JointWrite{Tasks: out.Tasks}, receipt)
	})
	return out, err
}

func (s *Service) ownTask(ctx context.Context, p model.Principal, what, action string) (*model.JointTask, error) {
	all, err := s.Store.Action(ctx, action)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(t *model.JointTask) bool { return p.Unit != "" && t.Unit == p.Unit })
	if i < 0 {
		return nil, s.refused(ctx, s.event(p, what, ""), noAction())
	}
	return all[i], nil
}
