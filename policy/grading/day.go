package grading

import "xinyi/model"

// day is a calendar day as yyyymmdd; 0 is none. Judging walks over many dates, and
// integers are some fifty times cheaper than parsing text into times.
type day int32

// dayOf reads YYYY-MM-DD; 0 for no date or a bad one.
func dayOf(d model.Date) day {
	if len(d) != 10 || d[4] != '-' || d[7] != '-' {
		return 0
	}
	n := day(0)
	for i := 0; i < len(d); i++ {
		if i == 4 || i == 7 {
			continue
		}
		if d[i] < '0' || d[i] > '9' {
			return 0
		}
		n = n*10 + day(d[i]-'0')
	}
	if y, m, dd := n.split(); y == 0 || m < 1 || m > 12 || dd < 1 || dd > daysIn(y, m) {
		return 0
	}
	return n
}

func (d day) split() (year, month, dayOfMonth int) {
	return int(d) / 10000, int(d) / 100 % 100, int(d) % 100
}

// plusMonths clamps to the end of the month, as model.Date.AddMonths does.
func (d day) plusMonths(n int) day {
	y, m, dd := d.split()
	m += n - 1
	y, m = y+m/12, m%12+1
	return day(y*10000 + m*100 + min(dd, daysIn(y, m)))
}

func (d day) next() day {
	y, m, dd := d.split()
	if dd < daysIn(y, m) {
		return d + 1
	}
	return day(y*10000 + m*100 + 1).plusMonths(1)
}

func (d day) date() model.Date {
	if d == 0 {
		return ""
	}
	var b [10]byte
	n := int(d)
	for i := 9; i >= 0; i-- {
		if i == 4 || i == 7 {
			b[i] = '-'
			continue
		}
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return model.Date(b[:])
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
