package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// settlementVerify proves a settlement as a partner does: with the bundle of its gates and the
// two files alone.
func settlementVerify(_ context.Context, c command) error {
	fs := flag.NewFlagSet("xinyi settlement verify", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	bundle := fs.String("bundle", "", "answer of GET /v1/gate/bundle 脱网核验包")
	file := fs.String("csv", "", "answer of GET /v1/settlements.csv of the same day and sites 明细")
	err := fs.Parse(c.args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.stdout, "用法 usage: xinyi settlement verify --bundle FILE --csv FILE SETTLEMENT\n\n核验一日结算（GET /v1/settlements 的回答）：签名属于签发机关、明细没有改动、合计等于明细之和。\n"+
			"Proves the answer of GET /v1/settlements: signed by the issuer, about this file, whose rows add up to it.\n\n")
		fs.SetOutput(c.stdout)
		fs.PrintDefaults()
		return err
	}
	switch {
	case err != nil:
		return usageError{err}
	case *bundle == "" || *file == "" || fs.NArg() != 1:
		return usageError{errors.New("请写明 --bundle、--csv 和一个结算文件")}
	}
	keys, err := openBundles("", *bundle, time.Time{}) // its keys count, not its time
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(fs.Arg(0))
	if err != nil {
		return err
	}
	rows, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	var answer struct {
		Signed json.RawMessage `json:"signed"`
	}
	if json.Unmarshal(raw, &answer) == nil && answer.Signed != nil {
		raw = answer.Signed
	}
	s, err := keys.OpenSettlement(raw, rows)
	if err != nil {
		return fmt.Errorf("结算核验未通过: %w", err)
	}
	out := json.NewEncoder(c.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(s)
}
