package sector

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the schemes that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Unrated is how a grade without a place on the display scale reads.
const Unrated = "未评"

// Scheme is one sector's rating scheme.
type Scheme struct {
	Key          string   `yaml:"key"`
	Name         string   `yaml:"name"`
	Documents    []string `yaml:"documents"`
	Subjects     []string `yaml:"subjects"`     // who is rated, in the words of the document
	SubjectKinds []string `yaml:"subjectKinds"` // organisation, person, government
	// Scale is best to worst; nil where the documents give none.
	Scale []string `yaml:"scale"`
	// Open: the scale goes on below its last known grade.
	Open bool `yaml:"open"`
	// Known are grades without a known order.
	Known  []string `yaml:"known"`
	Points int      `yaml:"points"` // greatest score; 0 = none given
	Cycle  string   `yaml:"cycle"`  // year, quarter, rolling; "" = none given
	Level  string   `yaml:"level"`  // who publishes: district, county, city
	// Units are the kinds of units that rate (catalogue units); nil where the documents name none:
	// then only those who report for all do.
	Units   []string          `yaml:"units"`
	Display map[string]string `yaml:"display"`
	// Measures that follow from a grade; Grade "" where the document names none.
	Measures []Measure `yaml:"measures"`
	Note     string    `yaml:"note"`

	// RuleVersion names the file the scheme comes from (name@date#hash8), ValidFrom is its date.
	RuleVersion string     `yaml:"-"`
	ValidFrom   model.Date `yaml:"-"`
}

// Measure is what follows from a grade.
type Measure struct {
	Grade string `yaml:"grade"`
	Text  string `yaml:"text"`
}

type schemesFile struct {
	Name      string     `yaml:"name"`
	Title     string     `yaml:"title"`
	ValidFrom model.Date `yaml:"validFrom"`
	Schemes   []*Scheme  `yaml:"schemes"`
}

// Book holds all schemes, with all their versions or with those in force on one day (On). It
// is immutable and safe for concurrent use.
type Book struct {
	schemes []*Scheme // in the order of the files
	byKey   map[string]*Scheme
	version string
}

// Load reads all scheme files. A key may stand in several files of different dates: those
// are its versions.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	for _, f := range rulefile.Read(fsys, &faults) {
		for _, s := range parse(f, &faults) {
			if slices.ContainsFunc(b.schemes, func(o *Scheme) bool { return o.Key == s.Key && o.ValidFrom == s.ValidFrom }) {
				faults.Addf(f.Name, "schemes: 重复的 key %q", s.Key)
				continue
			}
			b.schemes = append(b.schemes, s)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	b.index()
	return b, nil
}

// index finds each scheme by key, of several versions the last one, and names the whole.
func (b *Book) index() {
	b.byKey = map[string]*Scheme{}
	all := sha256.New()
	for _, s := range b.schemes {
		all.Write([]byte(s.Key + "\x00" + s.RuleVersion + "\x00"))
		if have := b.byKey[s.Key]; have == nil || have.ValidFrom < s.ValidFrom {
			b.byKey[s.Key] = s
		}
	}
	b.version = "sectors#" + hex.EncodeToString(all.Sum(nil)[:8])
}

// Version names all schemes of the book together: books with one version say the same.
func (b *Book) Version() string { return b.version }

// On gives the book of one day: of every scheme the version in force; of one that is not in
// force yet the first, since a rating of before it can be judged by nothing else.
func (b *Book) On(day model.Date) *Book {
	picked := map[string]*Scheme{}
	var order []string
	for _, s := range b.schemes {
		have := picked[s.Key]
		if have == nil {
			order = append(order, s.Key)
		}
		if have == nil || s.ValidFrom <= day && s.ValidFrom > have.ValidFrom || have.ValidFrom > day && s.ValidFrom < have.ValidFrom {
			picked[s.Key] = s
		}
	}
	of := &Book{}
	for _, key := range order {
		of.schemes = append(of.schemes, picked[key])
	}
	of.index()
	return of
}

// parse reads the schemes of one file.
func parse(f rulefile.File, faults *rulefile.Faults) []*Scheme {
	var file schemesFile
	if !rulefile.Decode(f, &file, faults) {
		return nil
	}
	faults.Text(f.Name, "name", file.Name)
	faults.Text(f.Name, "title", file.Title)
	faults.Date(f.Name, "validFrom", file.ValidFrom)
	var schemes []*Scheme
	for _, s := range file.Schemes {
		if s == nil || slices.ContainsFunc(schemes, func(o *Scheme) bool { return o.Key == s.Key }) {
			faults.Addf(f.Name, "schemes: 有空项或重复的 key")
			continue
		}
		s.check(f.Name, faults)
		s.RuleVersion, s.ValidFrom = rulefile.Version(file.Name, file.ValidFrom, f.Raw), file.ValidFrom
		schemes = append(schemes, s)
	}
	return schemes
}

// Write gives the rule file of a new version of one scheme, valid from a day on, as it will
// be read. Errors: CodeInvalidRequest, which names every fault.
func Write(s Scheme, from model.Date) ([]byte, error) {
	raw, err := yaml.Marshal(schemesFile{Name: "sector-" + strings.ReplaceAll(s.Key, "_", "-"), Title: s.Name, ValidFrom: from, Schemes: []*Scheme{&s}})
	if err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "")
	}
	_, err = Read(raw)
	return raw, err
}

// Read gives the scheme of a file that Write made.
func Read(raw []byte) (*Scheme, error) {
	var faults rulefile.Faults
	schemes := parse(rulefile.File{Name: "scheme", Raw: raw}, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if len(schemes) != 1 {
		return nil, model.Errorf(model.CodeInvalidRequest, "一个版本应恰好有一个行业的评价办法。")
	}
	return schemes[0], nil
}

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (s *Scheme) check(file string, faults *rulefile.Faults) {
	if !keyPattern.MatchString(s.Key) {
		faults.Addf(file, "key %q 应为小写字母、数字和下划线", s.Key)
	}
	faults.Text(file, s.Key+".name", s.Name)
	if len(s.Documents) == 0 || len(s.Subjects) == 0 || len(s.SubjectKinds) == 0 {
		faults.Addf(file, "%s: documents、subjects、subjectKinds 不能为空", s.Key)
	}
	for _, k := range s.SubjectKinds {
		if k != "organisation" && k != "person" && k != "government" {
			faults.Addf(file, "%s: 未知的 subjectKinds %q", s.Key, k)
		}
	}
	for _, unit := range s.Units {
		if !keyPattern.MatchString(unit) {
			faults.Addf(file, "%s: units 应为单位名录中的类别", s.Key)
		}
	}
	grades := slices.Concat(s.Scale, s.Known)
	for i, g := range grades {
		if strings.TrimSpace(g) == "" || slices.Contains(grades[:i], g) {
			faults.Addf(file, "%s: 等级为空或重复", s.Key)
		}
	}
	if len(s.Scale) == 1 || (s.Open && s.Scale == nil) {
		faults.Addf(file, "%s: scale 至少两级，没有依据时写 null；open 只用于有 scale 时", s.Key)
	}
	if !slices.Contains([]string{"", "year", "quarter", "rolling"}, s.Cycle) || !slices.Contains([]string{"district", "county", "city"}, s.Level) || s.Points < 0 {
		faults.Addf(file, "%s: cycle、level 或 points 有误", s.Key)
	}
	for grade, shown := range s.Display {
		if !slices.Contains(s.Scale, grade) || !slices.Contains([]string{"优", "良", "中", "差"}, shown) {
			faults.Addf(file, "%s: display 应把 scale 中的等级对应到 优、良、中、差", s.Key)
		}
	}
	for _, m := range s.Measures {
		if (m.Grade != "" && !slices.Contains(grades, m.Grade)) || m.Text == "" {
			faults.Addf(file, "%s: measures 的等级未知或没有内容", s.Key)
		}
	}
}

// collector is the kind of the units that report for all others: governments and credit offices.
const collector = "authority"

// RatedBy reports whether a unit of such a kind ("" = not in the register) reports ratings of
// the scheme.
func (s *Scheme) RatedBy(kind string) bool {
	return kind == collector || slices.Contains(s.Units, kind)
}

// Schemes lists all schemes in the order of the files.
func (b *Book) Schemes() []*Scheme { return slices.Clone(b.schemes) }

// Scheme gives one scheme. Errors: CodeNotFound.
func (b *Book) Scheme(key string) (*Scheme, error) {
	if s := b.byKey[key]; s != nil {
		return s, nil
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这个行业的评价办法，请从行业列表中选择。")
}

// Normalised gives the grade for reading side by side: 优, 良, 中, 差 or 未评.
func (s *Scheme) Normalised(grade string) string {
	if shown, ok := s.Display[grade]; ok {
		return shown
	}
	return Unrated
}

// maxGrade bounds a grade that no scale checks, in runes.
const maxGrade = 20

// allows reports whether a grade can occur under the scheme.
func (s *Scheme) allows(grade string) bool {
	if slices.Contains(s.Scale, grade) || slices.Contains(s.Known, grade) {
		return true
	}
	// Nothing is known against a grade of a scheme without a closed scale.
	return (s.Scale == nil || s.Open) && strings.TrimSpace(grade) != "" && len([]rune(grade)) <= maxGrade
}
