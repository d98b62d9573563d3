package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"xinyi/api"
	"xinyi/model"
)

// trialBeside bounds look-ups beside a trial, in milliseconds: the service keeps answering, as
// fast as a search must at half of its peak.
const trialBeside = 25

// wholeSimulate drafts a new version of a benefit and tries it on everybody.
func wholeSimulate(ctx context.Context, m *meter, f *wholeFigure) error {
	b, err := m.openBeside(ctx, "simulate", peakRate)
	if err != nil {
		return err
	}
	office, err := m.staffToken(model.RoleOffice, "", "信用办")
	if err != nil {
		return err
	}
	if err := m.draftRule(ctx, office); err != nil {
		return err
	}
	var run api.BenefitSimulation
	var took time.Duration
	calls := 0
	ended := make(chan error, 1)
	go func() { ended <- m.simulate(ctx, office, &run, &took, &calls) }()
	err = b.until(ctx, func() (counts, done bool, err error) {
		select {
		case err := <-ended:
			return false, true, err
		default:
			return true, false, nil
		}
	})
	if err != nil {
		return err
	}
	f.target("trying a draft on everybody", "≤ 20 s", fmt.Sprintf("%.1f s", took.Seconds()), took <= 20*time.Second)
	t := run.Total
	f.say("A draft of %s for the levels of the seed is tried on %d subjects: **%.1f s** in %d requests; %d gain, %d lose, %d keep, %d stay without, %d are undetermined.",
		benchBenefit, run.Seen, took.Seconds(), calls, t.Gains, t.Loses, t.Keeps, t.Without, t.Undetermined)
	b.report(f, "a trial", trialBeside)
	return nil
}

// draftRule drafts the benefit as it was before the bench opened it to everybody.
func (m *meter) draftRule(ctx context.Context, office string) error {
	var history api.BenefitRuleHistory
	path := "/v1/benefit-rules/" + benchBenefit
	if err := m.ask(ctx, "GET", path, office, nil, &history); err != nil {
		return err
	}
	rule := history.Versions[len(history.Versions)-1].Rule
	rule.ValidFrom = string(model.DateOf(time.Now()).AddDays(1))
	for i := range rule.Conditions { // as the seed has it: see anyLevel
		if c := &rule.Conditions[i]; strings.Contains(c.CEL, "size(param.levels)") {
			c.CEL, c.Needs = "level in param.levels", []string{"level"}
		}
	}
	return m.ask(ctx, "POST", "/v1/benefit-rules", office, rule, nil)
}

// simulate asks until the trial is finished.
func (m *meter) simulate(ctx context.Context, office string, run *api.BenefitSimulation, took *time.Duration, calls *int) error {
	began := time.Now()
	for !run.Finished {
		if err := m.ask(ctx, "POST", "/v1/benefit-rules/"+benchBenefit+"/simulations", office, nil, run); err != nil {
			return err
		}
		*calls++
		fmt.Fprintf(m.progress, "  trial     %d seen\n", run.Seen)
	}
	*took = time.Since(began)
	return nil
}
