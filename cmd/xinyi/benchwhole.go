package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// wholeJob is one of the figures that only a whole county can give. Each has a server of
// its own, so that they can be measured one at a time.
type wholeJob struct {
	name, title string
	run         func(ctx context.Context, m *meter, f *wholeFigure) error
}

func wholeJobs() []wholeJob {
	return []wholeJob{
		{"county-import", "import of the county 全县导入", wholeImport},
		{"serve", "start and memory 启动与内存", wholeServe},
		{"judge", "judging everybody again 全员重评", wholeJudge},
		{"kpi", "quality figures of a unit 单位考核指标", wholeKPI},
		{"upload", "upload of a large workbook 大文件报送", wholeUpload},
		{"simulate", "trying a draft of a benefit rule 惠民规则试算", wholeSimulate},
	}
}

func wholeNames() []string {
	var names []string
	for _, j := range wholeJobs() {
		names = append(names, j.name)
	}
	return names
}

// wholeFigure is what one job measured, and when. It is kept beside the county, so that the
// page shows the last run of each.
type wholeFigure struct {
	Job     string        `json:"job"`
	Title   string        `json:"title"`
	At      time.Time     `json:"at"`
	Took    time.Duration `json:"took"`
	Version string        `json:"version"` // of the program; "" = not known
	Targets []target      `json:"targets"`
	Text    string        `json:"text"` // Markdown
}

// target sets a measured figure against what it must be.
type target struct {
	Name string `json:"name"`
	Must string `json:"must"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

func (f *wholeFigure) target(name, must, got string, ok bool) {
	f.Targets = append(f.Targets, target{name, must, got, ok})
}

// say adds a paragraph to the job's text.
func (f *wholeFigure) say(format string, args ...any) {
	f.Text += strings.TrimSpace(fmt.Sprintf(format, args...)) + "\n\n"
}

// runWhole measures the jobs one after another and writes the page of all that is known.
func runWhole(ctx context.Context, c command, o benchOptions, work string, county *county) error {
	for _, j := range wholeJobs() {
		if !o.wants(j.name) {
			continue
		}
		f := wholeFigure{Job: j.name, Title: j.title, At: time.Now().UTC(), Version: revision()}
		m := &meter{o: o, work: work, county: county, progress: c.stderr}
		err := errors.Join(j.run(ctx, m, &f), m.close())
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		f.Took = time.Since(f.At)
		for _, t := range f.Targets {
			fmt.Fprintf(c.stderr, "%-14s %s: %s (%s) %s\n", j.name, t.Name, t.Got, t.Must, markOf(t.OK))
		}
		if err := keepWhole(o.data, f); err != nil {
			return err
		}
	}
	figures, err := readWhole(o.data)
	if err != nil {
		return err
	}
	page := wholePage(county, engineName(o.store), figures)
	if o.out != "" {
		return os.WriteFile(o.out, []byte(page), 0o644) //nolint:gosec // a public page
	}
	_, err = io.WriteString(c.stdout, page)
	return err
}

func markOf(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}

// revision is the commit that the binary was built from.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return ""
}

func wholeFile(data string) string { return filepath.Join(data, "figures.json") }

// readWhole gives the last figure of each job, in the order of the jobs.
func readWhole(data string) ([]wholeFigure, error) {
	text, err := os.ReadFile(wholeFile(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var figures []wholeFigure
	err = json.Unmarshal(text, &figures)
	names := wholeNames()
	slices.SortStableFunc(figures, func(a, b wholeFigure) int {
		return cmp.Compare(slices.Index(names, a.Job), slices.Index(names, b.Job))
	})
	return figures, err
}

func keepWhole(data string, f wholeFigure) error {
	figures, err := readWhole(data)
	if err != nil {
		return err
	}
	figures = slices.DeleteFunc(figures, func(old wholeFigure) bool { return old.Job == f.Job })
	text, err := json.MarshalIndent(append(figures, f), "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(wholeFile(data), text, 0o600)
}

// wholePage writes the figures as one page.
func wholePage(c *county, engine string, figures []wholeFigure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks of a whole county\n\nMade by `make bench-county`. Do not edit: run it again. `xinyi bench --county --data DIR --job NAME --out FILE` measures one job again and keeps the others' last figures.\n\n")
	fmt.Fprintf(&b, "| | |\n|---|---|\n| machine | %s |\n| versions | %s |\n| county | %d people, %d organisations, %d records a person, %d MiB on disk |\n| engine | %s |\n",
		machine(), versions(), c.size.People, c.size.Orgs, c.size.PerPerson, c.diskMiB, engine)
	if c.size != wholeCounty {
		fmt.Fprintf(&b, "\nThis is not the whole county: the targets are for %d people and %d organisations.\n", wholeCounty.People, wholeCounty.Orgs)
	}
	fmt.Fprintf(&b, "\nServer, load generator and whatever else runs share the machine. Each job has a server of its own on a copy of the county; look-ups beside it come at a fixed rate, "+
		"and their latency counts from the instant a request was meant to be sent.\n\n## Against the targets\n\n| figure | must | measured | |\n|---|---|---:|---|\n")
	for _, f := range figures {
		for _, t := range f.Targets {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", t.Name, t.Must, t.Got, markOf(t.OK))
		}
	}
	for _, f := range figures {
		fmt.Fprintf(&b, "\n## %s\n\n%s`--job %s`, %s, %.0f s", f.Title, f.Text, f.Job, f.At.Format("2006-01-02 15:04 UTC"), f.Took.Seconds())
		if f.Version != "" {
			fmt.Fprintf(&b, ", commit %s", f.Version)
		}
		fmt.Fprintln(&b, ".")
	}
	return b.String()
}
