package search

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
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
// their folded text, so every posting list is in the order of answers. Nothing in it holds
// a pointer for each organisation or term.
type segment struct {
	docs

	terms []term
	// docTerms are the terms of one organisation after the other, which begin at termsAt.
	docTerms, termsAt []uint32
	// norms, runes and masks of all terms, one after the other: the folded text, its
	// characters, and the pinyin initials of each.
	norms string
	runes []rune
	masks []uint64

	grams     []uint64 // two runes and the term, ordered
	deletions []uint64 // hash of the text less at most one rune and the term, ordered
	// pairs lists terms by neighbouring initials, see pairList; list i starts at pairAt[i].
	pairs  []uint32
	pairAt []uint32
}

// term is one text under which an organisation is found.
type term struct {
	doc  uint32
	norm uint32 // first byte of its text in norms
	at   uint32 // first of its runes
	size uint16 // bytes of its text
	n    uint16 // number of runes
	// former is 0 for the name, i for FormerNames[i-1].
	former uint8
	// plain says that brackets were left out, so that they need not be typed.
	plain bool
}

// alias reports whether the term is anything but the name as it is written.
func (t *term) alias() bool { return t.former > 0 || t.plain }

func buildSegment(entries []Entry, letters initials) *segment {
	s := &segment{docs: newDocs(entries)}
	var named []namedTerm
	for i, e := range entries {
		named = appendTerms(named, uint32(i), e)
	}
	slices.SortFunc(named, func(a, b namedTerm) int {
		return cmp.Or(strings.Compare(a.text, b.text), strings.Compare(s.uscc(a.doc), s.uscc(b.doc)))
	})
	s.layOut(named, letters)
	s.numberTerms()
	if !s.tiny() {
		s.buildGrams()
		s.buildDeletions()
		s.buildPairs()
	}
	return s
}

// layOut writes the terms and their texts one after the other.
func (s *segment) layOut(named []namedTerm, letters initials) {
	size, total := 0, 0
	for i := range named {
		size += len(named[i].text)
		total += int(named[i].n)
	}
	var norms strings.Builder
	norms.Grow(size)
	s.terms = make([]term, len(named))
	s.runes = make([]rune, 0, total)
	s.masks = make([]uint64, 0, total)
	for i := range named {
		t := named[i].term
		t.norm, t.at = uint32(norms.Len()), uint32(len(s.runes))
		s.terms[i] = t
		norms.WriteString(named[i].text)
		for _, r := range named[i].text {
			s.runes = append(s.runes, r)
			s.masks = append(s.masks, letters.of(r))
		}
	}
	s.norms = norms.String()
}

// numberTerms tells each organisation its terms, in their order.
func (s *segment) numberTerms() {
	s.termsAt = make([]uint32, s.len()+1)
	for i := range s.terms {
		s.termsAt[s.terms[i].doc+1]++
	}
	for i := range s.len() {
		s.termsAt[i+1] += s.termsAt[i]
	}
	next := slices.Clone(s.termsAt)
	s.docTerms = make([]uint32, len(s.terms))
	for i := range s.terms {
		doc := s.terms[i].doc
		s.docTerms[next[doc]] = uint32(i)
		next[doc]++
	}
}

// termsOf gives the terms of an organisation, in their order.
func (s *segment) termsOf(doc uint32) []uint32 { return s.docTerms[s.termsAt[doc]:s.termsAt[doc+1]] }

// tiny reports whether the segment is scanned rather than looked up: most of those
// that single changes make, which so cost next to nothing.
func (s *segment) tiny() bool { return len(s.terms) <= 16 }

// namedTerm is a term whose text has no place yet.
type namedTerm struct {
	term
	text string
}

// appendTerms appends the texts of an entry, each once.
func appendTerms(named []namedTerm, id uint32, e Entry) []namedTerm {
	first := len(named)
	add := func(text string, former int, plain bool) {
		norm := foldText(text, plain)
		known := slices.ContainsFunc(named[first:], func(t namedTerm) bool { return t.text == norm })
		n := utf8.RuneCountInString(norm)
		if norm == "" || known || n > maxRunes {
			return
		}
		named = append(named, namedTerm{term{doc: id, size: uint16(len(norm)), n: uint16(n), former: uint8(former), plain: plain}, norm})
	}
	add(e.Name, 0, false)
	add(e.Name, 0, true)
	for i, name := range e.FormerNames[:min(len(e.FormerNames), maxFormer)] {
		add(name, i+1, false)
		add(name, i+1, true)
	}
	return named
}

// norm gives the folded text of a term.
func (s *segment) norm(t *term) string { return s.norms[t.norm : t.norm+uint32(t.size)] }

// text gives the runes of a term.
func (s *segment) text(t *term) []rune { return s.runes[t.at : t.at+uint32(t.n)] }

// initialsOf gives the masks of a term.
func (s *segment) initialsOf(t *term) []uint64 { return s.masks[t.at : t.at+uint32(t.n)] }

// packGram packs two runes; b is 0 at the end of a text.
func packGram(a, b rune) uint64 { return uint64(a)<<21 | uint64(b) }

func (s *segment) buildGrams() {
	s.grams = make([]uint64, 0, len(s.runes))
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

func (s *segment) buildDeletions() {
	s.deletions = make([]uint64, 0, len(s.runes)+len(s.terms))
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
		c := strings.Compare(s.norm(t), k.Text)
		return c > 0 || c == 0 && s.uscc(t.doc) > k.USCC
	}))
}

// prefixRange gives the terms that start with prefix: from, to (exclusive).
func (s *segment) prefixRange(prefix string) (from, to uint32) {
	lo := sort.Search(len(s.terms), func(i int) bool { return s.norm(&s.terms[i]) >= prefix })
	n := sort.Search(len(s.terms)-lo, func(i int) bool { return !strings.HasPrefix(s.norm(&s.terms[lo+i]), prefix) })
	return uint32(lo), uint32(lo + n)
}
