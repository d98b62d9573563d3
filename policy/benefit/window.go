package benefit

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// Window says when a benefit can be used; what is left out does not restrict.
type Window struct {
	Weekdays []int `yaml:"weekdays"` // 1 = Monday … 7 = Sunday
	// Hours are spans "08:00-18:00", end excluded, up to "24:00".
	Hours         []string     `yaml:"hours"`
	BlackoutDates []model.Date `yaml:"blackoutDates"`

	spans []span
}

// span is minutes of the day, end excluded.
type span struct{ from, to int }

const dayMinutes = 24 * 60

func (w *Window) check(file string, faults *rulefile.Faults) {
	for i, d := range w.Weekdays {
		if d < 1 || d > 7 || slices.Contains(w.Weekdays[:i], d) {
			faults.Addf(file, "timeWindow.weekdays 应为不重复的 1–7")
		}
	}
	for _, d := range w.BlackoutDates {
		faults.Date(file, "timeWindow.blackoutDates", d)
	}
	for _, h := range w.Hours {
		s, ok := parseSpan(h)
		if !ok {
			faults.Addf(file, "timeWindow.hours 应写作 08:00-18:00")
			continue
		}
		w.spans = append(w.spans, s)
	}
}

func parseSpan(s string) (span, bool) {
	if len(s) != len("08:00-18:00") || s[5] != '-' {
		return span{}, false
	}
	from, ok1 := minute(s[:5])
	to, ok2 := minute(s[6:])
	return span{from, to}, ok1 && ok2 && from < to
}

func minute(s string) (int, bool) {
	h, err1 := strconv.ParseUint(s[:2], 10, 8)
	m, err2 := strconv.ParseUint(s[3:], 10, 8)
	n := int(h)*60 + int(m)
	return n, err1 == nil && err2 == nil && s[2] == ':' && m < 60 && n <= dayMinutes
}

// open reports whether the window is open at t, a day in Asia/Shanghai.
func (w *Window) open(t time.Time, day model.Date) bool {
	t = t.In(model.Shanghai)
	weekday := (int(t.Weekday())+6)%7 + 1
	if (len(w.Weekdays) > 0 && !slices.Contains(w.Weekdays, weekday)) || slices.Contains(w.BlackoutDates, day) {
		return false
	}
	now := t.Hour()*60 + t.Minute()
	return len(w.spans) == 0 || slices.ContainsFunc(w.spans, func(s span) bool { return s.from <= now && now < s.to })
}

// window adds the opening hours; any edge of the day may change the decision.
func (d *decision) window() {
	w := d.rule.TimeWindow
	if w == nil {
		return
	}
	midnight := d.day.Start()
	for _, s := range w.spans {
		d.until(midnight.Add(time.Duration(s.from) * time.Minute))
		d.until(midnight.Add(time.Duration(s.to) * time.Minute))
	}
	d.until(midnight.AddDate(0, 0, 1))
	if w.open(d.at, d.day) {
		d.add(ConditionWindow, model.Eligible, "在可用时段内。")
		return
	}
	text := "现在不在可用时段内，请在开放时段使用；本次按标准执行。"
	if len(w.Hours) > 0 {
		text = fmt.Sprintf("可用时段为 %s，请在时段内使用；本次按标准执行。", w.Hours[0])
	}
	d.add(ConditionWindow, model.NotEligible, text)
}
