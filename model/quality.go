package model

import "time"

// QualityArea is the unit under which the whole area (全辖区) is counted.
const QualityArea = "all"

// QualityUndated is the month of counters that say only how things stand now.
const QualityUndated = "0000-00"

// QualityCounts are counters by unit (USCC, or QualityArea), month (YYYY-MM) and name. A
// stock, such as the number of records, is kept as what was added to it and taken from it
// in each month.
type QualityCounts map[string]map[string]map[string]int64

// Add adds n; what comes to nothing is not kept.
func (c QualityCounts) Add(unit, month, counter string, n int64) {
	if n == 0 {
		return
	}
	months := c[unit]
	if months == nil {
		months = map[string]map[string]int64{}
		c[unit] = months
	}
	counters := months[month]
	if counters == nil {
		counters = map[string]int64{}
		months[month] = counters
	}
	if counters[counter] += n; counters[counter] != 0 {
		return
	}
	if delete(counters, counter); len(counters) == 0 {
		if delete(months, month); len(months) == 0 {
			delete(c, unit)
		}
	}
}

// Merge adds all of other, sign times.
func (c QualityCounts) Merge(other QualityCounts, sign int64) {
	for unit, months := range other {
		for month, counters := range months {
			for counter, n := range counters {
				c.Add(unit, month, counter, sign*n)
			}
		}
	}
}

// QualityDelta is what one batch changes of the counters; it is written in that batch and
// folded into them soon after, so that no counter is a document that every writer waits for.
type QualityDelta struct {
	ID     string        `bson:"_id"`
	Counts QualityCounts `bson:"counts"`
	// Names are those of the units, as records and submissions write them.
	Names map[string]string `bson:"names,omitempty"`
	// Reports are the records that came by submission of a department; an index by unit
	// and month leads from a figure to them.
	Reports []*Record `bson:"-"`
	// Job is the report whose rows are counted; an index by unit and month leads to it. nil =
	// none.
	Job *ImportJob `bson:"-"`
}

// Name remembers what a unit is called.
func (d *QualityDelta) Name(unit, name string) {
	if unit == "" || name == "" {
		return
	}
	if d.Names == nil {
		d.Names = map[string]string{}
	}
	d.Names[unit] = name
}

// QualityNumber is a number that the office entered (台账数), since no record tells it.
type QualityNumber struct {
	Value int64 `bson:"value"`
	// Source says where it comes from.
	Source string `bson:"source"`
}

// QualityEntry are the numbers that were entered for one unit and month.
type QualityEntry struct {
	// ID is unit/month.
	ID      string                   `bson:"_id"`
	Numbers map[string]QualityNumber `bson:"numbers"`
	Rev     int64                    `bson:"-"`
}

// QualitySheets are what the figures of units are made of.
type QualitySheets struct {
	Units []string // in order, without the area
	Names map[string]string
	// Counts and Entered are the counters and the entered numbers.
	Counts, Entered QualityCounts
	// More units follow.
	More bool
}

// QualityRecount is how far a recount (重新计数) of the quality counters came: they are counted
// anew from all records while nobody else writes.
type QualityRecount struct {
	ID string `bson:"_id"`
	// Rules is the version of the definitions that is counted by.
	Rules string `bson:"rules"`
	// Folds is the revision of the counters at the start: another one means that somebody
	// has counted since.
	Folds int64 `bson:"folds"`
	// Position is the subject after which to go on.
	Position string `bson:"position,omitempty"`
	Subjects int    `bson:"subjects"`
	Records  int    `bson:"records"`
	// Names are those of the units that records name as their source.
	Names     map[string]string `bson:"names,omitempty"`
	StartedAt time.Time         `bson:"startedAt"`
	Rev       int64             `bson:"-"`
}
