package main

import (
	"context"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"xinyi/model"
	"xinyi/policy/retention"
	"xinyi/service/jobs"
	"xinyi/store"
)

// openJobs wires the work that time starts; one of all processes does each.
func (s *server) openJobs() error {
	p := s.platform
	table, err := retention.Load(retention.Seed())
	if err != nil {
		return err
	}
	ageing := &jobs.Ageing{Store: store.NewAgeing(p.subjects), Files: s.services.credit, Judge: p.judge, Display: p.display,
		Retention: keeping{p.catalogue, table}, ShortestArchive: table.ArchiveMonths(), Auditor: p.audit, IDs: p.ids, Clock: p.clock,
		Quality: p.countedToday}
	sweep := jobs.Job{Name: "sweep", Schedule: jobs.Schedule{Every: sweepEvery}, Work: func(ctx context.Context, _ *jobs.Turn) error { return s.sweep(ctx) }}
	s.runner = &jobs.Runner{Store: store.NewJobs(p.driver, p.clock), Clock: p.clock, Log: p.log, Holder: holderName(),
		Jobs: append(ageing.Jobs(), jobs.Redemptions(store.NewAgeing(p.subjects), table.RedemptionsBefore, p.audit, p.clock),
			jobs.CalendarAlarm(p.calendar, p.clock), sweep)}
	s.runner.Jobs = append(s.runner.Jobs, s.services.messageJobs()...)
	if p.cfg.Upstream == upstreamCity {
		reports, err := p.reporting()
		if err != nil {
			return err
		}
		s.runner.Jobs = append(s.runner.Jobs, jobs.Upstream(reports, filepath.Join(p.cfg.Data, upstreamDir)))
	}
	return nil
}

// keeping says how long a record is kept: by the line of the catalogue that it came in
// under, else by the table.
type keeping struct {
	lines *liveCatalogue
	table *retention.Table
}

// KeptUntil gives the first day on which the record is erased; "" = none.
func (k keeping) KeptUntil(r *model.Record) model.Date {
	if line, ok := k.lines.Load().Retention(r); ok {
		return line.Until(r)
	}
	return k.table.KeptUntil(r)
}

// jobStats exports where each job stands, as xinyi_job_*.
type jobStats struct{ server *server }

var (
	jobLabel = []string{"job"}
	jobDescs = struct{ due, good, late, runs, changed, tries, alarm, millis, calendar *prometheus.Desc }{
		prometheus.NewDesc("xinyi_job_due_timestamp_seconds", "When the job is due next.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_success_timestamp_seconds", "When the job last got through.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_overdue_seconds", "How long the job has been due.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_runs_total", "Occurrences that got through, by all processes.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_changed_total", "What they changed.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_failures", "Tries that failed in a row.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_alarm", "1 while the job has found what somebody must see to.", jobLabel, nil),
		prometheus.NewDesc("xinyi_job_last_seconds", "How long the last occurrence took.", jobLabel, nil),
		prometheus.NewDesc("xinyi_calendar_missing_year", "The year whose working days must be loaded now; 0 = none.", nil, nil),
	}
)

// Describe names what Collect sends.
func (j *jobStats) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(j, out) }

// Collect sends the states as this process saw them last.
func (j *jobStats) Collect(out chan<- prometheus.Metric) {
	now := j.server.platform.clock.Now()
	for _, s := range j.server.runner.States() {
		send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64) {
			out <- prometheus.MustNewConstMetric(d, kind, v, s.Name)
		}
		due, good, late, alarm := 0.0, 0.0, 0.0, 0.0
		if !s.Due.IsZero() {
			due, late = float64(s.Due.UnixMilli())/1000, max(0, now.Sub(s.Due).Seconds())
		}
		if !s.GoodAt.IsZero() {
			good = float64(s.GoodAt.UnixMilli()) / 1000
		}
		if s.Last.Outcome == model.JobAlarm {
			alarm = 1
		}
		send(jobDescs.due, prometheus.GaugeValue, due)
		send(jobDescs.good, prometheus.GaugeValue, good)
		send(jobDescs.late, prometheus.GaugeValue, late)
		send(jobDescs.runs, prometheus.CounterValue, float64(s.Runs))
		send(jobDescs.changed, prometheus.CounterValue, float64(s.Total))
		send(jobDescs.tries, prometheus.GaugeValue, float64(s.Tries))
		send(jobDescs.alarm, prometheus.GaugeValue, alarm)
		send(jobDescs.millis, prometheus.GaugeValue, float64(s.Last.Millis)/1000)
	}
	missing, _ := j.server.platform.calendar.Alarm(model.DateOf(now))
	out <- prometheus.MustNewConstMetric(jobDescs.calendar, prometheus.GaugeValue, float64(missing))
}
