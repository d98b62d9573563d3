package search

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"strings"
)

// A packed posting holds a gram or hash above and the number of a term below.
const (
	termBits = 22
	termMask = 1<<termBits - 1
	// maxFormer bounds the former names indexed of one organisation, and maxDocs the
	// organisations of a segment, so that its terms (each name with and without
	// brackets) can be numbered.
	maxFormer = 7
	maxDocs   = 1 << termBits / (2 * (1 + maxFormer))
)

// segment is an immutable index of some organisations. Terms are in the order of
// their folded text, so every posting list is in the order of answers.
type segment struct {
	docs   []doc
	byID   map[string]uint32
	former map[string][]uint32 // former codes

	terms []term
	// runes and masks of all terms, one after the other; a mask holds the pinyin
	// initials of its rune.
	runes []rune
	masks []uint64

	grams     []uint64 // two runes and the term, ordered
	deletions []uint64 // hash of the text less at most one rune and the term, ordered
	// pairs lists terms by neighbouring initials, see pairList; list i starts at pairAt[i].
	pairs  []uint32
	pairAt []uint32
}

// doc is an entry and its terms; the first is the name.
type doc struct {
	Entry
	terms []uint32
}

// term is one text under which an organisation is found.
type term struct {
	norm string
	doc  uint32
	at   uint32 // first of its runes
	n    uint16 // number of runes
	// former is 0 for the name, i for FormerNames[i-1].
	former uint8
	// plain says that brackets were left out, so that they need not be typed.
	plain bool
}

// alias reports whether the term is anything but the name as it is written.
func (t *term) alias() bool { return t.former > 0 || t.plain }

func buildSegment(entries []Entry, letters initials) *segment {
	s := &segment{docs: make([]doc, len(entries)), byID: make(map[string]uint32, len(entries)), former: map[string][]uint32{}}
	total := 0
	for i, e := range together(entries) {
		s.docs[i].Entry = e
		s.byID[e.USCC] = uint32(i)
		for _, c := range e.FormerCodes {
			if c = foldCode(c); c != "" && !slices.Contains(s.former[c], uint32(i)) {
				s.former[c] = append(s.former[c], uint32(i))
			}
		}
		total += s.addTerms(uint32(i), e)
	}
	slices.SortFunc(s.terms, func(a, b term) int {
		return cmp.Or(strings.Compare(a.norm, b.norm), strings.Compare(s.docs[a.doc].USCC, s.docs[b.doc].USCC))
	})
	s.runes = make([]rune, 0, total)
	s.masks = make([]uint64, 0, total)
	for i := range s.terms {
		t := &s.terms[i]
		t.at = uint32(len(s.runes))
		for _, r := range t.norm {
			s.runes = append(s.runes, r)
			s.masks = append(s.masks, letters.of(r))
		}
	}
	s.numberTerms()
	if !s.tiny() {
		s.buildGrams(total)
		s.buildDeletions(total)
		s.buildPairs()
	}
	return s
}

// together gives entries whose names and codes are parts of one text, and equal states one: the
// collector looks at each text on its own, and there are three for every organisation.
func together(entries []Entry) []Entry {
	var all strings.Builder
	for _, e := range entries {
		all.WriteString(e.USCC)
		all.WriteString(e.Name)
	}
	out, text, states := slices.Clone(entries), all.String(), map[string]string{}
	part := func(s *string) { *s, text = text[:len(*s)], text[len(*s):] }
	for i := range out {
		e := &out[i]
		part(&e.USCC)
		part(&e.Name)
		if _, known := states[e.Status]; !known {
			states[e.Status] = e.Status
		}
		e.Status = states[e.Status]
	}
	return out
}

// numberTerms tells each organisation its terms, in their order.
func (s *segment) numberTerms() {
	order := make([]uint32, len(s.terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(s.terms[a].doc, s.terms[b].doc) })
	for len(order) > 0 {
		doc, n := s.terms[order[0]].doc, 1
		for n < len(order) && s.terms[order[n]].doc == doc {
			n++
		}
		s.docs[doc].terms, order = order[:n:n], order[n:]
	}
}

// tiny reports whether the segment is scanned rather than looked up: most of those
// that single changes make, which so cost next to nothing.
func (s *segment) tiny() bool { return len(s.terms) <= 16 }

// addTerms appends the texts of an entry, each once, and gives their number of runes.
func (s *segment) addTerms(id uint32, e Entry) int {
	first, total := len(s.terms), 0
	add := func(text string, former int, plain bool) {
		norm := foldText(text, plain)
		known := slices.ContainsFunc(s.terms[first:], func(t term) bool { return t.norm == norm })
		if norm == "" || known {
			return
		}
		n := 0
		for range norm {
			n++
		}
		if n > maxRunes {
			return
		}
		s.terms = append(s.terms, term{norm: norm, doc: id, n: uint16(n), former: uint8(former), plain: plain})
		total += n
	}
	add(e.Name, 0, false)
	add(e.Name, 0, true)
	for i, name := range e.FormerNames[:min(len(e.FormerNames), maxFormer)] {
		add(name, i+1, false)
		add(name, i+1, true)
	}
	return total
}

// text gives the runes of a term.
func (s *segment) text(t *term) []rune { return s.runes[t.at : t.at+uint32(t.n)] }

// initialsOf gives the masks of a term.
func (s *segment) initialsOf(t *term) []uint64 { return s.masks[t.at : t.at+uint32(t.n)] }

// packGram packs two runes; b is 0 at the end of a text.
func packGram(a, b rune) uint64 { return uint64(a)<<21 | uint64(b) }

func (s *segment) buildGrams(total int) {
	s.grams = make([]uint64, 0, total)
	for i := range s.terms {
		text := s.text(&s.terms[i])
		for j, a := range text {
			b := rune(0)
			if j+1 < len(text) {
				b = text[j+1]
			}
			s.grams = append(s.grams, packGram(a, b)<<termBits|uint64(i))
		}
	}
	slices.Sort(s.grams)
	s.grams = slices.Compact(s.grams)
}

// postings gives the part of an ordered list whose upper bits lie in [from, to].
func postings(list []uint64, from, to uint64) []uint64 {
	lo, _ := slices.BinarySearch(list, from<<termBits)
	hi := sort.Search(len(list)-lo, func(i int) bool { return list[lo+i]>>termBits > to })
	return list[lo : lo+hi]
}

func (s *segment) gramPostings(a, b rune) []uint64 {
	g := packGram(a, b)
	return postings(s.grams, g, g)
}

func (s *segment) buildDeletions(total int) {
	s.deletions = make([]uint64, 0, total+len(s.terms))
	var hashes []uint64
	for i := range s.terms {
		hashes = deletionHashes(hashes[:0], s.text(&s.terms[i]))
		for _, h := range hashes {
			s.deletions = append(s.deletions, h<<termBits|uint64(i))
		}
	}
	slices.Sort(s.deletions)
	s.deletions = slices.Compact(s.deletions)
}

// deletionHashes appends the hash of text and of text less each of its runes, in
// 64-termBits bits. Two texts one edit apart share at least one.
func deletionHashes(to []uint64, text []rune) []uint64 {
	const base = 0x9E3779B97F4A7C15 | 1
	mix := func(h uint64) uint64 {
		h ^= h >> 29
		h *= 0xBF58476D1CE4E5B9
		return h >> termBits
	}
	// Walking from the end: rest is the hash of what follows the deleted rune.
	var head [maxRunes + 2]uint64
	for i, r := range text {
		head[i+1] = head[i]*base + uint64(r) + 1
	}
	to = append(to, mix(head[len(text)]))
	rest, power := uint64(0), uint64(1)
	for i := len(text) - 1; i >= 0; i-- {
		to = append(to, mix(head[i]*power+rest))
		rest += (uint64(text[i]) + 1) * power
		power *= base
	}
	return to
}

// headPairs is how many pairs of initials are also listed by their place: people type
// names from the start, and what stands where tells names apart best.
const headPairs = 8

// anywhere is the row of pairs that lists them at every place.
const anywhere = headPairs

// pairList gives the terms that have a pair of neighbouring initials at a place
// (0: the first initial after symStart), or anywhere.
func (s *segment) pairList(place, a, b int) []uint32 {
	list := (place*symbols+a)*symbols + b
	return s.pairs[s.pairAt[list]:s.pairAt[list+1]]
}

func (s *segment) buildPairs() {
	s.pairAt = make([]uint32, (headPairs+1)*symbols*symbols+1)
	s.eachTermPair(func(list int, _ uint32) { s.pairAt[list+1]++ })
	for i := 1; i < len(s.pairAt); i++ {
		s.pairAt[i] += s.pairAt[i-1]
	}
	next := slices.Clone(s.pairAt)
	s.pairs = make([]uint32, s.pairAt[len(s.pairAt)-1])
	s.eachTermPair(func(list int, t uint32) {
		s.pairs[next[list]] = t
		next[list]++
	})
}

// eachTermPair calls do for every term and list it belongs to, in the order of terms.
func (s *segment) eachTermPair(do func(list int, t uint32)) {
	var seen [symbols * symbols]uint32 // the last term + 1 that had the pair
	for i := range s.terms {
		t := uint32(i)
		before := uint64(1) << symStart
		for place, mask := range s.initialsOf(&s.terms[i]) {
			for a := before; a != 0; a &= a - 1 {
				for b := mask; b != 0; b &= b - 1 {
					pair := bits.TrailingZeros64(a)*symbols + bits.TrailingZeros64(b)
					if place < headPairs {
						do(place*symbols*symbols+pair, t)
					}
					if seen[pair] != t+1 {
						seen[pair] = t + 1
						do(anywhere*symbols*symbols+pair, t)
					}
				}
			}
			before = mask
		}
	}
}

// termAfter gives the first term that comes after the key in text and code.
func (s *segment) termAfter(k Key) uint32 {
	return uint32(sort.Search(len(s.terms), func(i int) bool {
		t := &s.terms[i]
		c := strings.Compare(t.norm, k.Text)
		return c > 0 || c == 0 && s.docs[t.doc].USCC > k.USCC
	}))
}

// prefixRange gives the terms that start with prefix: from, to (exclusive).
func (s *segment) prefixRange(prefix string) (from, to uint32) {
	lo := sort.Search(len(s.terms), func(i int) bool { return s.terms[i].norm >= prefix })
	n := sort.Search(len(s.terms)-lo, func(i int) bool { return !strings.HasPrefix(s.terms[lo+i].norm, prefix) })
	return uint32(lo), uint32(lo + n)
}
