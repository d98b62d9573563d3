package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	desk "xinyi/service/benefit"
	"xinyi/store"
)

// replayQuestion asks a server to decide again.
type replayQuestion struct {
	Question desk.ReplayQuestion `json:"question"`
	By       string              `json:"by"`
}

// fixedBook is the rule book of one call.
type fixedBook struct{ book *benefit.Book }

func (b fixedBook) Book() *benefit.Book { return b.book }

func replayCall() adminCall[replayQuestion, desk.Replay] {
	return adminCall[replayQuestion, desk.Replay]{"/replay", func(ctx context.Context, p *platform, in replayQuestion) (desk.Replay, error) {
		files, err := ruleFiles(p.cfg.RulesDir)
		if err != nil {
			return desk.Replay{}, err
		}
		book, err := bookOf(files, p.control)
		if err != nil {
			return desk.Replay{}, err
		}
		switch id, err := p.subjects.Resolve(ctx, string(in.Question.Holder)); { // a former code
		case err == nil:
			in.Question.Holder = id
		case !model.Is(err, model.CodeNotFound):
			return desk.Replay{}, err
		}
		replays := &desk.Replays{Past: p.subjects, Uses: store.NewBenefits(p.driver), Rules: fixedBook{book}, Judge: p.judge, Auditor: p.audit, Clock: p.clock}
		return replays.Replay(ctx, model.Principal{ID: in.By, Role: model.RoleOffice, UnitName: "运维"}, in.Question)
	}}
}

// replay makes a decision of the past again, and compares it with the one that a redemption keeps.
func replay(ctx context.Context, c command) error {
	var by operator
	in, at := replayQuestion{}, ""
	t := tool{name: "replay", keys: toolKeys,
		brief: "重放一次优惠判断：按当时已收到的记录、当时生效的规则版本和当时的次数重新判断。给出核销编号时与所存的判断逐字节比对，不一致时退出码为 1。\n" +
			"Makes a benefit decision again from the records, the rule version and the uses of then; with a redemption's number\n" +
			"it is compared byte for byte with the one kept, and exit status 1 says that they differ. The look is logged.",
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.StringVar(&in.Question.RedemptionNo, "redemption", "", "number of a redemption 核销编号")
			fs.StringVar((*string)(&in.Question.Holder), "subject", "", "or: the id of a person's file (p_…), unified social credit code 主体")
			fs.StringVar(&in.Question.Benefit, "benefit", "", "and the benefit's code 事项代码")
			fs.StringVar(&at, "at", "", "and the moment, 2006-01-02T15:04:05+08:00, or a day for its noon 时间或日期")
		}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if err := by.check(); err != nil {
		return err
	}
	in.By = by.id
	switch q := &in.Question; {
	case q.RedemptionNo != "" && q.Holder == "" && q.Benefit == "" && at == "":
	case q.RedemptionNo == "" && q.Holder != "" && q.Benefit != "" && at != "":
		if q.At, err = momentOf(at); err != nil {
			return usageError{err}
		}
	default:
		return usageError{errors.New("请用 --redemption 写明核销编号，或用 --subject、--benefit、--at 写明主体、事项和时间")}
	}
	r, err := replayCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "判断时间 %s\n%s", r.At.In(model.Shanghai).Format(time.RFC3339), r.Decision)
	for _, note := range r.Notes {
		fmt.Fprintln(c.stdout, "说明：", note)
	}
	switch {
	case r.Stored == nil:
		return nil
	case r.Same():
		fmt.Fprintln(c.stdout, "与核销时所存的判断逐字节一致。")
		return nil
	}
	fmt.Fprintf(c.stdout, "与核销时所存的判断不一致，所存的是：\n%s", r.Stored)
	return errFindings
}

// momentOf reads an instant, or a day, whose noon it gives.
func momentOf(text string) (time.Time, error) {
	if day, err := model.ParseDate(text); err == nil {
		return day.Start().Add(12 * time.Hour), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, errors.New("--at 应写作 2026-11-20T10:00:00+08:00，或 2026-11-20（当日正午）")
	}
	return at, nil
}
