package compliance

import (
	"regexp"
	"strings"

	"xinyi/model"
)

// personal finds numbers of people in what is stored in clear and may be shown (E11). The
// content of a natural person's record is sealed and shown to that person only.
func (f *findings) personal(a *Act) {
	r := a.Record
	texts := [...]struct{ column, text string }{{"title", r.Title}, {"docNo", r.DocNo}, {"category", r.Category}, {"legalBasis", r.LegalBasis},
		{"authority", r.Authority}, {"source", r.Source}, {"content", a.Content}}
	for _, t := range texts {
		if t.column == "content" && a.person() {
			continue
		}
		if HoldsPersonalNumber(t.text) {
			f.add(PersonalData, t.column, "personal_data", personalText)
		}
	}
	for _, d := range a.Details {
		if !a.person() && HoldsPersonalNumber(d.Value) {
			f.add(PersonalData, model.DetailColumn+d.Key, "personal_data", personalText)
		}
	}
}

const personalText = "公示文字中含有身份号码或手机号码，请删除或隐去中间几位后再报送。"

// HoldsPersonalNumber reports whether a text holds a citizen id number (18 characters, or
// 15 digits after 身份证) or a mobile number in full. Masked ones do not count.
func HoldsPersonalNumber(text string) bool {
	if len(text) < 11 {
		return false
	}
	runs := 0 // digits so far: nearly every text has too few
	for i := range len(text) {
		if c := text[i]; '0' <= c && c <= '9' || c == 0xef { // 0xef leads full-width digits
			runs++
		}
	}
	if runs < 11 {
		return false
	}
	plain := strings.Map(plainDigit, text)
	if strings.ContainsAny(plain, " -") && spacedNumber.MatchString(plain) {
		return true
	}
	for at := 0; at < len(plain); at++ {
		end := at
		for end < len(plain) && '0' <= plain[end] && plain[end] <= '9' {
			end++
		}
		if end == at {
			continue
		}
		run := plain[at:end]
		if len(run) == 17 && end < len(plain) && plain[end] == 'X' {
			run += "X"
		}
		if personalRun(run, plain[max(0, at-len("身份证号码：")):at]) {
			return true
		}
		at = end
	}
	return false
}

// spacedNumber is a mobile or id number written in groups.
var spacedNumber = regexp.MustCompile(`(?:^|[^0-9])(?:1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}|[0-9]{6}[ -](?:19|20)[0-9]{6}[ -][0-9]{3}[0-9X])(?:[^0-9]|$)`)

func plainDigit(r rune) rune {
	switch {
	case '０' <= r && r <= '９':
		return r - '０' + '0'
	case r == 'ｘ' || r == 'Ｘ' || r == 'x':
		return 'X'
	}
	return r
}

func personalRun(run, before string) bool {
	switch len(run) {
	case 18:
		return birthday(run[6:14])
	case 15:
		return strings.Contains(before, "身份证") && birthday("19"+run[6:12])
	case 11:
		return run[0] == '1' && run[1] >= '3'
	}
	return false
}

func birthday(s string) bool {
	d, err := model.ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
	return err == nil && d >= "1850-01-01" && d < "2100-01-01"
}
