package loan

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the rule set that comes with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// The fields a rule may ask about, and how.
const (
	fieldRegMonths     = "regMonths"     // full months since the establishment; ">="
	fieldStatus        = "status"        // registration status; "in"
	fieldTaxGrade      = "taxGrade"      // current tax credit grade; "in"
	fieldPublicGrade   = "publicGrade"   // grade of the enterprise model; "in"
	fieldSeriousList   = "seriousList"   // 严重失信主体名单; "absent"
	fieldAbnormalList  = "abnormalList"  // 经营异常名录; "absent"
	fieldWatchList     = "watchList"     // 重点关注名单; "absent"
	fieldOpenObjection = "openObjection" // a disputed record; "manual"
)

var operators = map[string]string{fieldRegMonths: ">=", fieldStatus: "in", fieldTaxGrade: "in", fieldPublicGrade: "in",
	fieldSeriousList: "absent", fieldAbnormalList: "absent", fieldWatchList: "absent", fieldOpenObjection: "manual"}

// ruleFile is one rule as written in YAML.
type ruleFile struct {
	ID           string   `yaml:"id"`
	Field        string   `yaml:"field"`
	Op           string   `yaml:"op"`
	Number       int      `yaml:"number"`
	Values       []string `yaml:"values"`
	Eligible     string   `yaml:"eligible"`
	NotEligible  string   `yaml:"notEligible"`
	Undetermined string   `yaml:"undetermined"`
}

// setFile is one version of the rule set as written in YAML.
type setFile struct {
	Name       string              `yaml:"name"`
	Title      string              `yaml:"title"`
	ValidFrom  model.Date          `yaml:"validFrom"`
	LegalBasis string              `yaml:"legalBasis"`
	Subjects   []model.SubjectKind `yaml:"subjects"`
	Rules      []ruleFile          `yaml:"rules"`
}

// ruleSet is one version, ready to screen.
type ruleSet struct {
	setFile
	version string
}

// Book holds every version of the rule set, oldest first. It is immutable and safe for
// concurrent use.
type Book struct{ sets []*ruleSet }

// Load reads one version per file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	for _, f := range rulefile.Read(fsys, &faults) {
		s := &ruleSet{}
		if !rulefile.Decode(f, &s.setFile, &faults) {
			continue
		}
		s.check(f.Name, &faults)
		s.version = rulefile.Version(s.Name, s.ValidFrom, f.Raw)
		b.sets = append(b.sets, s)
	}
	slices.SortFunc(b.sets, func(x, y *ruleSet) int { return cmp.Compare(x.ValidFrom, y.ValidFrom) })
	for i := 1; i < len(b.sets); i++ {
		if b.sets[i].ValidFrom == b.sets[i-1].ValidFrom {
			faults.Addf(".", "%s 有两个版本生效", b.sets[i].ValidFrom)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

func (s *setFile) check(file string, faults *rulefile.Faults) {
	faults.Text(file, "name", s.Name)
	faults.Text(file, "title", s.Title)
	faults.Text(file, "legalBasis", s.LegalBasis)
	faults.Date(file, "validFrom", s.ValidFrom)
	if len(s.Subjects) == 0 || len(s.Rules) == 0 {
		faults.Addf(file, "subjects 和 rules 不能为空")
	}
	for _, k := range s.Subjects {
		if k != model.KindLegalPerson && k != model.KindSelfEmployed {
			faults.Addf(file, "subjects: 白名单只面向企业和个体工商户，不能是 %q", k)
		}
	}
	seen := map[string]bool{}
	for _, r := range s.Rules {
		if r.ID == "" || seen[r.ID] {
			faults.Addf(file, "rules: id %q 为空或重复", r.ID)
		}
		seen[r.ID] = true
		if want, ok := operators[r.Field]; !ok || r.Op != want {
			faults.Addf(file, "%s: 未知字段 %q，或该字段不能用 %q", r.ID, r.Field, r.Op)
		}
		if (r.Op == ">=") != (r.Number != 0) || r.Number < 0 || r.Number > 1200 {
			faults.Addf(file, "%s: number 只用于 >=，且在 1–1200 之间", r.ID)
		}
		if (r.Op == "in") != (len(r.Values) > 0) {
			faults.Addf(file, "%s: values 只用于 in，且不能为空", r.ID)
		}
		faults.Text(file, r.ID+".eligible", r.Eligible)
		faults.Text(file, r.ID+".undetermined", r.Undetermined)
		if r.Op != "manual" {
			faults.Text(file, r.ID+".notEligible", r.NotEligible)
		}
	}
}

// Version names the rule set in force on a day (name@date#hash8); "" before the first one.
func (b *Book) Version(on model.Date) string {
	if s, _ := b.inForce(on); s != nil {
		return s.version
	}
	return ""
}

// inForce gives the version of the day and the first day of its successor ("": none).
func (b *Book) inForce(on model.Date) (s *ruleSet, until model.Date) {
	for _, v := range b.sets {
		if v.ValidFrom > on {
			return s, v.ValidFrom
		}
		s = v
	}
	return s, ""
}
