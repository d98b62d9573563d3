package approval

import (
	"fmt"
	"slices"
	"strings"

	"xinyi/model"
)

// applicant adds what the applicant's file says against a quicker mode. Disputed records
// block nothing by themselves; if they are all there is, a person looks.
func (c *check) applicant() {
	disputed := c.lists() + c.negatives() + c.breaches()
	c.grade()
	if disputed > 0 && len(c.plan.Blockers) == 0 {
		c.block(BlockManualReview, fmt.Sprintf("有 %d 项信息正在核查（异议中），不能自动判断。", disputed),
			"请窗口人工核实；核查完成前不因该信息拒绝办理，也可按一般程序办理。")
	}
	slices.Sort(c.plan.Facts)
	c.plan.Facts = slices.Compact(c.plan.Facts)
}

// found collects undisputed records that block, and counts the disputed ones.
type found struct {
	authorities []string
	n, disputed int
}

func (c *check) note(f *found, id model.RecordID, authority string, disputed bool) {
	c.plan.Facts = append(c.plan.Facts, id)
	if disputed {
		f.disputed++
		return
	}
	f.n++
	if !slices.Contains(f.authorities, authority) && authority != "" {
		f.authorities = append(f.authorities, authority)
	}
}

// by says who decided, for the text of a blocker.
func (f *found) by() string {
	if len(f.authorities) == 0 {
		return ""
	}
	return "（认定机关：" + strings.Join(f.authorities, "、") + "）"
}

var listTexts = map[model.ListKind][3]string{
	model.ListSerious:  {BlockSerious, "尚未移出的名单记录", "请向认定机关申请移出名单或办理信用修复（修复入口：信用中国），移出后当天恢复适用。"},
	model.ListAbnormal: {BlockAbnormal, "经营异常记录", "请向登记机关申请移出经营异常名录，移出后当天恢复适用。"},
	model.ListWatch:    {BlockWatch, "重点关注记录", "请向认定机关申请移出，移出后当天恢复适用。"},
}

func (c *check) lists() (disputed int) {
	for _, kind := range c.item.Exclusions.Lists {
		var f found
		for i := range c.facts.Lists {
			if m := &c.facts.Lists[i]; m.Kind == kind {
				c.note(&f, m.RecordID, m.Authority, m.Disputed)
			}
		}
		if f.n > 0 {
			t := listTexts[kind]
			c.block(t[0], fmt.Sprintf("不适用：有 %d 项%s%s。", f.n, t[1], f.by()), t[2])
		}
		disputed += f.disputed
	}
	return disputed
}

func (c *check) negatives() (disputed int) {
	var f found
	for i := range c.facts.Negatives {
		n := &c.facts.Negatives[i]
		if n.Kind != model.RecordCommitment && slices.Contains(c.item.Exclusions.Negatives, severity(n)) {
			c.note(&f, n.RecordID, n.Authority, n.Disputed)
		}
	}
	if f.n > 0 {
		c.block(BlockNegative, fmt.Sprintf("不适用：有 %d 项未修复记录%s。", f.n, f.by()),
			"请先办理信用修复（修复入口：信用中国），修复后当天恢复适用；也可按一般程序办理。")
	}
	return f.disputed
}

// severity gives the class of an adverse record: a judgment still to be fulfilled counts as
// serious, a penalty whose class is not stated as minor.
func severity(n *model.NegativeRef) model.Severity {
	switch {
	case n.Severity != "":
		return n.Severity
	case n.Kind == model.RecordJudgment:
		return model.SeveritySerious
	}
	return model.SeverityMinor
}

// breaches bans quicker modes after a broken promise, for as long as its own item or type says
// (HN 32, 郑州 容缺办法).
func (c *check) breaches() (disputed int) {
	if !c.item.Exclusions.Breach {
		return 0
	}
	var f found
	var until model.Date
	for i := range c.facts.Negatives {
		n := &c.facts.Negatives[i]
		if n.Kind != model.RecordCommitment || n.Since.Start().IsZero() {
			continue
		}
		end := n.BanEnds(c.item.BreachBanDays)
		if c.today >= end {
			continue
		}
		c.note(&f, n.RecordID, n.Authority, n.Disputed)
		if !n.Disputed {
			until = max(until, end)
		}
	}
	if f.n > 0 {
		c.block(BlockBreach, fmt.Sprintf("不适用：有 %d 项承诺未按期履行%s，%s 起可再次适用。", f.n, f.by(), until),
			"可先按一般程序办理；认为认定有误的，请向认定机关提出异议。")
	}
	return f.disputed
}

func (c *check) grade() {
	if c.item.MinGrade == "" || c.facts.Person {
		return
	}
	switch g := c.facts.Grade; {
	case g == nil:
		c.block(BlockGradeUnknown, "还没有公共信用评价结果，不能自动判断。", "请窗口人工核实，或按一般程序办理。")
	case *g > c.item.MinGrade:
		c.block(BlockGrade, fmt.Sprintf("本方式适用于公共信用评价 %s 级及以上的企业。", c.item.MinGrade),
			"评价依据和改进办法见企业信用报告，可申请人工复核；也可按一般程序办理。")
	}
}
