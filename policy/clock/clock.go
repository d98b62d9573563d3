package clock

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the calendars that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// maxDays bounds one count; longer clocks do not exist.
const maxDays = 366

// yearFile is one rules file: what differs from Monday–Friday in one year.
type yearFile struct {
	Year   int    `yaml:"year"`
	Notice string `yaml:"notice"` // the State Council notice
	Days   []span `yaml:"days"`
}

// span is one day, or From to To, both included.
type span struct {
	Date    model.Date `yaml:"date"`
	From    model.Date `yaml:"from"`
	To      model.Date `yaml:"to"`
	Workday bool       `yaml:"workday"`
	Note    string     `yaml:"note"`
}

// Calendar tells working days. It is immutable and safe for concurrent use.
type Calendar struct {
	exceptions map[model.Date]bool
	versions   map[int]string
}

// Load reads one calendar file per year.
func Load(fsys fs.FS) (*Calendar, error) {
	var faults rulefile.Faults
	c := &Calendar{exceptions: map[model.Date]bool{}, versions: map[int]string{}}
	for _, f := range rulefile.Read(fsys, &faults) {
		var y yearFile
		if rulefile.Decode(f, &y, &faults) {
			c.add(f, y, &faults)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Calendar) add(f rulefile.File, y yearFile, faults *rulefile.Faults) {
	if y.Year < 2000 || y.Year > 2199 {
		faults.Addf(f.Name, "year 应在 2000–2199 之间")
		return
	}
	if c.versions[y.Year] != "" {
		faults.Addf(f.Name, "%d 年已有另一个文件", y.Year)
		return
	}
	faults.Text(f.Name, "notice", y.Notice)
	c.versions[y.Year] = rulefile.Version("calendar", model.Date(strconv.Itoa(y.Year)+"-01-01"), f.Raw)
	for i, s := range y.Days {
		from, to := s.From, s.To
		if s.Date != "" && from == "" && to == "" {
			from, to = s.Date, s.Date
		}
		first, errFrom := model.ParseDate(string(from))
		last, errTo := model.ParseDate(string(to))
		if errFrom != nil || errTo != nil || last < first || (s.Date != "" && s.From != "") {
			faults.Addf(f.Name, "days[%d]: 写 date，或写 from 和 to，均为 YYYY-MM-DD", i)
			continue
		}
		if first.Start().Year() != y.Year || last.Start().Year() != y.Year {
			faults.Addf(f.Name, "days[%d]: 日期不在 %d 年", i, y.Year)
			continue
		}
		for d := first; d <= last; d = d.AddDays(1) {
			if _, twice := c.exceptions[d]; twice {
				faults.Addf(f.Name, "days[%d]: %s 写了两次", i, d)
			}
			c.exceptions[d] = s.Workday
		}
	}
}

// IsWorkday reports whether d is a working day. Errors: CodeInvalidRequest for a day that
// does not exist, CodeCalendarMissing when the calendar of its year is missing.
func (c *Calendar) IsWorkday(d model.Date) (bool, error) {
	t, err := time.ParseInLocation(time.DateOnly, string(d), model.Shanghai)
	if err != nil {
		return false, model.Errorf(model.CodeInvalidRequest, "日期应为 YYYY-MM-DD，请检查后重试。")
	}
	return c.workday(t)
}

func (c *Calendar) workday(t time.Time) (bool, error) {
	if c.versions[t.Year()] == "" {
		return false, model.Errorf(model.CodeCalendarMissing, "缺少 %d 年的放假安排，无法计算工作日；请信用办先导入该年日历。", t.Year())
	}
	if w, ok := c.exceptions[model.Date(t.Format(time.DateOnly))]; ok {
		return w, nil
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday, nil
}

// AddWorkdays gives the n-th working day after d (0 ≤ n ≤ 366); with n = 0 it is d itself.
// Errors as IsWorkday, for any day on the way.
func (c *Calendar) AddWorkdays(d model.Date, n int) (model.Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, string(d), model.Shanghai)
	if err != nil || n < 0 || n > maxDays {
		return "", model.Errorf(model.CodeInvalidRequest, "起始日期应为 YYYY-MM-DD，工作日数应在 0–%d 之间。", maxDays)
	}
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		w, err := c.workday(t)
		if err != nil {
			return "", err
		}
		if w {
			n--
		}
	}
	return model.Date(t.Format(time.DateOnly)), nil
}

// WorkdaysBetween counts the working days after from up to and including to: how many
// days of a clock are used up, or how long a pause was (from = the day before it). It is
// 0 when to is not after from. Errors as IsWorkday.
func (c *Calendar) WorkdaysBetween(from, to model.Date) (int, error) {
	end, err := time.ParseInLocation(time.DateOnly, string(to), model.Shanghai)
	start, err2 := time.ParseInLocation(time.DateOnly, string(from), model.Shanghai)
	if err != nil || err2 != nil {
		return 0, model.Errorf(model.CodeInvalidRequest, "日期应为 YYYY-MM-DD，请检查后重试。")
	}
	n := 0
	for t := start.AddDate(0, 0, 1); !t.After(end); t = t.AddDate(0, 0, 1) {
		w, err := c.workday(t)
		if err != nil {
			return 0, err
		}
		if w {
			n++
		}
	}
	return n, nil
}

// Years lists the years that have a calendar, ascending.
func (c *Calendar) Years() []int {
	years := make([]int, 0, len(c.versions))
	for y := range c.versions {
		years = append(years, y)
	}
	slices.SortFunc(years, cmp.Compare[int])
	return years
}

// Version names the calendar of a year ("calendar@2026-01-01#hash8"); "" when missing.
func (c *Calendar) Version(year int) string { return c.versions[year] }

// Alarm tells which year must be loaded now: this year whenever it is missing, next year
// from 1 December on. ok is false when nothing is missing.
func (c *Calendar) Alarm(today model.Date) (missing int, ok bool) {
	t := today.Start()
	if t.IsZero() {
		return 0, false
	}
	if c.versions[t.Year()] == "" {
		return t.Year(), true
	}
	if t.Month() == time.December && c.versions[t.Year()+1] == "" {
		return t.Year() + 1, true
	}
	return 0, false
}
