package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"xinyi/model"
	"xinyi/service/judging"
	"xinyi/store"
)

// newJudging judges everybody again in the name of this machine.
func (p *platform) newJudging() *judging.Service {
	return &judging.Service{Store: store.NewJudging(p.subjects), Judge: p.judge, Auditor: p.audit, Clock: p.clock, Holder: holderName(), Pace: judgingPace,
		Actor: model.Principal{ID: "system", Role: model.RoleOffice, UnitName: "系统"}}
}

// Both leave room for look-ups on two cores: judging half of what one core does, a trial, which
// has to end in 20 s on a slow machine too, two thirds.
const (
	judgingPace = 7_000
	trialPace   = 70_000
)

// judgingEvery is how often a server looks whether the rules have changed. They must stand
// that long, so that every other process judges by them too.
const judgingEvery = 5 * time.Second

// keepJudged judges everybody again whenever the rules have changed, until ctx ends.
func (p *platform) keepJudged(ctx context.Context) {
	ticker := time.NewTicker(judgingEvery)
	defer ticker.Stop()
	seen, done := "", ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rules := p.judging.Rules()
		if rules == done || rules != seen {
			seen = rules
			continue
		}
		run, err := p.judging.Run(ctx, nil)
		switch {
		case err == nil:
			done = run.Rules
			p.log.Info("judged", "subjects", run.Seen, "judged", run.Judged, "regraded", run.Regraded, "from_records", run.FromRecords)
		case ctx.Err() == nil && !model.Is(err, model.CodeConflict): // another process may be at it
			p.log.Warn("judging stopped", "code", string(model.CodeOf(err)))
		}
	}
}

// judgeQuestion asks a server to explain a judgement.
type judgeQuestion struct {
	Question judging.Question `json:"question"`
	By       string           `json:"by"`
}

func judgeCall() adminCall[judgeQuestion, judging.Answer] {
	return adminCall[judgeQuestion, judging.Answer]{"/judge", func(ctx context.Context, p *platform, in judgeQuestion) (judging.Answer, error) {
		if in.Question.On == "" {
			in.Question.On = model.DateOf(p.clock.Now())
		}
		id, err := p.subjects.Resolve(ctx, string(in.Question.Subject)) // a former code
		if err == nil {
			in.Question.Subject = id
		} else if !model.Is(err, model.CodeNotFound) {
			return judging.Answer{}, err
		}
		return p.judging.Explain(ctx, model.Principal{ID: in.By, Role: model.RoleOffice, UnitName: "运维"}, in.Question)
	}}
}

// judge explains the judgement of one subject on one day.
func judge(ctx context.Context, c command) error {
	var by operator
	in := judgeQuestion{}
	t := tool{name: "judge", keys: toolKeys,
		brief: "说明一个主体在某一天的评价：规则版本、每一项的分值与依据、所用记录和有效期；从记录重新计算，并与档案所存的比对。\n" +
			"Explains the judgement of a subject on a day, computed from the records; the look is logged.",
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.StringVar((*string)(&in.Question.Subject), "subject", "", "unified social credit code, or the id of a person's file (p_…) 主体")
			fs.StringVar((*string)(&in.Question.On), "as-of", "", "day, YYYY-MM-DD; empty = today 评价日期")
			fs.StringVar((*string)(&in.Question.ReceivedBy), "received-by", "", "leave out records that came in after this day 只计该日及以前收到的记录")
		}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if in.Question.Subject == "" {
		return usageError{errors.New("请用 --subject 写明主体")}
	}
	if err := by.check(); err != nil {
		return err
	}
	in.By = by.id
	a, err := judgeCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	writeAnswer(c.stdout, a)
	return nil
}

// writeAnswer writes a judgement for people. The score of a person is not shown (domain §8).
func writeAnswer(w io.Writer, a judging.Answer) {
	j := a.Judgement
	score := fmt.Sprintf("得分 %d  ", j.Score)
	if a.Kind == model.KindNaturalPerson {
		score = ""
	}
	until := "不因时间改变"
	if !j.ValidUntil.IsZero() {
		until = "有效至 " + j.ValidUntil.In(model.Shanghai).Format(time.DateOnly) + "（不含）"
	}
	fmt.Fprintf(w, "评价日 %s  等级 %s  %s%s\n规则 %s  档案记录 %d 条\n", j.AsOf, j.Grade, score, until, j.RuleVersion, a.Records)
	for _, e := range j.Explanation {
		fmt.Fprintf(w, "  %+5d  %s", e.Points, e.Title)
		if e.Citation != "" {
			fmt.Fprintf(w, "（%s）", e.Citation)
		}
		fmt.Fprintln(w)
		for _, id := range e.Records {
			fmt.Fprintln(w, "         ", id)
		}
	}
	switch {
	case !a.Holds:
		fmt.Fprintln(w, "档案所存的评价不适用于这一天或这一查询条件，未比对。")
	case a.Same:
		fmt.Fprintln(w, "与档案所存的评价一致。")
	default:
		fmt.Fprintln(w, "与档案所存的评价不一致，请运行 xinyi judge all，仍不一致请报告。")
	}
}

func judgeAllCall() adminCall[struct{}, model.JudgingRun] {
	return adminCall[struct{}, model.JudgingRun]{"/judge/all", func(ctx context.Context, p *platform, _ struct{}) (model.JudgingRun, error) {
		for { // another process may be at it: then its end is ours
			run, err := p.judging.Run(ctx, nil)
			if !model.Is(err, model.CodeConflict) {
				return run, err
			}
			select {
			case <-ctx.Done():
				return run, ctx.Err()
			case <-time.After(time.Second):
			}
		}
	}}
}

func judgeStateCall() adminCall[struct{}, model.JudgingRun] {
	return adminCall[struct{}, model.JudgingRun]{"/judge/state", func(ctx context.Context, p *platform, _ struct{}) (model.JudgingRun, error) {
		return p.judging.State(ctx)
	}}
}

// judgeAll judges everybody again now; a server does it by itself.
func judgeAll(ctx context.Context, c command) error {
	return judgeRun(ctx, c, judgeAllCall(), tool{name: "judge all", keys: toolKeys,
		brief: "按现行规则重新评价全部主体：从上次停下的地方继续，已评过的不再评。服务运行时会自行完成，不必手工运行。\n" +
			"Judges everybody by the rules in force, going on where the last run stopped; a server does so by itself."})
}

// judgeState shows how far it is.
func judgeState(ctx context.Context, c command) error {
	return judgeRun(ctx, c, judgeStateCall(), tool{name: "judge state", keys: toolKeys,
		brief: "显示全员重评的进度。\nShows how far judging everybody again has come."})
}

func judgeRun(ctx context.Context, c command, call adminCall[struct{}, model.JudgingRun], t tool) error {
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	run, err := call.run(ctx, cfg, toolLog(c, cfg), struct{}{})
	if err != nil {
		return err
	}
	state := "进行中"
	switch {
	case run.Done:
		state = "已完成"
	case run.Rules == "":
		state = "尚未运行"
	}
	fmt.Fprintf(c.stdout, "全员重评%s：看过 %d 个主体，重新评价 %d 个，等级改变 %d 个，其中读记录 %d 个。\n规则 %s\n",
		state, run.Seen, run.Judged, run.Regraded, run.FromRecords, run.Rules)
	return nil
}
