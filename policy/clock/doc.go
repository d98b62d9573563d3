// Package clock counts working days (工作日).
//
// Statutory clocks of public credit run in working days, and which days those are is
// decided each year by a State Council notice with make-up days (调休). The calendar is
// therefore data: rules/YEAR.yaml holds the days that differ from Monday–Friday. A year
// without rows is never guessed: every answer that needs it is an error that says which
// year to load, and Alarm tells from 1 December on that next year is missing.
//
// A day count starts the day after the event; a deadline is the end of the last working
// day.
package clock
