package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"xinyi/api/passverify"
)

// passVerify judges a pass as a gate without a network does, with a bundle alone: no
// configuration, no store, no secret.
func passVerify(_ context.Context, c command) error {
	fs := flag.NewFlagSet("xinyi pass verify", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	bundle := fs.String("bundle", "", "answer of GET /v1/gate/bundle 脱网核验包")
	previous := fs.String("previous", "", "bundle in use before: the new one must follow it 此前的核验包")
	site := fs.String("site", "", "site of the gate; default the bundle's first 站点")
	at := fs.String("at", "", "instant of the check, RFC 3339; default now 核验时间")
	err := fs.Parse(c.args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.stdout, "用法 usage: xinyi pass verify --bundle FILE [flags] PASS\n\n脱网核验一个通行码；PASS 为 - 时从标准输入读取。结果为 pass 时退出码为 0。\n"+
			"Judges a pass with the bundle alone (docs/pass-format.md); - reads it from standard input.\n\n")
		fs.SetOutput(c.stdout)
		fs.PrintDefaults()
		return err
	}
	switch {
	case err != nil:
		return usageError{err}
	case *bundle == "" || fs.NArg() != 1:
		return usageError{errors.New("请写明 --bundle 和一个通行码")}
	}
	now := time.Now()
	if *at != "" {
		if now, err = time.Parse(time.RFC3339, *at); err != nil {
			return usageError{errors.New("--at 应为带时区的时间，例如 2026-11-22T10:00:00+08:00")}
		}
	}
	text := fs.Arg(0)
	if text == "-" {
		raw, err := io.ReadAll(io.LimitReader(c.stdin, 4096))
		if err != nil {
			return err
		}
		text = strings.TrimRight(string(raw), "\r\n")
	}
	b, err := openBundles(*previous, *bundle, now)
	if err != nil {
		return err
	}
	if *site == "" && len(b.Sites) > 0 {
		*site = b.Sites[0]
	}
	pass := b.Verify(text, *site, now)
	out := json.NewEncoder(c.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(pass); err != nil {
		return err
	}
	if pass.Result != passverify.ResultPass {
		return fmt.Errorf("核验未通过: %s", pass.Reason)
	}
	return nil
}

// openBundles reads a bundle, and the one in use before it if there was one.
func openBundles(previous, next string, now time.Time) (*passverify.Bundle, error) {
	open := passverify.Open
	if previous != "" {
		raw, err := os.ReadFile(previous)
		if err != nil {
			return nil, err
		}
		// An expired bundle judges no pass, yet its keys tell whether the next one is genuine.
		before, err := passverify.OpenExpired(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", previous, err)
		}
		open = before.Update
	}
	raw, err := os.ReadFile(next)
	if err != nil {
		return nil, err
	}
	b, err := open(raw, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", next, err)
	}
	return b, nil
}
