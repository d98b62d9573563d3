package compliance

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the rules that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Check is a compliance check, E01 … E16.
type Check string

// The checks (domain reference §2.4).
const (
	Missing       Check = "E01" // 缺少必填项
	BadCode       Check = "E02" // 统一社会信用代码校验不符
	BadIDNo       Check = "E03" // 公民身份号码校验不符
	NameMismatch  Check = "E04" // 名称与代码不符
	BadDate       Check = "E05" // 日期格式有误或晚于今天
	DateOrder     Check = "E06" // 有效期至早于有效期自或决定日期
	NotInEnum     Check = "E07" // 不在取值范围内
	DuplicateKey  Check = "E08" // 文号、机关、相对人重复
	FineMismatch  Check = "E09" // 罚款类别与金额不一致
	UnitSuspicion Check = "E10" // 金额单位可疑
	PersonalData  Check = "E11" // 公示文字含个人信息
	SummaryAct    Check = "E12" // 自然人简易程序处罚
	UnknownUnit   Check = "E13" // 机关不在单位名录内
	DocYear       Check = "E14" // 文号年份与决定年份不符
	OtherUnit     Check = "E15" // 来源单位不是报送单位
	OutsideList   Check = "E16" // 目录外
)

// blocking checks are never mere warnings (domain reference §2.4).
var blocking = []Check{PersonalData, SummaryAct, OutsideList}

// Rule is one check as it is configured.
type Rule struct {
	Check    Check  `yaml:"check"`
	Name     string `yaml:"name"`
	Severity string `yaml:"severity"` // refuse or warn
}

// Fields are the cells that a kind of record needs.
type Fields struct {
	Kinds  []model.RecordKind `yaml:"kinds"`
	Refuse []string           `yaml:"refuse"` // E01 with its own severity
	Warn   []string           `yaml:"warn"`   // E01, never more than a warning
	// WarnOrganisation: only of organisations, since of a natural person less is kept.
	WarnOrganisation []string `yaml:"warnOrganisation"`
	// Categories narrows it to records of one of these, Given to those with that cell.
	Categories []string `yaml:"categories"`
	Given      string   `yaml:"given"`
}

type bookFile struct {
	Name      string     `yaml:"name"`
	Title     string     `yaml:"title"`
	ValidFrom model.Date `yaml:"validFrom"`
	Checks    []Rule     `yaml:"checks"`
	Fields    []Fields   `yaml:"fields"`
	// Categories are the values of category by kind; a kind that is not here takes any.
	Categories map[model.RecordKind][]string `yaml:"categories"`
	// SuspiciousFen is the fine from which the unit is doubted; SummaryFen the greatest fine
	// of a natural person under the summary procedure.
	SuspiciousFen int64 `yaml:"suspiciousFen"`
	SummaryFen    int64 `yaml:"summaryFen"`
}

// Book is the rules. It is immutable and safe for concurrent use.
type Book struct {
	bookFile
	version string
	warns   map[Check]bool
	needs   map[model.RecordKind][]need
}

type need struct {
	column    string
	get       func(*Act) string
	warn      bool
	onlyOrgan bool
	// categories and given say when it is needed; nil = always.
	categories []string
	given      func(*Act) string
}

// Version names the rules (name@date#hash8).
func (b *Book) Version() string { return b.version }

// Refuses reports whether a finding of the check refuses the row.
func (b *Book) Refuses(c Check) bool { return !b.warns[c] }

// Load reads one rules file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{warns: map[Check]bool{}, needs: map[model.RecordKind][]need{}}
	files := rulefile.Read(fsys, &faults)
	if len(files) > 1 {
		faults.Addf(files[1].Name, "合规校验规则只能有一个文件")
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

func (b *Book) compile(name string, faults *rulefile.Faults) {
	faults.Text(name, "name", b.Name)
	faults.Text(name, "title", b.Title)
	faults.Date(name, "validFrom", b.ValidFrom)
	if len(b.Checks) != 16 {
		faults.Addf(name, "checks 应为 E01 至 E16，每项一次")
	}
	for i, r := range b.Checks {
		faults.Text(name, string(r.Check)+".name", r.Name)
		if r.Check != Check(fmt.Sprintf("E%02d", i+1)) {
			faults.Addf(name, "checks 应按 E01 至 E16 的次序")
		}
		if r.Severity != "refuse" && r.Severity != "warn" || r.Severity == "warn" && slices.Contains(blocking, r.Check) {
			faults.Addf(name, "%s: severity 应为 refuse 或 warn；E11、E12、E16 只能为 refuse", r.Check)
		}
		b.warns[r.Check] = r.Severity == "warn"
	}
	for _, f := range b.Fields {
		b.compileFields(name, f, faults)
	}
	for kind, values := range b.Categories {
		if !slices.Contains(model.RecordKinds(), kind) || len(values) == 0 {
			faults.Addf(name, "categories: 未知的 kind %q，或没有取值", kind)
		}
	}
	if b.SuspiciousFen <= 0 || b.SummaryFen <= 0 {
		faults.Addf(name, "suspiciousFen 和 summaryFen 应为正数（分）")
	}
}

func (b *Book) compileFields(name string, f Fields, faults *rulefile.Faults) {
	add := func(columns []string, warn, onlyOrgan bool) {
		for _, column := range columns {
			n := need{column: column, get: cellOf(column), warn: warn, onlyOrgan: onlyOrgan, categories: f.Categories}
			if f.Given != "" {
				n.given = cellOf(f.Given)
			}
			if n.get == nil || f.Given != "" && n.given == nil {
				faults.Addf(name, "fields: 未知的列 %q 或 %q", column, f.Given)
				continue
			}
			for _, kind := range f.Kinds {
				b.needs[kind] = append(b.needs[kind], n)
			}
		}
	}
	for _, kind := range f.Kinds {
		if !slices.Contains(model.RecordKinds(), kind) {
			faults.Addf(name, "fields: 未知的 kind %q", kind)
		}
	}
	add(f.Refuse, false, false)
	add(f.Warn, true, false)
	add(f.WarnOrganisation, true, true)
}
