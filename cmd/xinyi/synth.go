package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
)

const synthBrief = `生成合成区县数据（NDJSON），供 xinyi import 使用。人名和证件号码均不属于任何人（出生日期均为 1900 年）。
相同的参数和种子总是生成相同的数据。
Writes a synthetic district as NDJSON; the same flags and seed give the same bytes.`

// synthetic writes a synthetic district as NDJSON for xinyi import.
func synthetic(ctx context.Context, c command) error {
	fs := flag.NewFlagSet("xinyi synth", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	cfg := synth.Config{}
	fs.IntVar(&cfg.People, "people", 1000, "number of people 人数")
	fs.IntVar(&cfg.Orgs, "orgs", 200, "number of organisations 机构数")
	fs.IntVar(&cfg.PerPerson, "per-person", 15, "mean number of records of a person 人均记录数")
	fs.Uint64Var(&cfg.Seed, "seed", 1, "the same seed gives the same district 随机种子")
	asOf := fs.String("as-of", "2026-11-01", "newest day of any record 数据截止日")
	out := fs.String("out", "district.ndjson", `file to write, "-" for standard output 输出文件`)
	if err := fs.Parse(c.args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(c.stdout, "用法 usage: xinyi synth [flags]\n\n%s\n\n", synthBrief)
		fs.SetOutput(c.stdout)
		fs.PrintDefaults()
		return err
	} else if err != nil {
		return parseError(err)
	}
	if fs.NArg() > 0 {
		return usageError{fmt.Errorf("多余的参数 %q", fs.Arg(0))}
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
	if *out == "-" {
		_, err := encodeDistrict(ctx, d, c.stdout)
		return err
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
	rows, err = encodeDistrict(ctx, d, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return rows, err
	}
	return rows, os.Rename(f.Name(), path)
}

func encodeDistrict(ctx context.Context, d *synth.District, to io.Writer) (rows int, err error) {
	w := bufio.NewWriterSize(to, 1<<20)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = d.Each(func(row *ingest.Row) error {
		rows++
		if rows%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return enc.Encode(row)
	})
	return rows, errors.Join(err, w.Flush())
}
