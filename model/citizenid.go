package model

import (
	"fmt"
	"log/slog"
	"unicode/utf8"
	"unique"
)

// CitizenID is 公民身份号码 (GB 11643-1999): division of first registration (not of
// residence), birth date, order, check character.
//
// The digits stand behind an interned pointer: fmt walks unexported fields by
// reflection without asking the type, and there it finds an address. Values of
// the same number are ==, and may be map keys. Every printing and encoding
// shows the mask; only Reveal gives the number. The zero value is no number.
type CitizenID struct{ h unique.Handle[string] }

const idLen = 18

// ParseCitizenID normalises (full-width forms, spaces, hyphens, lower-case x) and checks
// in this order: length, characters, division, birth date not after today, check
// character. The error is an *IdentifierError without suggestion.
func ParseCitizenID(s string, today Date) (CitizenID, error) {
	s = narrow(s)
	if utf8.RuneCountInString(s) != idLen {
		return idFault("length", "公民身份号码应为 18 位，请核对是否多输或漏输。")
	}
	if len(s) != idLen || !isDigits(s[:17]) || s[17] != 'X' && !isDigits(s[17:]) {
		return idFault("alphabet", "公民身份号码前 17 位应为数字，末位为数字或 X，请核对是否把字母 O、I 当成了数字 0、1。")
	}
	if !KnownDivision(s[:6]) {
		return idFault("division", "公民身份号码前 6 位不是已知的行政区划代码，请核对；证件无误的请到窗口办理。")
	}
	birth := Date(s[6:10] + "-" + s[10:12] + "-" + s[12:14])
	if birth.Start().IsZero() || birth > today {
		return idFault("birth_date", "公民身份号码第 7 至 14 位不是真实的出生日期，请核对。")
	}
	if idCheck(s[:17]) != s[17] {
		return idFault("check_character", "公民身份号码校验不通过，请对照证件逐位核对。")
	}
	return CitizenID{unique.Make(s)}, nil
}

func idFault(rule, detail string) (CitizenID, error) {
	return CitizenID{}, &IdentifierError{Identifier: "idNo", Rule: rule, Detail: detail}
}

// ConvertOldCitizenID reads a 15-digit number (cards valid until 2012-12-31) by putting
// "19" before the year and adding the check character. The result is for matching
// only: the holder has since had an 18-digit card.
func ConvertOldCitizenID(s string, today Date) (CitizenID, error) {
	s = narrow(s)
	if utf8.RuneCountInString(s) != 15 {
		return idFault("length", "旧身份证号码应为 15 位，请核对是否多输或漏输。")
	}
	if !isDigits(s) {
		return idFault("alphabet", "旧身份证号码只能含数字，请核对。")
	}
	body := s[:6] + "19" + s[6:]
	return ParseCitizenID(body+string(rune(idCheck(body))), today)
}

// ComposeCitizenID makes a number from a division (six digits), a birth date and the
// order 0–999, for synthetic people: use a birth in 1900. The error is an *IdentifierError.
func ComposeCitizenID(division string, birth Date, order int) (CitizenID, error) {
	if len(division) != 6 || len(birth) != 10 || order < 0 || order > 999 {
		return idFault("length", "区划应为 6 位，出生日期应为 YYYY-MM-DD，顺序码应为 0 至 999。")
	}
	body := division + string(birth[:4]+birth[5:7]+birth[8:]) + fmt.Sprintf("%03d", order)
	if !isDigits(body) {
		return idFault("alphabet", "区划和出生日期应为数字。")
	}
	return ParseCitizenID(body+string(rune(idCheck(body))), birth)
}

var idWeight = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// idCheck gives the check character of seventeen digits (ISO 7064 MOD 11-2).
func idCheck(body string) byte {
	sum := 0
	for i, w := range idWeight {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// Reveal gives the clear number; "" for the zero value. Whoever calls it answers for
// where the number goes.
func (c CitizenID) Reveal() string {
	if c.IsZero() {
		return ""
	}
	return c.h.Value()
}

// IsZero reports whether c is no number.
func (c CitizenID) IsZero() bool { return c == CitizenID{} }

// Division is the six digits of the place of first registration; "" for none.
func (c CitizenID) Division() string {
	if c.IsZero() {
		return ""
	}
	return c.h.Value()[:6]
}

// Birth is the date of birth; "" for none.
func (c CitizenID) Birth() Date {
	if c.IsZero() {
		return ""
	}
	s := c.h.Value()
	return Date(s[6:10] + "-" + s[10:12] + "-" + s[12:14])
}

// Male tells the sex by the 17th digit.
func (c CitizenID) Male() bool { return !c.IsZero() && c.h.Value()[16]%2 == 1 }

// AgeOn is the full years (周岁) on a day; -1 before birth or for none.
func (c CitizenID) AgeOn(day Date) int {
	born, on := c.Birth().Start(), day.Start()
	if born.IsZero() || on.Before(born) {
		return -1
	}
	age := on.Year() - born.Year()
	if day[5:] < c.Birth()[5:] {
		age--
	}
	return age
}

// String shows division and the last four characters: 410203********9990.
func (c CitizenID) String() string { return maskMiddle(c.Reveal(), 6, 4) }

// Format masks under every verb.
func (c CitizenID) Format(f fmt.State, verb rune) {
	formatMasked(f, verb, "model.CitizenID", c.String())
}

// LogValue masks in slog.
func (c CitizenID) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText masks in JSON and other text encodings.
func (c CitizenID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
