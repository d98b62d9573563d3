package main

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/policy/grading"
)

// wholeJudge publishes new grading models on a running server and measures how fast it
// judges everybody again, and what look-ups wait before and meanwhile.
func wholeJudge(ctx context.Context, m *meter, f *wholeFigure) error {
	b, err := m.openBeside(ctx, "judge", peakRate)
	if err != nil {
		return err
	}
	published := time.Now()
	if err := publishModels(ctx, m.serving); err != nil {
		return err
	}
	var run model.JudgingRun
	err = b.until(ctx, func() (counts, done bool, err error) {
		began := run.StartedAt.After(published)
		if run, err = judgeStateCall().ask(ctx, m.serving, struct{}{}); err != nil {
			return false, false, err
		}
		done = run.Done && run.StartedAt.After(published)
		return began && !done, done, nil
	})
	if err != nil {
		return err
	}
	took := run.UpdatedAt.Sub(run.StartedAt).Seconds()
	rate := float64(run.Seen) / took
	f.target("judging everybody again", "≥ 8,000 subjects/s", fmt.Sprintf("%.0f/s", rate), rate >= 8000)
	f.say("New versions of both grading models are published on a running server, which judges everybody again by itself: %d subjects in %.0f s, **%.0f subjects/s** (%.0f judged/s), %d judged, %d of them from their records.",
		run.Seen, took, rate, float64(run.Judged)/took, run.Judged, run.FromRecords)
	b.report(f, "judging", 0)
	return nil
}

// publishModels puts versions of both models in force today that nobody was judged by.
func publishModels(ctx context.Context, data string) error {
	today := model.DateOf(time.Now())
	publish, err := benchPublisher(ctx, data)
	if err != nil {
		return err
	}
	for _, name := range []string{"enterprise.yaml", "personal.yaml"} {
		raw, err := fs.ReadFile(grading.Seed(), name)
		if err != nil {
			return err
		}
		text := strings.Replace(string(raw), "validFrom: 2020-09-01", "validFrom: "+string(today), 1) + fmt.Sprintf("# %d\n", time.Now().UnixNano())
		if err := publish(ruleChange{Kind: gradingModelKind, Name: "bench-" + name, Body: []byte(text)}); err != nil {
			return err
		}
	}
	return nil
}

// benchPublisher gives how two new people publish rules on the server of data.
func benchPublisher(ctx context.Context, data string) (func(ruleChange) error, error) {
	join := func(role model.Role) (signer, error) {
		name := string(role) + strconv.FormatInt(time.Now().UnixNano(), 36)
		made, err := staffAddCall().ask(ctx, data, staffRequest{Username: name, belonging: belonging{Role: role, Unit: "11410203005412346P", UnitName: "测量"}, By: "bench"})
		return signer{Username: name, Password: made.Password}, err
	}
	first, err := join(model.RoleOffice)
	if err != nil {
		return nil, err
	}
	second, err := join(model.RoleReviewer)
	return func(change ruleChange) error {
		done, err := policyProposeCall().ask(ctx, data, proposeRequest{Change: change, Signer: first})
		if err != nil {
			return err
		}
		_, err = policyApproveCall().ask(ctx, data, approveRequest{Version: done.Version, Signer: second})
		return err
	}, err
}
