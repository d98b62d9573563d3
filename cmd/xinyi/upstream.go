package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"xinyi/model"
	"xinyi/service/exchange"
	"xinyi/store"
)

// The values of the key upstream: whether a platform of the city stands above this one.
const (
	upstreamNone = "none"
	upstreamCity = "city"
)

// upstreamDir is the folder in the data folder that the nightly export writes to.
const upstreamDir = "upstream"

// exchange is the desk that reports to the platform above.
func (p *platform) exchange() (*exchange.Service, error) {
	return &exchange.Service{Store: store.NewExchange(p.subjects), Subjects: p.subjects, Vault: p.vault, Forms: p.forms, Auditor: p.audit, Clock: p.clock}, nil
}

// reporting is exchange where there is a platform above.
func (p *platform) reporting() (*exchange.Service, error) {
	if p.cfg.Upstream != upstreamCity {
		return nil, model.Errorf(model.CodeInvalidRequest, "本实例没有上级平台（upstream: %s）；确需上报的，请在服务与工具的配置中同时写明 upstream: %s。", p.cfg.Upstream, upstreamCity)
	}
	return p.exchange()
}

const upstreamExportBrief = `把新的和有变化的行政许可、行政处罚打包上报：双公示字段编码（XK_*、CF_*）的 CSV、清单和 SM3 摘要，
写到 DIR 下以包号命名的目录，只有属主可读。位置保存在库中，中断后重新运行即从中断处继续，不重不漏；
--package 重写一个已有的包，内容逐字节相同。缺必填项的不上报，列入报送单位的待办。文件格式见 docs/upstream.md。
Packs new and changed permits and penalties for the platform above; run it again to go on, --package writes one again.`

// upstreamRequest asks for packages in a folder.
type upstreamRequest struct {
	Dir     string `json:"dir"`
	Package string `json:"package"` // "" = what is new
	By      string `json:"by"`
}

// upstreamExported is what was written.
type upstreamExported struct {
	Paths []string `json:"paths"`
	Rows  int      `json:"rows"`
	Held  int      `json:"held"`
}

// upstreamExport packs what changed for the platform above.
func upstreamExport(ctx context.Context, c command) error {
	var by operator
	in := upstreamRequest{}
	t := tool{name: "upstream export", keys: append([]string{"upstream"}, toolKeys...), brief: upstreamExportBrief, flags: func(fs *flag.FlagSet) {
		by.flag(fs)
		fs.StringVar(&in.Dir, "to", "", "folder for the packages 输出目录")
		fs.StringVar(&in.Package, "package", "", "number of a package to write again 重写已有的包")
	}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if err := by.check(); err != nil {
		return err
	}
	if in.Dir == "" {
		return usageError{errors.New("请用 --to 写明输出目录")}
	}
	if in.Dir, err = filepath.Abs(in.Dir); err != nil {
		return err
	}
	in.By = by.id
	done, err := upstreamExportCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	for _, path := range done.Paths {
		fmt.Fprintln(c.stdout, path)
	}
	if in.Package == "" {
		fmt.Fprintf(c.stdout, "数据包 %d 个，上报 %d 行，缺项未上报 %d 行。\n", len(done.Paths), done.Rows, done.Held)
	}
	return nil
}

func upstreamExportCall() adminCall[upstreamRequest, upstreamExported] {
	return adminCall[upstreamRequest, upstreamExported]{"/upstream/export", func(ctx context.Context, p *platform, in upstreamRequest) (out upstreamExported, err error) {
		desk, err := p.reporting()
		if err != nil {
			return out, err
		}
		if !filepath.IsAbs(in.Dir) {
			return out, model.Errorf(model.CodeInvalidRequest, "输出目录应为绝对路径。")
		}
		numbers := []string{in.Package}
		if in.Package == "" {
			done, err := desk.Export(ctx, in.By)
			if err != nil {
				return out, err
			}
			numbers, out.Rows, out.Held = done.Packages, done.Rows, done.Held
		}
		for _, no := range numbers {
			path, err := desk.Write(ctx, in.By, no, in.Dir)
			if err != nil {
				return out, err
			}
			out.Paths = append(out.Paths, path)
		}
		return out, nil
	}}
}

// receiptRequest asks to take a receipt in.
type receiptRequest struct {
	File string `json:"file"`
	By   string `json:"by"`
}

// upstreamReceipt takes receipts of the platform above in.
func upstreamReceipt(ctx context.Context, c command) error {
	var by operator
	t := tool{name: "upstream receipt", args: "FILE…", keys: append([]string{"upstream"}, toolKeys...), flags: by.flag,
		brief: "导入上级平台的回执（JSON，见 docs/upstream.md）：有任何错误即整份拒绝；重复导入不改变结果。被退回的行列入报送单位的待办。\n" +
			"Takes receipts in: all of one or none; to take it again changes nothing. Rejected lines go to the worklist of their units."}
	cfg, paths, err := t.read(c)
	if err != nil {
		return err
	}
	if err := by.check(); err != nil {
		return err
	}
	if len(paths) == 0 {
		return usageError{errors.New("请给出回执文件")}
	}
	var errs []error
	for _, path := range paths {
		full, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		taken, err := upstreamReceiptCall().run(ctx, cfg, toolLog(c, cfg), receiptRequest{File: full, By: by.id})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s", path, explain(err)))
			continue
		}
		again := ""
		if taken.Again {
			again = "（此前已导入）"
		}
		fmt.Fprintf(c.stdout, "%s: 数据包 %s%s：接收 %d 行，退回 %d 行。\n", path, taken.PackageNo, again, taken.Accepted, taken.Rejected)
	}
	return errors.Join(errs...)
}

func upstreamReceiptCall() adminCall[receiptRequest, exchange.Taken] {
	return adminCall[receiptRequest, exchange.Taken]{"/upstream/receipt", func(ctx context.Context, p *platform, in receiptRequest) (exchange.Taken, error) {
		desk, err := p.reporting()
		if err != nil {
			return exchange.Taken{}, err
		}
		info, err := os.Stat(in.File)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s 不是普通文件", in.File)
		}
		if err != nil {
			return exchange.Taken{}, err
		}
		f, err := os.Open(in.File)
		if err != nil {
			return exchange.Taken{}, err
		}
		defer f.Close()
		return desk.Take(ctx, in.By, f)
	}}
}
