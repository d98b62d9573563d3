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

// FlatStamp is what stamps of many files do not have in common, without pointers: for tables that the
// collector does not look into.
type FlatStamp struct {
	rev        int64
	validUntil Instant
}

// StampBasis is what the stamps of many files have in common.
type StampBasis struct {
	Rules string
	Day   Date
}

// Flat takes s apart: it is equal to another where both parts are, but for the time zone.
func (s Stamp) Flat() (FlatStamp, StampBasis) {
	return FlatStamp{s.Rev, InstantOf(s.ValidUntil)}, StampBasis{s.Rules, s.Day}
}

// Instant is a time without its zone, which would be a pointer.
type Instant struct {
	second     int64 // since 1970
	nanosecond int32
}

// InstantOf gives the instant of t; the zero time has one too.
func InstantOf(t time.Time) Instant { return Instant{t.Unix(), int32(t.Nanosecond())} } //nolint:gosec // below 10⁹

// Time gives the time in UTC.
func (i Instant) Time() time.Time { return time.Unix(i.second, int64(i.nanosecond)).UTC() }

// Sooner gives the earlier of two instants, where zero is never.
func Sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
