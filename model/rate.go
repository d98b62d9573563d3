package model

import "time"

// RateAsk asks for a slice of a caller's rate, of which all processes take.
type RateAsk struct {
	// Key names the caller and the kind of limit; nothing personal can be read from it.
	Key string
	// PerSecond and Burst are the rate that is shared: a token bucket.
	PerSecond, Burst float64
	// Demand is how many requests per second the process sees of this caller, Have how
	// many it may let through already.
	Demand float64
	Have   int
	// Owed were let through before anything was leased.
	Owed int
	// Used is a slice of which nothing is left: its room comes back from now on.
	Used RateSlice
	// Late is how long after its charge a slice may still be used: so long a bucket of
	// PerSecond may be ahead of what was let through.
	Late time.Duration
}

// RateSlice is what a process may let through by itself.
type RateSlice struct {
	// Granted requests may be let through before Ends; 0 when there is no room.
	Granted int
	Ends    time.Time
	// Settled of what was owed are charged now.
	Settled int
	// Full is when the bucket is full again, at the earliest.
	Full time.Time
}
