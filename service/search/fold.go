package search

import (
	"strings"
	"unicode"
)

// maxRunes bounds names and queries; a longer name is found by its code only.
const maxRunes = 200

// foldRune gives the form under which a character is compared: half-width, upper-case,
// brackets of any shape round; -1 for white space and invisible characters.
func foldRune(r rune) rune {
	switch {
	case 0xFF01 <= r && r <= 0xFF5E:
		r -= 0xFEE0
	case unicode.IsSpace(r), 0x200B <= r && r <= 0x200F, r == 0x2060, r == 0xFEFF, r == unicode.ReplacementChar, r == 0:
		return -1
	}
	switch r {
	case '[', '{', '【', '〔', '〖', '〈', '《', '「', '［':
		return '('
	case ']', '}', '】', '〕', '〗', '〉', '》', '」', '］':
		return ')'
	}
	return unicode.ToUpper(r)
}

// foldText folds each character; plain also leaves brackets out.
func foldText(s string, plain bool) string {
	return strings.Map(func(r rune) rune {
		r = foldRune(r)
		if plain && (r == '(' || r == ')') {
			return -1
		}
		return r
	}, s)
}

// foldCode folds a code: as text, and without hyphens.
func foldCode(s string) string { return strings.ReplaceAll(foldText(s, true), "-", "") }

// positions gives, for each folded character of s, its place in s in runes.
func positions(s string, plain bool) []int {
	var at []int
	i := 0
	for _, r := range s {
		if r = foldRune(r); r >= 0 && !(plain && (r == '(' || r == ')')) {
			at = append(at, i)
		}
		i++
	}
	return at
}
