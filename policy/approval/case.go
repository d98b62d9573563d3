package approval

import (
	"fmt"
	"slices"
	"strings"

	"xinyi/model"
)

// Workdays counts working days both ways (policy/clock).
type Workdays interface {
	Calendar
	IsWorkday(d model.Date) (bool, error)
	WorkdaysBetween(from, to model.Date) (int, error)
}

// Asked is what an applicant wants at the window: a mode of the plan, or the normal way,
// which is always open.
type Asked struct {
	Mode    model.ApprovalMode
	Missing []string
	// PromiseHash names the letter that was signed.
	PromiseHash string
	UnitName    string // of the window, for the notice
}

// Open makes the case that a plan allows. CodeNotReady with every blocker when the plan does
// not allow the mode, CodeCalendarMissing when nothing but a calendar is missing,
// CodeInvalidRequest when another letter was signed than the one of the plan.
func (it *Item) Open(plan *model.ApprovalPlan, in Asked, today model.Date) (model.ApprovalCase, error) {
	c := model.ApprovalCase{ItemCode: it.ItemCode, ItemName: it.Name, RuleVersion: it.Version, Mode: in.Mode, State: model.ApprovalAccepted}
	if in.Mode != model.ModeNormal && in.Mode != plan.Mode {
		return c, refusal(plan)
	}
	for _, code := range in.Missing {
		c.Papers = append(c.Papers, model.CasePaper{Code: code, Name: it.names([]string{code}), Main: hasMaterial(it.MainMaterials, code)})
	}
	switch in.Mode {
	case model.ModeDeferred, model.ModeCommitment:
		if in.PromiseHash != plan.PromiseHash {
			return c, model.Invalid("/promiseHash", "text_changed", "签署的承诺书不是现在的文本（期限或材料已变），请重新核验、打印并签署。")
		}
		c.State, c.SupplyBy = model.ApprovalSupplying, plan.SupplyBy
	default:
		if len(c.Papers) > 0 {
			c.State = model.ApprovalNotified
		}
	}
	c.Notice = it.notice(&c, in.UnitName)
	return c, nil
}

// refusal names every blocker of a mode that the plan does not allow.
func refusal(plan *model.ApprovalPlan) error {
	e := &model.Error{Code: model.CodeNotReady, Detail: "不能按这种方式办理，请按 errors 中的说明处理；也可按一般程序（normal）办理。"}
	for _, b := range plan.Blockers {
		e.Fields = append(e.Fields, model.FieldError{Pointer: "/mode", Code: b.Code, Detail: b.Text + b.Remedy})
	}
	if len(plan.Blockers) == 1 && plan.Blockers[0].Code == BlockCalendarMissing {
		e.Code = model.CodeCalendarMissing
	}
	if len(e.Fields) == 0 {
		e.Fields = []model.FieldError{{Pointer: "/mode", Code: "other_mode", Detail: "核验结果是另一种方式，请按核验结果或一般程序办理。"}}
	}
	return e
}

// notice is 一次性告知: everything that is missing, where it goes, by when, and what follows.
func (it *Item) notice(c *model.ApprovalCase, window string) string {
	if len(c.Papers) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "“%s”还缺 %d 份材料：", it.Name, len(c.Papers))
	for i, p := range c.Papers {
		if i > 0 {
			b.WriteString("、")
		}
		b.WriteString(p.Name)
		if p.Main {
			b.WriteString("（主要材料）")
		}
	}
	if c.State != model.ApprovalSupplying {
		fmt.Fprintf(&b, "。请补齐后到%s提交，补齐之日起按一般程序办理。", window)
		return b.String()
	}
	fmt.Fprintf(&b, "。请在 %s 前（%d 个工作日内）交到%s。逾期未补齐的，认定为承诺未履行，记入信用记录，%d 天内不再适用容缺受理和告知承诺。",
		c.SupplyBy, it.SupplyDays, window, it.BreachBanDays)
	return b.String()
}

// RemindOn gives the day on which to remind of papers due: the days-th working day before by,
// or the first day when that is earlier.
func RemindOn(first, by model.Date, days int, cal Workdays) (model.Date, error) {
	for d := by; d > first; {
		d = d.AddDays(-1)
		works, err := cal.IsWorkday(d)
		if err != nil {
			return "", err
		}
		if !works {
			continue
		}
		left, err := cal.WorkdaysBetween(d, by)
		if err != nil {
			return "", err
		}
		if left >= days {
			return max(d, first), nil
		}
	}
	return first, nil
}

// Supply notes that papers came. When the last one has come the case is closed; after the
// last day, but before anybody found the promise broken, that is late and still fulfilment
// (CD42: 责令限期整改). CodeNotReady where no papers are awaited, CodeInvalidRequest for a
// paper that is not owed.
func Supply(c *model.ApprovalCase, codes []string, today model.Date) error {
	if c.State != model.ApprovalSupplying {
		return wrongState(c)
	}
	papers := slices.Clone(c.Papers)
	for i, code := range codes {
		at := slices.IndexFunc(papers, func(p model.CasePaper) bool { return p.Code == code && p.SuppliedOn == "" })
		if at < 0 {
			return model.Invalid(fmt.Sprintf("/suppliedMaterials/%d", i), "not_owed", "这份材料不在待补清单中，或已经补交。")
		}
		papers[at].SuppliedOn = today
	}
	c.Papers = papers
	if len(c.Owed()) == 0 {
		c.State, c.ClosedOn, c.Late = model.ApprovalSupplied, today, today > c.SupplyBy
	}
	return nil
}

// Breach finds the promise of a case broken. Papers that were deferred must be overdue; a
// false promise in place of a review may be found at once, and until its check is over also
// when papers came (CD42). CodeNotReady otherwise.
func (it *Item) Breach(c *model.ApprovalCase, today model.Date) error {
	untrue := c.Mode == model.ModeCommitment && today <= checkUntil(c, it)
	switch {
	case c.State == model.ApprovalSupplying && (c.Overdue(today) || untrue):
	case c.State == model.ApprovalSupplied && untrue:
	case c.State == model.ApprovalSupplying:
		return &model.Error{Code: model.CodeNotReady, Detail: "补交期限还没有到，不能认定承诺未履行；请到期后再办理。",
			Fields: []model.FieldError{{Pointer: "/breach", Code: "not_overdue", Detail: "须在 " + string(c.SupplyBy) + " 之后。"}}}
	default:
		return wrongState(c)
	}
	c.State, c.ClosedOn, c.BanDays = model.ApprovalBreached, today, it.BreachBanDays
	return nil
}

// Correct takes a mistaken finding back (更正): the promise was kept, and the papers had come in
// time. CodeNotReady where nothing was found broken.
func Correct(c *model.ApprovalCase, today model.Date) error {
	if c.State != model.ApprovalBreached {
		return wrongState(c)
	}
	papers := slices.Clone(c.Papers)
	for i := range papers {
		if papers[i].SuppliedOn == "" {
			papers[i].SuppliedOn = min(today, c.SupplyBy)
		}
	}
	c.Papers, c.State, c.ClosedOn, c.Late, c.BanDays = papers, model.ApprovalSupplied, today, false, 0
	return nil
}

// checkUntil gives the last day of the check after the fact (事后核查), which goes by the day on
// which the last paper came.
func checkUntil(c *model.ApprovalCase, it *Item) model.Date {
	from := model.DateOf(c.AcceptedAt)
	if c.State == model.ApprovalSupplied {
		for _, p := range c.Papers {
			from = max(from, p.SuppliedOn)
		}
	}
	return from.AddDays(it.PostCheckDays)
}

var stateTexts = map[model.ApprovalState]string{model.ApprovalAccepted: "已受理，没有待补材料", model.ApprovalNotified: "已一次性告知，没有作出承诺",
	model.ApprovalSupplying: "等待补交材料", model.ApprovalSupplied: "材料已补齐", model.ApprovalBreached: "承诺已认定为未履行"}

func wrongState(c *model.ApprovalCase) error {
	return &model.Error{Code: model.CodeNotReady, Detail: "这个办件" + stateTexts[c.State] + "，不能再做这一步；请重新读取。",
		Fields: []model.FieldError{{Pointer: "/state", Code: "state", Detail: stateTexts[c.State] + "。"}}}
}
