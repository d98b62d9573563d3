package benefit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	rules "xinyi/policy/benefit"
)

// gateModel is the plain reference: a list of uses, counted anew each time.
type gateModel struct {
	rule   gateRule
	passes []*modelPass
	uses   map[string]*modelUse // by redemption number
	before []*modelUse          // of the holders before: the budget is theirs too
	// unsure is until when a unit of the budget may lie with a process that died, or that took
	// it for a use which came to nothing.
	unsure time.Time
	behind bool // the clock was set back by hours
}

// gateRule is what the model knows of the rule; all of it may change but the caps of a holder.
type gateRule struct {
	caps     rules.Per
	cooldown int // minutes
	budget   rules.Budget
	paused   bool
}

// books gives the rule book of each, made once.
type books map[gateRule]inForce

func (b books) of(t *testing.T, r gateRule) inForce {
	if made, ok := b[r]; ok {
		return made
	}
	status := "status: published"
	if r.paused {
		status = "status: paused"
	}
	b[r] = inForce{book(t, "status: published", status, "per: {day: 1, year: 12}", fmt.Sprintf("per: {day: %d, month: %d, year: %d}\ncooldownMinutes: %d\nbudget: {day: %d, month: %d}",
		r.caps.Day, r.caps.Month, r.caps.Year, r.cooldown, r.budget.Day, r.budget.Month))}
	return b[r]
}

func (r gateRule) changed(rt *rapid.T) gateRule {
	r.budget = rules.Budget{Day: rapid.IntRange(1, 3).Draw(rt, "day"), Month: rapid.IntRange(1, 5).Draw(rt, "month")}
	r.paused = rapid.IntRange(0, 3).Draw(rt, "paused") == 0
	return r
}

type modelPass struct {
	text   string
	issued time.Time
	use    *modelUse
}

type modelUse struct {
	no       string
	at       time.Time
	counts   bool // a pass, not the standard price
	beside   bool // of the benefit that excludes this one
	offline  bool
	device   string
	key      string // of the attempt that made it
	owes     bool   // it was handed in after the standard price was due online
	reversed bool
}

// anyKey is the key of an attempt, none at times.
func anyKey(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"", "k1", "k1", "k2"}).Draw(rt, "key")
}

// anyShift is an account of the site.
func anyShift(rt *rapid.T) model.Principal {
	return rapid.SampledFrom([]model.Principal{gate, evening()}).Draw(rt, "shift")
}

// lost reports whether an attempt is the one that made the use.
func (u *modelUse) lost(key string) bool { return u != nil && key != "" && u.key == key }

// counted is how many uses stand on the days from from to to.
func (m *gateModel) counted(in func(model.Date) bool) (n int) {
	for _, u := range m.uses {
		if u.counts && !u.beside && !u.reversed && in(model.DateOf(u.at)) {
			n++
		}
	}
	return n
}

// usedBeside counts the uses of the other benefit on some days.
func (m *gateModel) usedBeside(in func(model.Date) bool) (n int) {
	for _, u := range m.uses {
		if u.counts && u.beside && in(model.DateOf(u.at)) {
			n++
		}
	}
	return n
}

// room reports whether the budget has a unit for a day.
func (m *gateModel) room(day model.Date) bool {
	c := m.counts(day)
	for _, u := range m.before {
		if d := model.DateOf(u.at); u.counts && !u.beside && !u.reversed {
			if d == day {
				c[0]++
			}
			if d[:7] == day[:7] {
				c[1]++
			}
		}
	}
	return c[0] < m.rule.budget.Day && c[1] < m.rule.budget.Month
}

func (m *gateModel) counts(day model.Date) [4]int {
	return [4]int{m.counted(func(d model.Date) bool { return d == day }), m.counted(func(d model.Date) bool { return d[:7] == day[:7] }),
		m.counted(func(d model.Date) bool { return d[:4] == day[:4] }), m.counted(func(model.Date) bool { return true })}
}

// last is the latest use that stands; zero = none.
func (m *gateModel) last() (at time.Time) {
	for _, u := range m.uses {
		if u.counts && !u.beside && !u.reversed {
			at = latest(at, u.at)
		}
	}
	return at
}

// rested reports whether the cool-down is kept to every use that stands, before and after.
func (m *gateModel) rested(at time.Time) bool {
	for _, u := range m.uses {
		if u.counts && !u.beside && !u.reversed && at.Sub(u.at).Abs() < time.Duration(m.rule.cooldown)*time.Minute {
			return false
		}
	}
	return true
}

// free reports whether the holder gets the benefit at an instant.
func (m *gateModel) free(at time.Time) bool {
	day := model.DateOf(at)
	c, caps := m.counts(day), m.rule.caps
	return !m.rule.paused && c[0] < caps.Day && c[1] < caps.Month && c[2] < caps.Year && m.rested(at) && m.room(day) &&
		m.usedBeside(func(d model.Date) bool { return d == day }) == 0
}

// agrees compares a result: what is granted must be free, and what is free is granted where no
// unit may lie about.
func (m *gateModel) agrees(rt *rapid.T, result string, at, now time.Time) {
	free := m.free(at)
	if result == "pass" || !now.Before(m.unsure) {
		require.Equal(rt, map[bool]string{true: "pass", false: "standard"}[free], result, "at %v, now %v, unsure until %v", at, now, m.unsure)
	}
}

// idle notes that a unit may lie about: with its slice's time and grace it comes back.
func (m *gateModel) idle(times ...time.Time) {
	for _, t := range times {
		m.unsure = latest(m.unsure, t.Add(41*time.Second))
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
