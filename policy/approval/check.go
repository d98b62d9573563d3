package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"xinyi/model"
)

// Facts is what is known of the applicant.
type Facts struct {
	// Grade is the enterprise grade; nil = not known, and not asked of persons.
	Grade     *string
	Person    bool
	Lists     []model.ListMember
	Negatives []model.NegativeRef
}

// FactsOf reads a fresh subject file. Broken promises are among its negatives.
func FactsOf(file *model.SubjectFile) Facts {
	f := Facts{Person: file.Kind == model.KindNaturalPerson, Lists: file.Summary.Lists, Negatives: file.Summary.Negatives}
	if j := file.Judgement; j != nil && j.Grade != "" && !f.Person {
		grade := j.Grade
		f.Grade = &grade
	}
	return f
}

// Calendar counts working days (policy/clock).
type Calendar interface {
	AddWorkdays(d model.Date, n int) (model.Date, error)
}

// The blocker codes.
const (
	BlockMainMissing     = "main_material_missing"
	BlockTooMany         = "too_many_deferred"
	BlockMissing         = "material_missing" // at-once handling needs every paper
	BlockSerious         = "serious_list"
	BlockAbnormal        = "abnormal_list"
	BlockWatch           = "watch_list"
	BlockNegative        = "open_negative"
	BlockBreach          = "breach_ban"
	BlockGrade           = "grade_below"
	BlockGradeUnknown    = "grade_unknown"
	BlockManualReview    = "manual_review"
	BlockCalendarMissing = "calendar_missing"
)

// Check plans a case. missing are codes of papers the applicant does not have with them.
// It takes the quickest mode that nothing speaks against; with every paper at hand the
// promise modes are not needed, so that what remains is instant or normal. Errors:
// CodeInvalidRequest naming the code of a paper the item does not have or named twice.
func (it *Item) Check(f Facts, missing []string, today model.Date, cal Calendar) (model.ApprovalPlan, error) {
	p := model.ApprovalPlan{ItemCode: it.ItemCode, Mode: model.ModeNormal, RuleVersion: it.Version}
	for i, code := range missing {
		switch {
		case slices.Contains(missing[:i], code):
			return model.ApprovalPlan{}, model.Invalid(fmt.Sprintf("/missingMaterials/%d", i), "duplicate", "同一材料只需列出一次。")
		case hasMaterial(it.DeferrableMaterials, code):
			p.Deferrable = append(p.Deferrable, code)
		case hasMaterial(it.MainMaterials, code):
			p.NotDeferrable = append(p.NotDeferrable, code)
		default:
			return model.ApprovalPlan{}, model.Invalid(fmt.Sprintf("/missingMaterials/%d", i), "unknown_material", "该事项没有这份材料，请从事项的材料清单中选择。")
		}
	}
	if len(it.Modes) == 0 {
		return p, nil
	}
	c := check{item: it, facts: &f, today: today, plan: &p}
	c.applicant()
	if len(p.NotDeferrable) > 0 {
		c.block(BlockMainMissing, "缺少 "+it.names(p.NotDeferrable)+"，属于主要材料。", "请补齐主要材料后办理；窗口会一次性告知全部所缺材料。")
	}
	if len(p.Blockers) == 0 {
		c.choose(cal)
	}
	return p, nil
}

// check is a plan in the making.
type check struct {
	item  *Item
	facts *Facts
	today model.Date
	plan  *model.ApprovalPlan
}

func (c *check) block(code, text, remedy string) {
	c.plan.Blockers = append(c.plan.Blockers, model.Blocker{Code: code, Text: text, Remedy: remedy})
}

// choose takes the quickest mode for an applicant nothing speaks against.
func (c *check) choose(cal Calendar) {
	it, p := c.item, c.plan
	short := len(p.Deferrable)
	switch {
	case short == 0 && it.offers(model.ModeInstant):
		p.Mode = model.ModeInstant
	case short == 0:
		// Nothing is missing: nothing needs a promise.
	case it.offers(model.ModeCommitment):
		c.promise(model.ModeCommitment, cal)
	case it.offers(model.ModeDeferred) && short <= it.MaxDeferred:
		c.promise(model.ModeDeferred, cal)
	case it.offers(model.ModeDeferred):
		c.block(BlockTooMany, fmt.Sprintf("缺少 %d 份材料，最多可容缺 %d 份。", short, it.MaxDeferred),
			fmt.Sprintf("请至少补齐 %d 份：%s。", short-it.MaxDeferred, it.names(p.Deferrable)))
	default:
		c.block(BlockMissing, "信即办需要材料齐全，还缺 "+it.names(p.Deferrable)+"。", "请补齐后当场办理，也可按一般程序办理。")
	}
}

// promise sets a mode in which papers follow by a date that the calendar gives.
func (c *check) promise(mode model.ApprovalMode, cal Calendar) {
	it, p := c.item, c.plan
	by, err := cal.AddWorkdays(c.today, it.SupplyDays)
	if err != nil {
		c.block(BlockCalendarMissing, "缺少放假安排，暂时算不出补交期限。", "请信用办导入该年日历；现在可按一般程序办理。")
		return
	}
	p.Mode, p.SupplyBy, p.Warning = mode, by, it.Warning
	p.PromiseTemplate = strings.NewReplacer("{itemName}", it.Name, "{materials}", it.names(p.Deferrable), "{supplyBy}", string(by)).Replace(it.PromiseTemplate)
	p.PromiseHash = Hash(p.PromiseTemplate)
}

// Hash names the text of a letter by its SHA-256, in hex: whoever signs says which text it was.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// names lists papers for people; a code without a paper stands for itself.
func (it *Item) names(codes []string) string {
	var names []string
	for _, code := range codes {
		name := code
		for _, m := range slices.Concat(it.MainMaterials, it.DeferrableMaterials) {
			if m.Code == code {
				name = m.Name
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, "、")
}

func hasMaterial(ms []Material, code string) bool {
	return slices.ContainsFunc(ms, func(m Material) bool { return m.Code == code })
}
