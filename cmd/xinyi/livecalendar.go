package main

import (
	"log/slog"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/store"
)

// calendarKind is the control kind of published working-day calendars; name: YEAR.yaml,
// body: YAML of one year.
const calendarKind = "calendar"

// liveCalendar counts working days by the calendars in force: the embedded years, then
// published ones over them. Next year's comes while servers run.
type liveCalendar struct {
	current atomic.Pointer[clock.Calendar]
}

func newLiveCalendar(control *store.Control, log *slog.Logger) (*liveCalendar, error) {
	l := &liveCalendar{}
	load := func() error {
		c, err := calendarOf(control)
		if err == nil {
			l.current.Store(c)
		}
		return err
	}
	if err := load(); err != nil {
		return nil, err
	}
	control.Watch(calendarKind, func(store.ControlDoc) {
		if err := load(); err != nil { // the calendar in force stays
			log.Error("calendar refused", "error", explain(err))
		}
	})
	return l, nil
}

// calendarOf is the calendar of the seed, of what is published over it and of more over that.
func calendarOf(control *store.Control, more ...store.ControlDoc) (*clock.Calendar, error) {
	all, err := readAll(clock.Seed())
	if err != nil {
		return nil, err
	}
	for _, d := range append(control.List(calendarKind), more...) {
		all[d.Name] = d.Body
	}
	source, err := fileSystem(all)
	if err != nil {
		return nil, err
	}
	return clock.Load(source)
}

// IsWorkday reports whether d is a working day.
func (l *liveCalendar) IsWorkday(d model.Date) (bool, error) { return l.current.Load().IsWorkday(d) }

// AddWorkdays gives the n-th working day after d.
func (l *liveCalendar) AddWorkdays(d model.Date, n int) (model.Date, error) {
	return l.current.Load().AddWorkdays(d, n)
}

// WorkdaysBetween counts the working days after from up to and including to.
func (l *liveCalendar) WorkdaysBetween(from, to model.Date) (int, error) {
	return l.current.Load().WorkdaysBetween(from, to)
}

// Alarm tells which year must be loaded now.
func (l *liveCalendar) Alarm(today model.Date) (missing int, ok bool) {
	return l.current.Load().Alarm(today)
}
