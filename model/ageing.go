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
	// Quality is what the batch counts for, nil = nothing; Unmoved are files, not written,
	// that must be as they were when it was counted.
	Quality *QualityDelta
	Unmoved []*SubjectFile
	Audit   []AuditEntry
	Job     JobState
}

// RedemptionSum is what is kept of a site's redemptions of one month once their time is over:
// nobody can be found in it.
type RedemptionSum struct {
	// ID is site/month/benefit/result; the result of duplicate uses is "duplicate".
	ID            string `bson:"_id"`
	Count         int    `bson:"count"`
	Reversed      int    `bson:"reversed,omitempty"`
	PayFen        int64  `bson:"payFen,omitempty"`
	Companions    int    `bson:"companions,omitempty"`
	DifferenceFen int64  `bson:"differenceFen,omitempty"`
	Rev           int64  `bson:"-"`
}

// OldUses are uses of a site whose time is over.
type OldUses struct {
	Redemptions []*Redemption
	Duplicates  []*DuplicateUse
}

// Count is how many they are.
func (u OldUses) Count() int { return len(u.Redemptions) + len(u.Duplicates) }

// Add counts one more.
func (s *RedemptionSum) Add(r *Redemption) {
	s.Count++
	if r.Reversed {
		s.Reversed++
		return
	}
	if r.PayFen != nil {
		s.PayFen += *r.PayFen
	}
	s.Companions += r.Companions
	s.DifferenceFen += r.DifferenceFen
}
