package summary

import (
	"cmp"
	"slices"
	"time"

	"xinyi/model"
)

// longTerm is how the field writes 长期 (valid without end).
const longTerm model.Date = "2099-12-31"

// honorListLabel is shown while an organisation stands on an honour list.
const honorListLabel = "守信激励对象"

// Of gives the summary of a subject's records on a day and the first instant at
// which time alone would change it (zero: never). The order of records does not matter.
func Of(records []*model.Record, day model.Date) (model.Summary, time.Time) {
	sum := model.Summary{Counts: map[model.Section]int{}}
	var next model.Date
	ratings := map[string]*model.Record{}
	listed := Listings(records)
	for _, own := range records {
		r := Held(own, listed, day)
		// What holds a record may end sooner than the record alone would.
		next = earliest(next, earliest(changesOn(own, day), changesOn(r, day)))
		if !r.Live(day) {
			continue
		}
		if r != own && !own.Live(day) {
			sum.Held = append(sum.Held, r.ID)
		}
		sum.Total++
		// Nobody but the person sees a person's file, so nothing in it is hidden.
		if r.Displayed(day) || r.Subject.IsPerson() {
			sum.Counts[r.Section]++
		}
		switch {
		case r.Kind == model.RecordListEntry && onList(r, day):
			sum.Lists = append(sum.Lists, listMember(r))
		case r.Kind == model.RecordRating:
			if prev := ratings[r.Sector]; prev == nil || newer(r, prev) {
				ratings[r.Sector] = r
			}
		}
		if Adverse(r, day) {
			sum.Negatives = append(sum.Negatives, negativeRef(r))
		}
	}
	for _, r := range ratings {
		sum.Ratings = append(sum.Ratings, model.RatingGrade{Sector: r.Sector, Grade: r.Grade, Period: r.Period, Scope: r.Scope, RecordID: r.ID,
			Disputed: r.Disputed, Disclosure: r.Disclosure})
	}
	order(&sum)
	return sum, next.Start()
}

func order(sum *model.Summary) {
	slices.SortFunc(sum.Lists, func(a, b model.ListMember) int { return compare(a.From, b.From, a.RecordID, b.RecordID) })
	slices.SortFunc(sum.Negatives, func(a, b model.NegativeRef) int { return compare(a.Since, b.Since, a.RecordID, b.RecordID) })
	slices.Sort(sum.Held)
	slices.SortFunc(sum.Ratings, func(a, b model.RatingGrade) int { return cmp.Compare(a.Sector, b.Sector) })
	if slices.ContainsFunc(sum.Lists, func(m model.ListMember) bool {
		return m.Kind == model.ListHonor && m.Disclosure == model.DisclosurePublic
	}) {
		sum.Labels = append(sum.Labels, honorListLabel)
	}
}

// compare orders newest first, then by record id.
func compare(a, b model.Date, ai, bi model.RecordID) int {
	return cmp.Or(cmp.Compare(b, a), cmp.Compare(ai, bi))
}

// newer orders ratings of one sector by decision date, then period, then id, so that
// the current one does not depend on the order of records.
func newer(a, b *model.Record) bool {
	if a.DecisionDate != b.DecisionDate {
		return a.DecisionDate > b.DecisionDate
	}
	if a.Period != b.Period {
		return a.Period > b.Period
	}
	return a.ID > b.ID
}

// changesOn gives the first day after day on which the record counts differently.
func changesOn(r *model.Record, day model.Date) model.Date {
	next := after(r.DisplayEnds, day)
	next = earliest(next, after(r.WithdrawnOn, day))
	if r.Kind == model.RecordListEntry && r.ValidTo != "" && r.ValidTo < longTerm {
		next = earliest(next, after(r.ValidTo.AddDays(1), day))
	}
	if r.Kind == model.RecordJudgment {
		next = earliest(next, after(r.DutyFulfilledOn, day))
	}
	return next
}

func after(d, day model.Date) model.Date {
	if d > day {
		return d
	}
	return ""
}

func earliest(a, b model.Date) model.Date {
	if a == "" || (b != "" && b < a) {
		return b
	}
	return a
}

func onList(r *model.Record, day model.Date) bool { return r.ValidTo == "" || r.ValidTo >= day }

func listMember(r *model.Record) model.ListMember {
	return model.ListMember{Kind: r.List, RecordID: r.ID, Title: r.Title, Authority: r.Authority, Basis: r.LegalBasis,
		From: r.DecisionDate, Until: r.ValidTo, Disputed: r.Disputed, Disclosure: r.Disclosure}
}

// Adverse reports whether the record is a final adverse fact on a day: a penalty only when
// it was not appealed in time or was upheld (HN 20(2)), a judgment to be enforced, a
// promise that was not kept.
func Adverse(r *model.Record, day model.Date) bool {
	switch r.Kind {
	case model.RecordPenalty:
		return r.Finality == model.FinalityFinal || r.Finality == model.FinalityAmended
	case model.RecordJudgment:
		return (r.DutyFulfilledOn == "" || r.DutyFulfilledOn > day) && r.Finality == model.FinalityFinal
	case model.RecordCommitment:
		return r.Fulfilment == "none" || r.Fulfilment == "partial"
	}
	return false
}

func negativeRef(r *model.Record) model.NegativeRef {
	return model.NegativeRef{RecordID: r.ID, Kind: r.Kind, Title: r.Title, Authority: r.Authority, Severity: r.Severity,
		Since: r.Since(), Until: r.DisplayEnds, BanDays: r.BanDays, Disputed: r.Disputed, Disclosure: r.Disclosure}
}
