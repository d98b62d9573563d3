// Package credit answers look-ups (信用查询): the public file of an enterprise, a
// subject's own file, records, lists, and non-public queries for a lawful purpose.
//
//	subject file (one point read) → fresh.go: summary and judgement still true now? →
//	view for the caller (enterprise.go public, own.go the subject, query.go and record.go others) →
//	audit: own views are noted, looks by others, refused ones too, are durable before the answer
//
// policy/summary is the pure function records × day → summary; service/ingest uses it when
// it writes, fresh.go when time or a rule change has passed the stored one.
package credit
