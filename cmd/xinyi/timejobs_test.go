package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/store"
)

// Next year's calendar is published while servers run; the alarm of both ends with it.
func TestCalendar_published(t *testing.T) {
	f := startFleet(t, 2)
	w := f.in(t)
	calendar, err := calendarOf(w[0].server.platform.control)
	require.NoError(t, err)
	years := calendar.Years()
	year := years[len(years)-1] // the last that is known; the demo knows next year's
	f.ahead.Store(int64(time.Date(year, 12, 1, 0, 0, 0, 0, model.Shanghai).Sub(time.Now())))
	start := model.DateOf(time.Date(year, 12, 31, 0, 0, 0, 0, model.Shanghai))
	_, err = w[1].server.platform.calendar.AddWorkdays(start, 3)
	require.True(t, model.Is(err, model.CodeCalendarMissing), err)
	require.NotEqual(t, "0", w[1].metric("xinyi_calendar_missing_year"))

	body := strings.ReplaceAll("year: YYYY\nnotice: 试验用的放假安排\ndays:\n  - {date: YYYY-01-01, workday: false, note: 元旦}\n", "YYYY", start.AddDays(1).Start().Format("2006"))
	name := start.AddDays(1).Start().Format("2006") + ".yaml"
	p := w[0].server.platform
	w[0].eventually(p.audit.Ready, "the log, after the clock has jumped")
	_, err = p.loads(ruleChange{Kind: calendarKind, Name: "other.yaml", Body: []byte("year: 2026\nnotice: n\n")})
	require.True(t, model.Is(err, model.CodeInvalidRequest), "a year has one file")
	proposal := ruleProposal{ruleChange: ruleChange{Kind: calendarKind, Name: name, Body: []byte(body)}, By: "staff_1"}
	proposal.Version, err = p.loads(proposal.ruleChange)
	require.NoError(t, err)
	require.Contains(t, proposal.Version, "calendar@")
	require.NoError(t, p.putRules(t.Context(), p.ruleEvent(model.Principal{ID: "staff_1", Role: model.RoleOffice}, "policy.propose", "proposed", proposal.ruleChange, proposal.Version),
		store.ControlDoc{Kind: proposalKind, Name: calendarKind + ":" + name, Body: []byte("{}")}))
	waiting, err := p.control.Get(proposalKind, calendarKind+":"+name)
	require.NoError(t, err)
	require.NoError(t, p.decide(t.Context(), model.Principal{ID: "staff_2", Role: model.RoleReviewer}, proposal, waiting.Rev, false))
	f.sync()
	for _, v := range w {
		due, err := v.server.platform.calendar.AddWorkdays(start, 1)
		require.NoError(t, err)
		require.Greater(t, due, start.AddDays(1), "new year's day is off")
		require.Equal(t, "0", v.metric("xinyi_calendar_missing_year"))
		v.eventually(v.server.platform.audit.Ready, "the log, which lost its slot to the jump")
	}
}

// One of the two processes runs each job; both show where it stands.
func TestJobs_oneRunner(t *testing.T) {
	f := startFleet(t, 2)
	w := f.in(t)
	for _, v := range w {
		v.eventually(func() bool { return v.metric(`xinyi_job_runs_total{job="sweep"}`) != "0" }, "the sweep")
		v.eventually(func() bool { return v.metric(`xinyi_job_due_timestamp_seconds{job="archive"}`) != "0" }, "the archive's next run")
	}
	states, err := w[0].server.runner.Store.States(t.Context(), []string{"sweep", "calendar"})
	require.NoError(t, err)
	require.EqualValues(t, 1, states["calendar"].Runs, "once, not once for each process")
	require.EqualValues(t, 1, states["sweep"].Runs)
}

// A calendar on disk is applied through the command line.
func TestPolicyApply_calendar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "2030.yaml")
	require.NoError(t, os.WriteFile(path, []byte("year: 2030\nnotice: n\n"), 0o600))
	var out strings.Builder
	require.Equal(t, exitOK, run(t.Context(), []string{"policy", "check", path}, nil, nil, &out, io.Discard), out.String())
	require.Contains(t, out.String(), "calendar@2030-01-01#")
	_, err := clock.Load(os.DirFS(filepath.Dir(path)))
	require.NoError(t, err)
}
