package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

// collRedemptionSums: site/month/benefit/result → what is kept of redemptions long ago.
const collRedemptionSums = "redemption_sums"

// OldUses gives redemptions and duplicate uses of before the day of the first site whose name is
// not less than from, oldest first; site "" = there is none any more.
func (a *Ageing) OldUses(ctx context.Context, from string, before model.Date, limit int) (old model.OldUses, site string, err error) {
	redemptions, duplicates := a.redemptions(), a.duplicates()
	first, err := redemptions.Find(ctx, Query{From: from, Limit: 1})
	if err != nil {
		return old, "", err
	}
	firstDuplicate, err := duplicates.Find(ctx, Query{From: from, Limit: 1})
	if err != nil {
		return old, "", err
	}
	for _, r := range first.Items {
		site = siteOf(r.ID)
	}
	for _, u := range firstDuplicate.Items {
		if site == "" || u.SiteID+"/" < site+"/" { // in the order of ids
			site = u.SiteID
		}
	}
	if site == "" {
		return old, "", nil
	}
	q := Query{From: site + "/", To: site + "/" + string(before), Limit: limit}
	list, err := redemptions.Find(ctx, q)
	if err != nil {
		return old, "", err
	}
	old.Redemptions = list.Items
	if q.Limit -= len(old.Redemptions); q.Limit > 0 {
		list, err := duplicates.Find(ctx, q)
		if err != nil {
			return old, "", err
		}
		old.Duplicates = list.Items
	}
	return old, site, nil
}

func (a *Ageing) duplicates() *Collection[model.DuplicateUse] {
	return NewCollection(a.driver, CollectionOptions[model.DuplicateUse]{Name: collDuplicates, ID: func(u *model.DuplicateUse) string { return u.ID }})
}

func (a *Ageing) redemptions() *Collection[model.Redemption] {
	return NewCollection(a.driver, CollectionOptions[model.Redemption]{Name: collRedemptions, ID: func(r *model.Redemption) string { return r.ID },
		Rev: func(r *model.Redemption) *int64 { return &r.Rev }})
}

// siteOf is the id without its day and number.
func siteOf(id string) string {
	for range 2 {
		id = id[:max(0, strings.LastIndexByte(id, '/'))]
	}
	return id
}

// SumUp replaces uses by what they add up to, in one batch with the job's state: CodeConflict when
// one of them, a sum or the job has moved.
func (a *Ageing) SumUp(ctx context.Context, old model.OldUses, entry model.AuditEntry, job model.JobState) error {
	sums := NewCollection(a.driver, CollectionOptions[model.RedemptionSum]{Name: collRedemptionSums, ID: func(s *model.RedemptionSum) string { return s.ID },
		Rev: func(s *model.RedemptionSum) *int64 { return &s.Rev }})
	by := map[string]*model.RedemptionSum{}
	for _, r := range old.Redemptions {
		by[sumID(siteOf(r.ID), r.At, r.BenefitCode, r.Result)] = nil
	}
	for _, u := range old.Duplicates {
		by[sumID(u.SiteID, u.At, u.BenefitCode, sumDuplicate)] = nil
	}
	ids := slices.Sorted(maps.Keys(by))
	have, err := sums.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		by[id] = &model.RedemptionSum{ID: id}
	}
	for _, s := range have {
		by[s.ID] = s // the collection has no cache: it is ours
	}
	var b Batch
	for _, r := range old.Redemptions {
		by[sumID(siteOf(r.ID), r.At, r.BenefitCode, r.Result)].Add(r)
		b.AddOps(a.redemptions().DeleteOp(r.ID, r.Rev))
	}
	for _, u := range old.Duplicates {
		s := by[sumID(u.SiteID, u.At, u.BenefitCode, sumDuplicate)]
		s.Count, s.DifferenceFen = s.Count+1, s.DifferenceFen+u.DifferenceFen
		b.AddOps(a.duplicates().DeleteOp(u.ID, 1)) // it is written once
	}
	for _, id := range ids {
		b.Add(write(sums, by[id], by[id].Rev))
	}
	b.Add(jobOp(a.states, job))
	b.AddOps(AuditOps(entry)...)
	return lost(b.Apply(ctx, a.driver))
}

// sumDuplicate stands for the result of duplicate uses.
const sumDuplicate = "duplicate"

func sumID(site string, at time.Time, benefit, result string) string {
	return site + "/" + string(model.DateOf(at))[:7] + "/" + benefit + "/" + result
}

// RedemptionSums gives what is kept of a site's redemptions of a year or month ("2026",
// "2026-05"); "" = all.
func (a *Ageing) RedemptionSums(ctx context.Context, site, month string) (out []*model.RedemptionSum, err error) {
	sums := NewCollection(a.driver, CollectionOptions[model.RedemptionSum]{Name: collRedemptionSums, ID: func(s *model.RedemptionSum) string { return s.ID }})
	err = sums.Each(ctx, Query{Prefix: site + "/" + month}, func(s *model.RedemptionSum) error {
		out = append(out, s)
		return nil
	})
	return out, err
}
