package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"xinyi/service/ingest"
)

const importBrief = `导入信用数据文件：CSV、XLSX（首行为列名）或 NDJSON，文本格式可为 .gz 压缩。
按文件内容的 SHA-256 识别：中断后重新运行同一命令即从中断处继续；已完成的文件不会重复导入，
其他文件中已有的信息按业务主键跳过。被拒的行写入 <文件>.rejected.xlsx，需核对的写入 <文件>.warnings.xlsx（行、单元格、错误码、原因、校验项）。
嵌入式引擎的数据目录同时只能由一个进程使用，请先停止服务。
Imports CSV, XLSX (first row: column names) or NDJSON, text also as .gz. Run it again to
resume or to repeat: nothing comes in twice. Stop the server first (embedded engine).

退出码 exit status: 0 全部行已处理（被拒的行已写入报告） every row was dealt with, rejected ones are
in the report; 1 有文件未能完成 a file could not be finished; 2 用法有误 wrong call.`

// importing is one call of xinyi import.
type importing struct {
	command
	im *ingest.Importer
}

// importFiles brings credit data in from files.
func importFiles(ctx context.Context, c command) error {
	var by operator
	var create bool
	t := tool{name: "import", args: "FILE…", brief: importBrief, keys: toolKeys, flags: func(fs *flag.FlagSet) {
		by.flag(fs)
		fs.BoolVar(&create, "create", false, "make the data folder if there is none 数据目录不存在时新建")
	}}
	cfg, files, err := t.read(c)
	if err != nil {
		return err
	}
	if by.id != "" {
		if err := by.check(); err != nil {
			return err
		}
	}
	if err := checkFiles(files); err != nil {
		return err
	}
	tuneCollector(c.env)
	work := func(p *platform) error {
		i := importing{command: c, im: p.importer()}
		if by.id != "" {
			i.im.Actor.ID = by.id
		}
		return p.folding(ctx, func() error { return i.all(ctx, files) })
	}
	if !create {
		return withPlatform(ctx, cfg, toolLog(c, cfg), work)
	}
	p, err := openPlatform(ctx, cfg, toolLog(c, cfg))
	if err != nil {
		return err
	}
	return errors.Join(work(p), p.close(context.WithoutCancel(ctx)))
}

// checkFiles finds out before anything is done whether all files can be read.
func checkFiles(files []string) error {
	if len(files) == 0 {
		return usageError{errors.New("请给出要导入的文件")}
	}
	var errs []error
	for _, path := range files {
		if format, _ := formatOf(path); format == "" {
			errs = append(errs, fmt.Errorf("%s: 只支持 .csv、.xlsx、.ndjson、.jsonl，以及 .csv.gz、.ndjson.gz、.jsonl.gz", path))
		}
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s: 不是普通文件", path)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	return nil
}

// formatOf tells the format by the name; "" = unknown.
func formatOf(path string) (format string, zipped bool) {
	name, zipped := strings.CutSuffix(strings.ToLower(path), ".gz")
	switch ext := filepath.Ext(name); {
	case ext == ".csv":
		return "csv", zipped
	case ext == ".ndjson", ext == ".jsonl":
		return "ndjson", zipped
	case ext == ".xlsx" && !zipped:
		return "xlsx", false
	}
	return "", false
}

// all takes the files in their order. One that cannot be read does not keep the
// others out.
func (i importing) all(ctx context.Context, files []string) error {
	var errs []error
	for _, path := range files {
		err := i.file(ctx, path)
		if ctx.Err() != nil {
			return errors.Join(append(errs, err)...)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s", path, explain(err)))
		}
	}
	return errors.Join(errs...)
}

func (i importing) file(ctx context.Context, path string) error {
	digest, size, err := digestOf(ctx, path)
	if err != nil {
		return err
	}
	src, err := openSource(path, size)
	if err != nil {
		return err
	}
	defer src.close()
	bar := newProgress(i.stderr, filepath.Base(path), src.done)
	res, err := i.im.Import(ctx, digest, filepath.Base(path), src.Reader, bar.show)
	bar.end()
	job := res.Job
	if ctx.Err() != nil {
		return fmt.Errorf("%s: 已中断，已完成 %d 行并全部保存。重新运行同一命令即从此处继续", path, job.Rows)
	}
	if err != nil {
		return err
	}
	again := ""
	switch {
	case res.Rows == 0 && res.Resumed > 0:
		again = "，此前已全部导入"
	case res.Resumed > 0:
		again = fmt.Sprintf("，其中 %d 行此前已完成", res.Resumed)
	}
	fmt.Fprintf(i.stdout, "%s: 共 %d 行%s：导入 %d，重复 %d，被拒 %d。\n", path, job.Rows, again, job.Accepted, job.Duplicate, job.Rejected)
	if err := i.report(path+".rejected.xlsx", res.Faults, src); err != nil {
		return err
	}
	if len(res.Faults) > 0 {
		fmt.Fprintf(i.stdout, "%s: 被拒的行见 %s.rejected.xlsx，更正后另存为新文件再导入。\n", path, path)
	}
	if err := i.report(path+".warnings.xlsx", res.Warnings, src); err != nil {
		return err
	}
	if len(res.Warnings) > 0 {
		fmt.Fprintf(i.stdout, "%s: 已导入但需核对的行见 %s.warnings.xlsx。\n", path, path)
	}
	return nil
}

// report writes what was found in rows, if anything was.
func (i importing) report(path string, found []*ingest.Fault, src source) error {
	if len(found) == 0 {
		return nil
	}
	if err := ingest.WriteFaults(path, found, src.cell); err != nil {
		return fmt.Errorf("数据已导入，但报告未能写入 %s，请检查目录权限后重新运行：%w", path, err)
	}
	return nil
}

// digestOf gives the SHA-256 (hex) and the size of a file.
func digestOf(ctx context.Context, path string) (digest string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.CopyBuffer(h, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Read(p)
	}), make([]byte, 1<<20))
	return hex.EncodeToString(h.Sum(nil)), size, err
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// source is a file being read as rows.
type source struct {
	ingest.Reader
	// done gives how much of the file was read, 0–1; 0 when that is not known.
	done  func() float64
	close func()
}

// cell names the cell of a fault, where the format has columns.
func (s source) cell(f *ingest.Fault) string {
	if t, ok := s.Reader.(interface{ Cell(*ingest.Fault) string }); ok {
		return t.Cell(f)
	}
	return ""
}

func openSource(path string, size int64) (source, error) {
	format, zipped := formatOf(path)
	if format == "xlsx" {
		r, closer, err := ingest.NewXLSX(path)
		if err != nil {
			return source{}, err
		}
		done := func() float64 { return 0 }
		if sheet, ok := r.(interface{ Share() float64 }); ok {
			done = sheet.Share
		}
		return source{r, done, func() { closer.Close() }}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return source{}, err
	}
	counted := &countedReader{in: f}
	s := source{done: func() float64 { return counted.share(size) }, close: func() { f.Close() }}
	s.Reader, err = openText(counted, format, zipped)
	if err != nil {
		f.Close()
		return source{}, err
	}
	return s, nil
}

func openText(in io.Reader, format string, zipped bool) (ingest.Reader, error) {
	if zipped {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("不是有效的 gzip 文件：%w", err)
		}
		in = z
	}
	buf := bufio.NewReaderSize(in, 256<<10)
	start, err := buf.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := ingest.CheckText(start); err != nil {
		return nil, err
	}
	if format == "csv" {
		return ingest.NewCSV(buf)
	}
	return ingest.NewNDJSON(buf), nil
}
