package model

import "time"

// Scene is a 信易+ scene.
type Scene string

const (
	SceneTour      Scene = "tour"      // 信易游
	SceneApprove   Scene = "approve"   // 信易批
	SceneMedical   Scene = "medical"   // 信易医
	SceneRead      Scene = "read"      // 信易阅
	SceneTravel    Scene = "travel"    // 信易行
	SceneRent      Scene = "rent"      // 信易租
	SceneLoan      Scene = "loan"      // 信易贷
	SceneElderly   Scene = "elderly"   // 信易养老
	SceneEducation Scene = "education" // 信易教育
	SceneConsume   Scene = "consume"   // 信易消费
)

// Outcome is a three-valued decision.
type Outcome string

const (
	Eligible     Outcome = "eligible"
	NotEligible  Outcome = "not_eligible"
	Undetermined Outcome = "undetermined" // a named fact is missing or disputed
)

// Decision is the answer of a benefit rule for one holder on one day.
type Decision struct {
	BenefitCode string     `bson:"benefitCode"`
	Outcome     Outcome    `bson:"outcome"`
	RuleVersion string     `bson:"ruleVersion"` // code@date#hash
	PayPercent  int        `bson:"payPercent"`  // 100 = standard price
	PayFen      *int64     `bson:"payFen,omitempty"`
	Conditions  []Reason   `bson:"conditions"`
	Parameters  []Param    `bson:"parameters,omitempty"`
	Facts       []RecordID `bson:"facts,omitempty"`
	Missing     []string   `bson:"missing,omitempty"` // names of facts missing or disputed
	ValidUntil  time.Time  `bson:"validUntil,omitempty"`
}

// Reason is one condition's outcome.
type Reason struct {
	ID      string  `bson:"id"`
	Outcome Outcome `bson:"outcome"`
	Text    string  `bson:"text"` // Chinese, kind and exact
}

// Param is a dated parameter value that a decision used.
type Param struct {
	Name  string `bson:"name"`
	Value string `bson:"value"`
	Since Date   `bson:"since"`
}

// Redemption is 核销: one consumed use, with the decision as it was.
type Redemption struct {
	// ID is site + "/" + day + "/" + time-ordered number, so that a site's day is one range.
	ID           string    `bson:"_id"`
	No           string    `bson:"no"` // redemptionNo
	PassID       string    `bson:"passId"`
	Holder       SubjectID `bson:"holder"`
	HolderMasked string    `bson:"holderMasked"`
	BenefitCode  string    `bson:"benefitCode"`
	SiteID       string    `bson:"siteId"`
	DeviceID     string    `bson:"deviceId"` // client or staff that scanned
	At           time.Time `bson:"at"`
	Result       string    `bson:"result"` // pass or standard
	PayPercent   int       `bson:"payPercent"`
	PayFen       *int64    `bson:"payFen,omitempty"`
	// Companions (同行人) came with the holder: PayFen, StandardFen and DifferenceFen are of all
	// of them together, Decision is about the holder.
	Companions int `bson:"companions,omitempty"`
	// StandardFen is the standard price of the day, nil when the rule knows none. One of
	// before 2026-12 has none either.
	StandardFen *int64   `bson:"standardFen,omitempty"`
	Reversed    bool     `bson:"reversed,omitempty"`
	Decision    Decision `bson:"decision"`

	// Turn is the revision of the holder's counters that it was decided on, ReversedTurn the one
	// that it was reversed on: their order, whatever the clocks said.
	Turn         int64 `bson:"turn"`
	ReversedTurn int64 `bson:"reversedTurn,omitempty"`
	// Attempt authenticates pass and key of the request that used the pass: who asks again with
	// both is told of this use. Empty for one that came without a key.
	Attempt []byte `bson:"attempt,omitempty"`
	// BudgetUnit is what the use took of the benefit's budget; "" = nothing.
	BudgetUnit string `bson:"budgetUnit,omitempty"`
	// RecordedAt is set for one that a gate accepted without a network (脱网核销): At is when
	// it was accepted, this when it was handed in. DifferenceFen is what the holder paid less
	// than was due, since the gate could not know the counts or did not hear the answer.
	RecordedAt    time.Time `bson:"recordedAt,omitempty"`
	DifferenceFen int64     `bson:"differenceFen,omitempty"`

	ReversedAt time.Time `bson:"reversedAt,omitempty"`
	ReversedBy string    `bson:"reversedBy,omitempty"`
	Reason     Sealed    `bson:"reason,omitempty"` // why it was reversed; sealed, people write names into it
	Rev        int64     `bson:"-"`
}

// DuplicateUse is a pass that a gate accepted without a network although it was used
// elsewhere (重复使用). It is no redemption: it counts nothing, and what was paid too little
// is kept with it.
type DuplicateUse struct {
	// ID is site + "/" + day + "/" + pass + "/" + device, or account where it has no name, + "/" +
	// milliseconds: handed in twice, it is one document.
	ID            string    `bson:"_id"`
	PassID        string    `bson:"passId"`
	Holder        SubjectID `bson:"holder"`
	BenefitCode   string    `bson:"benefitCode"`
	SiteID        string    `bson:"siteId"`
	DeviceID      string    `bson:"deviceId"`
	At            time.Time `bson:"at"`
	RecordedAt    time.Time `bson:"recordedAt"`
	First         string    `bson:"first"` // id of the redemption that used the pass
	Companions    int       `bson:"companions,omitempty"`
	DifferenceFen int64     `bson:"differenceFen"`
}

// RedemptionWrite is what one redemption writes, whole or not at all.
type RedemptionWrite struct {
	Redemption Redemption
	// Usage is the counters after the redemption, at the revision they were read with.
	Usage Usage
	// Others are the counters of other benefits that it was decided on, as they were read: none
	// of them may have moved.
	Others []Usage
	// ClaimUntil is when the claim of the pass may be swept: long after nobody can hand it in.
	ClaimUntil time.Time
	Audit      AuditEntry
	Answer     *IdempotencyRecord // nil without an idempotency key
}

// ReversalWrite is what one reversal (撤销核销) writes, whole or not at all.
type ReversalWrite struct {
	Redemption Redemption // with Reversed, at the revision it was read with
	Usage      Usage      // the counters after it, at the revision they were read with
	Budget     *Usage     // what is handed out of the budget after it, likewise; nil = no budget was used
	Audit      AuditEntry
	Answer     *IdempotencyRecord
}
