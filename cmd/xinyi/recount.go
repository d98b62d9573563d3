package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"xinyi/model"
	"xinyi/service/quality"
	"xinyi/store"
)

const recountBrief = `从全部信用记录重新计算考核指标的计数：用于早于计数功能的数据，或计数规则改变之后。
请先停止全部服务。中断后重新运行同一命令即从中断处继续；期间有数据改动则从头再来。
Counts the quality figures anew from all records. Stop all servers first; run it again to resume.`

// recount counts the quality figures anew while no server runs.
func recount(ctx context.Context, c command) error {
	var by operator
	t := tool{name: "quality recount", keys: toolKeys, brief: recountBrief, flags: func(fs *flag.FlagSet) { by.flag(fs) }}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if err := by.check(); err != nil {
		return err
	}
	return withPlatform(ctx, cfg, toolLog(c, cfg), func(p *platform) error {
		if err := p.alone(ctx); err != nil {
			return err
		}
		r := &quality.Recount{Store: store.NewQualityRecounts(p.subjects), Book: p.quality, Auditor: p.audit, Clock: p.clock, Alone: p.alone,
			Actor: model.Principal{ID: by.id, Role: model.RoleSecurityAdmin, UnitName: "运维"}}
		is, err := r.Run(ctx, func(subjects int) { fmt.Fprintf(c.stderr, "  已计 %d 个主体\n", subjects) })
		if ctx.Err() != nil {
			return errors.New("已中断；重新运行同一命令即从此处继续")
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "重新计数完成：%d 个主体（其中 %d 个此前已计），%d 条记录，%d 项计数，其中 %d 项与原来不同，已改正。\n",
			is.Subjects, is.Resumed, is.Records, is.Counters, is.Changed)
		return nil
	})
}

// alone wants no other process on the store.
func (p *platform) alone(ctx context.Context) error {
	n, err := p.processes(ctx)
	if err == nil && n > 1 {
		err = model.Errorf(model.CodeConflict, "还有 %d 个进程在使用这份数据，请先停止全部服务。", n-1)
	}
	return err
}
