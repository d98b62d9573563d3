package form

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the forms that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Type is how the text of a field is read.
type Type string

// The types of fields.
const (
	Text   Type = "text"
	Number Type = "number"
	Date   Type = "date"
	Wan    Type = "wan"   // an amount in 万元, kept in 分
	Enum   Type = "enum"  // one of Values
	Enums  Type = "enums" // some of Values, between semicolons
)

// Value is one value of an Enum.
type Value struct {
	ID    string   `yaml:"id"`
	Label string   `yaml:"label"`
	Also  []string `yaml:"also"` // other ways to write it
}

// Field is one column of a form.
type Field struct {
	// Column is the key under which the row is checked and kept, details.KEY for what records
	// have no place of their own for; "" = for people only.
	Column string `yaml:"column"`
	// Internal fields are not for the public, whatever the disclosure of the record.
	Internal bool   `yaml:"internal"`
	Label    string `yaml:"label"`
	// Codes are the national codes of the field (XK_…, CF_…); Also other known headers.
	Codes []string `yaml:"codes"`
	Also  []string `yaml:"also"`
	// Need is M (必填), C (按条件必填) or O (选填).
	Need    string  `yaml:"need"`
	Type    Type    `yaml:"type"`
	Values  []Value `yaml:"values"`
	Length  int     `yaml:"length"` // characters, 0 = not bounded here
	Rule    string  `yaml:"rule"`
	Example string  `yaml:"example"`
}

// Form is the form of one kind of record.
type Form struct {
	Kind   model.RecordKind `yaml:"kind"`
	Name   string           `yaml:"name"`
	Source string           `yaml:"source"`
	Fields []Field          `yaml:"fields"`
	// Groups are fields that all forms share, before and after its own.
	Before []string `yaml:"before"`
	After  []string `yaml:"after"`

	headers map[string]int
	passed  map[string]bool
}

type bookFile struct {
	Name      string             `yaml:"name"`
	Title     string             `yaml:"title"`
	ValidFrom model.Date         `yaml:"validFrom"`
	Groups    map[string][]Field `yaml:"groups"`
	Forms     []*Form            `yaml:"forms"`
	// PassedOver are codes and headers of the national sheets that are read and let go, in
	// every form; templates do not ask for them.
	PassedOver []string `yaml:"passedOver"`
	// Retraction are the terms after a decision that was changed or revoked.
	Retraction Retraction `yaml:"retraction"`
}

// Retraction are the clocks of 撤回, in working days.
type Retraction struct {
	WithdrawDays  int    `yaml:"withdrawDays"`
	WithdrawBasis string `yaml:"withdrawBasis"`
	SyncDays      int    `yaml:"syncDays"`
	SyncBasis     string `yaml:"syncBasis"`
	// NoticeDays is how many days the public is told that a record was taken back, and why.
	NoticeDays int `yaml:"noticeDays"`
}

// Book holds the forms. It is immutable and safe for concurrent use.
type Book struct {
	bookFile
	version string
}

// Version names the forms (name@date#hash8).
func (b *Book) Version() string { return b.version }

// Terms gives the clocks of a retraction.
func (b *Book) Terms() Retraction { return b.Retraction }

// Kinds lists the kinds that have a form, in order.
func (b *Book) Kinds() []model.RecordKind {
	var kinds []model.RecordKind
	for _, f := range b.Forms {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// Of gives the form of a kind: CodeNotFound if it has none.
func (b *Book) Of(kind model.RecordKind) (*Form, error) {
	for _, f := range b.Forms {
		if f.Kind == kind {
			return f, nil
		}
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这种报送表单，请从模板列表中选择。")
}

// Load reads the one file of forms.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	files := rulefile.Read(fsys, &faults)
	if len(files) > 1 {
		faults.Addf(files[1].Name, "报送表单只能有一个文件")
	}
	if len(files) > 0 && rulefile.Decode(files[0], &b.bookFile, &faults) {
		b.compile(files[0].Name, &faults)
		b.version = rulefile.Version(b.Name, b.ValidFrom, files[0].Raw)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Book) compile(file string, faults *rulefile.Faults) {
	faults.Text(file, "name", b.Name)
	faults.Date(file, "validFrom", b.ValidFrom)
	if t := b.Retraction; t.WithdrawDays < 1 || t.SyncDays < 1 || t.NoticeDays < 0 || t.NoticeDays > model.MaxNoticeDays || t.WithdrawBasis == "" || t.SyncBasis == "" {
		faults.Addf(file, "retraction: 两个期限都要大于 0 并写明依据；noticeDays 为 0–%d 天", model.MaxNoticeDays)
	}
	seen := map[model.RecordKind]bool{}
	for i, f := range b.Forms {
		if f == nil {
			faults.Addf(file, "forms[%d] 是空的", i)
			continue
		}
		if !slices.Contains(model.RecordKinds(), f.Kind) || seen[f.Kind] {
			faults.Addf(file, "%s: 不是记录种类，或写了两次", f.Kind)
		}
		seen[f.Kind] = true
		f.Fields = slices.Concat(b.group(file, f.Before, faults), f.Fields, b.group(file, f.After, faults))
		f.compile(file, faults)
		f.pass(file, b.PassedOver, faults)
	}
}

func (b *Book) group(file string, names []string, faults *rulefile.Faults) (fields []Field) {
	for _, name := range names {
		group, ok := b.Groups[name]
		if !ok {
			faults.Addf(file, "没有字段组 %s", name)
		}
		fields = append(fields, group...)
	}
	return fields
}

func (f *Form) compile(file string, faults *rulefile.Faults) {
	f.headers = map[string]int{}
	for i := range f.Fields {
		field := &f.Fields[i]
		at := string(f.Kind) + "." + field.Label
		if field.Label == "" || field.Example == "" && field.Need == "M" || field.Length < 0 {
			faults.Addf(file, "%s: 要写 label；必填项要写 example", at)
		}
		if !slices.Contains([]string{"M", "C", "O"}, field.Need) {
			faults.Addf(file, "%s: need 为 M、C 或 O", at)
		}
		if field.Type == "" {
			field.Type = Text
		}
		if !slices.Contains([]Type{Text, Number, Date, Wan, Enum, Enums}, field.Type) || (len(field.Values) > 0) != (field.Type == Enum || field.Type == Enums) {
			faults.Addf(file, "%s: type 无法识别，或 values 与之不符", at)
		}
		names := slices.Concat([]string{field.Label, field.Column}, field.Codes, field.Also)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if name = fold(name); name == "" {
				continue
			}
			if _, twice := f.headers[name]; twice {
				faults.Addf(file, "%s: 名称 %s 用了两次", at, name)
			}
			f.headers[name] = i
		}
		if field.Example != "" {
			if _, rule := field.Read(field.Example); rule != "" {
				faults.Addf(file, "%s: example 不符合本字段", at)
			}
		}
	}
}

// pass takes the headers that are let go.
func (f *Form) pass(file string, names []string, faults *rulefile.Faults) {
	f.passed = map[string]bool{}
	for _, name := range names {
		if _, taken := f.headers[fold(name)]; taken || fold(name) == "" {
			faults.Addf(file, "%s: passedOver 中的 %s 为空或另有字段", f.Kind, name)
		}
		f.passed[fold(name)] = true
	}
}

// fold is how headers and values are compared: without the marks people put to them.
func fold(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch {
		case r == '*' || r == '＊' || r == ' ' || r == '　' || r == '\n' || r == '\r' || r == '\t' || r == '\ufeff' || r == '\u00a0':
			return -1
		case r == '（':
			return '('
		case r == '）':
			return ')'
		}
		return r
	}, s))
}

// Detail gives the field of a detail.
func (f *Form) Detail(key string) (*Field, bool) {
	i := slices.IndexFunc(f.Fields, func(field Field) bool { return field.Column == model.DetailColumn+key })
	if i < 0 {
		return nil, false
	}
	return &f.Fields[i], true
}

// Coded gives the field of a national code.
func (f *Form) Coded(code string) (*Field, bool) {
	i := slices.IndexFunc(f.Fields, func(field Field) bool { return slices.Contains(field.Codes, code) })
	if i < 0 {
		return nil, false
	}
	return &f.Fields[i], true
}

// Field gives the field that a header means; one without a column for what is passed over.
func (f *Form) Field(header string) (*Field, bool) {
	name := fold(header)
	for _, note := range []string{"(必填)", "(选填)"} {
		name = strings.TrimSuffix(name, note)
	}
	i, ok := f.headers[name]
	switch {
	case f.passed[name]:
		return &Field{Label: header}, true
	case !ok:
		return nil, false
	}
	return &f.Fields[i], true
}
