package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"xinyi/cmd/xinyi/benchload"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	data    string
	store   string
	county  countySize
	jobs    []string // empty = all
	conns   []int
	seconds float64
	rounds  int
	out     string // Markdown; empty = stdout only
	profile string // folder for CPU profiles; empty = none
	// holders is how many citizens take part in a job, at most; gates many more.
	citizens, holders int
	uploadMB          int // of the workbook that is handed in
}

// countySize says how large the synthetic county is.
type countySize struct {
	People    int `json:"people"`
	Orgs      int `json:"orgs"`
	PerPerson int `json:"perPerson"`
}

// wholeCounty is the county that the product is built for.
var wholeCounty = countySize{People: 650_000, Orgs: 60_000, PerPerson: 15}

// bench measures the jobs of the product. Its first word may name one of the processes
// that it starts.
func bench(ctx context.Context, c command) error {
	if len(c.args) > 0 {
		switch child, args := c.args[0], c.args[1:]; child {
		case "load":
			return benchload.Serve(ctx, c.stdin, c.stdout)
		case "bare":
			return benchBare(ctx, args)
		case "serve":
			c.args = args
			return benchServe(ctx, c)
		case "raw":
			return benchRaw(ctx, c, args)
		case "import":
			return benchImport(ctx, c, args)
		case "import-noted":
			return benchImportNoted(ctx, c, args)
		case "replay":
			return benchReplay(ctx, c, args)
		}
	}
	o, err := benchFlags(c)
	if err != nil {
		return err
	}
	return runBench(ctx, c, o)
}

func benchFlags(c command) (benchOptions, error) {
	o := benchOptions{county: countySize{People: 120_000, Orgs: 60_000, PerPerson: 2}}
	fs := flag.NewFlagSet("xinyi bench", flag.ContinueOnError)
	fs.SetOutput(c.stderr)
	fs.StringVar(&o.data, "data", "data/bench", "data folder of the synthetic county, made once and kept 数据目录")
	fs.StringVar(&o.store, "store", "", "engine: empty = embedded in --data, or a mongodb:// URI 存储引擎")
	fs.IntVar(&o.county.People, "people", o.county.People, "people of a new county 人数")
	fs.IntVar(&o.county.Orgs, "orgs", o.county.Orgs, "organisations of a new county 机构数")
	fs.IntVar(&o.county.PerPerson, "per-person", o.county.PerPerson, "mean number of records of a person 人均记录数")
	whole := fs.Bool("county", false, "the whole county: 650,000 people, 60,000 organisations, 10 million records 全县规模")
	jobs := fs.String("job", "", "jobs to run, comma-separated; empty = all of the first kind, with --county of the second 测试项: "+
		strings.Join(jobNames(), ",")+"; "+strings.Join(wholeNames(), ","))
	fs.IntVar(&o.uploadMB, "upload-mb", 200, "size of the workbook of the job upload, MiB 报送文件大小")
	conns := fs.String("conns", "1,8,64,256", "numbers of connections 连接数")
	fs.Float64Var(&o.seconds, "seconds", 2, "length of one measured phase 每段秒数")
	fs.IntVar(&o.rounds, "rounds", 3, "rounds of bare and job in turn; medians count 轮数")
	fs.StringVar(&o.out, "out", "", "Markdown file to write 报告文件")
	fs.StringVar(&o.profile, "profile", "", "folder for CPU and allocation profiles of each job at 64 connections 性能剖析目录")
	fs.IntVar(&o.citizens, "citizens", 10_000, "citizens signed in for the own file 登录的居民数")
	fs.IntVar(&o.holders, "holders", 100_000, "holders of passes 凭证持有人数")
	if err := fs.Parse(c.args); err != nil {
		return o, parseError(err)
	}
	if *whole {
		o.county = wholeCounty
	}
	if *jobs != "" {
		o.jobs = strings.Split(*jobs, ",")
	}
	if err := o.checkJobs(*whole); err != nil {
		return o, err
	}
	for n := range strings.SplitSeq(*conns, ",") {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 {
			return o, usageError{errors.New("--conns 应为逗号分隔的正整数")}
		}
		o.conns = append(o.conns, v)
	}
	if fs.NArg() > 0 || o.seconds <= 0 || o.rounds < 1 || o.citizens < 1 || o.holders < 1 || o.uploadMB < 1 || o.uploadMB > 200 {
		return o, usageError{errors.New("参数有误：--seconds、--rounds、--citizens、--holders 应为正数，--upload-mb 应为 1–200，且没有多余的参数")}
	}
	var err error
	o.data, err = filepath.Abs(o.data)
	return o, err
}

// checkJobs refuses unknown jobs and those of both kinds at once: each kind has its page.
// Without a name they are all of one kind.
func (o *benchOptions) checkJobs(whole bool) error {
	if len(o.jobs) == 0 && whole {
		o.jobs = wholeNames()
	}
	kinds := map[bool]bool{}
	for _, name := range o.jobs {
		county := slices.Contains(wholeNames(), name)
		if !county && !slices.Contains(jobNames(), name) {
			return usageError{fmt.Errorf("--job: 没有 %q 这一项", name)}
		}
		kinds[county] = true
	}
	if len(kinds) > 1 {
		return usageError{errors.New("--job: 全县规模的测试项与其他测试项请分两次运行")}
	}
	return nil
}

// wholeJobs reports whether the jobs are those of the whole county.
func (o *benchOptions) wholeJobs() bool {
	return len(o.jobs) > 0 && slices.Contains(wholeNames(), o.jobs[0])
}

// runBench makes the county, then starts the processes and measures.
func runBench(ctx context.Context, c command, o benchOptions) (err error) {
	work, err := os.MkdirTemp("", "xinyi-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	county, err := openCounty(ctx, o, c.stderr)
	if err != nil {
		return err
	}
	if o.wholeJobs() {
		return runWhole(ctx, c, o, work, county)
	}
	r := newReport(c, o, county)
	before, asked := slowShare(steadyFor), processorTimeNow()
	if err := measure(ctx, o, work, county, r, c.stderr); err != nil {
		return err
	}
	r.machine = steadiness{taken: processorTimeNow().since(asked), slow: (before + slowShare(steadyFor)) / 2}
	fmt.Fprintln(c.stderr, r.machine)
	if o.out != "" {
		return os.WriteFile(o.out, []byte(r.markdown()), 0o644) //nolint:gosec // a public page
	}
	_, err = io.WriteString(c.stdout, r.markdown())
	return err
}
