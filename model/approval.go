package model

import "time"

// ApprovalMode is how an approval case may start (信易批).
type ApprovalMode string

const (
	ModeInstant    ApprovalMode = "instant"    // 信即办
	ModeCommitment ApprovalMode = "commitment" // 告知承诺
	ModeDeferred   ApprovalMode = "deferred"   // 容缺受理
	ModeNormal     ApprovalMode = "normal"     // 一般程序
)

// ApprovalPlan is the answer to a clerk's check.
type ApprovalPlan struct {
	ItemCode        string
	Mode            ApprovalMode
	Deferrable      []string  // material codes that may come later
	NotDeferrable   []string  // material codes that must be there now
	SupplyBy        Date      // deadline for the deferred ones; "" when none
	Blockers        []Blocker // why a faster mode is refused
	PromiseTemplate string    // text of the promise letter; "" when none
	PromiseHash     string    // SHA-256 of the letter, hex: what is signed
	Warning         string    // HN 68, to show before signing
	RuleVersion     string
	Facts           []RecordID
}

// Blocker is one reason against a faster mode, with what to do about it.
type Blocker struct {
	Code   string
	Text   string
	Remedy string
}

// ApprovalState is where a case stands (办件状态). That papers are overdue is no state: it
// follows from the last day and today.
type ApprovalState string

const (
	ApprovalAccepted  ApprovalState = "accepted"  // 已受理, nothing is owed
	ApprovalNotified  ApprovalState = "notified"  // 已一次性告知, papers are missing, nothing promised
	ApprovalSupplying ApprovalState = "supplying" // 容缺或承诺受理, papers are owed
	ApprovalSupplied  ApprovalState = "supplied"  // 已补齐
	ApprovalBreached  ApprovalState = "breached"  // 承诺未履行
)

// CasePaper is one paper that was missing when the case came in.
type CasePaper struct {
	Code       string `bson:"code"`
	Name       string `bson:"name"`
	Main       bool   `bson:"main,omitempty"` // 主要材料
	SuppliedOn Date   `bson:"suppliedOn,omitempty"`
}

// ApprovalCase is one case at a window (信易批办件).
type ApprovalCase struct {
	No       string    `bson:"_id"`
	Unit     string    `bson:"unit"` // of the window
	UnitName string    `bson:"unitName"`
	Subject  SubjectID `bson:"subject"`
	// Applicant is an organisation's name, a person's masked.
	Applicant   string        `bson:"applicant"`
	ItemCode    string        `bson:"itemCode"`
	ItemName    string        `bson:"itemName"`
	RuleVersion string        `bson:"ruleVersion"`
	Mode        ApprovalMode  `bson:"mode"`
	State       ApprovalState `bson:"state"`
	Papers      []CasePaper   `bson:"papers,omitempty"`
	// Notice is 一次性告知: everything that is missing, by when, and what follows.
	Notice string `bson:"notice,omitempty"`
	// SupplyBy is the last day for the papers, RemindOn the day to remind of it.
	SupplyBy Date `bson:"supplyBy,omitempty"`
	RemindOn Date `bson:"remindOn,omitempty"`
	// Commitment is the code of the promise.
	Commitment string `bson:"commitment,omitempty"`
	// ClosedOn is when the papers were complete, or the promise was found broken; Late says
	// that they came after SupplyBy.
	ClosedOn Date `bson:"closedOn,omitempty"`
	Late     bool `bson:"late,omitempty"`
	BanDays  int  `bson:"banDays,omitempty"` // 不再适用容缺、承诺的天数 of the item, when breached

	// Queue is at whose window papers are awaited; absent when none are.
	Queue      string    `bson:"queue,omitempty"`
	AcceptedBy string    `bson:"acceptedBy"`
	AcceptedAt time.Time `bson:"acceptedAt"`
	UpdatedAt  time.Time `bson:"updatedAt"`
	Rev        int64     `bson:"-"`
}

// Owed gives the codes of the papers that have not come.
func (c *ApprovalCase) Owed() []string {
	var owed []string
	for _, p := range c.Papers {
		if p.SuppliedOn == "" {
			owed = append(owed, p.Code)
		}
	}
	return owed
}

// Overdue reports whether papers are owed whose last day has passed.
func (c *ApprovalCase) Overdue(today Date) bool {
	return c.State == ApprovalSupplying && today > c.SupplyBy
}

// ReminderPlace orders cases by the day to remind on.
func (c *ApprovalCase) ReminderPlace() string { return string(c.RemindOn) + "/" + c.No }

// ApprovalWrite is one change of a case with what must be durable with it.
type ApprovalWrite struct {
	Case ApprovalCase // Rev 0 = new
	// Promise changes with the case; nil when it does not.
	Promise *CommitmentChange
	// Message tells the applicant; nil when nobody is told.
	Message *Message
	Audit   AuditEntry
	Answer  *IdempotencyRecord
}

// ApprovalReminder tells an applicant that papers are due soon. Its id is the same whenever
// it is given: who sends keeps it from going out twice.
type ApprovalReminder struct {
	ID       string
	No       string
	Subject  SubjectID
	ItemName string
	Unit     string
	UnitName string
	RemindOn Date
	SupplyBy Date
	Owed     int // papers
}

// ReminderPosition is how far a reader of reminders came.
type ReminderPosition struct {
	ID    string `bson:"_id"`
	After string `bson:"after"`
	Rev   int64  `bson:"-"`
}
