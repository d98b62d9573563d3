package model

import (
	"maps"
	"time"
)

// ImportJob is how far the import of one file came; it is written in every batch.
type ImportJob struct {
	// ID is the SHA-256 (hex) of the file.
	ID        string `bson:"_id"`
	Name      string `bson:"name"`
	Rows      int    `bson:"rows"` // rows done, of all kinds
	Accepted  int    `bson:"accepted"`
	Duplicate int    `bson:"duplicate"`
	Rejected  int    `bson:"rejected"`
	// Warned are rows that came in, or were known, with something to look at.
	Warned int  `bson:"warned,omitempty"`
	Done   bool `bson:"done"`
	// Unit is whose report it is, Months its rows by the month they were counted in; none for
	// what the operator loads.
	Unit      string               `bson:"unit,omitempty"`
	UnitName  string               `bson:"unitName,omitempty"`
	Months    map[string]RowCounts `bson:"months,omitempty"`
	UpdatedAt time.Time            `bson:"updatedAt"`
	Rev       int64                `bson:"-"`
}

// Count adds rows of a unit's report to those of the month of a day.
func (j *ImportJob) Count(unit, name string, on Date, rows RowCounts) {
	month := string(on[:7])
	months := maps.Clone(j.Months) // copies of a job share it
	if months == nil {
		months = map[string]RowCounts{}
	}
	have := months[month]
	months[month] = RowCounts{have.Accepted + rows.Accepted, have.Duplicate + rows.Duplicate, have.Rejected + rows.Rejected}
	j.Unit, j.UnitName, j.Months = unit, name, months
}

// RowCounts is what became of rows.
type RowCounts struct {
	Accepted  int `bson:"accepted"`
	Duplicate int `bson:"duplicate"`
	Rejected  int `bson:"rejected"`
}

// ImportFault is what one row of an import was rejected for, or warned about. It never
// holds the value.
type ImportFault struct {
	// ID is job/line (8 hex digits)/number within the line (2 hex digits).
	ID string `bson:"_id" json:"-"`
	// Line is the line of the file or row of the sheet, from 1.
	Line int `bson:"line" json:"line"`
	// Column is the key of the cell; "" = the whole row.
	Column string `bson:"column,omitempty" json:"column,omitempty"`
	// Code is lower_snake: missing, check_character, enum, date, unknown_subject …
	Code string `bson:"code" json:"code"`
	// Check is the compliance check behind it, E01 … E16; "" = the row could not be read.
	Check string `bson:"check,omitempty" json:"check,omitempty"`
	// Warning: the row came in all the same.
	Warning bool `bson:"warning,omitempty" json:"warning,omitempty"`
	// Reason is a Chinese sentence that says what to do.
	Reason string `bson:"reason" json:"reason"`
}

// ImportBatch is what one commit of an import writes, whole or not at all.
type ImportBatch struct {
	Files []*SubjectFile // Rev 0 = new
	// Renamed are those organisations among Files that the search must learn anew.
	Renamed []*SubjectFile
	Persons map[string]SubjectID // new, by blind index
	Aliases map[string]SubjectID // new, by former code or registration number
	Records []*Record            // new
	Changed []*Record            // corrected, at the revision they were read with
	Lists   []*ListEntry
	Stats   []*RatingStat
	Faults  []*ImportFault
	Job     ImportJob
	Audit   AuditEntry
	// Quality is what the batch changes of the quality counters; nil = nothing.
	Quality *QualityDelta
	// Answer is the stored answer of an idempotent request; nil = none.
	Answer *IdempotencyRecord
}
