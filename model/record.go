package model

import (
	"strings"
	"time"
)

// RecordID is subjectId + "/" + a time-ordered id (UUIDv7), so that one subject's
// records are one contiguous range.
type RecordID string

// Subject gives the part before the slash.
func (id RecordID) Subject() SubjectID {
	s, _, _ := strings.Cut(string(id), "/")
	return SubjectID(s)
}

// RecordKind is what a record is: one of the ten acts (十公示) or a credit fact.
type RecordKind string

const (
	RecordPermit       RecordKind = "permit"       // 行政许可
	RecordPenalty      RecordKind = "penalty"      // 行政处罚
	RecordCoercion     RecordKind = "coercion"     // 行政强制
	RecordInspection   RecordKind = "inspection"   // 行政检查
	RecordReward       RecordKind = "reward"       // 行政奖励
	RecordConfirmation RecordKind = "confirmation" // 行政确认
	RecordLevy         RecordKind = "levy"         // 行政征收
	RecordPayment      RecordKind = "payment"      // 行政给付
	RecordAdjudication RecordKind = "adjudication" // 行政裁决
	RecordCompensation RecordKind = "compensation" // 行政补偿
	RecordHonor        RecordKind = "honor"        // 荣誉、志愿服务等守信信息
	RecordListEntry    RecordKind = "list_entry"   // 名单
	RecordRating       RecordKind = "rating"       // 行业评价
	RecordCommitment   RecordKind = "commitment"   // 信用承诺
	RecordJudgment     RecordKind = "judgment"     // 司法裁判及执行
	RecordRegistration RecordKind = "registration" // 登记注册
	RecordContract     RecordKind = "contract"     // 合同履行、公用事业等其他
)

// RecordKinds lists them all.
func RecordKinds() []RecordKind {
	return []RecordKind{RecordPermit, RecordPenalty, RecordCoercion, RecordInspection, RecordReward, RecordConfirmation,
		RecordLevy, RecordPayment, RecordAdjudication, RecordCompensation, RecordHonor, RecordListEntry, RecordRating,
		RecordCommitment, RecordJudgment, RecordRegistration, RecordContract}
}

// Disclosure is 共享属性 (HN 18).
type Disclosure string

const (
	DisclosurePublic     Disclosure = "public"     // 公开公示
	DisclosureGovShare   Disclosure = "gov_share"  // 政务共享
	DisclosureAuthorised Disclosure = "authorised" // 授权查询
)

// Severity is the class of a penalty for repair clocks (O36).
type Severity string

const (
	SeverityMinor   Severity = "minor"   // 轻微
	SeverityGeneral Severity = "general" // 一般
	SeveritySerious Severity = "serious" // 严重
)

// Finality says whether an act may still change (HN 20(2): only final penalties count).
type Finality string

const (
	FinalityAppealOpen  Finality = "appeal_window_open"
	FinalityReview      Finality = "under_review"
	FinalityLitigation  Finality = "under_litigation"
	FinalityFinal       Finality = "final"
	FinalityAmended     Finality = "amended"
	FinalityRevoked     Finality = "revoked"
	FinalityUnspecified Finality = ""
)

// ListKind is 名单 kind.
type ListKind string

const (
	ListHonor    ListKind = "honor"    // 守信激励
	ListSerious  ListKind = "serious"  // 严重失信
	ListAbnormal ListKind = "abnormal" // 经营异常
	ListWatch    ListKind = "watch"    // 重点关注
)

// Record is one fact about one subject, from one source, with one date.
type Record struct {
	ID      RecordID   `bson:"_id"`
	Subject SubjectID  `bson:"subject"`
	Kind    RecordKind `bson:"kind"`
	Section Section    `bson:"section"`
	// CatalogueRef is the line of the information catalogue that the record came in under
	// (data code@edition); "" for records of before the catalogue was dated.
	CatalogueRef string `bson:"catalogueRef,omitempty"`

	Title   string `bson:"title"`           // 文书名称 / 荣誉名称 / 事项
	DocNo   string `bson:"docNo,omitempty"` // 文号, brackets normalised to 〔〕
	Content string `bson:"content,omitempty"`
	// SealedContent replaces Content for natural persons.
	SealedContent Sealed `bson:"sealedContent,omitempty"`
	// Details are fields of the form that have no place of their own, in order of keys;
	// SealedDetails replaces them for natural persons.
	Details       []Detail `bson:"details,omitempty"`
	SealedDetails Sealed   `bson:"sealedDetails,omitempty"`
	Category      string   `bson:"category,omitempty"` // permitCategory, penaltyType, honour class, commitmentType …
	LegalBasis    string   `bson:"legalBasis,omitempty"`
	Authority     string   `bson:"authority"` // 认定/许可/处罚机关
	AuthorityUSCC string   `bson:"authorityUscc,omitempty"`
	Source        string   `bson:"source"` // 数据来源单位
	SourceUSCC    string   `bson:"sourceUscc,omitempty"`

	DecisionDate Date `bson:"decisionDate"`
	ValidFrom    Date `bson:"validFrom,omitempty"`
	ValidTo      Date `bson:"validTo,omitempty"`

	Disclosure      Disclosure `bson:"disclosure"`
	Severity        Severity   `bson:"severity,omitempty"`
	Finality        Finality   `bson:"finality,omitempty"`
	DutyFulfilledOn Date       `bson:"dutyFulfilledOn,omitempty"`
	FineFen         int64      `bson:"fineFen,omitempty"` // 分
	// DisplayEnds is the first day on which the record is no longer shown; "" = no end.
	DisplayEnds Date `bson:"displayEnds,omitempty"`
	Disputed    bool `bson:"disputed,omitempty"` // 异议中
	// ArchivedOn is the day on which a job took note that the display had ended (归档). It
	// decides nothing: DisplayEnds does.
	ArchivedOn Date `bson:"archivedOn,omitempty"`
	// WithdrawnOn is set when the act was revoked or the row retracted.
	WithdrawnOn Date `bson:"withdrawnOn,omitempty"`
	// WithdrawnReason is the public reason of a retraction (公开说明理由).
	WithdrawnReason string `bson:"withdrawnReason,omitempty"`

	List       ListKind `bson:"list,omitempty"`   // for list_entry
	Sector     string   `bson:"sector,omitempty"` // for rating
	Grade      string   `bson:"grade,omitempty"`  // for rating
	Period     string   `bson:"period,omitempty"` // for rating
	Scope      string   `bson:"scope,omitempty"`  // for rating
	Points     *int     `bson:"points,omitempty"` // for rating; nil = none were given
	Fulfilment string   `bson:"fulfilment,omitempty"`
	// ConfirmedOn is the day on which a promise was found kept or broken (履行状态认定日期).
	ConfirmedOn Date `bson:"confirmedOn,omitempty"`
	// BanDays is for how long a broken promise closes quicker modes and promises; 0 = not said,
	// -1 = it closes nothing.
	BanDays int `bson:"banDays,omitempty"`
	// HonorLevel is town, county, city, province or state for honours.
	HonorLevel string `bson:"honorLevel,omitempty"`
	// Quantity is the counted amount of the fact (志愿服务 hours, 献血 times …); 0 = not counted.
	Quantity int `bson:"quantity,omitempty"`

	// BusinessKey identifies the fact across imports (docNo + authority + counterparty);
	// it is the id of a document of its own, which makes an import idempotent.
	BusinessKey string `bson:"businessKey"`
	Batch       string `bson:"batch,omitempty"` // import or submission it came with
	// ReportedBy is the unit (USCC) whose data officer submitted the row (上报单位); "" when
	// the operator loaded it.
	ReportedBy string    `bson:"reportedBy,omitempty"`
	ReceivedAt time.Time `bson:"receivedAt"`
	Rev        int64     `bson:"-"`
}

// RecordOwner is the desk that wrote a record and alone changes it; "" = none, the unit that
// reported it.
type RecordOwner string

const (
	OwnerListing    RecordOwner = "listing"    // 名单认定
	OwnerCommitment RecordOwner = "commitment" // 信用承诺
	OwnerApproval   RecordOwner = "approval"   // 随办件的信用承诺
)

// Displayed reports whether the record may be shown to the public on day.
func (r *Record) Displayed(day Date) bool {
	return r.Disclosure == DisclosurePublic && r.Live(day)
}

// Live reports whether the record still counts on day: not withdrawn, not past its
// display end, final where finality matters.
func (r *Record) Live(day Date) bool {
	if r.WithdrawnOn != "" && r.WithdrawnOn <= day {
		return false
	}
	if r.DisplayEnds != "" && r.DisplayEnds <= day {
		return false
	}
	return r.Finality != FinalityRevoked
}

// OfBreach reports whether the record speaks of a breach by its nature (失信), be it final,
// made good or over.
func (r *Record) OfBreach() bool {
	switch r.Kind {
	case RecordPenalty, RecordCoercion, RecordJudgment:
		return true
	case RecordListEntry:
		return r.List != ListHonor
	}
	return r.Fulfilment == "none" || r.Fulfilment == "partial"
}

// Since gives the day from which an adverse fact counts: for a broken promise the day on which
// it was found broken, where that is known, else the decision.
func (r *Record) Since() Date {
	if r.Kind == RecordCommitment && r.ConfirmedOn != "" {
		return r.ConfirmedOn
	}
	return r.DecisionDate
}
