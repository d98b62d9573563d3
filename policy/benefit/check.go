package benefit

import (
	"regexp"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

const (
	subjectPerson = "person"
	subjectOrg    = "org"
	// A pass holds maxCode bytes of code and of site, and stays within 160 with maxCodes of both
	// (policy/pass).
	maxCode, maxCodes = 23, 27
)

var scenes = []model.Scene{model.SceneTour, model.SceneApprove, model.SceneMedical, model.SceneRead, model.SceneTravel, model.SceneRent,
	model.SceneLoan, model.SceneElderly, model.SceneEducation, model.SceneConsume}

// harshWords must not stand in a sentence that people read (domain §16.1).
var harshWords = []string{"黑名单", "失信", "信用不良", "不符合条件", "系统评定", "数据错误"}

var (
	codePattern = regexp.MustCompile(`^[A-Z0-9]+(-[A-Z0-9]+)*$`)
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	namePattern = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)
	sitePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

func identifier(name string) bool { return namePattern.MatchString(name) }

// check reports everything a rule of its own must say. What publishing needs (§16.2) is
// needed of drafts too: legal basis, contract unless the figures are a demo's.
func (d *Definition) check(file string, faults *rulefile.Faults) {
	if !codePattern.MatchString(d.Code) || len(d.Code) > 40 {
		faults.Addf(file, "code 应由大写字母、数字和连字符组成")
	}
	d.checkRoom(file, faults)
	if !slices.Contains([]Status{StatusDraft, StatusPublished, StatusPaused}, d.Status) {
		faults.Addf(file, "status 应为 draft、published 或 paused")
	}
	if !slices.Contains(scenes, d.Scene) {
		faults.Addf(file, "scene: 未知场景 %q", d.Scene)
	}
	if d.SubjectType != subjectPerson && d.SubjectType != subjectOrg {
		faults.Addf(file, "subjectType 应为 person 或 org")
	}
	faults.Date(file, "validFrom", d.ValidFrom)
	if d.ValidTo != "" {
		faults.Date(file, "validTo", d.ValidTo)
		if d.ValidTo < d.ValidFrom {
			faults.Addf(file, "validTo 不能早于 validFrom")
		}
	}
	for _, f := range [][2]string{{"title", d.Title}, {"summary", d.Summary}, {"partner.name", d.Partner.Name}, {"siteId", d.SiteID},
		{"siteName", d.SiteName}, {"legalBasis", d.LegalBasis}} {
		faults.Text(file, f[0], f[1])
	}
	wording(file, "title", d.Title, faults)
	wording(file, "summary", d.Summary, faults)
	if d.Demo != (d.DemoNote != "") || (!d.Demo && d.Partner.Contract == "") {
		faults.Addf(file, "须有合作合同编号 partner.contract；演示数值须同时写 demo: true 和 demoNote")
	}
	d.Value.check(file, d.BasePriceFen, faults)
	if d.Companions < 0 || d.Companions > MaxCompanions || d.Companions > 0 && (d.SubjectType != subjectPerson || !d.Value.shared()) {
		faults.Addf(file, "companions 应为 0–%d，且仅用于面向个人的 percent、amount、free、priority", MaxCompanions)
	}
	for _, n := range []int{d.Per.Day, d.Per.Month, d.Per.Year, d.Per.Total, d.CooldownMinutes} {
		if n < 0 || n > 1_000_000 {
			faults.Addf(file, "per 和 cooldownMinutes 应为 0–1000000")
		}
	}
	if d.Budget != nil {
		d.Budget.check(file, faults)
	}
	if d.TimeWindow != nil {
		d.TimeWindow.check(file, faults)
	}
	d.checkConditions(file, faults)
}

// checkRoom refuses what no pass has room for, and a site that would not be one part of a
// redemption's id.
func (d *Definition) checkRoom(file string, faults *rulefile.Faults) {
	if !sitePattern.MatchString(d.SiteID) {
		faults.Addf(file, "siteId 应为字母、数字和 . _ - 组成的代码，最多 64 个字符")
	}
	if d.SubjectType == subjectPerson && (len(d.Code) > maxCode || len(d.SiteID) > maxCode || len(d.Code)+len(d.SiteID) > maxCodes) {
		faults.Addf(file, "code 和 siteId 各不超过 %d 个字符，合计不超过 %d 个，通行码才放得下", maxCode, maxCodes)
	}
}

func (d *Definition) checkConditions(file string, faults *rulefile.Faults) {
	if len(d.Conditions) == 0 || len(d.Conditions) > 20 {
		faults.Addf(file, "conditions 应有 1–20 项")
	}
	seen := map[string]bool{}
	for _, c := range d.Conditions {
		if !idPattern.MatchString(c.ID) || seen[c.ID] || slices.Contains(reservedIDs, c.ID) {
			faults.Addf(file, "conditions: id %q 为空、重复、保留或不是小写字母", c.ID)
		}
		seen[c.ID] = true
		for _, f := range [][2]string{{"eligible", c.Eligible}, {"notEligible", c.NotEligible}, {"undetermined", c.Undetermined}} {
			faults.Text(file, c.ID+"."+f[0], f[1])
			wording(file, c.ID+"."+f[0], f[1], faults)
		}
	}
}

// wording reports harsh words in a text that people read.
func wording(file, at, text string, faults *rulefile.Faults) {
	for _, w := range harshWords {
		if strings.Contains(text, w) {
			faults.Addf(file, "%s: 请换一种说法，不用“%s”", at, w)
		}
	}
}
