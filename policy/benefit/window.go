package benefit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// opens is the first moment from t on at which the window is open; zero if there is none
// within two years.
func (w *Window) opens(t time.Time) time.Time {
	for day, last := model.DateOf(t), model.DateOf(t).AddDays(730); day <= last; day = day.AddDays(1) {
		start := day.Start()
		if start.Before(t) {
			start = t
		}
		best := time.Time{}
		if w.open(start, day) {
			best = start
		}
		for _, s := range w.spans {
			if edge := day.Start().Add(time.Duration(s.from) * time.Minute); edge.After(start) && w.open(edge, day) && (best.IsZero() || edge.Before(best)) {
				best = edge
			}
		}
		if !best.IsZero() {
			return best
		}
	}
	return time.Time{}
}

// Closes is the first moment after t, by the end, at which the window is not open; else end. A nil
// window never closes.
func (w *Window) Closes(t, end time.Time) time.Time {
	if w == nil {
		return end
	}
	for day := model.DateOf(t); day.Start().Before(end); day = day.AddDays(1) {
		edges := []time.Time{day.Start()}
		for _, s := range w.spans {
			edges = append(edges, day.Start().Add(time.Duration(s.to)*time.Minute))
		}
		for _, edge := range edges {
			if edge.After(t) && edge.Before(end) && !w.open(edge, model.DateOf(edge)) {
				end = edge
			}
		}
	}
	return end
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
	d.add(ConditionWindow, model.NotEligible, w.text(d.day))
}

// text says when the benefit can be used, on a day on which it now cannot.
func (w *Window) text(day model.Date) string {
	if slices.Contains(w.BlackoutDates, day) {
		return "今天不适用本优惠，请改日使用；本次按标准执行。"
	}
	var when []string
	for _, n := range slices.Sorted(slices.Values(w.Weekdays)) {
		when = append(when, "周"+string([]rune("一二三四五六日")[n-1]))
	}
	days := strings.Join(when, "、")
	return fmt.Sprintf("可用时段为 %s，请在时段内使用；本次按标准执行。", strings.TrimSpace(days+" "+strings.Join(w.Hours, "、")))
}
