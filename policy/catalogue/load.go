package catalogue

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the catalogue that comes with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Book is editions, blocklist and unit types. It is immutable and safe for concurrent use.
type Book struct {
	editions  []*Edition
	blocks    []Block
	unitTypes []UnitType
	units     map[string]string // type by full name
	// categories are those that some edition lists on their own, as kind/category.
	categories map[string]bool
	version    string
}

// Version names everything the book was read from.
func (b *Book) Version() string { return b.version }

// file is any of the files: an edition, the blocklist or the units.
type file struct {
	Catalogue string     `yaml:"catalogue"` // edition, blocklist or units
	Name      string     `yaml:"name"`
	Title     string     `yaml:"title"`
	ValidFrom model.Date `yaml:"validFrom"`

	Edition  string   `yaml:"edition"`
	Base     string   `yaml:"base"` // edition whose lines stay where this one is silent
	Document string   `yaml:"document"`
	Classes  []Class  `yaml:"classes"`
	Items    []*Item  `yaml:"items"`
	Without  []string `yaml:"without"` // codes of the base that this edition no longer has

	Blocked []Block `yaml:"blocked"`

	Places []string   `yaml:"places"`
	Types  []UnitType `yaml:"types"`
}

// loader puts the files together.
type loader struct {
	*Book
	faults rulefile.Faults
	files  map[string]file // by edition
}

// Load reads all files of a catalogue; every fault is reported.
func Load(fsys fs.FS) (*Book, error) {
	l := &loader{Book: &Book{units: map[string]string{}, categories: map[string]bool{}}, files: map[string]file{}}
	sum := sha256.New()
	for _, raw := range rulefile.Read(fsys, &l.faults) {
		sum.Write(raw.Raw)
		var f file
		if rulefile.Decode(raw, &f, &l.faults) {
			l.take(raw, f)
		}
	}
	slices.SortFunc(l.editions, func(a, b *Edition) int { return strings.Compare(string(a.ValidFrom), string(b.ValidFrom)) })
	for i, e := range l.editions {
		if i+1 < len(l.editions) {
			e.ValidUntil = l.editions[i+1].ValidFrom.AddDays(-1)
		}
		l.inherit(e)
	}
	if l.faults.Len() == 0 && len(l.editions) == 0 {
		l.faults.Addf(".", "至少要有一个版本的目录")
	}
	l.version = "catalogue#" + hex.EncodeToString(sum.Sum(nil)[:4])
	if err := l.faults.Err(); err != nil {
		return nil, err
	}
	return l.Book, nil
}

func (l *loader) take(raw rulefile.File, f file) {
	l.faults.Text(raw.Name, "name", f.Name)
	l.faults.Text(raw.Name, "title", f.Title)
	l.faults.Date(raw.Name, "validFrom", f.ValidFrom)
	switch f.Catalogue {
	case "edition":
		l.faults.Text(raw.Name, "document", f.Document)
		if _, twice := l.files[f.Edition]; twice || !codePattern.MatchString(f.Edition) {
			l.faults.Addf(raw.Name, "edition 为空、有误或重复")
			return
		}
		l.files[f.Edition] = f
		l.editions = append(l.editions, &Edition{Key: f.Edition, Title: f.Title, Document: f.Document, ValidFrom: f.ValidFrom,
			Version: rulefile.Version(f.Name, f.ValidFrom, raw.Raw), byKind: map[model.RecordKind][]*Item{}})
	case "blocklist":
		l.takeBlocks(raw.Name, f.Blocked)
	case "units":
		l.takeUnits(raw.Name, f)
	default:
		l.faults.Addf(raw.Name, "catalogue 应为 edition、blocklist 或 units")
	}
}

func (l *loader) takeBlocks(name string, blocks []Block) {
	for _, k := range blocks {
		l.faults.Text(name, k.Key+".name", k.Name)
		if strings.TrimSpace(k.Citation) == "" {
			l.faults.Addf(name, "%s: 没有依据的禁止项不得装载", k.Key)
		}
		if len(k.Terms) == 0 || slices.Contains(k.Terms, "") || len(k.Cells) == 0 || !within(k.Cells, "title", "category", "content") {
			l.faults.Addf(name, "%s: terms 不能为空，cells 应为 title、category、content", k.Key)
		}
		if !within([]string{k.Unless}, "", "legislation", "confirmed") || !within(k.Kinds, model.RecordKinds()...) || !within(k.Subjects, subjectKinds...) {
			l.faults.Addf(name, "%s: unless、kinds 或 subjects 有误", k.Key)
		}
	}
	l.blocks = append(l.blocks, blocks...)
}

func (l *loader) takeUnits(name string, f file) {
	for _, t := range f.Types {
		l.faults.Text(name, t.Key+".name", t.Name)
		if !keyPattern.MatchString(t.Key) || l.ProviderName(t.Key) != t.Key {
			l.faults.Addf(name, "types: key %q 有误或重复", t.Key)
		}
		l.unitTypes = append(l.unitTypes, t)
		for _, pattern := range slices.Concat(t.Names, t.Former) {
			names := []string{pattern}
			if strings.Contains(pattern, "*") {
				names = names[:0]
				for _, place := range f.Places {
					names = append(names, strings.ReplaceAll(pattern, "*", place))
				}
			}
			for _, full := range names {
				if other, taken := l.units[full]; taken && other != t.Key {
					l.faults.Addf(name, "%s: 名称 %s 已属于 %s", t.Key, full, other)
				}
				l.units[full] = t.Key
			}
		}
	}
}

// inherit completes an edition with what its base has. Bases are older, so that they are
// complete already.
func (l *loader) inherit(e *Edition) {
	f := l.files[e.Key]
	if f.Base != "" {
		at := slices.IndexFunc(l.editions, func(b *Edition) bool { return b.Key == f.Base && b.ValidFrom < e.ValidFrom })
		if at < 0 {
			l.faults.Addf(e.Key, "base %q 不是更早的版本，请一并给出", f.Base)
			return
		}
		base := l.editions[at]
		for _, c := range base.Classes {
			if !slices.ContainsFunc(f.Classes, func(own Class) bool { return own.Key == c.Key }) {
				e.Classes = append(e.Classes, c)
			}
		}
		for _, it := range base.Items {
			if !slices.Contains(f.Without, it.Code) && !slices.ContainsFunc(f.Items, func(own *Item) bool { return own != nil && own.Code == it.Code }) {
				e.Items = append(e.Items, it)
			}
		}
	}
	e.Classes = append(e.Classes, f.Classes...)
	slices.SortStableFunc(e.Classes, func(a, b Class) int { return a.No - b.No })
	for _, it := range f.Items {
		if it == nil || !codePattern.MatchString(it.Code) {
			l.faults.Addf(e.Key, "items: 空项或 code 有误")
			return
		}
		l.check(e, it)
		if it.Coverage == "" {
			it.Coverage = district
		}
	}
	e.Items = append(e.Items, f.Items...)
	slices.SortStableFunc(e.Items, func(a, b *Item) int { return strings.Compare(a.Code, b.Code) })
	for i, it := range e.Items {
		if it.ValidFrom == "" {
			it.ValidFrom = e.ValidFrom
		}
		it.ValidUntil = e.ValidUntil
		if i > 0 && e.Items[i-1].Code == it.Code {
			l.faults.Addf(e.Key, "items: code %s 重复", it.Code)
		}
		e.byKind[it.Kind] = append(e.byKind[it.Kind], it)
		for _, category := range it.Categories {
			l.categories[string(it.Kind)+"/"+category] = true
		}
	}
}

// district is the coverage of a line that names none.
const district = "本行政区域"

var (
	codePattern  = regexp.MustCompile(`^[0-9A-Z-]{2,16}$`)
	keyPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	subjectKinds = []model.SubjectKind{model.KindLegalPerson, model.KindSelfEmployed, model.KindNaturalPerson}
)

// check finds what is wrong with one line.
func (l *loader) check(e *Edition, it *Item) {
	bad := func(format string, args ...any) { l.faults.Addf(e.Key, it.Code+": "+format, args...) }
	l.faults.Text(e.Key, it.Code+".name", it.Name)
	l.faults.Text(e.Key, it.Code+".legalBasis", it.LegalBasis)
	class, ok := e.Class(it.Class)
	if !ok {
		bad("没有 class %q", it.Class)
	}
	if it.Section == "" && class.Section == "" || !within([]model.Section{it.Section}, append(model.Sections(), "")...) {
		bad("section 有误")
	}
	if !within([]model.RecordKind{it.Kind}, model.RecordKinds()...) || (it.Kind == model.RecordListEntry) != (len(it.Lists) > 0) {
		bad("kind 有误，或名单没有 lists")
	}
	if !within(it.Lists, model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch) || len(it.Subjects) == 0 || !within(it.Subjects, subjectKinds...) {
		bad("lists 或 subjects 有误")
	}
	if !within([]model.Disclosure{it.Disclosure}, model.DisclosurePublic, model.DisclosureGovShare, model.DisclosureAuthorised) {
		bad("disclosure 有误")
	}
	if it.Disclosure == model.DisclosurePublic && slices.Contains(it.Subjects, model.KindNaturalPerson) {
		bad("自然人的信息不得向社会公开（个人信息保护法第二十五条）")
	}
	if len(it.Providers) == 0 || slices.ContainsFunc(it.Providers, func(key string) bool { return l.ProviderName(key) == key }) {
		bad("providers 为空或不在单位名录内")
	}
	if !within([]string{it.Nature}, "basic", "positive", "negative", "neutral") ||
		!within([]string{it.UpdateCycle}, "within_7_workdays", "monthly", "quarterly", "yearly", "on_change") {
		bad("nature 或 updateCycle 有误")
	}
	if !within([]string{it.Retention.From}, "", "decision", "valid_to", "display_end") || (it.Retention.From == "") != (it.Retention.Months == 0) || it.Retention.Months < 0 {
		bad("retention 有误")
	}
}

func within[T comparable](values []T, allowed ...T) bool {
	return !slices.ContainsFunc(values, func(v T) bool { return !slices.Contains(allowed, v) })
}
