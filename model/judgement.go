package model

import "time"

// Judgement is a computed answer about a subject on a day: grade or level, with its
// explanation. A pure function of facts, a dated rule set and a day.
type Judgement struct {
	// Model is the rule set's name: "enterprise" (1000 points, A–E) or "personal".
	Model       string `bson:"model"`
	RuleVersion string `bson:"ruleVersion"` // such as "enterprise@2026-04-01#9f3c12ab"
	// Score is 0–1000; kept for enterprises only, never shown for persons.
	Score int `bson:"score"`
	// Grade is A–E for enterprises; excellent / good / basic for persons.
	Grade string `bson:"grade"`
	AsOf  Date   `bson:"asOf"`
	// ValidUntil is the first instant at which time alone could change the judgement.
	ValidUntil  time.Time     `bson:"validUntil,omitempty"`
	Explanation []Explanation `bson:"explanation,omitempty"`
}

// Personal levels (信用激励等级): additive, no negative level exists.
const (
	LevelExcellent = "excellent" // 信用优秀
	LevelGood      = "good"      // 信用良好
	LevelBasic     = "basic"     // 基础
)

// Explanation is one counted item.
type Explanation struct {
	ItemID   string     `bson:"itemId"`
	Title    string     `bson:"title"`  // Chinese, what was counted
	Points   int        `bson:"points"` // signed
	Citation string     `bson:"citation,omitempty"`
	Records  []RecordID `bson:"records,omitempty"` // facts used
}
