package model

// AgeingBatch is what one step of a job that time drives writes, whole or not at all.
type AgeingBatch struct {
	// Changed records, over the revisions they were read with.
	Changed []*Record
	// Erased records go with their list entries; their business keys stay, so that an old
	// file does not bring them back.
	Erased []*Record
	// Files of subjects whose summary follows.
	Files []*SubjectFile
	Audit []AuditEntry
	Job   JobState
}
