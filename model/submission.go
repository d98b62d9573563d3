package model

import "time"

// SubmissionStatus is how far a submission is.
type SubmissionStatus string

const (
	SubmissionReceived SubmissionStatus = "received" // 已接收，等待处理
	SubmissionRunning  SubmissionStatus = "running"  // 处理中
	SubmissionDone     SubmissionStatus = "done"     // 已处理完，被拒的行见错误表
	SubmissionFailed   SubmissionStatus = "failed"   // 文件不能处理
)

// SubmissionMode says what a row does whose fact is known.
type SubmissionMode string

const (
	SubmissionNew        SubmissionMode = "new"        // 新报：已有的跳过
	SubmissionCorrection SubmissionMode = "correction" // 更正：按业务主键改正本单位已报的
)

// Submission is one file that a department handed in (报送). Its rows come in by the import
// of the same number, which holds the counts.
type Submission struct {
	// ID is unit/no, so that a unit's submissions lie together in order of time.
	ID       string           `bson:"_id"`
	No       string           `bson:"no"`
	Unit     string           `bson:"unit"`
	UnitName string           `bson:"unitName"`
	By       string           `bson:"by"` // staff id
	Kind     RecordKind       `bson:"kind"`
	Mode     SubmissionMode   `bson:"mode"`
	Format   string           `bson:"format"` // xlsx, csv or ndjson
	FileName string           `bson:"fileName,omitempty"`
	Size     int64            `bson:"size"`
	Digest   string           `bson:"digest"` // SHA-256 (hex) of the file
	Parts    int              `bson:"parts"`  // sealed pieces of the file
	Status   SubmissionStatus `bson:"status"`
	// Reason is why the file failed, in words.
	Reason string `bson:"reason,omitempty"`
	// Lines is about how many rows the file has; 0 = not known.
	Lines int64 `bson:"lines,omitempty"`
	// Columns are the keys of the columns in their order, for the cells of faults.
	Columns    []string  `bson:"columns,omitempty"`
	ReceivedAt time.Time `bson:"receivedAt"`
	// RunAt and RunRows are when the last run began and how many rows were done then.
	RunAt      time.Time `bson:"runAt,omitempty"`
	RunRows    int       `bson:"runRows,omitempty"`
	FinishedAt time.Time `bson:"finishedAt,omitempty"`
	// Attempts counts the runs that began and told no end: their process died.
	Attempts int `bson:"attempts,omitempty"`
	// Failures counts the runs that the house failed; the next waits until RetryAt.
	Failures int       `bson:"failures,omitempty"`
	RetryAt  time.Time `bson:"retryAt,omitempty"`
	// Queue is "open" while there is work to do; an index finds those.
	Queue string `bson:"queue,omitempty"`
	Rev   int64  `bson:"-"`
}

// SubmissionQueue is the Queue of a submission with work to do.
const SubmissionQueue = "open"

// RetractionNotice is 撤回公示: that a public record of an organisation was taken back, and
// why (行政处罚法第四十八条).
type RetractionNotice struct {
	ID           string     `bson:"_id"` // day/record
	Record       RecordID   `bson:"record"`
	Kind         RecordKind `bson:"kind"`
	USCC         string     `bson:"uscc"`
	Name         string     `bson:"name"`
	Title        string     `bson:"title"`
	DocNo        string     `bson:"docNo,omitempty"`
	Authority    string     `bson:"authority"`
	Reason       string     `bson:"reason"`
	DecisionDate Date       `bson:"decisionDate"` // of the record
	DecidedOn    Date       `bson:"decidedOn"`    // when it was revoked, changed or found wrong
	WithdrawnOn  Date       `bson:"withdrawnOn"`
	ShownUntil   Date       `bson:"shownUntil"` // last day
}

// MaxNoticeDays is longer than any notice is shown.
const MaxNoticeDays = 400

// Withdrawal is what a retraction (撤回) writes, whole or not at all.
type Withdrawal struct {
	Record *Record
	File   *SubjectFile
	List   *ListEntry // of an organisation's public list entry
	// Notice tells the public that the entry was taken back, and why; nil = nobody saw it.
	Notice *RemovalNotice
	// Retracted tells the same of any other public record of an organisation.
	Retracted *RetractionNotice
	// Quality is what changes of the quality counters; nil = nothing.
	Quality *QualityDelta
	Audit   AuditEntry
	Answer  *IdempotencyRecord
}
