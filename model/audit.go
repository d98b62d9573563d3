package model

import "time"

// AuditEvent is one thing somebody did or saw. It holds no name and no number of a
// natural person: people are subject ids.
type AuditEvent struct {
	At        time.Time `json:"at" bson:"at"`
	ActorID   string    `json:"actorId" bson:"actorId"`
	ActorRole Role      `json:"actorRole" bson:"actorRole"`
	// Unit and UnitName of the actor, as shown in the subject's access log.
	Unit     string `json:"unit,omitempty" bson:"unit,omitempty"`
	UnitName string `json:"unitName,omitempty" bson:"unitName,omitempty"`
	// Action is what happened, dotted: "enterprise_file.view", "gate.redeem", "policy.publish".
	Action   string      `json:"action" bson:"action"`
	Subjects []SubjectID `json:"subjects,omitempty" bson:"subjects,omitempty"`
	Purpose  Purpose     `json:"purpose,omitempty" bson:"purpose,omitempty"`
	Consent  string      `json:"consent,omitempty" bson:"consent,omitempty"`
	// Outcome is what was answered, in one word: "shown", "pass", "standard", "refused" …
	Outcome string `json:"outcome" bson:"outcome"`
	// Reason is why, in one word, where the answer does not tell: of a refused pass, say.
	Reason string `json:"reason,omitempty" bson:"reason,omitempty"`
	// Shown names the kinds of data that were shown.
	Shown       []string `json:"shown,omitempty" bson:"shown,omitempty"`
	RuleVersion string   `json:"ruleVersion,omitempty" bson:"ruleVersion,omitempty"`
	// Ref is the business number the event belongs to (redemptionNo, batch, file digest).
	Ref       string `json:"ref,omitempty" bson:"ref,omitempty"`
	RequestID string `json:"requestId,omitempty" bson:"requestId,omitempty"`
}

// AuditEntry is an event with its place in the log of one process (origin). It is
// durable when its document is written, for a change in the batch of the change.
type AuditEntry struct {
	Origin string
	// Gen is the generation of the origin's lease under which the number was taken.
	Gen uint32
	// Seq orders the entries of a generation, from 1. Numbers of batches that failed stay unused.
	Seq   uint64
	Event AuditEvent
	// Leaf is the canonical encoding whose hash is the Merkle leaf.
	Leaf []byte
}

// ID is the entry's place in the log.
func (e AuditEntry) ID() AuditID { return AuditID{Origin: e.Origin, Gen: e.Gen, Seq: e.Seq} }

// AccessLogEntry is what the subject sees: who looked, when, why, what was shown.
type AccessLogEntry struct {
	At       time.Time
	Role     Role
	UnitName string
	Action   string
	Purpose  Purpose
	Outcome  string
	Shown    []string
	Entry    string // AuditID as text, to ask the auditor about it
}
