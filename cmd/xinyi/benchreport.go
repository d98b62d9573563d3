package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// report collects the figures of one run and writes them as one page.
type report struct {
	o         benchOptions
	command   string
	county    *county
	started   time.Time
	machine   steadiness
	jobs      []reportJob
	coldStart time.Duration
	startRSS  int64
	endRSS    int64
	rawEngine *rawFigure
	importing *importFigure
	offline   []offlineFigure
	node      string // version that the JavaScript ran in; "" = it did not
}

type reportJob struct {
	job     job
	figures []figure
}

func newReport(c command, o benchOptions, county *county) *report {
	return &report{o: o, county: county, started: time.Now(), command: commandOf(c.args)}
}

var dataFlag = regexp.MustCompile(`(^| )--?data[= ]\S+`)

// commandOf is the command as a page shows it: the folder of the county is nobody's business.
func commandOf(args []string) string {
	return strings.TrimSpace("xinyi bench " + strings.TrimSpace(dataFlag.ReplaceAllString(strings.Join(args, " "), "")))
}

func (r *report) add(j job, f figure) {
	if n := len(r.jobs); n == 0 || r.jobs[n-1].job.name != j.name {
		r.jobs = append(r.jobs, reportJob{job: j})
	}
	last := &r.jobs[len(r.jobs)-1]
	last.figures = append(last.figures, f)
}

// figure gives a job's figure in the closed loop at conns.
func (r *report) figure(name string, conns int) (figure, bool) {
	for _, j := range r.jobs {
		for _, f := range j.figures {
			if j.job.name == name && f.conns == conns && f.rate == 0 {
				return f, true
			}
		}
	}
	return figure{}, false
}

// openLoop gives a job's figure at half of its peak.
func (r *report) openLoop(name string) (figure, bool) {
	for _, j := range r.jobs {
		for _, f := range j.figures {
			if j.job.name == name && f.rate > 0 {
				return f, true
			}
		}
	}
	return figure{}, false
}

func (r *report) markdown() string {
	var b strings.Builder
	r.head(&b)
	r.targets(&b)
	for _, j := range r.jobs {
		j.table(&b)
	}
	r.offlineTable(&b)
	r.rest(&b)
	return b.String()
}

func (r *report) head(b *strings.Builder) {
	c := r.county
	fmt.Fprintf(b, "# Benchmarks\n\nMade by `make bench`; every figure below was measured in one run. Do not edit: run it again.\n\n")
	fmt.Fprintf(b, "| | |\n|---|---|\n")
	row := func(name, value string) { fmt.Fprintf(b, "| %s | %s |\n", name, value) }
	row("date", r.started.UTC().Format("2006-01-02 15:04 UTC")+fmt.Sprintf(", %.0f min", time.Since(r.started).Minutes()))
	row("command", "`"+r.command+"`")
	row("machine", machine())
	row("steadiness", r.machine.String())
	row("versions", versions())
	row("county", fmt.Sprintf("%d people, %d organisations, %d records a person, %d MiB on disk", c.size.People, c.size.Orgs, c.size.PerPerson, c.diskMiB))
	row("engine", engineName(r.o.store))
	fmt.Fprintf(b, "\nEach row is the median of %d rounds of %g s, open loops of %d s, or twice a round if that is more; in each round a bare Gin handler with a fixed body of the same length took the same requests "+
		"just before, in open loops for %d s. *bare p99* is its latency: what generator and machine alone add. Before each job and each open loop the server ends what came before has left it with (compactions, folding of the log). *ratio* = the bare handler's server CPU per request ÷ the job's. Server, generator and whatever else runs share the machine: "+
		"compare ratios, not requests/s. Latency of the open loop counts from the instant a request was meant to be sent; the generator looks each millisecond for what is due and what has come, and that is part of it. "+
		"The load has been there for %d s when it begins to count, but where each request is sent once. "+
		"*even p99* is that of the sends, *even %%* of all, which no dip of the machine touched: in an open loop a thread on each processor, before all others, does 20 µs of additions every %d ms; a dip is where two in a row take "+
		"more than twice as long as usual or come a millisecond late, and it weighs on who is sent until %d ms after. What other processes take is no dip.\n", r.o.rounds, r.o.seconds, openSeconds, bareSeconds, warmSeconds, pulseEvery.Milliseconds(), dipPast.Milliseconds())
}

func (j *reportJob) table(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n| connections | requests/s | bare Gin/s | CPU µs | bare CPU µs | ratio | p50 ms | p99 ms | p99.9 ms | bare p99 ms | even p99 ms | even %% | allocs | alloc bytes | syncs |\n"+
		"|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n", j.job.title)
	for _, f := range j.figures {
		load := fmt.Sprint(f.conns)
		if f.rate > 0 {
			load += fmt.Sprintf(", open loop at %.0f/s", f.rate)
		}
		evenP99, evenShare := "", ""
		if p99, share, ok := f.evenP99(); ok {
			evenP99, evenShare = fmt.Sprintf("%.2f", p99), fmt.Sprintf("%.0f", share*100)
		}
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f | %.2f | %s | %s | %.0f | %.0f | %.3f |\n",
			load, f.perSecond, f.bare, f.cpu, f.bareCPU, f.ratio, f.p50, f.p99, f.p999, f.bareP99, evenP99, evenShare, f.allocs, f.allocBytes, f.syncs)
	}
	last := j.figures[len(j.figures)-1]
	fmt.Fprintf(b, "\nAnswers of %.0f bytes.", last.body)
	if j.job.marker != "" {
		fmt.Fprintf(b, " %.0f %% said %s.", last.marked*100, j.job.markerNote)
	}
	fmt.Fprintln(b)
}

// targets sets what was measured against what must be reached.
func (r *report) targets(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Against the targets\n\n| figure | must | measured | |\n|---|---|---:|---|\n")
	row := func(name, must, got string, ok bool) {
		mark := "✓"
		if !ok {
			mark = "✗"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, must, got, mark)
	}
	for _, t := range []struct {
		job   string
		conns int
		least float64
		aim   string
	}{{"file", 64, 0.40, "0.60"}, {"own", 64, 0.35, "0.50"}, {"bank", 256, 0.25, "0.45"}, {"gate", 64, 0.30, "0.40"}} {
		if f, ok := r.figure(t.job, t.conns); ok {
			row(fmt.Sprintf("%s, %d connections", t.job, t.conns), fmt.Sprintf("ratio ≥ %.2f, aim %s", t.least, t.aim), fmt.Sprintf("%.2f", f.ratio), f.ratio >= t.least)
		}
	}
	if f, ok := r.openLoop("bank"); ok {
		row("bank, half of its peak", "p99 ≤ 30 ms", f.openP99(), f.p99 <= 30)
	}
	if f, ok := r.openLoop("gate"); ok {
		row("gate, half of its peak", "p99 ≤ 15 ms", f.openP99(), f.p99 <= 15)
	}
	if f, ok := r.figure("redeem", 64); ok {
		row("redeem, 64 connections", "≥ 3,000/s", fmt.Sprintf("%.0f/s", f.perSecond), f.perSecond >= 3000)
		row("redeem, 64 connections", "p99 ≤ 60 ms", fmt.Sprintf("%.1f ms", f.p99), f.p99 <= 60)
		row("redeem, 64 connections", "≤ 0.15 syncs each", fmt.Sprintf("%.3f", f.syncs), f.syncs <= 0.15)
		if r.rawEngine != nil {
			share := f.perSecond / r.rawEngine.PerSecond
			row("redeem ÷ raw group-committed writes", "≥ 0.30", fmt.Sprintf("%.2f", share), share >= 0.3)
		}
	}
	if f, ok := r.figure("search", 64); ok {
		row("search, 64 connections", "≥ 1,500/s", fmt.Sprintf("%.0f/s", f.perSecond), f.perSecond >= 1500)
	}
	if f, ok := r.openLoop("search"); ok {
		row("search, half of its peak", "p99 ≤ 25 ms", f.openP99(), f.p99 <= 25)
	}
	r.offlineTargets(row)
	if f := r.importing; f != nil {
		row("import ÷ raw bulk write", "≥ 0.50", fmt.Sprintf("%.2f", f.Ratio), f.Ratio >= 0.5)
	}
	whole := r.county.size == wholeCounty
	suffix := ""
	if !whole {
		suffix = " (target is for the whole county)"
	}
	row("cold start until /readyz is 200"+suffix, "≤ 2 s", fmt.Sprintf("%.2f s", r.coldStart.Seconds()), r.coldStart <= 2*time.Second)
	most := max(r.startRSS, r.endRSS)
	row("resident memory"+suffix, "≤ 1.5 GiB", fmt.Sprintf("%.2f GiB", float64(most)/(1<<30)), most <= 3<<29)
}

func (r *report) rest(b *strings.Builder) {
	if f := r.rawEngine; f != nil {
		fmt.Fprintf(b, "\n## The engine alone\n\n%d writers, each with the %d writes of a redemption (%d bytes of documents, index entries on top) in one batch, into an empty engine: "+
			"**%.0f batches/s**, %.3f file syncs and %.0f µs of CPU a batch.\n", rawWriters, f.Ops, f.Bytes, f.PerSecond, f.Syncs, f.CPU)
	}
	if f := r.importing; f != nil {
		fmt.Fprintf(b, "\n## Import\n\n%d rows of NDJSON, checked, sealed, indexed, judged and audited: **%.0f rows/s**. The same encoded documents and index entries "+
			"given to a fresh engine in the same batches, two in flight: %.0f rows/s. Ratio **%.2f**.\n", f.Rows, f.PerSecond, f.Raw, f.Ratio)
	}
	fmt.Fprintf(b, "\n## Start and memory\n\nFrom the start of the process to the first 200 of `/readyz`: **%.2f s**. Resident then %.0f MiB, after the jobs above %.0f MiB.\n",
		r.coldStart.Seconds(), mib(r.startRSS), mib(r.endRSS))
	if c := r.county; c.built > 0 {
		fmt.Fprintf(b, "\nThe county was made in this run: %d rows in %.0f s (%.0f rows/s).\n", c.rows, c.built.Seconds(), float64(c.rows)/c.built.Seconds())
	}
}

func mib(bytes int64) float64 { return math.Round(float64(bytes) / (1 << 20)) }

func engineName(uri string) string {
	if uri == "" || uri == "embedded" {
		return "embedded (Pebble)"
	}
	return "MongoDB"
}

// machine tells what the figures were taken on, without its name.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	memory := ""
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb int64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kb); err == nil {
			memory = fmt.Sprintf(", %d GiB", (kb+1<<19)>>20)
		}
	}
	return fmt.Sprintf("%s, %d CPUs%s, %s", model, runtime.NumCPU(), memory, runtime.GOOS)
}

// versions names what the binary was built from.
func versions() string {
	parts := []string{runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return parts[0]
	}
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/gin-gonic/gin", "github.com/cockroachdb/pebble/v2", "github.com/emmansun/gmsm":
			parts = append(parts, d.Path[strings.Index(d.Path, "/")+1:]+" "+d.Version)
		}
	}
	if commit := revision(); commit != "" {
		parts = append(parts, "xinyi "+commit)
	}
	return strings.Join(parts, ", ")
}
