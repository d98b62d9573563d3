package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// DocNo is 文书号 of a decision in normal form: no spaces, half-width, the year in 〔〕,
// such as 汴住建文〔2020〕327号. Equal numbers have equal text. It is public.
type DocNo string

// maxDocNo is the length of the national field (C64), in characters.
const maxDocNo = 64

// ParseDocNo normalises the ways people write a document number: 〔 〕, [ ], 【 】, ( ),
// { } and mixtures around the year become 〔 〕, brackets around the whole go. The
// error is an *IdentifierError (length, alphabet).
func ParseDocNo(s string) (DocNo, error) {
	fail := func(rule, detail string) (DocNo, error) {
		return "", &IdentifierError{Identifier: "docNo", Rule: rule, Detail: detail}
	}
	if !utf8.ValidString(s) {
		return fail("alphabet", "文书号含有无法识别的字符，请重新输入。")
	}
	r := []rune(strings.Map(docNoRune, s))
	r = bracketYear(stripOuter(r))
	if len(r) == 0 {
		return fail("length", "文书号不能为空，请按决定书填写。")
	}
	if len(r) > maxDocNo {
		return fail("length", "文书号不能超过 64 个字，请核对。")
	}
	for _, c := range r {
		if !unicode.IsGraphic(c) {
			return fail("alphabet", "文书号含有无法识别的字符，请重新输入。")
		}
	}
	return DocNo(r), nil
}

// Year is the year in brackets; false when there is none.
func (d DocNo) Year() (int, bool) {
	_, rest, ok := strings.Cut(string(d), "〔")
	if !ok || len(rest) < 4 || !isDigits(rest[:4]) {
		return 0, false
	}
	year := 0
	for _, c := range rest[:4] {
		year = year*10 + int(c-'0')
	}
	return year, true
}

func docNoRune(r rune) rune {
	r = halfWidth(r)
	if unicode.IsSpace(r) || isInvisible(r) {
		return -1
	}
	if 0x2010 <= r && r <= 0x2015 || r == 0x2212 {
		return '-'
	}
	return r
}

const openBrackets, closeBrackets = "〔[【({〖〈《「［", "〕]】)}〗〉》」］"

func isOpen(r rune) bool  { return strings.ContainsRune(openBrackets, r) }
func isClose(r rune) bool { return strings.ContainsRune(closeBrackets, r) }

// stripOuter removes one pair of brackets around the whole, also a mixed one.
func stripOuter(r []rune) []rune {
	if len(r) < 2 || !isOpen(r[0]) || !isClose(r[len(r)-1]) {
		return r
	}
	depth := 0
	for i, c := range r {
		if isOpen(c) {
			depth++
		} else if isClose(c) {
			if depth--; depth == 0 && i < len(r)-1 {
				return r
			}
		}
	}
	if depth != 0 {
		return r
	}
	return stripOuter(r[1 : len(r)-1])
}

// bracketYear puts four-digit years between any brackets into 〔〕, and gives other
// square brackets no other form than their own.
func bracketYear(r []rune) []rune {
	for i := 0; i+5 < len(r); i++ {
		if isOpen(r[i]) && isClose(r[i+5]) && isDigits(string(r[i+1:i+5])) && (r[i+1] == '1' || r[i+1] == '2') {
			r[i], r[i+5] = '〔', '〕'
		}
	}
	return r
}
