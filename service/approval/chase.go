package approval

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/approval"
)

// Due says which cases of the chase list (催办清单) are asked for.
type Due string

const (
	DueOpen    Due = ""        // all whose papers are owed
	DueSoon    Due = "soon"    // due within the days of the reminder
	DueOverdue Due = "overdue" // past their last day
	DueAll     Due = "all"     // every case of the window, newest first
)

// Chased is a case with its clock. Both counts are nil where no papers are owed, or the
// calendar cannot tell.
type Chased struct {
	*model.ApprovalCase
	Overdue bool
	// Left and Late are the working days until the last day, and since.
	Left, Late *int
}

// Chase gives cases of the caller's window, soonest due first, logged before it is answered.
func (s *Service) Chase(ctx context.Context, p model.Principal, due Due, after string, limit int) ([]Chased, string, error) {
	if p.Unit == "" {
		return nil, "", model.Errorf(model.CodeForbidden, "账号没有所属单位，请联系本单位管理员。")
	}
	today := model.DateOf(s.Clock.Now())
	from, before := model.Date(""), model.Date("")
	switch due {
	case DueOverdue:
		before = today
	case DueSoon:
		last, err := s.Calendar.AddWorkdays(today, s.RemindWorkdays())
		if err != nil {
			return nil, "", err
		}
		from, before = today, last.AddDays(1)
	default:
	}
	cases, next, err := s.Store.Awaited(ctx, queue(p.Unit), from, before, after, limit)
	if due == DueAll {
		cases, next, err = s.Store.Cases(ctx, p.Unit, after, limit)
	}
	if err != nil {
		return nil, "", err
	}
	out := make([]Chased, len(cases))
	subjects := make([]model.SubjectID, 0, len(cases))
	seen := map[model.SubjectID]bool{}
	for i, c := range cases {
		out[i] = s.Clocked(c)
		if !seen[c.Subject] {
			seen[c.Subject] = true
			subjects = append(subjects, c.Subject)
		}
	}
	ev := s.caseEvent(p, "approval.list", "shown", subjects...)
	ev.Shown = []string{"approvals"}
	return out, next, s.Auditor.Record(ctx, ev)
}

// Clocked gives a case with its clock as of today.
func (s *Service) Clocked(c *model.ApprovalCase) Chased {
	today := model.DateOf(s.Clock.Now())
	out := Chased{ApprovalCase: c, Overdue: c.Overdue(today)}
	if c.State != model.ApprovalSupplying {
		return out
	}
	first, last, into := today, c.SupplyBy, &out.Left
	if out.Overdue {
		first, last, into = c.SupplyBy, today, &out.Late
	}
	if n, err := s.Calendar.WorkdaysBetween(first, last); err == nil {
		*into = &n
	}
	return out
}

// settle is how long a case rests before it is reminded of: those that other processes are
// writing at the same time are not passed over.
const settle = time.Minute

// Reminders hands the reminders that are due (T-3 个工作日提醒) to deliver, at most limit, and
// then keeps the reader's position, which belongs to all processes; it gives how many there
// were. Cases that were closed meanwhile are passed over. When deliver fails, or the process
// ends before the position is kept, the same reminders come again with the same ids.
// CodeConflict when another process read at the same time.
func (s *Service) Reminders(ctx context.Context, reader string, limit int, deliver func(context.Context, []model.ApprovalReminder) error) (int, error) {
	now := s.Clock.Now()
	at, err := s.Store.Position(ctx, reader)
	if err != nil {
		return 0, err
	}
	cases, err := s.Store.Reminding(ctx, model.DateOf(now), now.Add(-settle), at.After, limit)
	if err != nil || len(cases) == 0 {
		return 0, err
	}
	due := make([]model.ApprovalReminder, 0, len(cases))
	for _, c := range cases {
		at.After = c.ReminderPlace()
		due = append(due, model.ApprovalReminder{ID: "approval_due/" + c.No, No: c.No, Subject: c.Subject, ItemName: c.ItemName, Unit: c.Unit,
			UnitName: c.UnitName, RemindOn: c.RemindOn, SupplyBy: c.SupplyBy, Owed: len(c.Owed())})
	}
	if err := deliver(ctx, due); err != nil {
		return 0, err
	}
	return len(due), s.Store.SavePosition(ctx, at)
}

// Workdays is the calendar that the windows go by.
type Workdays = approval.Workdays
