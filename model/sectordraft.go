package model

import "time"

// SectorDraft is a new version of a sector's rating scheme that waits for a second person.
type SectorDraft struct {
	Key       string    `json:"key"`
	ValidFrom Date      `json:"validFrom"`
	Author    string    `json:"author"` // staff id
	At        time.Time `json:"at"`
	// Rules is the rule file of the version, as it will be published.
	Rules []byte `json:"rules"`
	// Rev is the store's revision; 0 = new.
	Rev int64 `json:"-"`
}
