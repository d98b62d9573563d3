package model

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
