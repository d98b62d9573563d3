package quality

import (
	"slices"
	"strings"

	"xinyi/model"
)

// counters are what records, subjects and submissions are counted in.
var counters = []string{
	// of records: stocks
	"records", "records_public", "records_social", "gov_defaults",
	// of records: flows
	"reported", "on_time", "on_time_permit", "on_time_penalty", "late", "late_permit", "late_penalty", "retracted",
	"list_recognised", "commitments_due", "commitments_known",
	// of submissions: flows
	"rows", "rows_accepted", "rows_duplicate", "rows_rejected",
	// of subjects: stocks
	"orgs", "orgs_covered", "persons", "persons_covered", "enrolled", "serious_orgs",
	// never counted: a code is its subject's id
	"codes_shared",
}

// stocks are counters that add up over the months.
var stocks = []string{"records", "records_public", "records_social", "gov_defaults",
	"orgs", "orgs_covered", "persons", "persons_covered", "enrolled", "serious_orgs", "codes_shared"}

// OfSubmissions reports whether a counter is of rows handed in, which records do not tell.
func OfSubmissions(counter string) bool {
	return counter == "rows" || strings.HasPrefix(counter, "rows_")
}

// longestClock is more calendar days than the reporting term can take, whatever the
// holidays: what came later is late even where a calendar is missing.
const longestClock = 60

// UnitOf gives the unit that a record counts for; "" = none.
func UnitOf(r *model.Record) string {
	for _, unit := range []string{r.SourceUSCC, r.ReportedBy} {
		if plainUnit(unit) {
			return unit
		}
	}
	return ""
}

// plainUnit keeps what is no code out of the names of fields.
func plainUnit(unit string) bool {
	return unit != "" && len(unit) <= 64 && strings.Trim(unit, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-") == "" && unit != model.QualityArea
}

func month(d model.Date) string {
	if len(d) < 7 {
		return model.QualityUndated
	}
	return string(d[:7])
}

// tally counts for one unit and for the area.
type tally struct {
	into model.QualityCounts
	unit string
	sign int64
}

func (t tally) add(month, counter string, n int64) {
	t.into.Add(model.QualityArea, month, counter, t.sign*n)
	if t.unit != "" {
		t.into.Add(t.unit, month, counter, t.sign*n)
	}
}

// stock counts what holds from a month on until another one; "" = without end.
func (t tally) stock(from, until model.Date, counter string) {
	if until != "" && until <= from {
		return
	}
	t.add(month(from), counter, 1)
	if until != "" {
		t.add(month(until), counter, -1)
	}
}

// Record counts one record, sign times.
func (r *Rules) Record(rec *model.Record, sign int64, into model.QualityCounts) {
	t := tally{into, UnitOf(rec), sign}
	received := model.DateOf(rec.ReceivedAt)
	withdrawn := rec.WithdrawnOn
	if withdrawn != "" && withdrawn < received {
		withdrawn = received
	}
	t.stock(received, withdrawn, "records")
	if rec.Disclosure == model.DisclosurePublic {
		t.stock(received, withdrawn, "records_public")
	}
	if rec.SourceUSCC != "" && rec.SourceUSCC[0] != '1' { // 1 = 机构编制: organs and public institutions
		t.stock(received, withdrawn, "records_social")
	}
	if rec.ReportedBy != "" {
		r.report(rec, received, t)
	}
	switch rec.Kind {
	case model.RecordListEntry:
		t.add(month(received), "list_recognised", 1)
	case model.RecordCommitment:
		if rec.ValidTo != "" && withdrawn == "" {
			t.add(month(rec.ValidTo), "commitments_due", 1)
			if rec.Fulfilment != "" && rec.Fulfilment != "pending" {
				t.add(month(rec.ValidTo), "commitments_known", 1)
			}
		}
	case model.RecordJudgment:
		if strings.HasPrefix(string(rec.Subject), "11") && rec.Finality != model.FinalityRevoked { // 11 = 机关
			t.stock(max(rec.DecisionDate, "1949-10-01"), sooner(rec.DutyFulfilledOn, rec.WithdrawnOn), "gov_defaults")
		}
	}
}

// report counts what a department submitted.
func (r *Rules) report(rec *model.Record, received model.Date, t tally) {
	if rec.WithdrawnOn != "" {
		t.add(month(max(rec.WithdrawnOn, received)), "retracted", 1)
	}
	if rec.Kind != model.RecordPermit && rec.Kind != model.RecordPenalty {
		return
	}
	t.add(month(received), "reported", 1)
	state := ""
	switch due, err := r.DueOn(rec); {
	case received > rec.DecisionDate.AddDays(longestClock), err == nil && received > due:
		state = "late"
	case err == nil:
		state = "on_time"
	default: // no calendar for these days: nobody can say
		return
	}
	t.add(month(received), state, 1)
	t.add(month(received), state+"_"+string(rec.Kind), 1)
}

// DueOn gives the last day on which a record is on time. Errors: CodeUnavailable where the
// calendar is missing.
func (r *Rules) DueOn(rec *model.Record) (model.Date, error) {
	return r.calendar.AddWorkdays(rec.DecisionDate, r.file.Late)
}

// Subject counts one subject with all its records, sign times; a nil file is nobody.
func (r *Rules) Subject(f *model.SubjectFile, records []*model.Record, sign int64, into model.QualityCounts) {
	if f == nil {
		return
	}
	t := tally{into, "", sign}
	kind := "orgs"
	if f.ID.IsPerson() {
		kind = "persons"
		if f.LevelOptIn {
			t.add(model.QualityUndated, "enrolled", 1)
		}
	}
	t.add(model.QualityUndated, kind, 1)
	if slices.ContainsFunc(records, func(rec *model.Record) bool { return rec.WithdrawnOn == "" }) {
		t.add(model.QualityUndated, kind+"_covered", 1)
	}
	if kind == "orgs" {
		for _, s := range listed(records) {
			t.stock(s.from, s.until, "serious_orgs")
		}
	}
}

// span is from from to the day before until; "" = without end.
type span struct{ from, until model.Date }

// listed gives the times on the list of serious breaches, those that overlap as one.
func listed(records []*model.Record) []span {
	var all, merged []span
	for _, rec := range records {
		if rec.Kind != model.RecordListEntry || rec.List != model.ListSerious || rec.Finality == model.FinalityRevoked {
			continue
		}
		s := span{rec.DecisionDate, sooner(rec.DisplayEnds, rec.WithdrawnOn)}
		if rec.ValidTo != "" {
			s.until = sooner(s.until, rec.ValidTo.AddDays(1))
		}
		if s.until == "" || s.from < s.until {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return compareDates(a.from, b.from) })
	for _, s := range all {
		last := len(merged) - 1
		if last < 0 || merged[last].until != "" && merged[last].until < s.from {
			merged = append(merged, s)
			continue
		}
		if merged[last].until != "" && (s.until == "" || s.until > merged[last].until) {
			merged[last].until = s.until
		}
	}
	return merged
}

func sooner(a, b model.Date) model.Date {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// Submission is what became of the rows that a department sent at once.
type Submission struct {
	Unit string
	On   model.Date
	Rows model.RowCounts
}

// rowCounters are what rows add to the counters of submissions.
func rowCounters(n model.RowCounts) map[string]int64 {
	return map[string]int64{"rows": int64(n.Accepted + n.Duplicate + n.Rejected), "rows_accepted": int64(n.Accepted),
		"rows_duplicate": int64(n.Duplicate), "rows_rejected": int64(n.Rejected)}
}

// RowsBehind gives what rows add to a sum of counters.
func RowsBehind(names []string, n model.RowCounts) (sum int64) {
	counters := rowCounters(n)
	for _, name := range names {
		sum += counters[name]
	}
	return sum
}

// Submission counts the rows of a submission.
func (r *Rules) Submission(s Submission, into model.QualityCounts) {
	t := tally{into, "", 1}
	if plainUnit(s.Unit) {
		t.unit = s.Unit
	}
	for counter, n := range rowCounters(s.Rows) {
		t.add(month(s.On), counter, n)
	}
}

// Change is one subject before and after a batch. A nil file did not exist; Before and
// After hold all records of the subject.
type Change struct {
	FileBefore, FileAfter *model.SubjectFile
	Before, After         []*model.Record
}

// Change counts what a change of a subject's records makes of the counters.
func (r *Rules) Change(c Change, into model.QualityCounts) {
	old := make(map[model.RecordID]*model.Record, len(c.Before))
	for _, rec := range c.Before {
		old[rec.ID] = rec
	}
	for _, rec := range c.After {
		before := old[rec.ID]
		delete(old, rec.ID)
		if before == rec {
			continue
		}
		if before != nil {
			r.Record(before, -1, into)
		}
		r.Record(rec, 1, into)
	}
	for _, rec := range old {
		r.Record(rec, -1, into)
	}
	r.Subject(c.FileBefore, c.Before, -1, into)
	r.Subject(c.FileAfter, c.After, 1, into)
}
