package model

import "time"

// BenefitDraft is a new version of a benefit rule (惠民规则草案) that waits for a second person.
type BenefitDraft struct {
	Code      string    `json:"code"`
	ValidFrom Date      `json:"validFrom"`
	Author    string    `json:"author"` // staff id of who wrote it last
	At        time.Time `json:"at"`
	// Authors are all who wrote it, since none of them may publish it.
	Authors []string `json:"authors"`
	// Rules is the rule file of the version, as it will be published.
	Rules []byte `json:"rules"`
	// Rev is the store's revision; 0 = new.
	Rev int64 `json:"-"`
}

// Simulation is how far trying a draft on everybody has come (规则试算).
type Simulation struct {
	ID string `bson:"_id"` // code of the benefit
	// Draft and Against name the versions; Against is "" where none will be in force then.
	Draft   string `bson:"draft"`
	Against string `bson:"against,omitempty"`
	// On is the day whose rules and parameters count; the facts are those of now.
	On        Date      `bson:"on"`
	StartedAt time.Time `bson:"startedAt"`
	UpdatedAt time.Time `bson:"updatedAt"`
	// After is the position in the population, Seen how many subjects have come by.
	After    string           `bson:"after,omitempty"`
	Seen     int              `bson:"seen"`
	Finished bool             `bson:"finished"`
	Cells    []SimulationCell `bson:"cells"`
	Rev      int64            `bson:"-"`
}

// SimulationCell counts the holders of one division and level. Undetermined are those of
// Loses and Without whose outcome under the draft a missing or disputed fact leaves open.
type SimulationCell struct {
	Division     string `bson:"division"`
	Level        string `bson:"level"` // "" = none
	Gains        int    `bson:"gains"`
	Loses        int    `bson:"loses"`
	Keeps        int    `bson:"keeps"`
	Without      int    `bson:"without"`
	Undetermined int    `bson:"undetermined"`
}
