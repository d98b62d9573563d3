package quality

import (
	"fmt"
	"regexp"
	"strconv"

	"xinyi/model"
)

var periodPattern = regexp.MustCompile(`^(20\d{2})(?:-(0[1-9]|1[0-2])|Q([1-4]))?$`)

// Period is a month (2026-11), a quarter (2026Q4) or a year (2026).
type Period struct {
	Text string
	// First and Last are months.
	First, Last string
	year, month int // of First
	months      int
}

// ParsePeriod reads a period. Errors: CodeInvalidRequest.
func ParsePeriod(text string) (Period, error) {
	m := periodPattern.FindStringSubmatch(text)
	if m == nil {
		return Period{}, model.Invalid("?period", "period", "期间应写作 2026-11、2026Q4 或 2026。")
	}
	year, _ := strconv.Atoi(m[1])
	switch {
	case m[2] != "":
		month, _ := strconv.Atoi(m[2])
		return newPeriod(year, month, 1), nil
	case m[3] != "":
		quarter, _ := strconv.Atoi(m[3])
		return newPeriod(year, 3*quarter-2, 3), nil
	}
	return newPeriod(year, 1, 12), nil
}

// PeriodOf is the month of a day.
func PeriodOf(day model.Date) Period {
	t := day.Start()
	return newPeriod(t.Year(), int(t.Month()), 1)
}

func newPeriod(year, month, months int) Period {
	p := Period{First: fmt.Sprintf("%04d-%02d", year, month), Last: fmt.Sprintf("%04d-%02d", year, month+months-1), year: year, month: month, months: months}
	switch months {
	case 1:
		p.Text = p.First
	case 3:
		p.Text = fmt.Sprintf("%04dQ%d", year, (month+2)/3)
	default:
		p.Text = strconv.Itoa(year)
	}
	return p
}

// Before is the period of the same length before.
func (p Period) Before() Period {
	if p.month <= p.months {
		return newPeriod(p.year-1, 13-p.months, p.months)
	}
	return newPeriod(p.year, p.month-p.months, p.months)
}

// Year is the year of the period.
func (p Period) Year() Period { return newPeriod(p.year, 1, 12) }

// Months lists the months.
func (p Period) Months() []string {
	var list []string
	for m := p.month; m < p.month+p.months; m++ {
		list = append(list, fmt.Sprintf("%04d-%02d", p.year, m))
	}
	return list
}

func (p Period) holds(month string) bool { return p.First <= month && month <= p.Last }
