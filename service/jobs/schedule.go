package jobs

import (
	"time"

	"xinyi/model"
)

// Schedule says when a job is due.
type Schedule struct {
	// Every is the time between occurrences; those that were missed fall away. 0 = daily.
	Every time.Duration
	// At is the time of day in Shanghai of a daily job. Each day that was missed has its
	// occurrence, oldest first, at most catchUp of them.
	At time.Duration
}

// catchUp bounds the missed days of a daily job: an occurrence does what the days before it
// would have done.
const catchUp = 31

// first gives the first occurrence of a job that nobody has seen before: at once, or when
// its time of day comes next.
func (s Schedule) first(now time.Time) time.Time {
	if s.Every > 0 {
		return now
	}
	day := model.DateOf(now)
	if due := day.Start().Add(s.At); due.After(now) {
		return due.UTC()
	}
	return day.AddDays(1).Start().Add(s.At).UTC()
}

// after gives the occurrence that follows due.
func (s Schedule) after(due, now time.Time) time.Time {
	if s.Every > 0 {
		next := due.Add(s.Every)
		if missed := now.Sub(next); missed >= 0 {
			next = next.Add((missed/s.Every + 1) * s.Every)
		}
		return next.UTC()
	}
	day := max(model.DateOf(due).AddDays(1), model.DateOf(now).AddDays(-catchUp))
	return day.Start().Add(s.At).UTC()
}
