package model

import (
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// RegNo is the old 工商注册号: six digits of the first registration authority, eight of
// order and one check digit (MOD 11,10). Today it is only an alias.
type RegNo string

// ParseRegNo normalises like ParseUnifiedSocialCreditCode and checks. The error is an
// *IdentifierError.
func ParseRegNo(s string) (RegNo, error) {
	s = narrow(s)
	fail := func(rule, detail string) (RegNo, error) {
		return "", &IdentifierError{Identifier: "regNo", Rule: rule, Detail: detail}
	}
	if utf8.RuneCountInString(s) != 15 {
		return fail("length", "工商注册号应为 15 位数字，请核对是否多输或漏输。")
	}
	if !isDigits(s) {
		err := &IdentifierError{Identifier: "regNo", Rule: "alphabet", Detail: "工商注册号只能含数字，请核对是否把字母 O、I 当成了数字 0、1。"}
		if len(s) == 15 {
			err.Suggestion = suggest(s, func(_ int, c byte) bool { return '0' <= c && c <= '9' },
				func(t string) bool { return regNoCheck(t[:14]) == t[14] })
		}
		return "", err
	}
	if regNoCheck(s[:14]) != s[14] {
		return fail("check_character", "工商注册号校验不通过，请对照营业执照逐位核对。")
	}
	return RegNo(s), nil
}

// regNoCheck gives the check digit of fourteen digits (GB/T 17710 MOD 11,10).
func regNoCheck(body string) byte {
	p := 10
	for i := range len(body) {
		if p = (p + int(body[i]-'0')) % 10; p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return byte('0' + (11-p)%10)
}

// Reveal gives the clear text.
func (n RegNo) Reveal() string { return string(n) }

// Division is the first registration authority's, six digits.
func (n RegNo) Division() string {
	if len(n) != 15 {
		return ""
	}
	return string(n[:6])
}

// SubjectKind is that of the range of the order number: 6–9 are 个体工商户.
func (n RegNo) SubjectKind() SubjectKind {
	if len(n) == 15 && n[6] >= '6' {
		return KindSelfEmployed
	}
	return KindLegalPerson
}

// String shows the first six and last four digits.
func (n RegNo) String() string { return maskMiddle(string(n), 6, 4) }

// Format masks under every verb.
func (n RegNo) Format(f fmt.State, verb rune) { formatMasked(f, verb, "model.RegNo", n.String()) }

// LogValue masks in slog.
func (n RegNo) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText masks in JSON and other text encodings.
func (n RegNo) MarshalText() ([]byte, error) { return []byte(n.String()), nil }
