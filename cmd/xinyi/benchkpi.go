package main

import (
	"context"
	"fmt"
	"net/url"

	"xinyi/api"
	"xinyi/cmd/xinyi/benchload"
	"xinyi/model"
)

// kpiRate is how many units ask for their figures in a second: far more than there are.
const kpiRate = 200

// wholeKPI asks for the figures of every unit and month.
func wholeKPI(ctx context.Context, m *meter, f *wholeFigure) error {
	if err := m.start(ctx, &report{}); err != nil {
		return err
	}
	office, err := m.staffToken(model.RoleOffice, "", "信用办")
	if err != nil {
		return err
	}
	var table api.QualityTable
	if err := m.ask(ctx, "GET", "/v1/quality?limit=100", office, nil, &table); err != nil {
		return err
	}
	units := table.Items[1:] // the area comes first
	if len(units) == 0 {
		return fmt.Errorf("no unit has figures")
	}
	s := &stage{meter: m, job: job{name: "kpi", make: func(_ context.Context, c *county, _ int) ([][]byte, error) { return kpiRequests(c, office, units) }}}
	if _, err := s.make(ctx, 0); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	var rounds []figure
	for range max(m.o.rounds, 3) {
		fig, err := s.phase(ctx, m.server, benchload.Phase{Conns: 16, Seconds: m.o.seconds, Rate: kpiRate})
		if err != nil {
			return err
		}
		rounds = append(rounds, fig)
	}
	closed, err := s.phase(ctx, m.server, benchload.Phase{Conns: 16, Seconds: m.o.seconds})
	if err != nil {
		return err
	}
	is := medians(rounds)
	f.target("figures of one unit", "p99 ≤ 50 ms", fmt.Sprintf("%.1f ms", is.p99), is.p99 <= 50)
	f.say("`GET /v1/quality` of one unit and period, as the office and as the unit itself, over %d units and %d periods at %d/s: p50 %.2f ms, **p99 %.1f ms**, p99.9 %.1f ms, %.0f bytes. As fast as 16 connections can: %.0f/s, p99 %.1f ms.",
		len(units), len(kpiPeriods), kpiRate, is.p50, is.p99, is.p999, is.body, closed.perSecond, closed.p99)
	return nil
}

var kpiPeriods = []string{"2026-11", "2026-10", "2026-03", "2026Q4", "2026Q1", "2026", "2025", "2025-07", "2024"}

// kpiRequests ask for each unit and period, once as the office and once as the unit.
func kpiRequests(c *county, office string, units []api.QualityUnit) ([][]byte, error) {
	var requests [][]byte
	for i, u := range units {
		own, err := c.token(model.Principal{ID: fmt.Sprintf("staff_bench_unit%d", i), Role: model.RoleDepartment, Unit: u.Unit, UnitName: u.Name})
		if err != nil {
			return nil, err
		}
		for _, period := range kpiPeriods {
			requests = append(requests, request("GET", "/v1/quality?period="+period, own, ""),
				request("GET", "/v1/quality?period="+period+"&unit="+url.QueryEscape(u.Unit), office, ""))
		}
	}
	return requests, nil
}
