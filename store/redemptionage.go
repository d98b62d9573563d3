package store

import (
	"context"
	"strings"

	"xinyi/model"
)

// collRedemptionSums: site/month/benefit/result → what is kept of redemptions long ago.
const collRedemptionSums = "redemption_sums"

// OldRedemptions gives redemptions of before the day of the first site whose name is not
// less than from, oldest first; site "" = there is none any more.
func (a *Ageing) OldRedemptions(ctx context.Context, from string, before model.Date, limit int) (list []*model.Redemption, site string, err error) {
	redemptions := a.redemptions()
	first, err := redemptions.Find(ctx, Query{From: from, Limit: 1})
	if err != nil || len(first.Items) == 0 {
		return nil, "", err
	}
	site = siteOf(first.Items[0].ID)
	old, err := redemptions.Find(ctx, Query{From: site + "/", To: site + "/" + string(before), Limit: limit})
	return old.Items, site, err
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

// SumUp replaces redemptions by what they add up to, in one batch with the job's state:
// CodeConflict when one of them, a sum or the job has moved.
func (a *Ageing) SumUp(ctx context.Context, list []*model.Redemption, entry model.AuditEntry, job model.JobState) error {
	sums := NewCollection(a.driver, CollectionOptions[model.RedemptionSum]{Name: collRedemptionSums, ID: func(s *model.RedemptionSum) string { return s.ID },
		Rev: func(s *model.RedemptionSum) *int64 { return &s.Rev }})
	by := map[string]*model.RedemptionSum{}
	var ids []string
	var b Batch
	for _, r := range list {
		id := siteOf(r.ID) + "/" + string(model.DateOf(r.At))[:7] + "/" + r.BenefitCode + "/" + r.Result
		if by[id] == nil {
			by[id], ids = &model.RedemptionSum{ID: id}, append(ids, id)
		}
		b.AddOps(a.redemptions().DeleteOp(r.ID, r.Rev))
	}
	have, err := sums.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, s := range have {
		by[s.ID] = s // the collection has no cache: it is ours
	}
	for _, r := range list {
		by[siteOf(r.ID)+"/"+string(model.DateOf(r.At))[:7]+"/"+r.BenefitCode+"/"+r.Result].Add(r)
	}
	for _, id := range ids {
		b.Add(write(sums, by[id], by[id].Rev))
	}
	b.Add(jobOp(a.states, job))
	b.AddOps(AuditOps(entry)...)
	return lost(b.Apply(ctx, a.driver))
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
