package jobs

import (
	"context"
	"strconv"
	"time"

	"xinyi/model"
)

// RedemptionStore keeps redemptions (核销) as long as they may be.
type RedemptionStore interface {
	// OldUses gives redemptions and duplicate uses of before the day of the first site whose name
	// is not less than from; site "" = there is none any more.
	OldUses(ctx context.Context, from string, before model.Date, limit int) (old model.OldUses, site string, err error)
	// SumUp replaces them by what they add up to, in one batch with the job's state.
	SumUp(ctx context.Context, old model.OldUses, entry model.AuditEntry, job model.JobState) error
}

// Redemptions is the job that keeps only sums of redemptions and duplicate uses whose time is over: who was
// where, and when, is nobody's business any more.
func Redemptions(repo RedemptionStore, before func(today model.Date) model.Date, auditor Auditor, clock model.Clock) Job {
	return Job{Name: "redemptions", Schedule: Schedule{At: 50 * time.Minute}, Work: func(ctx context.Context, t *Turn) error {
		day := before(t.Day())
		for at := t.Position(); ; {
			old, site, err := repo.OldUses(ctx, at, day, agePage)
			if err != nil || site == "" {
				return err
			}
			if old.Count() == 0 {
				at = site + "0" // follows every id of the site
				if err := t.Save(ctx, at, 0, nil); err != nil {
					return err
				}
				continue
			}
			entry, err := auditor.Begin(model.AuditEvent{At: clock.Now(), ActorID: "job", ActorRole: model.RoleOffice, UnitName: "系统定时任务",
				Action: "redemption.sum_up", Outcome: strconv.Itoa(old.Count()), Ref: site})
			if err != nil {
				return err
			}
			err = t.Save(ctx, at, old.Count(), func(ctx context.Context, s model.JobState) error { return repo.SumUp(ctx, old, entry, s) })
			auditor.End(entry, err)
			if err != nil {
				return err
			}
		}
	}}
}
