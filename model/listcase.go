package model

import (
	"slices"
	"time"
)

// ListState is where a listing stands.
type ListState string

const (
	ListDraft     ListState = "draft"     // 拟认定, known to the unit and the reviewers only
	ListPublished ListState = "published" // 已公布
	ListRemoved   ListState = "removed"   // 已移出, with a public notice
	ListWithdrawn ListState = "withdrawn" // 草案撤回, never public
)

// ResponsibleRoles are whom a serious listing may have to name (HN 35): 法定代表人、
// 主要负责人、实际控制人.
func ResponsibleRoles() []string {
	return []string{"legal_representative", "principal", "controller"}
}

// ResponsiblePerson is a natural person answerable for a listed organisation. The name is
// sealed at rest, masked in answers, and on no public page.
type ResponsiblePerson struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

// Evidence names a paper by its title and digest; the paper stays with the unit.
type Evidence struct {
	Title  string `bson:"title"`
	Digest string `bson:"digest"` // SM3 or SHA-256, hex
}

// ObjectionOutcome is how the subject's objection to a planned listing ended.
type ObjectionOutcome string

const (
	ObjectionNone     ObjectionOutcome = ""         // none was raised
	ObjectionPending  ObjectionOutcome = "pending"  // 正在核查
	ObjectionRejected ObjectionOutcome = "rejected" // 不成立
	ObjectionAccepted ObjectionOutcome = "accepted" // 成立: no listing
)

// ListFacts are what a unit says about a planned listing.
type ListFacts struct {
	Kind  ListKind  `bson:"kind"`
	USCC  SubjectID `bson:"uscc"`
	Title string    `bson:"title"`
	DocNo string    `bson:"docNo"`
	// Reason is shown with the entry: facts and behaviour, no personal data.
	Reason       string   `bson:"reason"`
	Basis        string   `bson:"basis"`             // code in the table of bases
	Article      string   `bson:"article,omitempty"` // where in the basis
	Measures     []string `bson:"measures,omitempty"`
	DecisionDate Date     `bson:"decisionDate"`
	ValidTo      Date     `bson:"validTo,omitempty"` // "" = until removal
	Severity     Severity `bson:"severity,omitempty"`
	Finality     Finality `bson:"finality,omitempty"`
	// NoticedOn is the day of the prior notice (事先告知; for honours the publicity), How the
	// way it reached the subject.
	NoticedOn Date       `bson:"noticedOn,omitempty"`
	NoticeHow string     `bson:"noticeHow,omitempty"`
	Evidence  []Evidence `bson:"evidence,omitempty"`
	// Objection is the subject's within the window, ObjectionNote the answer to it.
	Objection     ObjectionOutcome `bson:"objection,omitempty"`
	ObjectionNote string           `bson:"objectionNote,omitempty"`
	// ProvincialNo is the number of the review by the provincial authority (HN 28).
	ProvincialNo string `bson:"provincialNo,omitempty"`
}

// PriorNotice is what the subject was told before a listing (事先告知: 依据、理由、措施).
type PriorNotice struct {
	On       Date     `bson:"on"` // the latest day it was said to be given
	Basis    string   `bson:"basis"`
	Article  string   `bson:"article,omitempty"`
	Reason   string   `bson:"reason"`
	Measures []string `bson:"measures,omitempty"`
}

// Covers reports whether the notice named all that f rests on: measures may be fewer.
func (n *PriorNotice) Covers(f *ListFacts) bool {
	return n.Basis == f.Basis && n.Article == f.Article && n.Reason == f.Reason &&
		!slices.ContainsFunc(f.Measures, func(m string) bool { return !slices.Contains(n.Measures, m) })
}

// ListCase is one listing (名单认定) from draft to removal.
type ListCase struct {
	ID        string    `bson:"_id"` // time-ordered
	State     ListState `bson:"state"`
	ListFacts `bson:",inline"`
	// Responsible seals []ResponsiblePerson (JSON).
	Responsible Sealed `bson:"responsible,omitempty"`
	Name        string `bson:"name"` // of the organisation
	Unit        string `bson:"unit"` // USCC of the recognising unit
	UnitName    string `bson:"unitName"`
	// Authors are all who wrote the draft; none of them may publish it.
	Authors   []string  `bson:"authors"`
	CreatedAt time.Time `bson:"createdAt"`
	UpdatedAt time.Time `bson:"updatedAt"`
	// Notice is what the prior notice said; nil before one, and in cases of before it was kept.
	Notice *PriorNotice `bson:"notice,omitempty"`
	// WindowEnds is the last day of the objection window; "" without a notice.
	WindowEnds  Date   `bson:"windowEnds,omitempty"`
	RuleVersion string `bson:"ruleVersion"`
	// LegalBasis is the citation that stood when the case was last written.
	LegalBasis string `bson:"legalBasis"`

	// Queue is at whose desk the case waits, "" = nowhere; Due by when. See ListQueue.
	Queue string `bson:"queue,omitempty"`
	Due   Date   `bson:"due,omitempty"`

	// Actions counts the joint actions about the listing.
	Actions int `bson:"actions,omitempty"`

	PublishedBy string    `bson:"publishedBy,omitempty"`
	PublishedAt time.Time `bson:"publishedAt,omitempty"`
	RecordID    RecordID  `bson:"recordId,omitempty"`
	RemovedBy   string    `bson:"removedBy,omitempty"`
	RemovedAt   time.Time `bson:"removedAt,omitempty"`
	RemovedWhy  string    `bson:"removedWhy,omitempty"`
	Rev         int64     `bson:"-"`
}

// Listed reports whether the subject stands on the list on day because of the case.
func (c *ListCase) Listed(day Date) bool {
	return c.State == ListPublished && (c.ValidTo == "" || day <= c.ValidTo)
}

// RemovalNotice is 退出公告: that an organisation left a list, shown where the list is.
type RemovalNotice struct {
	ID         string   `bson:"_id"` // kind/removal day/case id
	Kind       ListKind `bson:"kind"`
	USCC       string   `bson:"uscc"`
	Name       string   `bson:"name"`
	Title      string   `bson:"title"`
	Authority  string   `bson:"authority"`
	Reason     string   `bson:"reason"`
	ListedOn   Date     `bson:"listedOn"`
	RemovedOn  Date     `bson:"removedOn"`
	ShownUntil Date     `bson:"shownUntil"` // last day
}

// ListWrite is one change of a listing with everything that must be durable with it.
type ListWrite struct {
	Case ListCase // Rev 0 = new
	// File, Record and Entry are set when the membership changes; Record with Rev 0 is new.
	File   *SubjectFile
	Record *Record
	Entry  *ListEntry
	Notice *RemovalNotice
	// Tasks of joint actions that end with the listing.
	Tasks []*JointTask
	// Quality is what the change counts for; nil = nothing.
	Quality *QualityDelta
	// Message tells the organisation; nil = nobody is told.
	Message *Message
	Audit   AuditEntry
	Answer  *IdempotencyRecord
}
