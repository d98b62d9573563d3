package catalogue

import (
	"slices"
	"strings"

	"xinyi/model"
)

// Item is one line of the catalogue (HN 11, SZ 34).
type Item struct {
	// Code is 数据代码, of this platform: two digits of the class, two of the line.
	Code  string `yaml:"code"`
	Name  string `yaml:"name"`
	Class string `yaml:"class"` // key of a class of the edition
	// Kind, Lists and Categories say which records belong here. An item with categories
	// goes before the one of the same kind without any.
	Kind       model.RecordKind    `yaml:"kind"`
	Lists      []model.ListKind    `yaml:"lists"`
	Categories []string            `yaml:"categories"`
	Subjects   []model.SubjectKind `yaml:"subjects"`
	// Providers are keys of unit types; Anyone stands for all of them.
	Providers  []string         `yaml:"providers"`
	Disclosure model.Disclosure `yaml:"disclosure"`
	// Section of the credit report, where it is not that of the class.
	Section     model.Section `yaml:"section"`
	Nature      string        `yaml:"nature"`      // 信息性质: basic, positive, negative, neutral
	UpdateCycle string        `yaml:"updateCycle"` // 更新周期: within_7_workdays, monthly, quarterly, yearly, on_change
	Coverage    string        `yaml:"coverage"`    // 覆盖范围
	Fields      []string      `yaml:"fields"`      // 信息项
	Retention   Retention     `yaml:"retention"`   // 保存期限
	LegalBasis  string        `yaml:"legalBasis"`

	// ValidFrom and ValidUntil are the first and the last day on which the line stood in the
	// catalogue like this; ValidUntil "" = in force.
	ValidFrom  model.Date `yaml:"-"`
	ValidUntil model.Date `yaml:"-"`
}

// Anyone among the providers: every unit that exercises public authority.
const Anyone = "authority"

// Retention is how long a record is kept after it no longer counts.
type Retention struct {
	// From is decision, valid_to or display_end; "" = kept without end.
	From   string `yaml:"from"`
	Months int    `yaml:"months"`
}

// Until gives the first day on which the record need not be kept; "" = no end, or none
// yet, since the day from which it counts is not known.
func (r Retention) Until(rec *model.Record) model.Date {
	from := map[string]model.Date{"decision": rec.DecisionDate, "valid_to": rec.ValidTo, "display_end": rec.DisplayEnds}[r.From]
	if from == "" {
		return ""
	}
	return from.AddMonths(r.Months)
}

// Class is one class of an edition.
type Class struct {
	Key  string `yaml:"key"`
	No   int    `yaml:"no"` // number in the document
	Name string `yaml:"name"`
	// Section is the part of the credit report where the class is shown.
	Section model.Section `yaml:"section"`
}

// Edition is the catalogue as it is in force from a day on.
type Edition struct {
	Key        string
	Title      string
	Document   string
	ValidFrom  model.Date
	ValidUntil model.Date // the last day; "" = in force
	Version    string     // name@date#hash8 of its file
	Classes    []Class
	Items      []*Item // by code

	byKind map[model.RecordKind][]*Item
}

// Class gives a class by key.
func (e *Edition) Class(key string) (Class, bool) {
	at := slices.IndexFunc(e.Classes, func(c Class) bool { return c.Key == key })
	if at < 0 {
		return Class{}, false
	}
	return e.Classes[at], true
}

// Entry is an item as an edition has it.
type Entry struct {
	*Item
	Edition *Edition
}

// Ref names the entry for good: code@edition.
func (e Entry) Ref() string { return e.Code + "@" + e.Edition.Key }

// ReportSection is the part of the credit report that shows the entry.
func (e Entry) ReportSection() model.Section {
	if e.Section != "" {
		return e.Section
	}
	class, _ := e.Edition.Class(e.Item.Class)
	return class.Section
}

// Takes reports whether units of the given type may provide the entry. Of a unit whose
// type is not known nothing is said ("" is taken).
func (e Entry) Takes(provider string) bool {
	return provider == "" || slices.Contains(e.Providers, Anyone) || slices.Contains(e.Providers, provider)
}

// Refusal is why the catalogue does not take something.
type Refusal struct {
	Column string // key of the cell
	Reason string // Chinese sentence, with the citation where there is one
}

// Find gives the entry of a record of the subject kind. The edition is the one in force
// on the day; one day before the first edition is judged by the first, the oldest list
// of what may be collected.
func (b *Book) Find(rec *model.Record, subject model.SubjectKind, day model.Date) (Entry, *Refusal) {
	e := b.On(day)
	items := e.byKind[rec.Kind]
	if len(items) == 0 {
		return Entry{}, &Refusal{"kind", "该类信息不在作出决定时施行的" + e.Title + "内，不得归集。"}
	}
	column := "subjectKind"
	var fallback *Item
	for _, it := range items {
		if !slices.Contains(it.Subjects, subject) {
			continue
		}
		switch {
		case len(it.Lists) > 0 && !slices.Contains(it.Lists, rec.List):
			column = "list"
		case slices.Contains(it.Categories, rec.Category):
			return Entry{it, e}, nil
		case len(it.Categories) > 0:
			column = "category"
		case fallback == nil:
			fallback = it
		}
	}
	// A category that another edition lists on its own is not hidden under a wider line.
	if fallback == nil || b.named(rec.Kind, rec.Category) {
		if fallback != nil {
			column = "category"
		}
		return Entry{}, &Refusal{column, "作出决定时施行的" + e.Title + "未列入该主体的这一信息项，不得归集。"}
	}
	return Entry{fallback, e}, nil
}

// named reports whether some edition has a line for this very category.
func (b *Book) named(kind model.RecordKind, category string) bool {
	return category != "" && b.categories[string(kind)+"/"+category]
}

// On gives the edition in force on a day.
func (b *Book) On(day model.Date) *Edition {
	for i := len(b.editions) - 1; i > 0; i-- {
		if b.editions[i].ValidFrom <= day {
			return b.editions[i]
		}
	}
	return b.editions[0]
}

// Editions lists them, oldest first.
func (b *Book) Editions() []*Edition { return slices.Clone(b.editions) }

// Retention gives how long a record that was classified is kept, by the edition that
// classified it.
func (b *Book) Retention(rec *model.Record) (Retention, bool) {
	code, key, _ := strings.Cut(rec.CatalogueRef, "@")
	for _, e := range b.editions {
		if e.Key != key {
			continue
		}
		if at, ok := slices.BinarySearchFunc(e.Items, code, func(it *Item, code string) int { return strings.Compare(it.Code, code) }); ok {
			return e.Items[at].Retention, true
		}
	}
	return Retention{}, false
}
