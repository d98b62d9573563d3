package model

import "time"

// CommitmentType is 承诺类型 of the national data template.
type CommitmentType string

const (
	CommitProactive       CommitmentType = "proactive"        // 主动公示型
	CommitDeferMaterial   CommitmentType = "defer_material"   // 容缺受理型
	CommitReplaceApproval CommitmentType = "replace_approval" // 审批替代型
	CommitProofItem       CommitmentType = "proof_item"       // 证明事项型
	CommitSelfDiscipline  CommitmentType = "self_discipline"  // 行业自律型
	CommitRepair          CommitmentType = "repair"           // 信用修复型
)

// Fulfilment is 承诺履行状态.
type Fulfilment string

const (
	FulfilmentPending Fulfilment = "pending" // 履行中, not found yet
	FulfilmentFull    Fulfilment = "full"    // 全部履行
	FulfilmentPartial Fulfilment = "partial" // 部分履行
	FulfilmentNone    Fulfilment = "none"    // 全部未履行
)

// Broken reports whether something promised was not done.
func (f Fulfilment) Broken() bool { return f == FulfilmentPartial || f == FulfilmentNone }

// CommitmentText is what a promise says. That of a natural person is sealed at rest.
type CommitmentText struct {
	Reason    string `bson:"reason,omitempty" json:"reason,omitempty"`       // 承诺事由
	Content   string `bson:"content,omitempty" json:"content,omitempty"`     // 承诺内容: the letter
	Liability string `bson:"liability,omitempty" json:"liability,omitempty"` // 违诺责任
	// Unperformed and Penalty are written when it was found broken (未履行的承诺内容、违诺责任追究内容).
	Unperformed string `bson:"unperformed,omitempty" json:"unperformed,omitempty"`
	Penalty     string `bson:"penalty,omitempty" json:"penalty,omitempty"`
	Remark      string `bson:"remark,omitempty" json:"remark,omitempty"`
}

// Commitment is one credit promise (信用承诺) after the national data template.
type Commitment struct {
	Code    string      `bson:"_id"` // 承诺编码: division, day, serial
	Subject SubjectID   `bson:"subject"`
	Kind    SubjectKind `bson:"kind"`
	// Name is an organisation's; "" for a person.
	Name           string         `bson:"name,omitempty"`
	Type           CommitmentType `bson:"type"`
	CommitmentText `bson:",inline"`
	// Sealed is the text of a person's promise (JSON of CommitmentText) instead.
	Sealed Sealed `bson:"sealed,omitempty"`

	// Letter, LetterVersion and Hash name the text that was signed; SHA-256, hex.
	Letter        string `bson:"letter"`
	LetterVersion string `bson:"letterVersion"`
	Hash          string `bson:"hash"`
	// SignedBy is the account that signed, or the clerk who saw the paper signed (Method).
	SignedBy string    `bson:"signedBy"`
	Method   string    `bson:"method"` // online, paper
	SignedAt time.Time `bson:"signedAt"`

	MadeOn  Date `bson:"madeOn"`
	ValidTo Date `bson:"validTo,omitempty"` // last day to fulfil; "" = none
	// Unit accepted the promise (受理单位, USCC).
	Unit     string `bson:"unit"`
	UnitName string `bson:"unitName"`
	// Publication is 公开类型: 1 public, 2 within government, 3 not.
	Publication int `bson:"publication"`
	// Shown is the index of the public list: "yes" for publication 1, else absent.
	Shown string `bson:"shown,omitempty"`

	Fulfilment  Fulfilment `bson:"fulfilment"`
	ConfirmedOn Date       `bson:"confirmedOn,omitempty"`
	ConfirmedBy string     `bson:"confirmedBy,omitempty"` // unit (USCC)
	ConfirmedAs string     `bson:"confirmedAs,omitempty"` // its name
	// BanDays is for how long quicker modes and such promises are closed to who broke it;
	// 0 = as long as whoever asks next says, -1 = not at all.
	BanDays int `bson:"banDays,omitempty"`

	// Queue is at whose desk the finding waits; absent when it does not.
	Queue string `bson:"queue,omitempty"`
	// Approval is the case that it belongs to; its fulfilment is found there.
	Approval    string    `bson:"approval,omitempty"`
	RecordID    RecordID  `bson:"recordId"`
	RuleVersion string    `bson:"ruleVersion"`
	CreatedAt   time.Time `bson:"createdAt"`
	UpdatedAt   time.Time `bson:"updatedAt"`
	Rev         int64     `bson:"-"`
}

// CommitmentDraft is a promise before it has a number.
type CommitmentDraft struct {
	File   *SubjectFile // whose promise; fresh
	Letter string       // id of the text
	// LetterVersion and Hash are those of the text that was signed.
	LetterVersion string
	Hash          string
	Type          CommitmentType
	Text          CommitmentText
	SignedBy      string
	Method        string
	ValidTo       Date
	Unit          string
	UnitName      string
	Approval      string
}

// CommitmentOutcome is what the accepting unit found about a promise.
type CommitmentOutcome struct {
	Fulfilment           Fulfilment
	Unperformed, Penalty string
	Remark               string
	// BanDays of the item that the promise was made for; 0 = those of the promise's type.
	BanDays int
}

// CommitmentCounts counts promises by how they stand.
type CommitmentCounts struct {
	Made    int64 `bson:"made"`
	Full    int64 `bson:"full,omitempty"`
	Partial int64 `bson:"partial,omitempty"`
	None    int64 `bson:"none,omitempty"`
}

// CommitmentStat counts the promises that one unit accepted in one month, by type. It is
// written in the batch of the promise.
type CommitmentStat struct {
	ID       string                               `bson:"_id"` // unit/YYYY-MM
	UnitName string                               `bson:"unitName"`
	Types    map[CommitmentType]*CommitmentCounts `bson:"types"`
	Rev      int64                                `bson:"-"`
}

// CommitmentSerial is the last serial number of a division and day.
type CommitmentSerial struct {
	ID   string `bson:"_id"` // division/yyyymmdd
	Last int    `bson:"last"`
	Rev  int64  `bson:"-"`
}

// CommitmentChange is everything that one change of a promise makes durable, but for the
// audit entry and the answer. A revision of 0 is a new document.
type CommitmentChange struct {
	Commitment Commitment
	Record     *Record
	File       *SubjectFile
	Stat       CommitmentStat
	Serial     *CommitmentSerial // of a new promise
	Quality    *QualityDelta
}

// CommitmentWrite is one change with what must be durable with it.
type CommitmentWrite struct {
	CommitmentChange
	Audit  AuditEntry
	Answer *IdempotencyRecord
}
