package listing

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
)

// Kinds of work this desk gives.
const (
	WorkDraft       = "list_draft"       // 补齐名单草案
	WorkPublication = "list_publication" // 审核公布
	WorkResponse    = "joint_response"   // 响应联合奖惩
	WorkFeedback    = "joint_feedback"   // 反馈执行情况
	WorkLifting     = "joint_lifting"    // 解除措施
	WorkLateReview  = "list_overdue"     // 督办逾期未审核的名单
	WorkLateTask    = "joint_overdue"    // 督办逾期的联合奖惩
)

// Waiting gives what waits for the caller after a position, in order of model.WorkItem.Key,
// at most limit of each queue: drafts to complete and tasks for a department, drafts to
// publish for a reviewer, what others are late with for the office.
func (s *Service) Waiting(ctx context.Context, p model.Principal, after string, limit int) ([]model.WorkItem, error) {
	g := gatherer{after: after, limit: limit, day: s.today()}
	var err error
	switch {
	case p.Role == model.RoleDepartment && p.Unit != "":
		if err = s.Store.CasesIn(ctx, unitQueue(p.Unit), model.DueOf(after), g.draft); err == nil {
			err = s.Store.TasksIn(ctx, unitQueue(p.Unit), model.DueOf(after), g.task)
		}
	case p.Role == model.RoleOffice:
		if err = s.Store.CasesIn(ctx, "", model.DueOf(after), g.lateReview); err == nil {
			err = s.Store.TasksIn(ctx, "", model.DueOf(after), g.lateTask)
		}
	case p.Role == model.RoleReviewer:
		queues := []string{reviewers}
		if p.Unit != "" {
			queues = append(queues, reviewers+"/"+p.Unit)
		}
		for _, q := range queues {
			if err == nil {
				err = s.Store.CasesIn(ctx, q, model.DueOf(after), g.review(p.ID))
			}
		}
	}
	return g.items, err
}

// gatherer keeps what comes after a position, limit items of each queue.
type gatherer struct {
	after string
	limit int
	day   model.Date
	items []model.WorkItem
	// taken counts the items of the queue being read.
	queue string
	taken int
}

// take keeps an item and says whether to go on.
func (g *gatherer) take(queue string, w model.WorkItem) bool {
	if queue != g.queue {
		g.queue, g.taken = queue, 0
	}
	if w.Key() > g.after {
		g.items = append(g.items, w)
		g.taken++
	}
	return g.taken < g.limit
}

func (g *gatherer) draft(c *model.ListCase) bool {
	w := caseItem(WorkDraft, c)
	w.Ask = "名单草案还缺公布条件，请打开查看缺少的内容并补齐。"
	return g.take("drafts", w)
}

// review passes over drafts whose window is open, and the reviewer's own.
func (g *gatherer) review(reviewer string) func(*model.ListCase) bool {
	return func(c *model.ListCase) bool {
		if c.WindowEnds >= g.day || slices.Contains(c.Authors, reviewer) {
			return true
		}
		w := caseItem(WorkPublication, c)
		w.Since, w.Ask = c.WindowEnds.AddDays(1), "异议期已满，请核对依据和证据后公布，或退回撤销。"
		return g.take(c.Queue, w)
	}
}

func caseItem(kind string, c *model.ListCase) model.WorkItem {
	return model.WorkItem{Kind: kind, ID: c.ID, Title: c.Title + "：" + c.Name, USCC: c.USCC, Unit: c.UnitName, Since: model.DateOf(c.UpdatedAt),
		Due: c.Due, Place: c.ID}
}

// task passes over what was carried out while the listing lasts.
func (g *gatherer) task(t *model.JointTask) bool {
	w := model.WorkItem{ID: t.Action, Title: "联合奖惩：" + t.Name, USCC: t.USCC, Unit: t.FromName, Since: model.DateOf(t.PushedAt), Due: t.Due, Place: t.ID}
	switch t.State {
	case model.JointPushed:
		w.Kind, w.Ask = WorkResponse, "请答复是否实施所列措施；不实施的，写明理由。"
		if over(t, g.day) {
			w.Ask = "名单已经结束，请答复不实施，并写明理由。"
		}
	case model.JointAccepted:
		w.Kind, w.Ask, w.Since = WorkFeedback, "请反馈措施的执行情况。", model.DateOf(t.RespondedAt)
		if over(t, g.day) {
			w.Ask = "名单已经结束，请反馈已经解除或没有实施措施。"
		}
	default:
		if t.State == model.JointDone && t.ListedTo >= g.day {
			return true
		}
		w.Kind, w.Ask = WorkLifting, "名单已经结束，请解除所采取的措施并反馈。"
	}
	return g.take("tasks", w)
}

// lateReview takes drafts that reviewers should have decided on.
func (g *gatherer) lateReview(c *model.ListCase) bool {
	if c.Due >= g.day {
		return false
	}
	if !strings.HasPrefix(c.Queue, reviewers) {
		return true
	}
	w := caseItem(WorkLateReview, c)
	w.Since, w.Ask = c.WindowEnds.AddDays(1), "名单草案逾期未审核，请督促审核人办理。"
	return g.take("reviews", w)
}

// lateTask takes what units should have answered, reported or stopped.
func (g *gatherer) lateTask(t *model.JointTask) bool {
	if t.Due >= g.day {
		return false
	}
	return g.take("tasks", model.WorkItem{Kind: WorkLateTask, ID: t.Action, Title: "联合奖惩：" + t.Name, USCC: t.USCC, Unit: t.FromName,
		Ask: "有单位逾期未响应、反馈或解除，请督办。", Since: model.DateOf(t.PushedAt), Due: t.Due, Place: t.ID})
}
