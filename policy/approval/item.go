package approval

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the demo items that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Definition is one version of an approval item (事项) as written in YAML.
type Definition struct {
	ItemCode  string     `yaml:"itemCode"`
	Name      string     `yaml:"name"`
	Dept      string     `yaml:"dept"`
	ValidFrom model.Date `yaml:"validFrom"`
	Demo      bool       `yaml:"demo"` // figures no department has confirmed

	// Modes the item offers, quickest first; the normal way needs no mention.
	Modes               []model.ApprovalMode `yaml:"modes"`
	MainMaterials       []Material           `yaml:"mainMaterials"`
	DeferrableMaterials []Material           `yaml:"deferrableMaterials"`
	MaxDeferred         int                  `yaml:"maxDeferred"`
	SupplyDays          int                  `yaml:"supplyDays"` // working days
	// MinGrade is the least enterprise grade (A–E) for a quicker mode; "" = any or none.
	MinGrade   string     `yaml:"minGrade"`
	Exclusions Exclusions `yaml:"exclusions"`

	LegalBasis string `yaml:"legalBasis"`
	// PromiseTemplate may hold {itemName}, {materials} and {supplyBy}.
	PromiseTemplate string `yaml:"promiseTemplate"`
	PostCheckDays   int    `yaml:"postCheckDays"` // days in which a promise is checked
	BreachBanDays   int    `yaml:"breachBanDays"` // days without quicker modes after a broken promise
	// Warning is shown before signing (河南省社会信用条例第六十八条).
	Warning string `yaml:"warning"`
}

// Material is one paper. Source says where a deferrable one can be had.
type Material struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	Source string `yaml:"source"`
}

// Exclusions are the adverse facts that close the quicker modes.
type Exclusions struct {
	Lists     []model.ListKind `yaml:"lists"`
	Negatives []model.Severity `yaml:"negatives"` // unrepaired adverse records of these severities
	Breach    bool             `yaml:"breach"`    // a promise broken within breachBanDays
}

// Item is one version of an approval item, ready to plan.
type Item struct {
	Definition
	Version string // itemCode@validFrom#hash8
}

// Book holds all versions of all items. It is immutable and safe for concurrent use.
type Book struct {
	codes    []string
	versions map[string][]*Item // oldest first
}

// Load reads one item version per file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{versions: map[string][]*Item{}}
	for _, f := range rulefile.Read(fsys, &faults) {
		it := &Item{}
		if !rulefile.Decode(f, &it.Definition, &faults) {
			continue
		}
		it.check(f.Name, &faults)
		it.Version = rulefile.Version(it.ItemCode, it.ValidFrom, f.Raw)
		b.versions[it.ItemCode] = append(b.versions[it.ItemCode], it)
	}
	for code, versions := range b.versions {
		b.codes = append(b.codes, code)
		slices.SortFunc(versions, func(x, y *Item) int { return cmp.Compare(x.ValidFrom, y.ValidFrom) })
		for i := 1; i < len(versions); i++ {
			if versions[i].ValidFrom == versions[i-1].ValidFrom {
				faults.Addf(code, "%s 有两个版本生效", versions[i].ValidFrom)
			}
		}
	}
	slices.Sort(b.codes)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

// Item gives the version of an item in force on a day. Errors: CodeNotFound.
func (b *Book) Item(code string, on model.Date) (*Item, error) {
	versions := b.versions[code]
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].ValidFrom <= on {
			return versions[i], nil
		}
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这个事项，或事项尚未开通，请从事项列表中选择。")
}

// Items gives the items in force on a day, in code order.
func (b *Book) Items(on model.Date) []*Item {
	items := make([]*Item, 0, len(b.codes))
	for _, code := range b.codes {
		if it, err := b.Item(code, on); err == nil {
			items = append(items, it)
		}
	}
	return items
}

const grades = "ABCDE"

var quick = []model.ApprovalMode{model.ModeInstant, model.ModeCommitment, model.ModeDeferred}

func (d *Definition) check(file string, faults *rulefile.Faults) {
	for _, f := range [][2]string{{"itemCode", d.ItemCode}, {"name", d.Name}, {"dept", d.Dept}, {"legalBasis", d.LegalBasis}} {
		faults.Text(file, f[0], f[1])
	}
	faults.Date(file, "validFrom", d.ValidFrom)
	last := -1
	for _, m := range d.Modes {
		at := slices.Index(quick, m)
		if at <= last {
			faults.Addf(file, "modes 应为 instant、commitment、deferred 中的若干项，由快到慢，不重复")
		}
		last = at
	}
	promised := d.offers(model.ModeCommitment) || d.offers(model.ModeDeferred)
	if promised && (d.PromiseTemplate == "" || d.Warning == "" || d.BreachBanDays < 1 || d.PostCheckDays < 1) {
		faults.Addf(file, "告知承诺和容缺受理须写 promiseTemplate、warning、postCheckDays、breachBanDays")
	}
	if promised != (len(d.DeferrableMaterials) > 0) || promised && (d.SupplyDays < 1 || d.SupplyDays > 60) {
		faults.Addf(file, "告知承诺和容缺受理须写 deferrableMaterials 和 1–60 个工作日的 supplyDays，其他事项不写")
	}
	if d.offers(model.ModeDeferred) != (d.MaxDeferred > 0) || d.MaxDeferred < 0 || d.MaxDeferred > len(d.DeferrableMaterials) {
		faults.Addf(file, "maxDeferred 只用于容缺受理，且不超过可容缺材料数")
	}
	if len(d.MinGrade) > 1 || !strings.Contains(grades, d.MinGrade) {
		faults.Addf(file, "minGrade 应为 A–E 或不写")
	}
	for _, n := range []int{d.BreachBanDays, d.PostCheckDays} {
		if n < 0 || n > 3660 {
			faults.Addf(file, "postCheckDays 和 breachBanDays 应在 0–3660 之间")
		}
	}
	d.checkMaterials(file, faults)
	d.Exclusions.check(file, faults)
}

func (d *Definition) checkMaterials(file string, faults *rulefile.Faults) {
	if len(d.MainMaterials) == 0 {
		faults.Addf(file, "mainMaterials 不能为空")
	}
	seen := map[string]bool{}
	for i, m := range slices.Concat(d.MainMaterials, d.DeferrableMaterials) {
		if m.Code == "" || seen[m.Code] || m.Name == "" {
			faults.Addf(file, "材料 %q 的 code 为空或重复，或没有 name", m.Code)
		}
		seen[m.Code] = true
		if i >= len(d.MainMaterials) && m.Source == "" {
			faults.Addf(file, "可容缺材料 %q 须写 source（从哪里取得）", m.Code)
		}
	}
}

func (e *Exclusions) check(file string, faults *rulefile.Faults) {
	for _, l := range e.Lists {
		if l != model.ListSerious && l != model.ListAbnormal && l != model.ListWatch {
			faults.Addf(file, "exclusions.lists: 未知名单 %q", l)
		}
	}
	for _, s := range e.Negatives {
		if s != model.SeverityMinor && s != model.SeverityGeneral && s != model.SeveritySerious {
			faults.Addf(file, "exclusions.negatives: 未知严重程度 %q", s)
		}
	}
}

func (d *Definition) offers(m model.ApprovalMode) bool { return slices.Contains(d.Modes, m) }
