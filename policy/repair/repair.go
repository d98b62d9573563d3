package repair

import (
	"embed"
	"io/fs"
	"reflect"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the rules that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Transition says which version rules a record that is older than the newest one.
type Transition string

const (
	// Favourable lets a record go on the first day on which any version in force by then does.
	Favourable Transition = "favourable"
	// ByDecision keeps to the version in force on the day of the decision.
	ByDecision Transition = "by_decision"
)

// Class is the periods of one severity, in calendar months from the decision.
type Class struct {
	RepairMonths  int `yaml:"repairMonths"`
	DisplayMonths int `yaml:"displayMonths"`
	// Hidden: not shown at all unless the authority states the need, then DisplayMonths is the
	// outer limit.
	Hidden bool `yaml:"hidden"`
}

// Version is one issue of the rules (R19, O58, O36).
type Version struct {
	Key        string                   `yaml:"key"`
	ValidFrom  model.Date               `yaml:"validFrom"`
	LegalBasis string                   `yaml:"legalBasis"`
	Classes    map[model.Severity]Class `yaml:"classes"`
}

type bookFile struct {
	Name       string     `yaml:"name"`
	ValidFrom  model.Date `yaml:"validFrom"`
	Transition Transition `yaml:"transition"`
	// Unstated is the class of a penalty whose severity is not stated.
	Unstated model.Severity `yaml:"unstated"`
	Cap      struct {
		Months     int    `yaml:"months"`
		LegalBasis string `yaml:"legalBasis"`
	} `yaml:"cap"`
	Versions []Version `yaml:"versions"`
}

// Book holds all versions, oldest first. It is immutable and safe for concurrent use.
type Book struct {
	bookFile
	rulesVersion string
}

// Load reads one rules file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	files := rulefile.Read(fsys, &faults)
	if len(files) > 1 {
		faults.Addf(files[1].Name, "修复规则只能有一个文件")
	}
	if len(files) > 0 && rulefile.Decode(files[0], &b.bookFile, &faults) {
		b.check(files[0].Name, &faults)
		b.rulesVersion = rulefile.Version(b.Name, b.ValidFrom, files[0].Raw)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Book) check(file string, faults *rulefile.Faults) {
	faults.Text(file, "name", b.Name)
	faults.Date(file, "validFrom", b.ValidFrom)
	faults.Text(file, "cap.legalBasis", b.Cap.LegalBasis)
	if b.Transition != Favourable && b.Transition != ByDecision {
		faults.Addf(file, "transition 应为 favourable 或 by_decision")
	}
	if !known(b.Unstated) {
		faults.Addf(file, "unstated 应为 minor、general 或 serious")
	}
	if b.Cap.Months < 1 || b.Cap.Months > 60 {
		faults.Addf(file, "cap.months 应在 1–60 之间（河南省社会信用条例第十九条）")
	}
	if len(b.Versions) == 0 {
		faults.Addf(file, "versions 不能为空")
	}
	keys := map[string]bool{}
	for i, v := range b.Versions {
		faults.Text(file, "versions.key", v.Key)
		faults.Date(file, "versions.validFrom", v.ValidFrom)
		faults.Text(file, "versions.legalBasis", v.LegalBasis)
		if keys[v.Key] || (i > 0 && v.ValidFrom <= b.Versions[i-1].ValidFrom) {
			faults.Addf(file, "versions[%d]: key 不可重复，validFrom 应由早到晚", i)
		}
		keys[v.Key] = true
		if len(v.Classes) == 0 {
			faults.Addf(file, "%s: classes 不能为空", v.Key)
		}
		for sev, c := range v.Classes {
			if !known(sev) {
				faults.Addf(file, "%s: 未知的严重程度 %q", v.Key, sev)
			}
			if c.RepairMonths < 0 || c.DisplayMonths < c.RepairMonths || c.DisplayMonths > 600 {
				faults.Addf(file, "%s.%s: 应有 0 ≤ repairMonths ≤ displayMonths ≤ 600", v.Key, sev)
			}
		}
	}
}

func known(s model.Severity) bool {
	return s == model.SeverityMinor || s == model.SeverityGeneral || s == model.SeveritySerious
}

// RuleVersion names the book (name@date#hash8).
func (b *Book) RuleVersion() string { return b.rulesVersion }

// Version gives the version with the key; CodeNotFound if there is none.
func (b *Book) Version(key string) (*Version, error) {
	for i := range b.Versions {
		if b.Versions[i].Key == key {
			return &b.Versions[i], nil
		}
	}
	return nil, model.Errorf(model.CodeNotFound, "没有这个版本的修复规则。")
}

// Rewritten names a version, begun by a day, that next does not have as it is, or one that next
// has over it and begins before that day; "" = none.
func (b *Book) Rewritten(next *Book, on model.Date) string {
	begun := 0
	for ; begun < len(b.Versions) && b.Versions[begun].ValidFrom <= on; begun++ {
		if begun >= len(next.Versions) || !reflect.DeepEqual(b.Versions[begun], next.Versions[begun]) {
			return b.Versions[begun].Key
		}
	}
	for _, v := range next.Versions[begun:] {
		if v.ValidFrom < on {
			return v.Key
		}
	}
	return ""
}

// InForce gives the version in force on a day; before the first one it is the first.
func (b *Book) InForce(on model.Date) *Version {
	v := &b.Versions[0]
	for i := range b.Versions {
		if b.Versions[i].ValidFrom <= on {
			v = &b.Versions[i]
		}
	}
	return v
}

// DisplayEnds gives the first day on which the record is no longer shown under this
// version alone. Errors: CodeInvalidRequest for a bad date, CodeNotFound for a severity
// this version has no class for.
func (v *Version) DisplayEnds(sev model.Severity, decision model.Date) (model.Date, error) {
	c, err := v.class(sev, decision)
	return decision.AddMonths(c.DisplayMonths), err
}

// EarliestRepair gives the first day on which repair may be asked for under this version
// alone, duties fulfilled and promise signed provided. Errors as DisplayEnds.
func (v *Version) EarliestRepair(sev model.Severity, decision model.Date) (model.Date, error) {
	c, err := v.class(sev, decision)
	return decision.AddMonths(c.RepairMonths), err
}

func (v *Version) class(sev model.Severity, decision model.Date) (Class, error) {
	if _, err := model.ParseDate(string(decision)); err != nil {
		return Class{}, model.Errorf(model.CodeInvalidRequest, "决定日期应为 YYYY-MM-DD，请补正后重试。")
	}
	c, ok := v.Classes[sev]
	if !ok {
		return Class{}, model.Errorf(model.CodeNotFound, "该版本修复规则没有这一严重程度，请由认定机关确定严重程度。")
	}
	return c, nil
}

// Hidden reports whether records of this severity are in principle not shown at all.
func (v *Version) Hidden(sev model.Severity) bool {
	c, ok := v.Classes[sev]
	return ok && (c.Hidden || c.DisplayMonths == 0)
}

// inPrinciple is DisplayEnds where nobody stated the need to show a hidden class.
func (v *Version) inPrinciple(sev model.Severity, decision model.Date) (model.Date, error) {
	ends, err := v.DisplayEnds(sev, decision)
	if err == nil && v.Hidden(sev) {
		return decision, nil
	}
	return ends, err
}

// Listing says whether the subject is on a serious list because of the record.
type Listing struct {
	Open      bool       // still listed: no end
	RemovedOn model.Date // listed until then; "" = never listed
}

// DisplayEnds gives the first day on which the record is no longer shown (what ingest
// stores as Record.DisplayEnds), under the book's transition, the five-year cap and the
// listing; of a hidden class that is the day of the decision. "" means no end yet: still
// listed. Errors: CodeInvalidRequest for a bad date or severity.
func (b *Book) DisplayEnds(sev model.Severity, decision model.Date, listing Listing) (model.Date, error) {
	return b.displayEnds(sev, decision, listing, false)
}

// displayEnds likewise; needed: the authority states why a hidden class must be shown.
func (b *Book) displayEnds(sev model.Severity, decision model.Date, listing Listing, needed bool) (model.Date, error) {
	if _, err := model.ParseDate(string(decision)); err != nil {
		return "", model.Errorf(model.CodeInvalidRequest, "决定日期应为 YYYY-MM-DD，请补正后重试。")
	}
	if listing.Open {
		return "", nil
	}
	end := (*Version).inPrinciple
	if needed {
		end = (*Version).DisplayEnds
	}
	ends, err := b.first(sev, decision, "9999-12-31", end)
	if err != nil {
		return "", err
	}
	ends = min(ends, decision.AddMonths(b.Cap.Months))
	return max(ends, listing.RemovedOn), nil
}

// EarliestRepair gives the first day on which repair may be asked for, for an application
// on day applied. Errors as DisplayEnds.
func (b *Book) EarliestRepair(sev model.Severity, decision, applied model.Date) (model.Date, error) {
	return b.first(sev, decision, applied, (*Version).EarliestRepair)
}

// first gives the earliest day that the version of the decision, or under the favourable
// transition any later one in force by upTo, allows. A later version lets nothing go
// before its own first day.
func (b *Book) first(sev model.Severity, decision, upTo model.Date,
	end func(*Version, model.Severity, model.Date) (model.Date, error)) (model.Date, error) {
	own := b.InForce(decision)
	best, err := end(own, sev, decision)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return "", err
	}
	found := err == nil
	for i := range b.Versions {
		v := &b.Versions[i]
		// A severity the version of the decision did not know is ruled by the next that does.
		if v.ValidFrom <= own.ValidFrom || v.ValidFrom > upTo || (b.Transition == ByDecision && found) {
			continue
		}
		d, err := end(v, sev, decision)
		if err != nil {
			continue
		}
		if d = max(d, v.ValidFrom); !found || d < best {
			best, found = d, true
		}
	}
	if !found {
		return "", model.Errorf(model.CodeInvalidRequest, "严重程度应为 minor、general 或 serious，请由认定机关确定后重试。")
	}
	return best, nil
}
