package quality

import (
	"embed"
	"io/fs"
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the definitions that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Measures of a figure.
const (
	Percent = "percent"
	PerHead = "per_head"
	Count   = "count"
)

// KPI is one figure (考核指标).
type KPI struct {
	Key     string `yaml:"key"`
	Name    string `yaml:"name"`
	Formula string `yaml:"formula"`
	// Numerator and Denominator are sums of counters or entered numbers; without a
	// Denominator the figure is the numerator.
	Numerator   []string `yaml:"numerator"`
	Denominator []string `yaml:"denominator"`
	Measure     string   `yaml:"measure"`
	// PerUnit figures are computed for each unit too, the others for the area alone.
	PerUnit bool `yaml:"perUnit"`
	// Yearly figures take the whole year of the period.
	Yearly bool    `yaml:"yearly"`
	Target *Target `yaml:"target"`
	// Trend is rising or falling where the documents ask for that instead of a target.
	Trend  string `yaml:"trend"`
	Source string `yaml:"source"`
}

// Target is what a figure should come to.
type Target struct {
	Op    string `yaml:"op"` // ge, gt, le, lt
	Value int64  `yaml:"value"`
}

// Entered is a number that the office enters, since no record tells it.
type Entered struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
	// Stock numbers hold until the next one; others belong to their month.
	Stock bool `yaml:"stock"`
}

// Concern marks a unit (重点关注) whose figure is over a value.
type Concern struct {
	KPI  string `yaml:"kpi"`
	Over int64  `yaml:"over"`
}

type file struct {
	Name      string     `yaml:"name"`
	Title     string     `yaml:"title"`
	ValidFrom model.Date `yaml:"validFrom"`
	Late      int        `yaml:"lateAfterWorkdays"`
	Concern   Concern    `yaml:"concern"`
	Entered   []Entered  `yaml:"entered"`
	KPIs      []KPI      `yaml:"kpis"`
}

// Calendar counts working days (policy/clock).
type Calendar interface {
	AddWorkdays(d model.Date, n int) (model.Date, error)
}

// Rules are one version of the definitions. Immutable, safe for concurrent use.
type Rules struct {
	// Version is name@date#hash8.
	Version  string
	file     file
	calendar Calendar
	entered  map[string]Entered
}

// Book holds the versions of the definitions.
type Book struct{ versions []*Rules }

// Load reads all files; all faults are reported together.
func Load(fsys fs.FS, calendar Calendar) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	for _, f := range rulefile.Read(fsys, &faults) {
		r := &Rules{calendar: calendar, entered: map[string]Entered{}}
		if !rulefile.Decode(f, &r.file, &faults) {
			continue
		}
		r.check(f.Name, &faults)
		r.Version = rulefile.Version(r.file.Name, r.file.ValidFrom, f.Raw)
		b.versions = append(b.versions, r)
	}
	slices.SortFunc(b.versions, func(a, c *Rules) int { return compareDates(a.file.ValidFrom, c.file.ValidFrom) })
	for i, r := range b.versions[:max(0, len(b.versions)-1)] {
		if r.file.ValidFrom == b.versions[i+1].file.ValidFrom {
			faults.Addf(r.file.Name, "validFrom: 两个版本的生效日期相同")
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

func compareDates(a, b model.Date) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *Rules) check(name string, faults *rulefile.Faults) {
	f := &r.file
	faults.Text(name, "name", f.Name)
	faults.Text(name, "title", f.Title)
	faults.Date(name, "validFrom", f.ValidFrom)
	if f.Late < 1 || f.Late > 60 {
		faults.Addf(name, "lateAfterWorkdays 应为 1–60")
	}
	for _, e := range f.Entered {
		if _, twice := r.entered[e.Key]; twice || e.Key == "" || e.Name == "" || slices.Contains(counters, e.Key) {
			faults.Addf(name, "entered %q: 重复、缺少名称，或与计数器同名", e.Key)
		}
		r.entered[e.Key] = e
	}
	keys := map[string]bool{}
	for _, k := range f.KPIs {
		if keys[k.Key] || k.Key == "" || k.Name == "" || k.Formula == "" || k.Source == "" || len(k.Numerator) == 0 {
			faults.Addf(name, "kpi %q: 重复，或缺少 name、formula、numerator、source", k.Key)
		}
		keys[k.Key] = true
		for _, c := range slices.Concat(k.Numerator, k.Denominator) {
			if _, entered := r.entered[c]; !entered && !slices.Contains(counters, c) {
				faults.Addf(name, "kpi %s: 未知的计数器 %q", k.Key, c)
			}
		}
		if !slices.Contains([]string{Percent, PerHead, Count}, k.Measure) || (k.Measure == Count) != (len(k.Denominator) == 0) {
			faults.Addf(name, "kpi %s: measure 应为 percent、per_head（有分母）或 count（无分母）", k.Key)
		}
		if k.Target != nil && !slices.Contains([]string{"ge", "gt", "le", "lt"}, k.Target.Op) || !slices.Contains([]string{"", "rising", "falling"}, k.Trend) {
			faults.Addf(name, "kpi %s: target.op 或 trend 有误", k.Key)
		}
	}
	if f.Concern.KPI != "" && !keys[f.Concern.KPI] {
		faults.Addf(name, "concern: 未知的指标 %q", f.Concern.KPI)
	}
}

// On gives the version in force on a day; the first one before that.
func (b *Book) On(day model.Date) *Rules {
	r := b.versions[0]
	for _, v := range b.versions {
		if v.file.ValidFrom <= day {
			r = v
		}
	}
	return r
}

// KPIs lists the figures in the order of the file.
func (r *Rules) KPIs() []KPI { return r.file.KPIs }

// Title names the definitions.
func (r *Rules) Title() string { return r.file.Title }

// Entered gives an entered number's definition.
func (r *Rules) Entered(key string) (Entered, bool) {
	e, ok := r.entered[key]
	return e, ok
}

// KPI gives one figure. Errors: CodeNotFound.
func (r *Rules) KPI(key string) (KPI, error) {
	for _, k := range r.file.KPIs {
		if k.Key == key {
			return k, nil
		}
	}
	return KPI{}, model.Errorf(model.CodeNotFound, "没有这项指标，请从指标表中选择。")
}
