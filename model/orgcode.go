package model

import (
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// OrgCode is 组织机构代码 (GB 11714): eight digits or upper-case letters and a check
// character, kept without the hyphen (XXXXXXXX-X).
type OrgCode string

var orgCodeWeight = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// ParseOrgCode normalises like ParseUnifiedSocialCreditCode and checks. The error is
// an *IdentifierError.
func ParseOrgCode(s string) (OrgCode, error) {
	s = narrow(s)
	fail := func(rule, detail string) (OrgCode, error) {
		return "", &IdentifierError{Identifier: "orgCode", Rule: rule, Detail: detail}
	}
	if utf8.RuneCountInString(s) != 9 {
		return fail("length", "组织机构代码应为 8 位本体代码加 1 位校验码，请核对是否多输或漏输。")
	}
	if len(s) != 9 {
		return fail("alphabet", "组织机构代码只能含数字和大写字母，请核对。")
	}
	c, ok := orgCodeCheck(s[:8])
	if !ok || orgCodeValue(s[8]) < 0 {
		return fail("alphabet", "组织机构代码只能含数字和大写字母，请核对。")
	}
	if s[8] != c {
		return fail("check_character", "组织机构代码校验不通过，请对照证书逐位核对。")
	}
	return OrgCode(s), nil
}

// orgCodeCheck gives the check character of a body of eight.
func orgCodeCheck(body string) (byte, bool) {
	if len(body) != len(orgCodeWeight) {
		return 0, false
	}
	sum := 0
	for i, w := range orgCodeWeight {
		v := orgCodeValue(body[i])
		if v < 0 {
			return 0, false
		}
		sum += v * w
	}
	switch v := 11 - sum%11; v {
	case 10:
		return 'X', true
	case 11:
		return '0', true
	default:
		return byte('0' + v), true
	}
}

func orgCodeValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// Reveal gives the clear text, without hyphen.
func (c OrgCode) Reveal() string { return string(c) }

// String shows the first two and last three characters.
func (c OrgCode) String() string { return maskMiddle(string(c), 2, 3) }

// Format masks under every verb.
func (c OrgCode) Format(f fmt.State, verb rune) { formatMasked(f, verb, "model.OrgCode", c.String()) }

// LogValue masks in slog.
func (c OrgCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText masks in JSON and other text encodings.
func (c OrgCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
