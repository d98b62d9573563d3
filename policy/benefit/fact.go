package benefit

import (
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"xinyi/model"
)

// Fact is one thing a condition may ask about the holder.
type Fact uint8

// The facts, in the order of their names below.
const (
	FactKind          Fact = iota // subject kind
	FactAdult                     // 18 or older
	FactLevel                     // personal incentive level
	FactGrade                     // enterprise grade
	FactSeriousListed             // on a serious list
	FactBarred                    // barred from benefits for misuse
	FactHonorLists                // titles of the honour lists the holder is on
	FactConsents                  // purposes the holder consented to
	factCount
)

var factNames = [factCount]string{"kind", "adult", "level", "grade", "serious_listed", "barred", "honor_lists", "consents"}

// String gives the name that conditions use.
func (f Fact) String() string {
	if f >= factCount {
		return "unknown"
	}
	return factNames[f]
}

// FactSet is a set of facts.
type FactSet uint16

// With gives the set with f in it.
func (s FactSet) With(f Fact) FactSet { return s | 1<<f }

// Has reports whether f is in the set.
func (s FactSet) Has(f Fact) bool { return s&(1<<f) != 0 }

// Facts is what is known of one holder. A nil pointer or nil slice is not known, which is
// not the same as "no": an empty list is known to be empty.
type Facts struct {
	Holder          model.SubjectID
	Kind            model.SubjectKind // "" = not known
	Adult           *bool
	Level           *string // nil also when the person did not join
	Grade           *string
	SeriousListed   *bool
	Barred          *bool
	HonorLists      []string
	ConsentPurposes []model.Purpose
	// Disputed facts (异议中) count as not known.
	Disputed FactSet

	// The records behind the facts, for the explanation.
	SeriousRecords, JudgedRecords, HonorRecords []model.RecordID
	// ValidUntil is when the facts may change by time alone; zero = never.
	ValidUntil time.Time
}

// FactsOf reads a subject file. A file past its ValidUntil tells nothing about lists and
// judgement: refresh it first. A serious listing that is only disputed is a disputed fact.
// Consents and misuse bars are not in the file; the caller adds them.
func FactsOf(file *model.SubjectFile, at time.Time) Facts {
	f := Facts{Holder: file.ID, Kind: file.Kind, ValidUntil: file.ValidUntil}
	answers := &struct {
		adult, listed bool
		grade         string
	}{adult: file.Adult} // one object: facts are kept for many holders
	if file.Kind == model.KindNaturalPerson {
		f.Adult = &answers.adult
	}
	if !file.ValidUntil.IsZero() && !at.Before(file.ValidUntil) {
		return f
	}
	f.HonorLists = []string{}
	for _, m := range file.Summary.Lists {
		switch {
		case m.Kind == model.ListHonor:
			f.HonorLists = append(f.HonorLists, m.Title)
			f.HonorRecords = append(f.HonorRecords, m.RecordID)
		case m.Kind == model.ListSerious && m.Disputed:
			f.Disputed = f.Disputed.With(FactSeriousListed)
			f.SeriousRecords = append(f.SeriousRecords, m.RecordID)
		case m.Kind == model.ListSerious:
			answers.listed = true
			f.SeriousRecords = append(f.SeriousRecords, m.RecordID)
		}
	}
	if answers.listed { // an undisputed entry settles it, whatever else is disputed
		f.Disputed &^= 1 << FactSeriousListed
	}
	f.SeriousListed = &answers.listed
	if j := file.Judgement; j != nil && j.Grade != "" {
		answers.grade = j.Grade
		if file.Kind == model.KindNaturalPerson {
			f.Level = &answers.grade
		} else {
			f.Grade = &answers.grade
		}
		for _, e := range j.Explanation {
			f.JudgedRecords = append(f.JudgedRecords, e.Records...)
		}
		together(f.JudgedRecords)
	}
	return f
}

// together makes ids parts of one text, which is less for the collector to look at where facts
// are kept.
func together(ids []model.RecordID) {
	var all strings.Builder
	for _, id := range ids {
		all.WriteString(string(id))
	}
	rest := all.String()
	for i, id := range ids {
		ids[i], rest = model.RecordID(rest[:len(id)]), rest[len(id):]
	}
}

// records gives the records behind one fact.
func (f *Facts) records(fact Fact) []model.RecordID {
	switch fact {
	case FactLevel, FactGrade:
		return f.JudgedRecords
	case FactSeriousListed:
		return f.SeriousRecords
	case FactHonorLists:
		return f.HonorRecords
	}
	return nil
}

// known tells which facts may be used.
func (f *Facts) known() FactSet {
	var s FactSet
	for fact, is := range [factCount]bool{f.Kind != "", f.Adult != nil, f.Level != nil, f.Grade != nil, f.SeriousListed != nil,
		f.Barred != nil, f.HonorLists != nil, f.ConsentPurposes != nil} {
		if is {
			s = s.With(Fact(fact))
		}
	}
	return s &^ f.Disputed
}

// value gives a known fact in CEL's form.
func (f *Facts) value(fact Fact) ref.Val {
	switch fact {
	case FactKind:
		return types.String(f.Kind)
	case FactAdult:
		return types.Bool(*f.Adult)
	case FactLevel:
		return types.String(*f.Level)
	case FactGrade:
		return types.String(*f.Grade)
	case FactSeriousListed:
		return types.Bool(*f.SeriousListed)
	case FactBarred:
		return types.Bool(*f.Barred)
	case FactHonorLists:
		return types.DefaultTypeAdapter.NativeToValue(f.HonorLists)
	}
	purposes := make([]string, len(f.ConsentPurposes))
	for i, p := range f.ConsentPurposes {
		purposes[i] = string(p)
	}
	return types.DefaultTypeAdapter.NativeToValue(purposes)
}
