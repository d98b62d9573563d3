package exchange

import (
	"strings"
	"unicode"

	"xinyi/model"
	"xinyi/policy/form"
)

// The files of a package.
const (
	filePermits     = "XK" // 行政许可
	filePenalties   = "CF" // 行政处罚
	fileWithdrawals = "CX" // what was reported and has been withdrawn (撤销)
)

var files = []string{filePenalties, fileWithdrawals, filePermits}

// act is what a line is made from.
type act struct {
	record   *model.Record
	file     *model.SubjectFile
	identity model.PersonIdentity // of a natural person
	content  string               // opened
	details  []model.Detail       // opened
	form     *form.Form
}

func (a *act) person() bool { return a.record.Subject.IsPerson() }

// column is one field of the national standard (发改办财金〔2018〕424号).
type column struct {
	code string
	// must says whether a line without it is not sent; nil = it may be empty.
	must func(*act) bool
	of   func(*act) string
}

func always(*act) bool         { return true }
func ofPerson(a *act) bool     { return a.person() }
func ofOrg(a *act) bool        { return !a.person() }
func nothing(*act) string      { return "" }
func date(d model.Date) string { return string(d) }
func codeless(a *act) bool     { return ofOrg(a) && uscc(a) == "" }
func fined(a *act) bool        { return strings.Contains(category(a), "罚款") }
func uscc(a *act) string       { return codeOf(a.file) }
func title(a *act) string      { return a.record.Title }
func docNo(a *act) string      { return a.record.DocNo }
func content(a *act) string    { return a.content }
func decided(a *act) string    { return date(a.record.DecisionDate) }
func authority(a *act) string  { return a.record.Authority }

// detail gives what was filled into the field of a code.
func detail(code string) func(*act) string {
	return func(a *act) string {
		if f, ok := a.form.Coded(code); ok {
			return f.Show(model.DetailOf(a.details, strings.TrimPrefix(f.Column, model.DetailColumn)))
		}
		return ""
	}
}

// facts are 违法事实; who reported none told them in the content.
func facts(a *act) string {
	if told := detail("CF_SY")(a); told != "" {
		return told
	}
	return a.content
}

// status is 当前状态: 1 有效, 2 无效.
func status(a *act) string {
	if model.DetailOf(a.details, "status") == "invalid" {
		return "2"
	}
	return "1"
}
func authorityNo(a *act) string { return a.record.AuthorityUSCC }

func codeOf(f *model.SubjectFile) string {
	if code, err := model.ParseUnifiedSocialCreditCode(string(f.ID)); err == nil {
		return code.Reveal()
	}
	return ""
}

// party are the fields of whom the act is about; they differ by prefix only.
func party(prefix string) []column {
	return []column{
		{prefix + "_XDR_MC", always, func(a *act) string {
			if a.person() {
				return a.identity.Name
			}
			return a.file.Name
		}},
		{prefix + "_XDR_LB", always, func(a *act) string {
			return map[model.SubjectKind]string{model.KindLegalPerson: "法人及非法人组织", model.KindNaturalPerson: "自然人", model.KindSelfEmployed: "个体工商户"}[a.file.Kind]
		}},
		{prefix + "_XDR_SHXYM", nil, uscc},
		{prefix + "_XDR_GSZC", codeless, func(a *act) string {
			if a.file.Registration == nil {
				return ""
			}
			return a.file.Registration.RegNo
		}},
		{prefix + "_XDR_ZZJG", nil, nothing}, {prefix + "_XDR_SWDJ", nil, nothing}, {prefix + "_XDR_SYDW", nil, nothing}, {prefix + "_XDR_SHZZ", nil, nothing},
		{prefix + "_FRDB", ofOrg, func(a *act) string {
			if a.file.Registration == nil {
				return ""
			}
			return a.file.Registration.LegalRep
		}},
		// Only a blind index of the representative's number is kept: these two stay empty.
		{prefix + "_FR_ZJLX", nil, nothing}, {prefix + "_FR_ZJHM", nil, nothing},
		{prefix + "_XDR_ZJLX", ofPerson, func(a *act) string {
			if a.person() {
				return "身份证"
			}
			return ""
		}},
		{prefix + "_XDR_ZJHM", ofPerson, func(a *act) string { return a.identity.IDNo }},
	}
}

var columns = map[string][]column{
	filePermits: append(party("XK"),
		column{"XK_XKWS", always, title}, column{"XK_WSH", always, docNo}, column{"XK_XKLB", always, category},
		column{"XK_XKZS", nil, detail("XK_XKZS")}, column{"XK_XKBH", nil, detail("XK_XKBH")}, column{"XK_NR", always, content}, column{"XK_JDRQ", always, decided},
		column{"XK_YXQZ", always, func(a *act) string { return date(a.record.ValidFrom) }},
		column{"XK_YXQZI", always, func(a *act) string { return date(a.record.ValidTo) }},
		column{"XK_XKJG", always, authority}, column{"XK_XKJGDM", always, authorityNo},
		column{"XK_ZT", always, status},
		column{"XK_LYDW", always, source}, column{"XK_LYDWDM", always, sourceNo}, column{"BZ", nil, detail("BZ")}),
	filePenalties: append(party("CF"),
		column{"CF_WSH", always, docNo}, column{"CF_WFXW", always, title},
		column{"CF_SY", always, facts},
		column{"CF_YJ", always, func(a *act) string { return a.record.LegalBasis }}, column{"CF_CFLB", always, category}, column{"CF_NR", always, content},
		column{"CF_NR_FK", fined, func(a *act) string { return form.Wans(a.record.FineFen) }},
		column{"CF_NR_WFFF", nil, detail("CF_NR_WFFF")}, column{"CF_NR_ZKDX", nil, detail("CF_NR_ZKDX")},
		column{"CF_JDRQ", always, decided}, column{"CF_YXQ", nil, func(a *act) string { return date(a.record.ValidTo) }},
		column{"CF_GSJZQ", nil, lastShown},
		column{"CF_CFJG", always, authority}, column{"CF_CFJGDM", always, authorityNo}, column{"CF_SJLY", always, source}, column{"CF_SJLYDM", always, sourceNo},
		column{"BZ", nil, detail("BZ")}),
	fileWithdrawals: {
		{"LB", always, func(a *act) string {
			return map[model.RecordKind]string{model.RecordPermit: "XK", model.RecordPenalty: "CF"}[a.record.Kind]
		}},
		{"WSH", always, docNo}, {"JGDM", always, authorityNo}, {"XDR_SHXYM", nil, uscc},
		{"XDR_ZJHM", ofPerson, func(a *act) string { return a.identity.IDNo }},
		{"CX_RQ", nil, func(a *act) string { return date(a.record.WithdrawnOn) }},
	},
}

// source is who reported it; a record that the operator loaded names no unit's code, then
// it is the authority's own.
func source(a *act) string {
	if a.record.SourceUSCC == "" {
		return a.record.Authority
	}
	return a.record.Source
}

func sourceNo(a *act) string {
	if a.record.SourceUSCC == "" {
		return a.record.AuthorityUSCC
	}
	return a.record.SourceUSCC
}

// lastShown is 公示截止期: the last day of display; "" for what is never shown.
func lastShown(a *act) string {
	if a.record.DisplayEnds <= a.record.DecisionDate {
		return ""
	}
	return date(a.record.DisplayEnds.AddDays(-1))
}

// category gives the values of the standard for those that the form names; text that came
// in another way stays.
func category(a *act) string {
	for i := range a.form.Fields {
		if f := &a.form.Fields[i]; f.Column == "category" {
			return f.Show(a.record.Category)
		}
	}
	return a.record.Category
}

// line gives the cells of an act, and the codes that it must have and does not.
func line(file string, a *act) (cells, missing []string) {
	for _, c := range columns[file] {
		cell := plain(c.of(a))
		if cell == "" && c.must != nil && c.must(a) {
			missing = append(missing, c.code)
		}
		cells = append(cells, cell)
	}
	return cells, missing
}

// plain makes one line of a text, without control characters.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s))
}
