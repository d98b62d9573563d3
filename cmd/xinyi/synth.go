package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
)

// synthetic writes a synthetic district as NDJSON for xinyi import.
func synthetic(ctx context.Context, c command) error {
	fs := flag.NewFlagSet("xinyi synth", flag.ContinueOnError)
	fs.SetOutput(c.stderr)
	cfg := synth.Config{}
	fs.IntVar(&cfg.People, "people", 1000, "number of people 人数")
	fs.IntVar(&cfg.Orgs, "orgs", 200, "number of organisations 机构数")
	fs.IntVar(&cfg.PerPerson, "per-person", 15, "mean number of records of a person 人均记录数")
	fs.Uint64Var(&cfg.Seed, "seed", 1, "the same seed gives the same district 随机种子")
	asOf := fs.String("as-of", "2026-11-01", "newest day of any record 数据截止日")
	out := fs.String("out", "district.ndjson", "file to write 输出文件")
	if err := fs.Parse(c.args); err != nil {
		return parseError(err)
	}
	day, err := model.ParseDate(*asOf)
	if err != nil {
		return usageError{errors.New("--as-of 应为真实日期，格式 YYYY-MM-DD")}
	}
	cfg.AsOf = day
	d, err := synth.New(cfg)
	if err != nil {
		return usageError{err}
	}
	started := time.Now()
	rows, err := writeDistrict(ctx, d, *out)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "已写入 %d 行到 %s，用时 %.1f 秒。下一步：xinyi import %s\n", rows, *out, time.Since(started).Seconds(), *out)
	return nil
}

func parseError(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return usageError{err}
}

// writeDistrict writes beside the target and renames, so that a broken run leaves no
// half file behind.
func writeDistrict(ctx context.Context, d *synth.District, path string) (rows int, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".district-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = d.Each(func(row *ingest.Row) error {
		rows++
		if rows%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return enc.Encode(row)
	})
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		return rows, err
	}
	return rows, os.Rename(f.Name(), path)
}
