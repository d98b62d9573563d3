package commitment

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// check finds every fault of an edition and completes its letters.
func (e *Edition) check(file string, faults *rulefile.Faults) {
	d := &e.definition
	if d.Name != "commitment" {
		faults.Addf(file, "name 应为 commitment")
	}
	faults.Text(file, "source", d.Source)
	faults.Date(file, "validFrom", d.ValidFrom)
	if d.RemindWorkdays < 1 || d.RemindWorkdays > 30 {
		faults.Addf(file, "remindWorkdays 应在 1–30 之间")
	}
	classes := map[int]bool{}
	for _, p := range d.Publication {
		if classes[p.Code] || p.Name == "" || !slices.Contains([]model.Disclosure{model.DisclosurePublic, model.DisclosureGovShare, model.DisclosureAuthorised}, p.Disclosure) {
			faults.Addf(file, "publication %d 重复、没有 name 或 disclosure 未知", p.Code)
		}
		classes[p.Code] = true
	}
	for _, k := range []model.SubjectKind{model.KindLegalPerson, model.KindSelfEmployed, model.KindNaturalPerson} {
		if e.category(k) == "" {
			faults.Addf(file, "categories 缺少 %s", k)
		}
	}
	e.checkFields(file, faults)
	types := map[model.CommitmentType]bool{}
	for _, t := range d.Types {
		if types[t.Type] || t.Name == "" || t.LegalBasis == "" || !classes[t.Organisations] || !classes[t.Persons] {
			faults.Addf(file, "类型 %q 重复，没有 name 或 legalBasis，或公开类型未知", t.Type)
		}
		if e.disclosure(t.Persons) == model.DisclosurePublic { // PIPL 25: organisations only
			faults.Addf(file, "类型 %q：自然人的承诺不向社会公开", t.Type)
		}
		if t.BanDays < 0 || t.BanDays > 3660 {
			faults.Addf(file, "类型 %q：banDays 应在 0–3660 之间", t.Type)
		}
		types[t.Type] = true
	}
	ids := map[string]bool{}
	for i, l := range d.Letters {
		if l == nil {
			faults.Addf(file, "letters[%d] 是空的", i)
			continue
		}
		l.check(file, ids[l.ID], types[l.Type], faults)
		ids[l.ID] = true
		l.Hash = hash(l.Text())
		l.Version = l.ID + "@" + string(d.ValidFrom) + "#" + l.Hash[:8]
	}
}

func (e *Edition) checkFields(file string, faults *rulefile.Faults) {
	known := valuesOf(e, &model.Commitment{})
	for _, f := range e.definition.Fields {
		if _, ok := known[f.Key]; !ok || f.Name == "" || f.Length < 1 || !slices.Contains([]string{always, broken, never}, f.Required) {
			faults.Addf(file, "数据项 %q 未知或重复，或 name、length、required 有误", f.Key)
		}
		delete(known, f.Key)
	}
	for key := range known {
		faults.Addf(file, "缺少数据项 %q", key)
	}
}

func (l *Letter) check(file string, twice, typed bool, faults *rulefile.Faults) {
	if l.ID == "" || twice || !typed {
		faults.Addf(file, "承诺书 %q 没有编号、重复，或类型未知", l.ID)
	}
	for _, f := range [][2]string{{"title", l.Title}, {"content", l.Content}, {"liability", l.Liability}, {"unit.name", l.Unit.Name}} {
		faults.Text(file, l.ID+"."+f[0], f[1])
	}
	if _, err := model.ParseUnifiedSocialCreditCode(l.Unit.USCC); err != nil {
		faults.Addf(file, "承诺书 %q：unit.uscc 不是有效的统一社会信用代码", l.ID)
	}
	if len(l.Subjects) == 0 {
		faults.Addf(file, "承诺书 %q：subjects 不能为空", l.ID)
	}
	if l.DueWorkdays < 0 || l.DueWorkdays > 120 || l.ValidMonths < 0 || l.ValidMonths > 120 || l.DueWorkdays > 0 && l.ValidMonths > 0 {
		faults.Addf(file, "承诺书 %q：dueWorkdays（0–120）和 validMonths（0–120）至多写一项", l.ID)
	}
}

// Check judges a promise against the template: every required field there, none too long.
// Faults name the field and its rule, never the value.
func (e *Edition) Check(c *model.Commitment) error {
	values := valuesOf(e, c)
	var faults []model.FieldError
	for _, f := range e.definition.Fields {
		v := values[f.Key]
		needed := f.Required == always || f.Required == broken && c.Fulfilment.Broken()
		switch {
		case needed && strings.TrimSpace(v) == "":
			faults = append(faults, model.FieldError{Pointer: "/" + f.Key, Code: "required", Detail: f.Name + "不能为空。"})
		case utf8.RuneCountInString(v) > f.Length:
			faults = append(faults, model.FieldError{Pointer: "/" + f.Key, Code: "max_length", Detail: f.Name + "至多 " + strconv.Itoa(f.Length) + " 个字符。"})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &model.Error{Code: model.CodeInvalidRequest, Detail: "承诺信息不符合数据模板，请按 errors 中的说明修改后重试。", Fields: faults}
}

// valuesOf gives the values of a promise by the keys of the template. A person's name and
// number stand sealed in the file; that there is one is what counts here.
func valuesOf(e *Edition, c *model.Commitment) map[string]string {
	name := c.Name
	if c.Subject.IsPerson() {
		name = "*"
	}
	return map[string]string{"code": c.Code, "subjectName": name, "subjectCategory": e.category(c.Kind), "identify": string(c.Subject),
		"commitmentType": string(c.Type), "reason": c.Reason, "content": c.Content, "liability": c.Liability, "commitmentDate": string(c.MadeOn),
		"validTo": string(c.ValidTo), "acceptanceUnit": c.UnitName, "acceptanceUnitUscc": c.Unit, "publicationType": strconv.Itoa(c.Publication),
		"fulfilmentStatus": string(c.Fulfilment), "unperformed": c.Unperformed, "penaltyApplied": c.Penalty, "confirmedAt": string(c.ConfirmedOn),
		"confirmedUnit": c.ConfirmedAs, "confirmedUscc": c.ConfirmedBy, "remark": c.Remark}
}
