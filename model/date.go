package model

import (
	"fmt"
	"time"
)

// Shanghai is the zone of every calendar date: UTC+8, no summer time since 1992.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a calendar day in Asia/Shanghai written YYYY-MM-DD; "" means none.
// Dates order as strings.
type Date string

// ParseDate reads YYYY-MM-DD and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("date is not a real day written YYYY-MM-DD")
	}
	return Date(s), nil
}

// DateOf gives the day that t falls on in Asia/Shanghai.
func DateOf(t time.Time) Date {
	year, month, day := t.In(Shanghai).Date()
	if year < 0 || year > 9999 {
		return Date(t.In(Shanghai).Format(time.DateOnly))
	}
	text := [...]byte{digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-',
		digit(int(month) / 10), digit(int(month)), '-', digit(day / 10), digit(day)}
	return Date(text[:])
}

func digit(n int) byte { return byte('0' + n%10) }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == "" }

// Start gives the first instant of the day; the zero time for no or a bad date.
func (d Date) Start() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), Shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}

// AddDays gives the day n days later.
func (d Date) AddDays(n int) Date { return Date(d.Start().AddDate(0, 0, n).Format(time.DateOnly)) }

// AddMonths gives the same day n months later, clamped to the end of that month
// (2026-11-30 + 3 months = 2027-02-28).
func (d Date) AddMonths(n int) Date {
	t := d.Start()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, Shanghai)
	last := first.AddDate(0, 1, -1).Day()
	return Date(first.AddDate(0, 0, min(t.Day(), last)-1).Format(time.DateOnly))
}

// Clock tells the time; injected everywhere, so that tests and replays can set it.
type Clock interface{ Now() time.Time }

// ClockFunc makes a function a Clock.
type ClockFunc func() time.Time

// Now calls f.
func (f ClockFunc) Now() time.Time { return f() }
