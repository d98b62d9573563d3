package model

import (
	"fmt"
	"log/slog"
	"strconv"
	"unicode/utf8"
)

// UnifiedSocialCreditCode is 统一社会信用代码 (GB 32100-2015): 18 characters, digits and
// upper-case letters without I O S V Z: registration department, category, six
// digits of division, organisation code (GB 11714), check character.
//
// A value from ParseUnifiedSocialCreditCode is normal and valid. Its text is public,
// but it hides itself in logs and text encodings (not as a key of a JSON object, and
// not in BSON): wire types and documents take Reveal.
type UnifiedSocialCreditCode string

const (
	usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	usccLen      = 18
)

// usccPlace gives the place of a character in the alphabet from 1; 0 outside it.
var usccPlace = [256]uint8{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10, 'A': 11,
	'B': 12, 'C': 13, 'D': 14, 'E': 15, 'F': 16, 'G': 17, 'H': 18, 'J': 19, 'K': 20, 'L': 21, 'M': 22,
	'N': 23, 'P': 24, 'Q': 25, 'R': 26, 'T': 27, 'U': 28, 'W': 29, 'X': 30, 'Y': 31,
}

// usccWeight is 3^i mod 31 (GB 32100-2015, 4.6).
var usccWeight = [17]int32{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// ParseUnifiedSocialCreditCode normalises what people type (full-width forms, spaces,
// hyphens, lower case) and checks it. The error is an *IdentifierError. A wrong
// organisation code check, an unknown category or division is no error: see Warnings.
func ParseUnifiedSocialCreditCode(s string) (UnifiedSocialCreditCode, error) {
	if ValidUnifiedSocialCreditCode(s) {
		return UnifiedSocialCreditCode(s), nil
	}
	s = narrow(s)
	fail := func(rule, detail string) (UnifiedSocialCreditCode, error) {
		e := &IdentifierError{Identifier: "uscc", Rule: rule, Detail: detail}
		if rule == "alphabet" {
			e.Suggestion = suggest(s, usccAllows, ValidUnifiedSocialCreditCode)
		}
		return "", e
	}
	if utf8.RuneCountInString(s) != usccLen {
		return fail("length", "统一社会信用代码应为 18 位，请核对是否多输或漏输。")
	}
	for i, r := range s {
		if r >= utf8.RuneSelf || !usccAllows(i, byte(r)) {
			return fail("alphabet", usccAlphabetDetail(i, r))
		}
	}
	if !ValidUnifiedSocialCreditCode(s) {
		return fail("check_character", "统一社会信用代码校验不通过，请对照营业执照逐位核对。")
	}
	return UnifiedSocialCreditCode(s), nil
}

// usccAllows reports whether c may stand at place i (from 0).
func usccAllows(i int, c byte) bool {
	if 2 <= i && i < 8 {
		return '0' <= c && c <= '9'
	}
	return usccPlace[c] > 0
}

func usccAlphabetDetail(i int, r rune) string {
	rule := "只能是数字或大写字母（不含 I、O、S、V、Z）"
	if 2 <= i && i < 8 {
		rule = "只能是数字"
	}
	hint := "请核对。"
	if d := lookalike(r); d != 0 {
		hint = "请核对是否应为数字 " + string(rune(d)) + "。"
	}
	return "统一社会信用代码第 " + strconv.Itoa(i+1) + " 位" + rule + "，" + hint
}

// ValidUnifiedSocialCreditCode reports whether s is a valid code in normal form. It
// does not allocate: made for batches.
func ValidUnifiedSocialCreditCode(s string) bool {
	if len(s) != usccLen {
		return false
	}
	for i := 2; i < 8; i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	c, ok := usccCheck(s[:17])
	return ok && s[17] == c
}

// usccCheck gives the check character of the first 17.
func usccCheck(body string) (byte, bool) {
	sum := int32(0)
	for i := range usccWeight {
		place := usccPlace[body[i]]
		if place == 0 {
			return 0, false
		}
		sum += int32(place-1) * usccWeight[i]
	}
	return usccAlphabet[(31-sum%31)%31], true
}

// ComposeUnifiedSocialCreditCode makes a code from department and category ("91"),
// six digits of division and the eight characters of an organisation code, adding
// both check characters. For synthetic data; the error is an *IdentifierError.
func ComposeUnifiedSocialCreditCode(prefix, division, body string) (UnifiedSocialCreditCode, error) {
	c, ok := orgCodeCheck(body)
	if !ok || len(prefix) != 2 || len(division) != 6 {
		return "", &IdentifierError{Identifier: "uscc", Rule: "length", Detail: "代码各段应为 2、6、8 位。"}
	}
	s := prefix + division + body + string(rune(c))
	check, ok := usccCheck(s)
	if !ok {
		return "", &IdentifierError{Identifier: "uscc", Rule: "alphabet", Detail: "代码只能含数字和大写字母（不含 I、O、S、V、Z）。"}
	}
	return ParseUnifiedSocialCreditCode(s + string(rune(check)))
}

// Reveal gives the clear text.
func (c UnifiedSocialCreditCode) Reveal() string { return string(c) }

// whole reports whether the parts can be cut; false for the zero value.
func (c UnifiedSocialCreditCode) whole() bool { return len(c) == usccLen }

// RegDept is 登记管理部门 in words; "" when GB 32100 knows no such code.
func (c UnifiedSocialCreditCode) RegDept() string {
	if !c.whole() {
		return ""
	}
	return regDepts[c[0]]
}

// OrgCategory is 机构类别 in words; "" for a category we do not know.
func (c UnifiedSocialCreditCode) OrgCategory() string {
	if !c.whole() {
		return ""
	}
	return orgCategories[string(c[:2])]
}

// Division is where the organisation was registered, six digits, perhaps of an
// abolished division. It need not be where it works.
func (c UnifiedSocialCreditCode) Division() string {
	if !c.whole() {
		return ""
	}
	return string(c[2:8])
}

// OrgCode is 主体标识码, the organisation code inside; not checked, see Warnings.
func (c UnifiedSocialCreditCode) OrgCode() OrgCode {
	if !c.whole() {
		return ""
	}
	return OrgCode(c[8:17])
}

// SubjectKind is self_employed for 个体工商户 (92…), legal_person otherwise.
func (c UnifiedSocialCreditCode) SubjectKind() SubjectKind {
	if c.whole() && c[:2] == "92" {
		return KindSelfEmployed
	}
	return KindLegalPerson
}

// Warnings lists what is odd about a valid code: org_category, division or
// org_code_check. Real codes of old registrations can be odd, so it refuses nothing.
func (c UnifiedSocialCreditCode) Warnings() []string {
	if !c.whole() {
		return nil
	}
	var w []string
	if c.OrgCategory() == "" {
		w = append(w, "org_category")
	}
	if !KnownDivision(c.Division()) {
		w = append(w, "division")
	}
	if v, ok := orgCodeCheck(string(c[8:16])); !ok || v != c[16] {
		w = append(w, "org_code_check")
	}
	return w
}

// String shows the first six and last four characters.
func (c UnifiedSocialCreditCode) String() string { return maskMiddle(string(c), 6, 4) }

// Format masks under every verb.
func (c UnifiedSocialCreditCode) Format(f fmt.State, verb rune) {
	formatMasked(f, verb, "model.UnifiedSocialCreditCode", c.String())
}

// LogValue masks in slog.
func (c UnifiedSocialCreditCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText masks in JSON and other text encodings.
func (c UnifiedSocialCreditCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// regDepts and orgCategories are GB 32100-2015 table 1 and its extensions.
var regDepts = map[byte]string{
	'1': "机构编制", '2': "外交", '3': "司法行政", '4': "文化", '5': "民政", '6': "旅游", '7': "宗教", '8': "工会",
	'9': "市场监管", 'A': "中央军委改革和编制办公室", 'N': "农业", 'Y': "其他",
}

var orgCategories = map[string]string{
	"11": "机关", "12": "事业单位", "13": "编办直接管理机构编制的群众团体", "19": "其他",
	"21": "外国常驻新闻机构", "29": "其他",
	"31": "律师执业机构", "32": "公证处", "33": "基层法律服务所", "34": "司法鉴定机构", "35": "仲裁委员会", "39": "其他",
	"41": "外国在华文化中心", "49": "其他",
	"51": "社会团体", "52": "民办非企业单位", "53": "基金会", "59": "其他",
	"61": "外国旅游部门常驻代表机构", "62": "港澳台地区旅游部门常驻代表机构", "69": "其他",
	"71": "宗教活动场所", "72": "宗教院校", "79": "其他",
	"81": "基层工会", "89": "其他",
	"91": "企业", "92": "个体工商户", "93": "农民专业合作社", "99": "其他",
	"A1": "军队事业单位", "A9": "其他",
	"N1": "组级集体经济组织", "N2": "村级集体经济组织", "N3": "乡镇级集体经济组织", "N9": "其他",
	"Y1": "其他",
}
