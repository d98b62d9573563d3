package search

import "slices"

// Field says what of an organisation matched.
type Field string

const (
	FieldCode       Field = "code"
	FieldFormerCode Field = "formerCode"
	FieldName       Field = "name"
	FieldFormerName Field = "formerName"
)

// Hit is an organisation found.
type Hit struct {
	USCC   string
	Name   string
	Status string
	// Score orders hits and says how they match: 100 code, 95 former code, 90 name, 85 its
	// start, 80 and 75 the same of a former name, 70 and 65 a part, 60 and 55 initials
	// from the start or within, 50 one mistake in the name, 45 in the code, 40 in a part,
	// 35 in the initials. Hits of one score are ordered by the matched text, then by code.
	Score int
	Field Field
	// Text is what matched, as it is written: the code, or one of the names.
	Text string
	// Spans are the matched parts of Text: [from, to) in characters.
	Spans [][2]int
	// Key continues after this hit.
	Key Key
}

// Search gives at most limit hits after a key (the zero Key: from the start). Equal
// calls on equal entries give equal answers, whatever order the entries came in.
func (x *Index) Search(text string, limit int, after Key) []Hit {
	q, ok := parseQuery(text)
	if !ok || limit <= 0 {
		return nil
	}
	sn := x.now.Load()
	c := collector{snapshot: sn, query: &q, limit: limit, after: after}
	c.codes()
	first := kindName
	if after.Score > 0 {
		first = max(first, kindOfScore(after.Score))
	}
	c.admitTypos(first)
	for k := first; k < kindNone && len(c.hits) < limit; k++ {
		c.collect(k)
	}
	return c.hits
}

// collector gathers one page of one search.
type collector struct {
	*snapshot
	query *query
	limit int
	after Key
	hits  []Hit
	// byCode are organisations that a code found: not to be found by name again.
	byCode []string
	// codeTypos wait for their turn.
	codeTypos []Hit
}

// admitTypos allows guesses only where nothing better exists, for every page of the
// same query alike.
func (c *collector) admitTypos(first kind) {
	q := c.query
	long := len(q.runes) >= minTypo
	if !long || first > kindInitialsTypo {
		return
	}
	q.initialsTypo = q.symbols != nil && !c.exists(kindInitialsPrefix, kindPart, kindAliasPart, kindPrefix, kindAliasPrefix, kindName, kindAlias)
	q.partTypo = q.symbols == nil && !c.exists(kindName, kindPrefix, kindAlias, kindAliasPrefix, kindPart, kindAliasPart, kindTypo)
}

// exists reports whether any live organisation answers in one of the ways.
func (c *collector) exists(kinds ...kind) bool {
	for _, k := range kinds {
		if c.query.symbols == nil && (k == kindInitialsPrefix || k == kindInitials) {
			continue
		}
		for _, p := range c.parts {
			found := false
			c.query.candidates(p.segment, k, 0, func(t uint32) bool {
				found = p.lives(p.terms[t].doc) && c.query.classify(p.segment, &p.terms[t]) == k
				return !found
			})
			if found {
				return true
			}
		}
	}
	return false
}

// collect appends the hits of one kind that come after the key.
func (c *collector) collect(k kind) {
	switch {
	case k == kindCodeTypo:
		c.take(c.codeTypos)
		return
	case (k == kindInitialsPrefix || k == kindInitials) && c.query.symbols == nil,
		k == kindPartTypo && !c.query.partTypo, k == kindInitialsTypo && !c.query.initialsTypo:
		return
	}
	var found []Hit
	for _, p := range c.parts {
		from := uint32(0)
		if c.after.Score == k.score() {
			from = p.termAfter(c.after)
		}
		left := c.limit - len(c.hits)
		c.query.candidates(p.segment, k, from, func(id uint32) bool {
			t := &p.terms[id]
			if !p.lives(t.doc) || c.query.classify(p.segment, t) != k {
				return true
			}
			if _, at := c.query.best(p.segment, t.doc); at != id || slices.Contains(c.byCode, p.uscc(t.doc)) {
				return true
			}
			found = append(found, c.nameHit(p.segment, t, k))
			left--
			return left > 0
		})
	}
	if len(c.parts) > 1 {
		slices.SortFunc(found, func(a, b Hit) int { return a.Key.compare(b.Key) })
	}
	c.take(found)
}

// take appends hits in order until the page is full.
func (c *collector) take(found []Hit) {
	for _, h := range found {
		if len(c.hits) == c.limit {
			return
		}
		if c.after.Score == 0 || c.after.compare(h.Key) < 0 {
			c.hits = append(c.hits, h)
		}
	}
}

// codes finds organisations by code and former code, and by a code with a mistake.
func (c *collector) codes() {
	code := c.query.code
	if code == "" {
		return
	}
	var exact, former []Hit
	add := func(to *[]Hit, p part, doc uint32, k kind, field Field, text string) {
		if id := p.uscc(doc); p.lives(doc) && !slices.Contains(c.byCode, id) {
			c.byCode = append(c.byCode, id)
			*to = append(*to, c.codeHit(p.segment, doc, k, field, text))
		}
	}
	for _, p := range c.parts {
		if doc, ok := p.byID(code); ok {
			add(&exact, p, doc, kindCode, FieldCode, code)
		}
	}
	for _, p := range c.parts {
		for _, doc := range p.byFormer(code) {
			add(&former, p, doc, kindFormerCode, FieldFormerCode, code)
		}
	}
	if len(c.byCode) == 0 && c.query.looksLikeCode() {
		for _, p := range c.parts {
			codeVariants(code, func(v []byte) {
				if doc, ok := p.byID(string(v)); ok {
					add(&c.codeTypos, p, doc, kindCodeTypo, FieldCode, string(v))
				}
			})
		}
	}
	for _, hits := range [][]Hit{exact, former, c.codeTypos} {
		slices.SortFunc(hits, func(a, b Hit) int { return a.Key.compare(b.Key) })
	}
	c.take(exact)
	c.take(former)
}

// looksLikeCode reports whether the query may be a code with one mistake: digits in
// the main, as no name is.
func (q *query) looksLikeCode() bool {
	digits := 0
	for i := range len(q.code) {
		if '0' <= q.code[i] && q.code[i] <= '9' {
			digits++
		}
	}
	return len(q.code) >= codeLen-1 && len(q.code) <= codeLen+1 && digits >= 6
}

func (c *collector) codeHit(s *segment, doc uint32, k kind, field Field, text string) Hit {
	var spans [][2]int
	if k == kindCodeTypo {
		spans = spansOfEnds([]rune(c.query.code), []rune(text))
	} else {
		spans = [][2]int{{0, len([]rune(text))}}
	}
	uscc := s.uscc(doc)
	return Hit{USCC: uscc, Name: s.name(doc), Status: s.status(doc), Score: k.score(), Field: field, Text: text, Spans: spans,
		Key: Key{Score: k.score(), Text: text, USCC: uscc}}
}

func (c *collector) nameHit(s *segment, t *term, k kind) Hit {
	uscc, name := s.uscc(t.doc), s.name(t.doc)
	h := Hit{USCC: uscc, Name: name, Status: s.status(t.doc), Score: k.score(), Field: FieldName, Text: name,
		Key: Key{Score: k.score(), Text: s.norm(t), USCC: uscc}}
	if t.former > 0 {
		h.Field, h.Text = FieldFormerName, s.formerName(t.doc, int(t.former)-1)
	}
	at := positions(h.Text, t.plain)
	for _, span := range c.query.spans(s, t, k) {
		if span[0] < span[1] {
			h.Spans = append(h.Spans, [2]int{at[span[0]], at[span[1]-1] + 1})
		}
	}
	return h
}

// spans gives the matched parts of a term's folded text.
func (q *query) spans(s *segment, t *term, k kind) [][2]int {
	text := s.text(t)
	switch k {
	case kindName, kindAlias, kindPrefix, kindAliasPrefix:
		return [][2]int{{0, len(q.runes)}}
	case kindPart, kindAliasPart:
		from := indexRunes(text, q.runes)
		return [][2]int{{from, from + len(q.runes)}}
	case kindInitialsPrefix, kindInitials:
		from := initialsAt(q.symbols, s.initialsOf(t))
		return [][2]int{{from, from + len(q.symbols)}}
	case kindTypo:
		return spansOfEnds(q.runes, text)
	case kindPartTypo:
		from, to, _ := editInside(q.runes, text)
		return shift(spansOfEnds(q.runes, text[from:to]), from)
	case kindInitialsTypo:
		masks := s.initialsOf(t)
		n := oneEditPrefix(len(q.symbols), len(masks), func(i, j int) bool { return masks[j]&(1<<q.symbols[i]) != 0 })
		return [][2]int{{0, n}}
	}
	return nil
}

// spansOfEnds gives what text shares with q before and after the mistake.
func spansOfEnds(q, text []rune) [][2]int {
	head, tail := commonEnds(q, text)
	if head+tail == len(text) { // something extra in the query: the text is whole
		return [][2]int{{0, len(text)}}
	}
	var out [][2]int
	if head > 0 {
		out = append(out, [2]int{0, head})
	}
	if tail > 0 {
		out = append(out, [2]int{len(text) - tail, len(text)})
	}
	return out
}

func shift(spans [][2]int, by int) [][2]int {
	for i := range spans {
		spans[i][0] += by
		spans[i][1] += by
	}
	return spans
}

func indexRunes(text, part []rune) int {
	for i := 0; i+len(part) <= len(text); i++ {
		if slices.Equal(text[i:i+len(part)], part) {
			return i
		}
	}
	return 0
}
