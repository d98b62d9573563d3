package model

import (
	"strings"
	"unicode"
)

// IdentifierError says why a text is not the identifier it should be. None of its
// fields but Suggestion is made from the text, so that it may be logged.
type IdentifierError struct {
	// Identifier is the kind: uscc, idNo, orgCode, regNo, docNo or division.
	Identifier string
	// Rule is the first broken rule: length, alphabet, division, birth_date or
	// check_character.
	Rule string
	// Detail is a Chinese sentence that names the rule and what to do next.
	Detail string
	// Suggestion is what the writer probably meant, where that is obvious and checks
	// out; none otherwise, and never for a person's number. Show it only to the one
	// who typed the text; never put it in a log.
	Suggestion Suggestion
}

// Error gives kind and rule; neither the text nor the suggestion.
func (e *IdentifierError) Error() string { return e.Identifier + ": " + e.Rule }

// At makes the error of a request out of it, about the field at pointer.
func (e *IdentifierError) At(pointer string) *Error {
	bad := Invalid(pointer, e.Rule, e.Detail)
	bad.Err = e
	return bad
}

// Suggestion is a proposed identifier behind a pointer, so that no log shows it; the
// zero value is none.
type Suggestion struct{ text *string }

// Reveal gives the proposed text; "" for none.
func (s Suggestion) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// narrow prepares typed text: full-width forms become half-width, white space,
// hyphens and invisible characters go, Latin letters become upper-case. Nothing
// else is replaced.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		r = halfWidth(r)
		switch {
		case unicode.IsSpace(r), isHyphen(r), isInvisible(r):
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// halfWidth maps the full-width forms of ASCII (U+FF01–U+FF5E) and the ideographic space.
func halfWidth(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E {
		return r - 0xFEE0
	}
	if r == 0x3000 {
		return ' '
	}
	return r
}

func isHyphen(r rune) bool {
	return r == '-' || 0x2010 <= r && r <= 0x2015 || r == 0x2212
}

func isInvisible(r rune) bool {
	return 0x200B <= r && r <= 0x200F || r == 0x2060 || r == 0xFEFF
}

// isDigits reports whether s is made of ASCII digits only.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// lookalike gives the character that people mean when they type r where r cannot
// stand; 0 when there is no obvious one.
func lookalike(r rune) byte {
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	case 'Z':
		return '2'
	case 'S':
		return '5'
	case 'B':
		return '8'
	}
	return 0
}

// suggest replaces what may not stand in s (by allowed, told the place) by its
// look-alike and gives the result if it is valid; "" otherwise.
func suggest(s string, allowed func(i int, c byte) bool, valid func(string) bool) Suggestion {
	b := []byte(s)
	for i, c := range b {
		if allowed(i, c) {
			continue
		}
		if b[i] = lookalike(rune(c)); b[i] == 0 {
			return Suggestion{}
		}
	}
	if t := string(b); t != s && valid(t) {
		return Suggestion{&t}
	}
	return Suggestion{}
}
