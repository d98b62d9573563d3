package benefit

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the demo rules that come with the program; all are marked as demo figures.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Status is the state of a rule version.
type Status string

// The states.
const (
	StatusDraft     Status = "draft"
	StatusPublished Status = "published"
	StatusPaused    Status = "paused"
)

// Definition is a rule version as written in YAML.
type Definition struct {
	Code      string     `yaml:"code"`
	Status    Status     `yaml:"status"`
	ValidFrom model.Date `yaml:"validFrom"`
	ValidTo   model.Date `yaml:"validTo"` // last day; "" = open
	// Demo marks figures that no partner has confirmed; DemoNote says so to people.
	Demo     bool   `yaml:"demo"`
	DemoNote string `yaml:"demoNote"`

	Scene    model.Scene `yaml:"scene"`
	Title    string      `yaml:"title"`
	Summary  string      `yaml:"summary"` // one sentence for the list of benefits
	Partner  Partner     `yaml:"partner"`
	SiteID   string      `yaml:"siteId"`
	SiteName string      `yaml:"siteName"`

	// SubjectType is person or org.
	SubjectType  string `yaml:"subjectType"`
	Value        Value  `yaml:"value"`
	BasePriceFen *int64 `yaml:"basePriceFen"` // standard price or deposit, 分; nil = not known
	Stackable    bool   `yaml:"stackable"`
	LegalBasis   string `yaml:"legalBasis"`
	// Basis is the code of the legal basis in the measures table (policy/measures); who
	// publishes a draft needs one that is in force.
	Basis string `yaml:"basis,omitempty"`

	// Companions (同行人) may come with the holder, each for the price of the holder.
	Companions      int     `yaml:"companions,omitempty"`
	Per             Per     `yaml:"per"`
	CooldownMinutes int     `yaml:"cooldownMinutes"`
	TimeWindow      *Window `yaml:"timeWindow"`
	// Budget is shared by all holders; who hands it out counts it. nil = no limit.
	Budget *Budget `yaml:"budget"`

	Parameters map[string][]Parameter `yaml:"parameters"`
	Conditions []Condition            `yaml:"conditions"`
}

// Partner is who gives the benefit (合作单位).
type Partner struct {
	Name     string `yaml:"name"`
	USCC     string `yaml:"uscc"`
	Contract string `yaml:"contract"` // contract reference
}

// Per limits uses per holder; 0 = no limit.
type Per struct {
	Day   int `yaml:"day"`
	Month int `yaml:"month"`
	Year  int `yaml:"year"`
	Total int `yaml:"total"`
}

// Parameter is a dated value: text, whole number, yes/no or a list of texts.
type Parameter struct {
	Since model.Date `yaml:"since"`
	Value any        `yaml:"value"`
	Basis string     `yaml:"basis"`
}

// Condition is one requirement with what people are told about it.
type Condition struct {
	ID  string `yaml:"id"`
	CEL string `yaml:"cel"`
	// Needs names exactly the facts the expression uses.
	Needs        []string `yaml:"needs"`
	Eligible     string   `yaml:"eligible"`
	NotEligible  string   `yaml:"notEligible"`
	Undetermined string   `yaml:"undetermined"`
}

// Rule is one version of a benefit rule, ready to decide. It is immutable and safe for
// concurrent use.
type Rule struct {
	Definition
	// Version is code@validFrom#hash8.
	Version string

	conditions []condition
	params     []param
	paramDays  []paramDay
	limits     []limit
	// standard and reduced are what to pay without and with the benefit.
	standard, reduced price
	successor         model.Date // first day of the next version; "" = none
}

// InForce reports whether the rule decides at t: published and within its dates.
func (r *Rule) InForce(t time.Time) bool {
	day := model.DateOf(t)
	return r.Status == StatusPublished && r.ValidFrom <= day && (r.ValidTo == "" || day <= r.ValidTo) &&
		(r.successor == "" || day < r.successor)
}

// State names where a published version stands on a day, next being the first day of the next
// version: coming, in_force, paused, superseded or ended.
func (r *Rule) State(today, next model.Date) string {
	switch {
	case today < r.ValidFrom:
		return "coming"
	case next != "" && next <= today:
		return "superseded"
	case r.ValidTo != "" && r.ValidTo < today:
		return "ended"
	case r.Status == StatusPaused:
		return "paused"
	}
	return "in_force"
}

// Book holds all versions of all rules. It is immutable and safe for concurrent use.
type Book struct {
	codes    []string
	versions map[string][]*Rule  // oldest first
	sites    map[string][]string // codes of the rules that were ever at a site, in code order
}

// Load reads one rule version per file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	c, err := newCompiler()
	if err != nil {
		return nil, err
	}
	b := &Book{versions: map[string][]*Rule{}, sites: map[string][]string{}}
	for _, f := range rulefile.Read(fsys, &faults) {
		if r := c.rule(f, &faults); r != nil {
			b.versions[r.Code] = append(b.versions[r.Code], r)
		}
	}
	for code, versions := range b.versions {
		b.codes = append(b.codes, code)
		slices.SortFunc(versions, func(x, y *Rule) int { return cmp.Compare(x.ValidFrom, y.ValidFrom) })
		for i := 1; i < len(versions); i++ {
			if versions[i].ValidFrom == versions[i-1].ValidFrom {
				faults.Addf(code, "%s 有两个版本生效", versions[i].ValidFrom)
			}
			versions[i-1].successor = versions[i].ValidFrom
		}
	}
	slices.Sort(b.codes)
	for _, code := range b.codes {
		for _, r := range b.versions[code] {
			if at := b.sites[r.SiteID]; !slices.Contains(at, code) {
				b.sites[r.SiteID] = append(at, code)
			}
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

// Parse reads one rule version on its own, such as a draft. Errors: CodeInvalidRequest
// with every fault.
func Parse(raw []byte) (*Rule, error) {
	var faults rulefile.Faults
	c, err := newCompiler()
	if err != nil {
		return nil, err
	}
	r := c.rule(rulefile.File{Name: "draft.yaml", Raw: raw}, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// Rule gives the version of a benefit whose dates cover at, published or not.
// Errors: CodeNotFound.
func (b *Book) Rule(code string, at time.Time) (*Rule, error) {
	if r := b.on(code, model.DateOf(at)); r != nil {
		return r, nil
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这项优惠，或优惠尚未开始，请刷新优惠列表后重试。")
}

// on is Rule for a day; nil if there is none.
func (b *Book) on(code string, day model.Date) *Rule {
	for _, r := range slices.Backward(b.versions[code]) {
		if r.ValidFrom <= day {
			return r
		}
	}
	return nil
}

// Published gives the rules in force at a moment, in code order.
func (b *Book) Published(at time.Time) []*Rule {
	rules := make([]*Rule, 0, len(b.codes))
	for _, code := range b.codes {
		if r, err := b.Rule(code, at); err == nil && r.InForce(at) {
			rules = append(rules, r)
		}
	}
	return rules
}

// Versions gives every version of a benefit, oldest first; none for an unknown code.
func (b *Book) Versions(code string) []*Rule { return slices.Clone(b.versions[code]) }

// Codes lists the benefits in code order.
func (b *Book) Codes() []string { return slices.Clone(b.codes) }
