package main

import (
	"context"
	"strconv"
	"strings"

	"xinyi/model"
	"xinyi/store"
)

// demoCalendar stands in for a year whose notice has not been published or loaded: weekends
// and the holidays of the solar calendar (全国年节及纪念日放假办法 2024, 第二条). Whoever reads
// it must see that it is no notice.
const demoCalendar = `year: YYYY
notice: 示范日历：只有周末和公历固定的节日，不是国务院办公厅的通知
days:
  - {date: YYYY-01-01, workday: false, note: 元旦}
  - {from: YYYY-05-01, to: YYYY-05-02, workday: false, note: 劳动节}
  - {from: YYYY-10-01, to: YYYY-10-03, workday: false, note: 国庆节}
`

// offerCalendars publishes a demo calendar for this year and the next, which deadlines of
// the demo reach, unless they have one.
func (p *platform) offerCalendars(ctx context.Context, by string) error {
	this := p.clock.Now().In(model.Shanghai).Year()
	for _, year := range []int{this, this + 1} {
		calendar, err := calendarOf(p.control)
		if err != nil {
			return err
		}
		if calendar.Version(year) != "" {
			continue
		}
		name := strconv.Itoa(year)
		doc := store.ControlDoc{Kind: calendarKind, Name: name + ".yaml", Body: []byte(strings.ReplaceAll(demoCalendar, "YYYY", name))}
		if err := p.offer(ctx, doc, versionOf(ruleSource{kind: calendarKind, raw: doc.Body}), by); err != nil {
			return err
		}
	}
	return nil
}
