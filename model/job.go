package model

import "time"

// JobOutcome is how an occurrence of a job ended.
type JobOutcome string

const (
	JobOK     JobOutcome = "ok"
	JobAlarm  JobOutcome = "alarm"  // it ran, and found what somebody must see to
	JobFailed JobOutcome = "failed" // it did not get through and is tried again
)

// JobState is where a named job (定时任务) stands: one document that all processes share.
// Whoever works on an occurrence writes it in the batch of each change, so that its
// revision orders them: a change and the position after it come to be together, or not.
type JobState struct {
	Name string `bson:"_id"`
	// Due is the occurrence under way, or else the next one.
	Due time.Time `bson:"due"`
	// Holder works on it, or did; "" = nobody has begun.
	Holder string    `bson:"holder,omitempty"`
	Begun  time.Time `bson:"begun,omitempty"`
	// Position is how far the occurrence under way is, in the job's own words.
	Position string `bson:"position,omitempty"`
	Changed  int64  `bson:"changed,omitempty"` // what it changed so far
	// Mark is what the job wants to know at its next occurrence.
	Mark string `bson:"mark,omitempty"`
	// Tries failed in a row; not before Retry again.
	Tries int       `bson:"tries,omitempty"`
	Retry time.Time `bson:"retry,omitempty"`

	// Of the occurrence that ended last, and of all.
	Last   JobResult `bson:"last,omitempty"`
	GoodAt time.Time `bson:"goodAt,omitempty"` // when one last got through
	Runs   int64     `bson:"runs,omitempty"`
	Total  int64     `bson:"total,omitempty"` // changed by all of them

	Rev int64 `bson:"-"`
}

// JobResult is what came of one occurrence or one try at it.
type JobResult struct {
	Due     time.Time  `bson:"due,omitempty"`
	Ended   time.Time  `bson:"ended,omitempty"`
	Millis  int64      `bson:"millis,omitempty"`
	Outcome JobOutcome `bson:"outcome,omitempty"`
	Changed int64      `bson:"changed,omitempty"`
	// Code of the error that failed it.
	Code Code `bson:"code,omitempty"`
	// Note is a sentence without personal data; an alarm says in it what to do.
	Note string `bson:"note,omitempty"`
}
