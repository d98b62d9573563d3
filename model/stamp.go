package model

import "time"

// Stamp says what an answer was made from: an answer with an equal stamp is still true
// before ValidUntil.
type Stamp struct {
	Rev   int64
	Rules string
	// ValidUntil is the first instant at which time alone could change the answer; zero = never.
	ValidUntil time.Time
}

// Holds reports whether an answer made from other is still true at now.
func (s Stamp) Holds(other Stamp, now time.Time) bool {
	return s.Rev == other.Rev && s.Rules == other.Rules && (other.ValidUntil.IsZero() || now.Before(other.ValidUntil))
}
