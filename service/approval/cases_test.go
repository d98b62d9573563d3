package approval_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	items "xinyi/policy/approval"
	"xinyi/service/approval"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// window is a desk with helpers that fail the test.
type window struct {
	t *testing.T
	h *servicetest.House
	s *approval.Service
}

func open(t *testing.T) *window {
	h, s := desk(t)
	return &window{t, h, s}
}

func any1(*model.ApprovalCase) error { return nil }

// accept takes a case in by the mode that the check gives.
func (w *window) accept(c approval.Case) model.ApprovalCase {
	w.t.Helper()
	plan, err := w.s.Check(w.t.Context(), clerk, c)
	require.NoError(w.t, err)
	got, err := w.s.Accept(w.t.Context(), clerk, approval.Application{Case: c, Mode: plan.Mode, PromiseHash: plan.PromiseHash}, nil)
	require.NoError(w.t, err)
	return got
}

func (w *window) update(no string, in approval.Change) (model.ApprovalCase, error) {
	return w.s.Update(w.t.Context(), clerk, no, any1, in)
}

func (w *window) promise(code string) *model.Commitment {
	w.t.Helper()
	c, err := store.NewCommitments(w.h.Subjects).Commitment(w.t.Context(), code)
	require.NoError(w.t, err)
	return c
}

func (w *window) file(id model.SubjectID) *model.SubjectFile {
	w.t.Helper()
	f, _, err := w.h.Credit.Fresh(w.t.Context(), id)
	require.NoError(w.t, err)
	return f
}

func (w *window) on(day model.Date) { w.h.Clock.Set(day.Start().Add(10 * time.Hour)) }

var unfulfilled = &approval.Breach{Unperformed: "两份材料未补交。", Penalty: "终止办理。"}

// The whole path with papers in time: promise, record and file change with the case.
func TestCase_supplied(t *testing.T) {
	w := open(t)
	org := w.h.Org("MA00A990")
	w.h.Import(org)
	c := w.accept(approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01", "D02"}})
	require.Equal(t, model.ApprovalSupplying, c.State)
	require.Equal(t, model.Date("2026-11-27"), c.SupplyBy)
	require.Equal(t, model.Date("2026-11-24"), c.RemindOn)
	require.Contains(t, c.Notice, "经营场所平面布局图、食品安全管理制度文本")
	require.Contains(t, c.Notice, "365 天")
	p := w.promise(c.Commitment)
	require.Equal(t, "41020320261122000001", p.Code)
	require.Equal(t, model.CommitDeferMaterial, p.Type)
	require.Equal(t, c.No, p.Approval)
	require.Equal(t, model.FulfilmentPending, p.Fulfilment)
	require.Equal(t, 1, w.file(p.Subject).Summary.Counts[model.SectionCommitment])
	require.Equal(t, c.No, w.h.Log.Seen("approval.accept")[0].Ref)

	got, err := w.update(c.No, approval.Change{Supplied: []string{"D02"}})
	require.NoError(t, err)
	require.Equal(t, model.ApprovalSupplying, got.State)
	_, err = w.update(c.No, approval.Change{Supplied: []string{"D02"}})
	require.True(t, model.Is(err, model.CodeInvalidRequest), err)
	got, err = w.update(c.No, approval.Change{Supplied: []string{"D01"}})
	require.NoError(t, err)
	require.Equal(t, model.ApprovalSupplied, got.State)
	require.False(t, got.Late)
	p = w.promise(c.Commitment)
	require.Equal(t, model.FulfilmentFull, p.Fulfilment)
	require.Equal(t, servicetest.AuthorityCode, p.ConfirmedBy)
	require.Empty(t, w.file(p.Subject).Summary.Negatives)
	_, err = w.update(c.No, approval.Change{Breach: unfulfilled})
	require.True(t, model.Is(err, model.CodeNotReady), err)
}

// Overdue, broken, barred until the ban ends; the normal way stays open all the time.
func TestCase_breachedAndBarred(t *testing.T) {
	w := open(t)
	org := w.h.Org("MA00A990")
	w.h.Import(org)
	asked := approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}
	c := w.accept(asked)
	_, err := w.update(c.No, approval.Change{Breach: unfulfilled})
	require.True(t, model.Is(err, model.CodeNotReady), "not overdue yet: %v", err)
	w.on("2026-11-27")
	_, err = w.update(c.No, approval.Change{Breach: unfulfilled})
	require.True(t, model.Is(err, model.CodeNotReady), "the last day counts: %v", err)
	w.on("2026-11-30")
	listed, _, err := w.s.Chase(t.Context(), clerk, approval.DueOverdue, "", 10)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.True(t, listed[0].Overdue)
	require.Equal(t, 1, *listed[0].Late)
	_, err = w.update(c.No, approval.Change{Breach: &approval.Breach{Penalty: "终止办理。"}})
	require.True(t, model.Is(err, model.CodeInvalidRequest), "the template asks what was not done: %v", err)
	got, err := w.update(c.No, approval.Change{Breach: unfulfilled})
	require.NoError(t, err)
	require.Equal(t, model.ApprovalBreached, got.State)
	require.Equal(t, 365, got.BanDays)
	f := w.file(model.SubjectID(org.USCC))
	require.Len(t, f.Summary.Negatives, 1)
	require.Equal(t, model.Date("2026-11-30"), f.Summary.Negatives[0].Since, "the ban runs from the finding")
	require.Equal(t, model.Date("2031-11-30"), f.Summary.Negatives[0].Until)

	plan, err := w.s.Check(t.Context(), clerk, asked)
	require.NoError(t, err)
	require.Equal(t, model.ModeNormal, plan.Mode)
	require.Equal(t, items.BlockBreach, plan.Blockers[0].Code)
	_, err = w.s.Accept(t.Context(), clerk, approval.Application{Case: asked, Mode: model.ModeDeferred}, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	normal, err := w.s.Accept(t.Context(), clerk, approval.Application{Case: asked, Mode: model.ModeNormal}, nil)
	require.NoError(t, err)
	require.Equal(t, model.ApprovalNotified, normal.State)
	require.Contains(t, normal.Notice, "一般程序")
	require.Empty(t, normal.Commitment)

	complete := approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001"}
	for _, tc := range []struct {
		day  model.Date
		mode model.ApprovalMode
	}{{"2027-11-29", model.ModeNormal}, {"2027-11-30", model.ModeInstant}} {
		w.on(tc.day)
		plan, err := w.s.Check(t.Context(), clerk, complete)
		require.NoError(t, err)
		require.Equal(t, tc.mode, plan.Mode, tc.day)
	}
	// No calendar of 2027: a last day is not guessed.
	plan, err = w.s.Check(t.Context(), clerk, asked)
	require.NoError(t, err)
	require.Equal(t, items.BlockCalendarMissing, plan.Blockers[0].Code)
	_, err = w.s.Accept(t.Context(), clerk, approval.Application{Case: asked, Mode: model.ModeDeferred}, nil)
	require.True(t, model.Is(err, model.CodeCalendarMissing), err)
}

// A case that was found broken by mistake is put right in case, promise, file and statistics.
func TestCase_correctedBreach(t *testing.T) {
	w := open(t)
	org := w.h.Org("MA00A990")
	w.h.Import(org)
	c := w.accept(approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}})
	_, err := w.update(c.No, approval.Change{Correction: "已交"})
	require.True(t, model.Is(err, model.CodeNotReady), err)
	w.on("2026-11-30")
	_, err = w.update(c.No, approval.Change{Breach: unfulfilled})
	require.NoError(t, err)
	require.Len(t, w.file(model.SubjectID(org.USCC)).Summary.Negatives, 1)
	w.on("2026-12-03")
	got, err := w.update(c.No, approval.Change{Correction: "材料 11 月 26 日已收，误认定。"})
	require.NoError(t, err)
	require.Equal(t, model.ApprovalSupplied, got.State)
	require.Equal(t, model.Date("2026-11-27"), got.Papers[0].SuppliedOn)
	require.Zero(t, got.BanDays)
	require.Empty(t, w.file(model.SubjectID(org.USCC)).Summary.Negatives)
	p := w.promise(c.Commitment)
	require.Equal(t, model.FulfilmentFull, p.Fulfilment)
	require.Equal(t, "材料 11 月 26 日已收，误认定。", p.Remark)
	require.Len(t, w.h.Log.Seen("approval.correct"), 2)
	plan, err := w.s.Check(t.Context(), clerk, approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001"})
	require.NoError(t, err)
	require.Equal(t, model.ModeInstant, plan.Mode)
}

// A promise in place of a review may turn out false at once, and also after the papers came.
func TestCase_falsePromise(t *testing.T) {
	w := open(t)
	person := w.h.Person(7, "王沐宸")
	w.h.Import(person)
	c := w.accept(approval.Case{Name: person.Name, IDNo: person.IDNo, ItemCode: "SP-VENUE-002", Missing: []string{"D01", "D02"}})
	require.Equal(t, "王*", c.Applicant)
	p := w.promise(c.Commitment)
	require.Equal(t, model.CommitReplaceApproval, p.Type)
	require.Empty(t, p.Content, "a person's text is sealed")
	require.Empty(t, p.Name)
	require.Equal(t, 2, p.Publication)
	require.Empty(t, p.Shown)
	_, err := w.update(c.No, approval.Change{Supplied: []string{"D01", "D02"}})
	require.NoError(t, err)
	w.on("2026-12-20")
	got, err := w.update(c.No, approval.Change{Breach: unfulfilled})
	require.NoError(t, err)
	require.Equal(t, model.ApprovalBreached, got.State)
	require.Equal(t, 1095, got.BanDays)
	require.Equal(t, model.FulfilmentPartial, w.promise(c.Commitment).Fulfilment)
	require.Len(t, w.file(p.Subject).Summary.Negatives, 1)

	// The ban is that of the promise that was broken, not of what is asked for next.
	food := approval.Case{Name: person.Name, IDNo: person.IDNo, ItemCode: "SP-FOOD-001"}
	for day, mode := range map[model.Date]model.ApprovalMode{"2029-12-18": model.ModeNormal, "2029-12-19": model.ModeInstant} {
		w.on(day)
		plan, err := w.s.Check(t.Context(), clerk, food)
		require.NoError(t, err)
		require.Equal(t, mode, plan.Mode, day)
	}
}

func TestAccept_refusals(t *testing.T) {
	w := open(t)
	org := w.h.Org("MA00A990")
	w.h.Import(org)
	one := approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}
	nobody := one
	nobody.USCC = w.h.Org("MA00N0NE").USCC
	for name, tc := range map[string]struct {
		who  model.Principal
		in   approval.Application
		code model.Code
	}{
		"another letter":  {clerk, approval.Application{Case: one, Mode: model.ModeDeferred, PromiseHash: "00"}, model.CodeInvalidRequest},
		"another mode":    {clerk, approval.Application{Case: one, Mode: model.ModeInstant}, model.CodeNotReady},
		"nobody":          {clerk, approval.Application{Case: nobody, Mode: model.ModeNormal}, model.CodeNotFound},
		"without a unit":  {model.Principal{ID: "s", Role: model.RoleClerk}, approval.Application{Case: one, Mode: model.ModeNormal}, model.CodeForbidden},
		"another's desk":  {model.Principal{ID: "s", Role: model.RoleOffice, Unit: clerk.Unit}, approval.Application{Case: one, Mode: model.ModeNormal}, model.CodeForbidden},
		"unknown a paper": {clerk, approval.Application{Case: approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"X"}}, Mode: model.ModeNormal}, model.CodeInvalidRequest},
	} {
		_, err := w.s.Accept(t.Context(), tc.who, tc.in, nil)
		require.Equal(t, tc.code, model.CodeOf(err), name)
	}
	w.h.Log.Broken.Store(true)
	_, err := w.s.Accept(t.Context(), clerk, approval.Application{Case: one, Mode: model.ModeNormal}, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	w.h.Log.Broken.Store(false)
	all, _, err := w.s.Chase(t.Context(), clerk, approval.DueAll, "", 10)
	require.NoError(t, err)
	require.Empty(t, all)
}

// Another window's case is not there; every try is in the log.
func TestCase_otherWindow(t *testing.T) {
	w := open(t)
	org := w.h.Org("MA00A990")
	w.h.Import(org)
	c := w.accept(approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}})
	other := clerk
	other.Unit = "11410203MB0X00019D"
	_, err := w.s.Get(t.Context(), other, c.No)
	require.True(t, model.Is(err, model.CodeNotFound), err)
	_, err = w.s.Update(t.Context(), other, c.No, any1, approval.Change{Supplied: []string{"D01"}})
	require.True(t, model.Is(err, model.CodeNotFound), err)
	require.Len(t, w.h.Log.Seen("approval.view"), 1)
	require.Len(t, w.h.Log.Seen("approval.supply"), 1)
	theirs, _, err := w.s.Chase(t.Context(), other, approval.DueAll, "", 10)
	require.NoError(t, err)
	require.Empty(t, theirs)
	_, err = w.s.Update(t.Context(), clerk, c.No, func(*model.ApprovalCase) error { return &model.Error{Code: model.CodePreconditionFailed} },
		approval.Change{Supplied: []string{"D01"}})
	require.True(t, model.Is(err, model.CodePreconditionFailed), err)
}

// Many clerks at once: every promise has its own number, and no number is left out.
func TestAccept_numbersUnderContention(t *testing.T) {
	w := open(t)
	const n = 12
	var orgs []string
	for i := range n {
		org := w.h.Org(fmt.Sprintf("MA00B%03d", i))
		w.h.Import(org)
		orgs = append(orgs, org.USCC)
	}
	var g sync.WaitGroup
	for _, uscc := range orgs {
		g.Go(func() {
			c := approval.Case{USCC: uscc, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}
			plan, err := w.s.Check(t.Context(), clerk, c)
			if err == nil {
				_, err = w.s.Accept(t.Context(), clerk, approval.Application{Case: c, Mode: plan.Mode, PromiseHash: plan.PromiseHash}, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	for i := range n {
		w.promise(fmt.Sprintf("41020320261122%06d", i+1))
	}
	stats, err := store.NewCommitments(w.h.Subjects).Stats(t.Context(), clerk.Unit, "2026-11", "2026-11")
	require.NoError(t, err)
	require.Len(t, stats, 1)
	require.EqualValues(t, n, stats[0].Types[model.CommitDeferMaterial].Made)
}

// Each reminder comes once, on its day, also when the reader fails in between; closed cases
// are passed over.
func TestReminders(t *testing.T) {
	w := open(t)
	var cases []model.ApprovalCase
	for i := range 3 {
		org := w.h.Org(fmt.Sprintf("MA00C%03d", i))
		w.h.Import(org)
		cases = append(cases, w.accept(approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}))
	}
	_, err := w.update(cases[1].No, approval.Change{Supplied: []string{"D01"}})
	require.NoError(t, err)
	var sent []string
	read := func(fail error) (int, error) {
		return w.s.Reminders(t.Context(), "messages", 1, func(_ context.Context, due []model.ApprovalReminder) error {
			for _, r := range due {
				require.Equal(t, "approval_due/"+r.No, r.ID)
				require.Equal(t, 1, r.Owed)
				if fail == nil {
					sent = append(sent, r.No)
				}
			}
			return fail
		})
	}
	w.on("2026-11-23")
	n, err := read(nil)
	require.NoError(t, err)
	require.Zero(t, n, "not its day")
	w.on("2026-11-24")
	_, err = read(errors.New("no outbox"))
	require.Error(t, err)
	for range 4 {
		_, err = read(nil)
		require.NoError(t, err)
	}
	require.Equal(t, []string{cases[0].No, cases[2].No}, sent)
}
