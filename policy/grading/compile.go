package grading

import (
	"slices"

	"xinyi/model"
)

// scoring is one model version in the form that judges: items by record kind.
type scoring struct {
	file    *modelFile
	version string
	from    day
	items   map[model.RecordKind][]int // indexes into file.Items
	ceils   map[model.RecordKind][]int // indexes into file.Ceilings
	years   []int                      // items about the registration
	// digestible: it counts nothing that a digest leaves out.
	digestible bool
}

func compile(m *modelFile, version string) *scoring {
	s := &scoring{file: m, version: version, from: dayOf(m.ValidFrom), items: map[model.RecordKind][]int{}, ceils: map[model.RecordKind][]int{}}
	for i := range m.Items {
		if m.Items[i].RegistrationYears != nil {
			s.years = append(s.years, i)
			continue
		}
		kind := m.Items[i].When.Kind
		s.items[kind] = append(s.items[kind], i)
	}
	for i := range m.Ceilings {
		kind := m.Ceilings[i].When.Kind
		s.ceils[kind] = append(s.ceils[kind], i)
	}
	s.digestible = m.digestible()
	return s
}

// digestible reports whether a digest holds all that the model counts: the kinds, and the
// titles where it goes by them.
func (m *modelFile) digestible() bool {
	for _, c := range m.Ceilings {
		if !digested[c.When.Kind] {
			return false
		}
	}
	for i := range m.Items {
		it := &m.Items[i]
		if it.RegistrationYears == nil && (!digested[it.When.Kind] || it.Pick == pickBest && !titled(it.When.Kind)) {
			return false
		}
	}
	return true
}

func (w *whenFile) match(r *model.Record) bool {
	return (len(w.List) == 0 || slices.Contains(w.List, r.List)) &&
		(len(w.Severity) == 0 || slices.Contains(w.Severity, r.Severity)) &&
		(len(w.Finality) == 0 || slices.Contains(w.Finality, r.Finality)) &&
		(len(w.Fulfilment) == 0 || slices.Contains(w.Fulfilment, r.Fulfilment)) &&
		(len(w.Category) == 0 || slices.Contains(w.Category, r.Category)) &&
		!slices.Contains(w.CategoryNot, r.Category)
}

// points gives what the fact is worth when fresh.
func (it *itemFile) points(r *model.Record) int {
	switch {
	case it.ByHonorLevel != nil:
		return it.ByHonorLevel[r.HonorLevel]
	case it.ByGrade != nil:
		return it.ByGrade[r.Sector][r.Grade]
	case it.BySeverity != nil:
		return it.BySeverity[r.Severity]
	case it.ByFulfilment != nil:
		return it.ByFulfilment[r.Fulfilment]
	case it.PerQuantity != nil:
		// The cap bounds the sum; bounding the count as well keeps it from overflowing.
		return min(max(r.Quantity, 0)/it.PerQuantity.Unit, maxPoints) * it.PerQuantity.Points
	}
	return it.Points
}

func (it *itemFile) clamp(sum int) int {
	if it.Cap.Min != nil {
		sum = max(sum, *it.Cap.Min)
	}
	if it.Cap.Max != nil {
		sum = min(sum, *it.Cap.Max)
	}
	return sum
}

// aged weighs points by age and gives the day on which the weight changes next (0: never).
func (it *itemFile) aged(points int, decided, on day) (int, day) {
	if len(it.Ages) == 0 {
		return points, 0
	}
	if decided == 0 { // no date, no age: not counted
		return 0, 0
	}
	for _, a := range it.Ages {
		if end := decided.plusMonths(a.WithinMonths); on < end {
			return points * a.Percent / 100, end
		}
	}
	return 0, 0
}

// grade gives the best grade the score reaches that no ceiling forbids.
func (m *modelFile) grade(score int, ceilings []hit) string {
	place := 0
	for place < len(m.Grades)-1 && score < m.Grades[place].Min {
		place++
	}
	for _, c := range ceilings {
		place = max(place, m.rank(m.Ceilings[c.rule].Grade))
	}
	return m.Grades[place].Grade
}
