package jobs

import (
	"context"
	"fmt"
	"time"

	"xinyi/model"
)

// Calendar tells which year's working days must be loaded now (policy/clock).
type Calendar interface {
	Alarm(today model.Date) (missing int, ok bool)
}

// CalendarAlarm is the job that looks each hour whether the working days of the coming year
// are there: from 1 December on, and of the current year always (domain §13.3).
func CalendarAlarm(calendar Calendar, clock model.Clock) Job {
	return Job{Name: "calendar", Schedule: Schedule{Every: time.Hour}, Work: func(_ context.Context, t *Turn) error {
		if year, missing := calendar.Alarm(model.DateOf(clock.Now())); missing {
			t.Alarm(fmt.Sprintf("缺少 %d 年的放假安排：跨入该年的法定期限算不出来，请信用办核对国务院通知后公布该年日历。", year))
		}
		return nil
	}}
}
