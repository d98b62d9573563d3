package jobs

import (
	"context"
	"strconv"
	"time"

	"xinyi/model"
)

// RedemptionStore keeps redemptions (核销) as long as they may be.
type RedemptionStore interface {
	// OldRedemptions gives redemptions of before the day of the first site whose name is
	// not less than from; site "" = there is none any more.
	OldRedemptions(ctx context.Context, from string, before model.Date, limit int) (list []*model.Redemption, site string, err error)
	// SumUp replaces them by what they add up to, in one batch with the job's state.
	SumUp(ctx context.Context, list []*model.Redemption, entry model.AuditEntry, job model.JobState) error
}

// Redemptions is the job that keeps only sums of redemptions whose time is over: who was
// where, and when, is nobody's business any more.
func Redemptions(repo RedemptionStore, before func(today model.Date) model.Date, auditor Auditor, clock model.Clock) Job {
	return Job{Name: "redemptions", Schedule: Schedule{At: 50 * time.Minute}, Work: func(ctx context.Context, t *Turn) error {
		day := before(t.Day())
		for at := t.Position(); ; {
			list, site, err := repo.OldRedemptions(ctx, at, day, agePage)
			if err != nil || site == "" {
				return err
			}
			if len(list) == 0 {
				at = site + "0" // follows every id of the site
				if err := t.Save(ctx, at, 0, nil); err != nil {
					return err
				}
				continue
			}
			entry, err := auditor.Begin(model.AuditEvent{At: clock.Now(), ActorID: "job", ActorRole: model.RoleOffice, UnitName: "系统定时任务",
				Action: "redemption.sum_up", Outcome: strconv.Itoa(len(list)), Ref: site})
			if err != nil {
				return err
			}
			err = t.Save(ctx, at, len(list), func(ctx context.Context, s model.JobState) error { return repo.SumUp(ctx, list, entry, s) })
			auditor.End(entry, err)
			if err != nil {
				return err
			}
		}
	}}
}
