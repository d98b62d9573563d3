package model

import "time"

// Stamp says what an answer was made from: an answer with an equal stamp says the same.
type Stamp struct {
	Rev   int64
	Rules string
	// Day is the day in Asia/Shanghai that the answer is about.
	Day Date
	// ValidUntil is the first instant at which time alone could change the answer; zero = never.
	ValidUntil time.Time
}

// Sooner gives the earlier of two instants, where zero is never.
func Sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
