package model

import "time"

// ImportJob is how far the import of one file came; it is written in every batch.
type ImportJob struct {
	// ID is the SHA-256 (hex) of the file.
	ID        string    `bson:"_id"`
	Name      string    `bson:"name"`
	Rows      int       `bson:"rows"` // rows done, of all kinds
	Accepted  int       `bson:"accepted"`
	Duplicate int       `bson:"duplicate"`
	Rejected  int       `bson:"rejected"`
	Done      bool      `bson:"done"`
	UpdatedAt time.Time `bson:"updatedAt"`
	Rev       int64     `bson:"-"`
}

// ImportBatch is what one commit of an import writes, whole or not at all.
type ImportBatch struct {
	Files   []*SubjectFile // Rev 0 = new
	Persons map[string]SubjectID
	Aliases map[string]SubjectID
	Records []*Record // new
	Lists   []*ListEntry
	Stats   []*RatingStat
	Job     ImportJob
	Audit   AuditEntry
}
