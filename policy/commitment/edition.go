package commitment

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strconv"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the editions that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// When a field of the template must be filled.
const (
	always = "always"
	broken = "broken" // when the promise was not wholly fulfilled
	never  = "never"
)

// Field is one line of the template (数据项).
type Field struct {
	Key      string `yaml:"key"`
	Name     string `yaml:"name"`
	Length   int    `yaml:"length"` // characters
	Required string `yaml:"required"`
}

// Publication is a class of 公开类型 and what it means for the record.
type Publication struct {
	Code       int              `yaml:"code"`
	Name       string           `yaml:"name"`
	Disclosure model.Disclosure `yaml:"disclosure"`
}

// Category is a kind of promisor (承诺人类别).
type Category struct {
	Kind model.SubjectKind `yaml:"kind"`
	Code int               `yaml:"code"`
	Name string            `yaml:"name"`
}

// Type is one of the types of promises.
type Type struct {
	Type model.CommitmentType `yaml:"type"`
	Code int                  `yaml:"code"`
	Name string               `yaml:"name"`
	// Organisations and Persons are the publication classes of their promises.
	Organisations int    `yaml:"organisations"`
	Persons       int    `yaml:"persons"`
	LegalBasis    string `yaml:"legalBasis"`
	// Lists and BanDays close the type to who stands on a list, or broke a promise so many
	// days ago or less.
	Lists   []model.ListKind `yaml:"lists"`
	BanDays int              `yaml:"banDays"`
}

// Unit accepts promises of a letter.
type Unit struct {
	Name string `yaml:"name"`
	USCC string `yaml:"uscc"`
}

// Letter is a text that people sign themselves.
type Letter struct {
	ID       string               `yaml:"id"`
	Type     model.CommitmentType `yaml:"type"`
	Title    string               `yaml:"title"`
	Unit     Unit                 `yaml:"unit"`
	Subjects []model.SubjectKind  `yaml:"subjects"`
	// DueWorkdays or ValidMonths bound the promise; neither = without end.
	DueWorkdays int    `yaml:"dueWorkdays"`
	ValidMonths int    `yaml:"validMonths"`
	Content     string `yaml:"content"`
	Liability   string `yaml:"liability"`

	// Version is id@date#hash8, Hash the SHA-256 of Text.
	Version string `yaml:"-"`
	Hash    string `yaml:"-"`
}

// Text is what is signed: content and liability, on lines of their own.
func (l *Letter) Text() string { return l.Title + "\n" + l.Content + "\n" + l.Liability }

// definition is one rules file.
type definition struct {
	Name           string        `yaml:"name"`
	ValidFrom      model.Date    `yaml:"validFrom"`
	Source         string        `yaml:"source"`
	Demo           bool          `yaml:"demo"`
	RemindWorkdays int           `yaml:"remindWorkdays"`
	Publication    []Publication `yaml:"publication"`
	Categories     []Category    `yaml:"categories"`
	Fields         []Field       `yaml:"fields"`
	Types          []Type        `yaml:"types"`
	Letters        []*Letter     `yaml:"letters"`
}

// Edition is what holds from a day on. It is immutable and safe for concurrent use.
type Edition struct {
	definition
	Version string // commitment@date#hash8
}

// Book holds all editions. It is immutable and safe for concurrent use.
type Book struct{ editions []*Edition } // oldest first

// Load reads one edition per file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	for _, f := range rulefile.Read(fsys, &faults) {
		e := &Edition{}
		if !rulefile.Decode(f, &e.definition, &faults) {
			continue
		}
		e.Version = rulefile.Version(e.Name, e.ValidFrom, f.Raw)
		e.check(f.Name, &faults)
		b.editions = append(b.editions, e)
	}
	slices.SortFunc(b.editions, func(x, y *Edition) int { return cmp.Compare(x.ValidFrom, y.ValidFrom) })
	for i := 1; i < len(b.editions); i++ {
		if b.editions[i].ValidFrom == b.editions[i-1].ValidFrom {
			faults.Addf("commitment", "%s 有两个版本生效", b.editions[i].ValidFrom)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

// On gives the edition in force on a day: CodeNotFound before the first.
func (b *Book) On(day model.Date) (*Edition, error) {
	for i := len(b.editions) - 1; i >= 0; i-- {
		if b.editions[i].ValidFrom <= day {
			return b.editions[i], nil
		}
	}
	return nil, model.Errorf(model.CodeNotFound, "当天没有现行有效的信用承诺规则，请联系信用办。")
}

// Types gives the types in the order of the file.
func (e *Edition) Types() []Type { return e.definition.Types }

// Letters gives the letters in the order of the file.
func (e *Edition) Letters() []*Letter { return e.definition.Letters }

// Demo says that no department has confirmed the letters.
func (e *Edition) Demo() bool { return e.definition.Demo }

// RemindWorkdays is how many working days before the last day to remind.
func (e *Edition) RemindWorkdays() int { return e.definition.RemindWorkdays }

// Letter gives a letter by id: CodeNotFound if there is none today.
func (e *Edition) Letter(id string) (*Letter, error) {
	for _, l := range e.definition.Letters {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这份承诺书，请从承诺书列表中选择。")
}

// Type gives a type: CodeInvalidRequest for one the edition does not have.
func (e *Edition) Type(t model.CommitmentType) (Type, error) {
	for _, known := range e.definition.Types {
		if known.Type == t {
			return known, nil
		}
	}
	return Type{}, model.Invalid("/type", "enum", "承诺类型不在现行规则之内。")
}

// disclosure of a publication class; the narrowest for one that is not listed.
func (e *Edition) disclosure(code int) model.Disclosure {
	for _, p := range e.definition.Publication {
		if p.Code == code {
			return p.Disclosure
		}
	}
	return model.DisclosureAuthorised
}

func (e *Edition) category(k model.SubjectKind) string {
	for _, c := range e.definition.Categories {
		if c.Kind == k {
			return c.Name + "(" + strconv.Itoa(c.Code) + ")"
		}
	}
	return ""
}
