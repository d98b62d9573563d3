package form

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xinyi/model"
)

// LongTerm is how the field writes 长期 (valid without end).
const LongTerm = "2099-12-31"

// Read brings what people write into a field into the form in which it is kept. rule names
// what is wrong: enum, amount, number or length. A date that cannot be read stays as it is.
func (f *Field) Read(text string) (value, rule string) {
	text = strings.TrimSpace(text)
	if f.Length > 0 && utf8.RuneCountInString(text) > f.Length {
		return "", "length"
	}
	switch f.Type {
	case Date:
		return date(text), ""
	case Wan:
		return wan(text)
	case Number:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			whole, zeros, _ := strings.Cut(text, ".") // spreadsheets write 3.0
			if _, err := strconv.ParseInt(whole, 10, 64); err != nil || strings.Trim(zeros, "0") != "" {
				return "", "number"
			}
			return whole, ""
		}
		return text, ""
	case Enum:
		return f.one(text)
	case Enums:
		return f.some(text)
	}
	return text, ""
}

// Again reads a value that is in its kept form already, as programs send it.
func (f *Field) Again(value string) (kept, rule string) {
	if f.Type != Wan {
		return f.Read(value)
	}
	if fen, err := strconv.ParseInt(value, 10, 64); err != nil || fen < 0 || fen > maxWan*fenPerWan {
		return "", "amount"
	}
	return value, ""
}

// Show writes a value that is kept as people read it: labels for ids, 万元 for 分.
func (f *Field) Show(value string) string {
	switch f.Type {
	case Wan:
		if fen, err := strconv.ParseInt(value, 10, 64); err == nil {
			return Wans(fen)
		}
	case Enum, Enums:
		parts := strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == '；' })
		for i, part := range parts {
			parts[i] = strings.TrimSpace(part)
			for _, v := range f.Values {
				if v.ID == parts[i] {
					parts[i] = v.Label
				}
			}
		}
		return strings.Join(parts, ";")
	}
	return value
}

// Wans writes 分 as 万元, as few digits as it takes; "" for nothing.
func Wans(fen int64) string {
	if fen <= 0 {
		return ""
	}
	whole, rest := fen/fenPerWan, strconv.FormatInt(fenPerWan+fen%fenPerWan, 10)[1:]
	if rest = strings.TrimRight(rest, "0"); rest == "" {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatInt(whole, 10) + "." + rest
}

func (f *Field) one(text string) (id, rule string) {
	text = fold(text)
	for _, v := range f.Values {
		if text == fold(v.ID) || text == fold(v.Label) {
			return v.ID, ""
		}
		for _, also := range v.Also {
			if text == fold(also) {
				return v.ID, ""
			}
		}
	}
	return "", "enum"
}

func (f *Field) some(text string) (ids, rule string) {
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";；,，、/|", r) }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		id, rule := f.one(part)
		if rule != "" {
			return "", rule
		}
		list = append(list, id)
	}
	return strings.Join(list, ";"), ""
}

// dateMarks are what people write between year, month and day.
var dateMarks = strings.NewReplacer("年", "-", "月", "-", "日", " ", "/", "-", ".", "-", "T", " ")

// date reads 2026-05-10, 2026/5/10, 2026.5.10, 2026年5月10日, 20260510, each also with a time
// behind it, and 长期.
func date(text string) string {
	if text == "长期" || text == "长期有效" {
		return LongTerm
	}
	day, _, _ := strings.Cut(dateMarks.Replace(text), " ")
	if len(day) == 8 && !strings.Contains(day, "-") {
		day = day[:4] + "-" + day[4:6] + "-" + day[6:]
	}
	parts := strings.Split(day, "-")
	if len(parts) != 3 || len(parts[0]) != 4 {
		return text
	}
	for i := 1; i < 3; i++ {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	day = strings.Join(parts, "-")
	if _, err := model.ParseDate(day); err != nil {
		return text
	}
	return day
}

const (
	fenPerWan = 1_000_000
	maxWan    = 1_000_000_000
)

// wan reads an amount in 万元 with up to six decimals as 分.
func wan(text string) (fen, rule string) {
	whole, part, _ := strings.Cut(strings.NewReplacer(",", "", "，", "").Replace(strings.TrimSuffix(text, "万元")), ".")
	if whole == "" {
		whole = "0"
	}
	part = strings.TrimRight(part, "0")
	if len(part) > 6 || strings.Trim(whole+part, "0123456789") != "" {
		return "", "amount"
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > maxWan {
		return "", "amount"
	}
	rest, err := strconv.ParseInt((part + "000000")[:6], 10, 64)
	if err != nil {
		return "", "amount"
	}
	return strconv.FormatInt(n*fenPerWan+rest, 10), ""
}
