package summary

import "xinyi/model"

// Held gives r with the end that its display has on day while the subject stands on a serious list
// because of it (河南省社会信用条例第十九条: 仍在严重失信主体名单的，至移出之日). It is r itself where
// the list changes nothing. listed are the subject's entries in serious lists.
//
// A record does not say which listing it led to. What may lead to one is a serious penalty
// or a judgment that was not obeyed; a listing it led to was decided after it, and before
// its own display ended.
func Held(r *model.Record, listed []*model.Record, day model.Date) *model.Record {
	if len(listed) == 0 || r.DisplayEnds == "" || !leadsToListing(r, day) {
		return r
	}
	ends := r.DisplayEnds
	for _, e := range listed {
		if e.DecisionDate < r.DecisionDate || e.DecisionDate >= r.DisplayEnds {
			continue
		}
		until := removedOn(e)
		if until == "" {
			ends = ""
			break
		}
		ends = max(ends, until)
	}
	if ends == r.DisplayEnds {
		return r
	}
	held := *r
	held.DisplayEnds = ends
	return &held
}

// Listings gives the records that put the subject on a serious list.
func Listings(records []*model.Record) (listed []*model.Record) {
	for _, r := range records {
		if r.Kind == model.RecordListEntry && r.List == model.ListSerious && r.Finality != model.FinalityRevoked {
			listed = append(listed, r)
		}
	}
	return listed
}

func leadsToListing(r *model.Record, day model.Date) bool {
	return Adverse(r, day) && (r.Kind == model.RecordJudgment || r.Kind == model.RecordPenalty && r.Severity == model.SeveritySerious)
}

// removedOn gives the first day on which the entry no longer stands; "" = it has no end.
func removedOn(e *model.Record) model.Date {
	ends := earliest(e.DisplayEnds, e.WithdrawnOn)
	if e.ValidTo != "" && e.ValidTo < longTerm {
		ends = earliest(ends, e.ValidTo.AddDays(1))
	}
	return ends
}
