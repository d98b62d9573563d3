package jobs

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"xinyi/model"
)

// Exporter packs what the platform above takes (service/exchange).
type Exporter interface {
	// NextPackage gives the number of the package that is filled next.
	NextPackage(ctx context.Context) (int, error)
	// Deliver exports what changed and writes the packages from the number on into dir;
	// called again, it goes on where it was interrupted.
	Deliver(ctx context.Context, by, dir string, from int) (model.ExchangeDelivery, error)
}

// Upstream is the nightly export (上报) to the platform above into dir. The number of the
// first package is kept before anything is packed, so that a runner that takes over writes
// what its predecessor packed and did not write.
func Upstream(exporter Exporter, dir string) Job {
	return Job{Name: "upstream_export", Schedule: Schedule{At: 2 * time.Hour}, Work: func(ctx context.Context, t *Turn) error {
		if t.Position() == "" {
			next, err := exporter.NextPackage(ctx)
			if err != nil {
				return err
			}
			if err := t.Save(ctx, strconv.Itoa(next), 0, nil); err != nil {
				return err
			}
		}
		from, err := strconv.Atoi(t.Position())
		if err != nil {
			return model.Wrap(err, model.CodeInternal, "任务的位置无法解读，请联系管理员。")
		}
		done, err := exporter.Deliver(ctx, "job", dir, from)
		if err != nil {
			return err
		}
		t.Note(fmt.Sprintf("数据包 %d 个，上报 %d 行，缺项未上报 %d 行。", done.Packages, done.Rows, done.Held))
		return t.Save(ctx, t.Position(), done.Rows, nil)
	}}
}
