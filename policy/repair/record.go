package repair

import "xinyi/model"

// longTerm is how the field writes 长期 (valid without end).
const longTerm model.Date = "2099-12-31"

// displayNeed is the detail in which the authority says why a penalty of a hidden class
// must be shown all the same (确需公示的理由, policy/form).
const displayNeed = "displayNeed"

// Ends gives the first day on which a record is no longer shown, for ingest to store as
// Record.DisplayEnds; "" = no end. Penalties follow the versions, those
// of a hidden class as shown only where the record states the need; judgments and broken
// promises the cap alone; a list entry is shown while it is listed (HN 19); what is not
// adverse has no end. A record without a valid decision date has none either.
func (b *Book) Ends(r *model.Record) model.Date {
	if _, err := model.ParseDate(string(r.DecisionDate)); err != nil {
		return ""
	}
	switch r.Kind {
	case model.RecordPenalty:
		sev := r.Severity
		if !known(sev) {
			sev = b.Unstated
		}
		ends, err := b.displayEnds(sev, r.DecisionDate, Listing{}, model.DetailOf(r.Details, displayNeed) != "")
		if err != nil { // no version knows the class: the outer limit holds
			return r.DecisionDate.AddMonths(b.Cap.Months)
		}
		return ends
	case model.RecordJudgment:
		return r.DecisionDate.AddMonths(b.Cap.Months)
	case model.RecordCommitment:
		if r.Fulfilment == "none" || r.Fulfilment == "partial" {
			return r.Since().AddMonths(b.Cap.Months)
		}
	case model.RecordListEntry:
		if r.ValidTo != "" && r.ValidTo < longTerm {
			return r.ValidTo.AddDays(1)
		}
	}
	return ""
}
