package model

import "time"

// JudgingRun is how far judging everybody again (全员重评) came; it is written with every
// page of judgements, which makes it position, progress and lease in one.
type JudgingRun struct {
	ID string `bson:"_id"`
	// Rules names the rule sets that everybody is judged by.
	Rules string `bson:"rules"`
	// Position is where to go on; "" = at the start.
	Position string `bson:"position,omitempty"`
	// Seen subjects, of which Judged again, Regraded to another grade, and FromRecords
	// because the digest of facts could not tell.
	Seen        int `bson:"seen"`
	Judged      int `bson:"judged"`
	Regraded    int `bson:"regraded"`
	FromRecords int `bson:"fromRecords"`
	// Holder runs it until Until, unless it is renewed by the next page.
	Holder    string    `bson:"holder,omitempty"`
	Until     time.Time `bson:"until,omitempty"`
	StartedAt time.Time `bson:"startedAt"`
	UpdatedAt time.Time `bson:"updatedAt"`
	Done      bool      `bson:"done"`
	Rev       int64     `bson:"-"`
}

// JudgingPage is what one step of a run reads.
type JudgingPage struct {
	// Files that are not true now; the caller's own.
	Files []*SubjectFile
	// Seen subjects, whether true or not.
	Seen int
	// Next is the position after the page; "" at the end.
	Next string
}

// JudgingBatch is what one step of a run writes, whole or not at all.
type JudgingBatch struct {
	Files []*SubjectFile
	Run   JudgingRun
	// Audit is the entry of a start or an end; nil = none.
	Audit *AuditEntry
}
