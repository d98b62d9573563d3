package model

// Purposes that bind sealed values and blind indexes to their use, so that a value
// moved elsewhere neither opens nor matches.
const (
	SealIdentity   = "identity"   // name and number of a person; bound to the subject id
	SealRecord     = "record"     // text of a person's record; bound to the record id
	SealDetails    = "details"    // details of a person's record; bound to the record id
	SealTOTP       = "totp"       // staff TOTP secret; bound to the staff id
	SealAnswer     = "answer"     // stored answer of an idempotent request; bound to its id
	SealListing    = "listing"    // responsible persons of a listing; bound to the case id
	SealUpload     = "upload"     // piece of a submitted file; bound to submission and place
	SealCommitment = "commitment" // text of a person's promise; bound to its code
	SealExchange   = "exchange"   // cells of a row sent upstream; bound to the row id
	SealContact    = "contact"    // address for messages; bound to subject and channel

	IndexCitizenID = "citizen_id" // 公民身份号码
	IndexOpenID    = "openid"     // WeChat openid of our app
)
