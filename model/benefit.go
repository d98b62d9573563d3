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

// Usage counts what a holder used of one benefit (次数). It lives with the person:
// the document id is holder + "/" + benefit code.
type Usage struct {
	Holder  SubjectID `bson:"holder"`
	Benefit string    `bson:"benefit"`
	Day     Date      `bson:"day"` // day that DayCount counts
	Month   string    `bson:"month"`
	Year    string    `bson:"year"`

	DayCount   int       `bson:"dayCount"`
	MonthCount int       `bson:"monthCount"`
	YearCount  int       `bson:"yearCount"`
	Total      int       `bson:"total"`
	LastAt     time.Time `bson:"lastAt"`
	Rev        int64     `bson:"-"`
}

// On gives the counts as they stand on day: a new day, month or year starts at zero.
func (u Usage) On(day Date) (dayCount, monthCount, yearCount, total int) {
	if u.Day == day {
		dayCount = u.DayCount
	}
	if len(day) == 10 && u.Month == string(day[:7]) {
		monthCount = u.MonthCount
	}
	if len(day) == 10 && u.Year == string(day[:4]) {
		yearCount = u.YearCount
	}
	return dayCount, monthCount, yearCount, u.Total
}

// Add gives the usage after one more use at t.
func (u Usage) Add(t time.Time) Usage {
	day := DateOf(t)
	d, m, y, total := u.On(day)
	u.Day, u.Month, u.Year = day, string(day[:7]), string(day[:4])
	u.DayCount, u.MonthCount, u.YearCount, u.Total = d+1, m+1, y+1, total+1
	u.LastAt = t
	return u
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
	Reversed     bool      `bson:"reversed,omitempty"`
	Decision     Decision  `bson:"decision"`
	Rev          int64     `bson:"-"`
}

// RedemptionWrite is what one redemption writes, whole or not at all.
type RedemptionWrite struct {
	Redemption Redemption
	// Usage is the counters after the redemption, at the revision they were read with.
	Usage Usage
	// ClaimUntil is when the claim of the pass may be swept: after it the pass is expired anyway.
	ClaimUntil time.Time
	Audit      AuditEntry
	Answer     *IdempotencyRecord // nil without an idempotency key
}
