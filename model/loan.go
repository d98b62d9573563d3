package model

import "time"

// WhitelistResult is the answer about one enterprise (信易贷白名单).
type WhitelistResult struct {
	USCC         string
	Listed       bool
	AsOf         Date
	BatchNo      string
	RulesVersion string
	Authorised   bool
	ValidUntil   time.Time
	Reasons      []Reason // details; shown only with authorisation
	Facts        []RecordID
}
