package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// kind is a way to match, the best first.
type kind int

const (
	kindCode kind = iota
	kindFormerCode
	kindName
	kindPrefix
	kindAlias // a former name, or the name without its brackets
	kindAliasPrefix
	kindPart
	kindAliasPart
	kindInitialsPrefix
	kindInitials
	kindTypo     // the whole name, one edit away
	kindCodeTypo // a code, one edit away
	kindPartTypo // part of a name, one edit away
	kindInitialsTypo
	kindNone
)

// score is what a Hit shows: 100 for the best kind, always above 0.
func (k kind) score() int { return 100 - 5*int(k) }

// kindOfScore is the inverse of score; kindNone for a score no kind has.
func kindOfScore(score int) kind {
	if score > 100 || score <= kindNone.score() || score%5 != 0 {
		return kindNone
	}
	return kind((100 - score) / 5)
}

const (
	// minTypo is the shortest text, in characters, in which an error is forgiven: in
	// shorter ones everything is like everything.
	minTypo = 4
	// maxCandidates bounds how many terms one guess about an error may cost.
	maxCandidates = 3000
	codeLen       = 18
)

// query is a folded query and what its form allows.
type query struct {
	norm  string
	runes []rune
	code  string
	// symbols are the initials it may mean; nil unless made of letters and digits with
	// at least one letter.
	symbols []int
	// Which guesses about parts of names are worth making: see admitTypos.
	partTypo, initialsTypo bool
}

func parseQuery(q string) (query, bool) {
	if len(q) > maxRunes*utf8.UTFMax {
		return query{}, false
	}
	out := query{norm: foldText(q, false), code: foldCode(q)}
	out.runes = []rune(out.norm)
	if len(out.runes) == 0 || len(out.runes) > maxRunes {
		return query{}, false
	}
	letter := false
	for _, r := range out.runes {
		s := symbolOf(r)
		if s == 0 {
			out.symbols = nil
			return out, true
		}
		letter = letter || s < sym0
		out.symbols = append(out.symbols, s)
	}
	if !letter {
		out.symbols = nil
	}
	return out, true
}

// classify gives the best way in which a term answers the query.
func (q *query) classify(s *segment, t *term) kind {
	alias := kind(0)
	if t.alias() {
		alias = 1
	}
	if i := strings.Index(s.norm(t), q.norm); i >= 0 {
		switch {
		case int(t.size) == len(q.norm):
			return kindName + 2*alias
		case i == 0:
			return kindPrefix + 2*alias
		}
		return kindPart + alias
	}
	if q.symbols != nil {
		switch initialsAt(q.symbols, s.initialsOf(t)) {
		case 0:
			return kindInitialsPrefix
		case -1:
		default:
			return kindInitials
		}
	}
	text := s.text(t)
	switch {
	case oneEdit(q.runes, text):
		return kindTypo
	case q.partTypo && oneEditInside(q.runes, text):
		return kindPartTypo
	case q.initialsTypo && oneEditInitials(q.symbols, s.initialsOf(t)):
		return kindInitialsTypo
	}
	return kindNone
}

// best gives the best way in which any term of a document answers, and that term.
func (q *query) best(s *segment, id uint32) (kind, uint32) {
	k, at := kindNone, uint32(0)
	for _, t := range s.termsOf(id) {
		if found := q.classify(s, &s.terms[t]); found < k {
			k, at = found, t
		}
	}
	return k, at
}

// candidates calls yield, in order, with terms from the given one on that may answer
// in the given way; all that do are among them.
func (q *query) candidates(s *segment, k kind, from uint32, yield func(t uint32) bool) {
	if s.tiny() {
		for t := from; t < uint32(len(s.terms)) && yield(t); t++ {
		}
		return
	}
	switch k {
	case kindName, kindAlias, kindPrefix, kindAliasPrefix:
		lo, hi := s.prefixRange(q.norm)
		for t := max(lo, from); t < hi; t++ {
			// Equal texts come first; one past them ends the exact kinds.
			if exact := int(s.terms[t].size) == len(q.norm); (k == kindName || k == kindAlias) && !exact || !yield(t) {
				return
			}
		}
	case kindPart, kindAliasPart:
		q.partCandidates(s, from, yield)
	case kindInitialsPrefix, kindInitials:
		q.initialsCandidates(s, k == kindInitialsPrefix, from, yield)
	case kindTypo:
		yieldSorted(q.typoCandidates(s), from, yield)
	case kindPartTypo:
		yieldSorted(q.partTypoCandidates(s), from, yield)
	case kindInitialsTypo:
		yieldSorted(q.initialsTypoCandidates(s), from, yield)
	}
}

func yieldSorted(list []uint32, from uint32, yield func(uint32) bool) {
	slices.Sort(list)
	list = slices.Compact(list)
	at, _ := slices.BinarySearch(list, from)
	for _, t := range list[at:] {
		if !yield(t) {
			return
		}
	}
}

func (q *query) partCandidates(s *segment, from uint32, yield func(uint32) bool) {
	if len(q.runes) > 1 {
		list := s.gramPostings(q.runes[0], q.runes[1])
		for i := 1; i+1 < len(q.runes) && len(list) > 0; i++ {
			if other := s.gramPostings(q.runes[i], q.runes[i+1]); len(other) < len(list) {
				list = other
			}
		}
		yieldPostings(list, from, yield)
		return
	}
	// One character: grams that start with it, if few, else all terms until the page is full.
	list := postings(s.grams, packGram(q.runes[0], 0), packGram(q.runes[0], 1<<21-1))
	if len(list) <= maxCandidates {
		terms := make([]uint32, len(list))
		for i, p := range list {
			terms[i] = uint32(p & termMask)
		}
		yieldSorted(terms, from, yield)
		return
	}
	for t := from; t < uint32(len(s.terms)); t++ {
		if !yield(t) {
			return
		}
	}
}

// yieldPostings walks the postings of one gram.
func yieldPostings(list []uint64, from uint32, yield func(uint32) bool) {
	at, _ := slices.BinarySearchFunc(list, from, func(p uint64, t uint32) int { return int(p&termMask) - int(t) })
	for _, p := range list[at:] {
		if !yield(uint32(p & termMask)) {
			return
		}
	}
}

// typoCandidates finds texts that share a deletion with the query.
func (q *query) typoCandidates(s *segment) []uint32 {
	if len(q.runes) < minTypo {
		return nil
	}
	var buf [maxRunes + 1]uint64
	var out []uint32
	for _, h := range deletionHashes(buf[:0], q.runes) {
		for _, p := range postings(s.deletions, h, h) {
			out = append(out, uint32(p&termMask))
		}
	}
	return out
}

// partTypoCandidates guesses where the error is; the grams it does not touch must be in
// the text, and the rarest of them names the candidates.
func (q *query) partTypoCandidates(s *segment) []uint32 {
	lists := make([][]uint64, 0, len(q.runes))
	for i := 0; i+1 < len(q.runes); i++ {
		lists = append(lists, s.gramPostings(q.runes[i], q.runes[i+1]))
	}
	var out []uint32
	var done []int
	for hit := range lists {
		g := rarestUntouched(len(lists), hit, func(i int) int { return len(lists[i]) })
		if g < 0 || slices.Contains(done, g) {
			continue
		}
		done = append(done, g)
		for _, p := range lists[g] {
			out = append(out, uint32(p&termMask))
		}
	}
	return out
}

// initialsCandidates walks the shortest list of a pair of the query and leaves out what
// the masks refute, which is cheaper than to classify it.
func (q *query) initialsCandidates(s *segment, fromStart bool, from uint32, yield func(uint32) bool) {
	var list []uint32
	found, before := false, symStart
	for i, sym := range q.symbols {
		place := anywhere
		if fromStart && i < headPairs {
			place = i
		}
		if i > 0 || fromStart {
			if l := s.pairList(place, before, sym); !found || len(l) < len(list) {
				list, found = l, true
			}
		}
		before = sym
	}
	at, _ := slices.BinarySearch(list, from)
	for _, t := range list[at:] {
		if where := initialsAt(q.symbols, s.initialsOf(&s.terms[t])); where < 0 || fromStart && where > 0 {
			continue
		}
		if !yield(t) {
			return
		}
	}
}

// initialsTypoCandidates guesses like partTypoCandidates, over the initials at the start
// of names: pairs before the error stand at their place, pairs after it at most one
// beside it.
func (q *query) initialsTypoCandidates(s *segment) []uint32 {
	n := min(len(q.symbols), headPairs-1)
	lists := func(hit, i int) [3][]uint32 {
		before := symStart
		if i > 0 {
			before = q.symbols[i-1]
		}
		out := [3][]uint32{s.pairList(i, before, q.symbols[i])}
		if i > hit {
			out[1], out[2] = s.pairList(i-1, before, q.symbols[i]), s.pairList(i+1, before, q.symbols[i])
		}
		return out
	}
	var out []uint32
	for hit := range n {
		g := rarestUntouched(n, hit, func(i int) int {
			l := lists(hit, i)
			return len(l[0]) + len(l[1]) + len(l[2])
		})
		if g < 0 {
			continue
		}
		for _, list := range lists(hit, g) {
			for _, t := range list {
				if oneEditInitials(q.symbols, s.initialsOf(&s.terms[t])) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// rarestUntouched gives the smallest of the grams that one edit leaves whole when it
// destroys the gram hit and its neighbours; -1 when even that one costs more than
// maxCandidates.
func rarestUntouched(grams, hit int, size func(int) int) int {
	best, least := -1, maxCandidates+1
	for g := range grams {
		if g >= hit-1 && g <= hit+1 {
			continue
		}
		if n := size(g); n < least {
			best, least = g, n
		}
	}
	return best
}
