package store

import (
	"context"

	"xinyi/model"
)

// EachRedemption gives a site's redemptions of a day in the order of recording.
func (b *Benefits) EachRedemption(ctx context.Context, site string, day model.Date, yield func(*model.Redemption) error) error {
	from, to := span(site + "/" + string(day))
	return b.redemptions.Each(ctx, Query{From: from, To: to}, yield)
}

// EachDuplicate gives the duplicate uses of a site's day.
func (b *Benefits) EachDuplicate(ctx context.Context, site string, day model.Date, yield func(*model.DuplicateUse) error) error {
	from, to := span(site + "/" + string(day))
	return b.duplicates.Each(ctx, Query{From: from, To: to}, yield)
}

// SummedUp reports whether of a site's month only sums are kept, of some days at least.
func (b *Benefits) SummedUp(ctx context.Context, site, month string) (bool, error) {
	from, to := span(site + "/" + month)
	page, err := b.driver.Find(ctx, collRedemptionSums, Query{From: from, To: to, Limit: 1})
	return len(page.Docs) > 0, err
}
