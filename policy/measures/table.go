package measures

import (
	"embed"
	"io/fs"
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the tables that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Period is when a row is in force; ValidTo is its last day, "" = no end.
type Period struct {
	ValidFrom model.Date `yaml:"validFrom"`
	ValidTo   model.Date `yaml:"validTo"`
}

func (p Period) covers(on model.Date) bool {
	return p.ValidFrom <= on && (p.ValidTo == "" || on <= p.ValidTo)
}

// Basis is a law or State Council document (法规政策依据).
type Basis struct {
	Code     string `yaml:"code"`
	Citation string `yaml:"citation"` // full, as it is shown
	Period   `yaml:",inline"`
}

// Class is what a measure does.
type Class string

const (
	ClassIncentive Class = "incentive" // 守信激励
	ClassGeneral   Class = "general"   // 一般惩戒 (HN 32)
	ClassSerious   Class = "serious"   // 严重失信惩戒 (HN 34)
)

// Target is at whom a measure aims.
type Target string

const (
	TargetOrganisation Target = "organisation"
	TargetPerson       Target = "natural_person"
)

// Measure is one row of the measures table (措施清单).
type Measure struct {
	Code        string           `yaml:"code"`
	Name        string           `yaml:"name"`
	Class       Class            `yaml:"class"`
	Targets     []Target         `yaml:"targets"`
	Lists       []model.ListKind `yaml:"lists"` // lists whose members it may meet
	Trigger     string           `yaml:"trigger"`
	Basis       string           `yaml:"basis"`   // code
	Article     string           `yaml:"article"` // where in the basis
	Means       string           `yaml:"means"`
	Implementer string           `yaml:"implementer"`
	Period      `yaml:",inline"`

	// LegalBasis is the full citation: basis and article.
	LegalBasis string `yaml:"-"`
}

// Reviewer says which reviewers are the second person.
type Reviewer string

const (
	ReviewerUnit Reviewer = "unit" // of the unit that drafted
	ReviewerAny  Reviewer = "any"  // any, as the credit office's
)

// ListRule is what one kind of list asks for.
type ListRule struct {
	Kind   model.ListKind `yaml:"kind"`
	Title  string         `yaml:"title"`
	Period `yaml:",inline"`
	// Bases are the codes of the bases a listing may rest on.
	Bases []string `yaml:"bases"`
	// Classes of measures that may meet a member; none may be outside them.
	Classes []Class `yaml:"classes"`
	// WindowDays is the objection window in working days after the prior notice.
	WindowDays int    `yaml:"windowDays"`
	Source     string `yaml:"source"` // where the numbers come from
	// ReviewDays, ResponseDays, FeedbackDays and LiftDays are clocks in working days: to
	// publish, to respond to a joint action, to report on it, to stop after removal.
	ReviewDays   int      `yaml:"reviewDays"`
	ResponseDays int      `yaml:"responseDays"`
	FeedbackDays int      `yaml:"feedbackDays"`
	LiftDays     int      `yaml:"liftDays"`
	Reviewer     Reviewer `yaml:"reviewer"`
	// Responsible are the roles that must be named (HN 35); ProvincialReview, Final,
	// Severity, Term are further preconditions: review by the province (HN 28), a final
	// act behind it (HN 20), its severity stated, a last day given.
	Responsible      []string `yaml:"responsible"`
	ProvincialReview bool     `yaml:"provincialReview"`
	Final            bool     `yaml:"final"`
	Severity         bool     `yaml:"severity"`
	Term             bool     `yaml:"term"`
	// Reported lists take what a unit's submission says was recognised; on the others only a
	// second person puts anybody (listing desk).
	Reported bool `yaml:"reported"`
	// ExcludedBy are lists whose members cannot be listed here.
	ExcludedBy []model.ListKind `yaml:"excludedBy"`
	// NoticeDays is how long a removal notice is shown.
	NoticeDays int    `yaml:"noticeDays"`
	Remedy     string `yaml:"remedy"` // 救济途径, shown with the entry
}

// Frequency is the suggested supervision of one enterprise grade.
type Frequency struct {
	Grade string `yaml:"grade"`
	// Percent of the usual number of inspections.
	Percent int    `yaml:"percent"`
	Text    string `yaml:"text"`
}

// Supervision is one dated table of frequencies (分级监管建议).
type Supervision struct {
	Period `yaml:",inline"`
	Basis  string      `yaml:"basis"`
	Source string      `yaml:"source"`
	Grades []Frequency `yaml:"grades"`

	// LegalBasis is the full citation.
	LegalBasis string `yaml:"-"`
}

// forbidden is what no measure may do, by the words of its name.
type forbidden struct {
	Words    []string `yaml:"words"`
	Citation string   `yaml:"citation"`
}

// file is one rule file; each part may stand in a file of its own.
type file struct {
	Table       string        `yaml:"table"`
	ValidFrom   model.Date    `yaml:"validFrom"`
	Bases       []Basis       `yaml:"bases"`
	Measures    []Measure     `yaml:"measures"`
	Forbidden   []forbidden   `yaml:"forbidden"`
	Lists       []ListRule    `yaml:"listRules"`
	Supervision []Supervision `yaml:"supervision"`
}

// Book holds the tables. It is immutable and safe for concurrent use.
type Book struct {
	bases       map[string]Basis
	measures    []Measure
	lists       []ListRule
	supervision []Supervision
	version     string
}

// Load reads all files; every fault of every file is reported.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{bases: map[string]Basis{}}
	var all []byte
	var from model.Date
	var banned []forbidden
	for _, f := range rulefile.Read(fsys, &faults) {
		var in file
		if !rulefile.Decode(f, &in, &faults) {
			continue
		}
		faults.Text(f.Name, "table", in.Table)
		faults.Date(f.Name, "validFrom", in.ValidFrom)
		all, from = append(all, f.Raw...), max(from, in.ValidFrom)
		b.take(f.Name, in, &faults)
		banned = append(banned, in.Forbidden...)
	}
	b.check(banned, &faults)
	b.version = rulefile.Version("measures", from, all)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Book) take(name string, in file, faults *rulefile.Faults) {
	for _, basis := range in.Bases {
		if _, twice := b.bases[basis.Code]; twice {
			faults.Addf(name, "依据 %q 写了两次", basis.Code)
		}
		checkPeriod(name, basis.Code, basis.Period, faults)
		faults.Text(name, "bases.code", basis.Code)
		faults.Text(name, "bases.citation", basis.Citation)
		b.bases[basis.Code] = basis
	}
	b.measures = append(b.measures, in.Measures...)
	b.lists = append(b.lists, in.Lists...)
	b.supervision = append(b.supervision, in.Supervision...)
}

// Version names the tables (measures@date#hash8).
func (b *Book) Version() string { return b.version }

// noBasis is the refusal of what has no basis in force.
func noBasis(format string, args ...any) error {
	return model.Errorf(model.CodeNoLegalBasis, format, args...)
}

// Basis gives a basis that is in force on a day: CodeNoLegalBasis otherwise.
func (b *Book) Basis(code string, on model.Date) (Basis, error) {
	basis, ok := b.bases[code]
	if !ok || !basis.covers(on) {
		return Basis{}, noBasis("所列依据不在依据清单内，或在该日没有生效；请改用现行有效的法规政策依据。")
	}
	return basis, nil
}

// Measure gives a measure that is in force with its basis on a day: CodeNoLegalBasis otherwise.
func (b *Book) Measure(code string, on model.Date) (Measure, error) {
	for _, m := range b.measures {
		if m.Code == code && b.inForce(m, on) {
			return m, nil
		}
	}
	return Measure{}, noBasis("所列措施不在措施清单内，或在该日没有现行有效的依据；请从措施清单中选择。")
}

func (b *Book) inForce(m Measure, on model.Date) bool {
	return m.covers(on) && b.bases[m.Basis].covers(on)
}

// Measures gives the measures in force with their bases on a day, in order of the table.
func (b *Book) Measures(on model.Date) []Measure {
	var out []Measure
	for _, m := range b.measures {
		if b.inForce(m, on) {
			out = append(out, m)
		}
	}
	return out
}

// List gives the rule of a list that is in force on a day: CodeNoLegalBasis if none is.
func (b *Book) List(kind model.ListKind, on model.Date) (ListRule, error) {
	for _, l := range slices.Backward(b.lists) {
		if l.Kind == kind && l.covers(on) {
			return l, nil
		}
	}
	return ListRule{}, noBasis("该类名单没有现行有效的认定规则，暂不能认定；请联系信用办。")
}

// Suggestion is the supervision suggested for a grade.
type Suggestion struct {
	Frequency
	LegalBasis, Source string
}

// Suggest gives the suggestion for an enterprise grade on a day; ok is false without one.
func (b *Book) Suggest(grade string, on model.Date) (s Suggestion, ok bool) {
	for _, t := range slices.Backward(b.supervision) {
		if !t.covers(on) || !b.bases[t.Basis].covers(on) {
			continue
		}
		for _, g := range t.Grades {
			if g.Grade == grade {
				return Suggestion{g, t.LegalBasis, t.Source}, true
			}
		}
	}
	return Suggestion{}, false
}
