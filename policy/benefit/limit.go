package benefit

import (
	"fmt"
	"time"

	"xinyi/model"
)

// limit is one cap on a holder's uses, with its two sentences.
type limit struct {
	id       string
	max      int
	yes, no  string
	cooldown time.Duration
}

func limitsOf(d *Definition) []limit {
	var ls []limit
	add := func(id string, n int, span, again string) {
		if n > 0 {
			ls = append(ls, limit{id: id, max: n, yes: fmt.Sprintf("%s可用 %d 次，还有剩余。", span, n),
				no: fmt.Sprintf("%s可用 %d 次，已经用完，%s；本次按标准执行。", span, n, again)})
		}
	}
	add(ConditionDay, d.Per.Day, "每天", "明天可再次使用")
	add(ConditionMonth, d.Per.Month, "每月", "下月可再次使用")
	add(ConditionYear, d.Per.Year, "每年", "明年可再次使用")
	add(ConditionTotal, d.Per.Total, "总共", "感谢您的使用")
	if d.CooldownMinutes > 0 {
		ls = append(ls, limit{id: ConditionCooldown, cooldown: time.Duration(d.CooldownMinutes) * time.Minute,
			yes: "距上次使用的间隔已够。", no: fmt.Sprintf("两次使用至少间隔 %d 分钟，请稍后再试；本次按标准执行。", d.CooldownMinutes)})
	}
	return ls
}

// limits adds the caps. A cap that is used up opens again at midnight of the next day,
// month or year. Where uses of a later day are known, by a clock that is ahead, what is left
// today says nothing about that day.
func (d *decision) limits() {
	if len(d.rule.limits) == 0 {
		return
	}
	if d.usage.Day > d.day {
		d.until(spanEnd(d.day, SpanDay))
	}
	counts := countsOn(d.usage, d.day)
	for i := range d.rule.limits {
		l := &d.rule.limits[i]
		full, opens := l.state(&counts, d.usage, d.day, d.at)
		if full {
			d.until(opens)
			d.add(l.id, model.NotEligible, l.no)
			continue
		}
		d.add(l.id, model.Eligible, l.yes)
	}
}

// counts are the uses of a day, its month, its year and in total.
type counts struct{ day, month, year, total int }

func countsOn(u *model.Usage, day model.Date) (c counts) {
	c.day, c.month, c.year, c.total = u.On(day)
	return c
}

// state reports whether the cap is used up at a moment of the day, and when it opens again if
// nobody uses it meanwhile; zero = never.
func (l *limit) state(c *counts, u *model.Usage, day model.Date, at time.Time) (full bool, opens time.Time) {
	switch l.id {
	case ConditionDay:
		return c.day >= l.max, spanEnd(day, SpanDay)
	case ConditionMonth:
		return c.month >= l.max, spanEnd(day, SpanMonth)
	case ConditionYear:
		return c.year >= l.max, spanEnd(day, SpanYear)
	case ConditionTotal:
		return c.total >= l.max, time.Time{}
	}
	if u.LastAt.IsZero() {
		return false, time.Time{}
	}
	opens = u.LastAt.Add(l.cooldown)
	return at.Before(opens), opens
}
