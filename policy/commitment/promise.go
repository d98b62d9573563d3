package commitment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Division gives the six-digit division of acceptance: the one where the accepting unit is
// registered, as its code says.
func Division(unit string) (string, error) {
	if len(unit) != 18 || strings.Trim(unit[2:8], "0123456789") != "" {
		return "", model.Errorf(model.CodeForbidden, "账号没有所属单位的统一社会信用代码，不能受理信用承诺；请联系本单位管理员。")
	}
	return unit[2:8], nil
}

// maxSerial is the last serial number of a division and day.
const maxSerial = 999_999

// Code composes 承诺编码: division, day and serial number.
func Code(division string, day model.Date, serial int) (string, error) {
	if serial < 1 || serial > maxSerial {
		return "", model.Errorf(model.CodeUnavailable, "今天的承诺编码已用完，请明天再办理。")
	}
	return fmt.Sprintf("%s%s%06d", division, strings.ReplaceAll(string(day), "-", ""), serial), nil
}

// Make gives the promise of a draft, without number and record. CodeInvalidRequest for a type
// the edition does not have.
func (e *Edition) Make(d *model.CommitmentDraft, now time.Time) (model.Commitment, error) {
	t, err := e.Type(d.Type)
	if err != nil {
		return model.Commitment{}, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	c := model.Commitment{Subject: d.File.ID, Kind: d.File.Kind, Name: d.File.Name, Type: d.Type, CommitmentText: d.Text, Letter: d.Letter,
		LetterVersion: d.LetterVersion, Hash: d.Hash, SignedBy: d.SignedBy, Method: d.Method, SignedAt: now, MadeOn: model.DateOf(now),
		ValidTo: d.ValidTo, Unit: d.Unit, UnitName: d.UnitName, Publication: t.Organisations, Fulfilment: model.FulfilmentPending,
		Approval: d.Approval, RuleVersion: e.Version, CreatedAt: now, UpdatedAt: now}
	if d.File.ID.IsPerson() {
		c.Name, c.Publication = "", t.Persons
	}
	if e.disclosure(c.Publication) == model.DisclosurePublic {
		c.Shown = "yes"
	}
	if c.Approval == "" { // else it waits at the window, with the case
		c.Queue = "unit/" + c.Unit
	}
	return c, nil
}

// Record writes a promise as a fact of the subject's file into r, whose id stays. Nothing of
// a person's text is in its title; the caller seals the content.
func (e *Edition) Record(c *model.Commitment, r *model.Record) error {
	t, err := e.Type(c.Type)
	if err != nil {
		return err
	}
	title := t.Name + "信用承诺"
	if !c.Subject.IsPerson() {
		title += "：" + c.Reason
	}
	r.Subject, r.Kind, r.Section, r.Title, r.DocNo = c.Subject, model.RecordCommitment, model.SectionCommitment, title, c.Code
	r.Category, r.LegalBasis = string(c.Type), t.LegalBasis
	r.Authority, r.AuthorityUSCC, r.Source, r.SourceUSCC = c.UnitName, c.Unit, c.UnitName, c.Unit
	r.DecisionDate, r.ValidFrom, r.ValidTo = c.MadeOn, c.MadeOn, c.ValidTo
	r.Disclosure, r.Fulfilment, r.ConfirmedOn = e.disclosure(c.Publication), string(c.Fulfilment), c.ConfirmedOn
	r.BanDays = c.BanDays
	r.Content = c.Content
	if c.Fulfilment.Broken() {
		r.Content += "\n未履行：" + c.Unperformed + "\n责任追究：" + c.Penalty
	}
	return nil
}

// steps are the findings that may follow one another. What is found broken may be corrected
// (补正或更正) with a remark; a promise in place of a review may turn out false after papers came.
var steps = map[model.Fulfilment][]model.Fulfilment{
	model.FulfilmentPending: {model.FulfilmentFull, model.FulfilmentPartial, model.FulfilmentNone},
	model.FulfilmentNone:    {model.FulfilmentPartial, model.FulfilmentFull},
	model.FulfilmentPartial: {model.FulfilmentFull},
	model.FulfilmentFull:    {model.FulfilmentPartial, model.FulfilmentNone},
}

// Find writes what a unit found about a promise (履行状态认定) into c. CodeNotReady when no such
// finding may follow or the last day to supply papers has not passed, CodeInvalidRequest naming
// what the template misses.
func (e *Edition) Find(c *model.Commitment, o model.CommitmentOutcome, unit, unitName string, today model.Date) error {
	if !slices.Contains(steps[c.Fulfilment], o.Fulfilment) {
		return &model.Error{Code: model.CodeNotReady, Detail: "履行状态不能这样认定，请重新读取后办理。",
			Fields: []model.FieldError{{Pointer: "/fulfilment", Code: "state", Detail: "与现在的履行状态不衔接。"}}}
	}
	if c.Fulfilment != model.FulfilmentPending && strings.TrimSpace(o.Remark) == "" {
		return model.Invalid("/remark", "required", "更正已认定的履行状态，须写明理由。")
	}
	if c.Type == model.CommitDeferMaterial && c.Fulfilment == model.FulfilmentPending && o.Fulfilment.Broken() && today <= c.ValidTo {
		return &model.Error{Code: model.CodeNotReady, Detail: "补交期限还没有到，不能认定承诺未履行；请到期后再办理。",
			Fields: []model.FieldError{{Pointer: "/fulfilment", Code: "not_overdue", Detail: "须在 " + string(c.ValidTo) + " 之后。"}}}
	}
	t, err := e.Type(c.Type)
	if err != nil {
		return err
	}
	if !c.Fulfilment.Broken() || !o.Fulfilment.Broken() { // else it is broken since the first finding
		c.ConfirmedOn = today
	}
	c.Fulfilment, c.ConfirmedBy, c.ConfirmedAs, c.Remark = o.Fulfilment, unit, unitName, o.Remark
	c.Unperformed, c.Penalty, c.Queue = o.Unperformed, o.Penalty, ""
	switch {
	case !c.Fulfilment.Broken():
		c.BanDays = 0
	case o.BanDays > 0:
		c.BanDays = o.BanDays
	case c.BanDays == 0: // a type without a ban closes nothing: 0 would leave it to whoever asks next
		c.BanDays = cmp.Or(t.BanDays, -1)
	}
	return e.Check(c)
}

// Bars says why a subject may not make promises of a type now: a list it stands on, or a
// promise broken within the ban (CD42, HN 32). Disputed facts bar nobody. nil = nothing.
func (t *Type) Bars(sum *model.Summary, today model.Date) error {
	e := &model.Error{Code: model.CodeNotReady, Detail: "暂不适用这类承诺，请按 errors 中的说明处理；可按一般程序办理。"}
	for i := range sum.Lists {
		if m := &sum.Lists[i]; slices.Contains(t.Lists, m.Kind) && !m.Disputed {
			e.Fields = append(e.Fields, model.FieldError{Pointer: "/letter", Code: string(m.Kind) + "_list",
				Detail: "有尚未移出的名单记录（认定机关：" + m.Authority + "），移出或修复后当天恢复适用。"})
		}
	}
	for i := range sum.Negatives {
		n := &sum.Negatives[i]
		if t.BanDays == 0 || n.Kind != model.RecordCommitment || n.Disputed || n.Since.Start().IsZero() {
			continue // a type without a ban is open to all
		}
		if end := n.BanEnds(t.BanDays); today < end {
			e.Fields = append(e.Fields, model.FieldError{Pointer: "/letter", Code: "breach_ban",
				Detail: "有承诺未履行（认定机关：" + n.Authority + "），" + string(end) + " 起可再次适用。"})
		}
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Ends gives the last day of a promise on a letter: CodeCalendarMissing when nobody can tell.
func (l *Letter) Ends(today model.Date, cal Calendar) (model.Date, error) {
	switch {
	case l.DueWorkdays > 0:
		return cal.AddWorkdays(today, l.DueWorkdays)
	case l.ValidMonths > 0:
		return today.AddMonths(l.ValidMonths), nil
	}
	return "", nil
}

// Calendar counts working days (policy/clock).
type Calendar interface {
	AddWorkdays(d model.Date, n int) (model.Date, error)
}

// Count takes a promise into a statistic, or out of it (n = -1), as it stands.
func Count(s *model.CommitmentStat, c *model.Commitment, made, n int64) {
	if s.Types == nil {
		s.Types = map[model.CommitmentType]*model.CommitmentCounts{}
	}
	counts := s.Types[c.Type]
	if counts == nil {
		counts = &model.CommitmentCounts{}
		s.Types[c.Type] = counts
	}
	counts.Made += made
	switch c.Fulfilment {
	case model.FulfilmentFull:
		counts.Full += n
	case model.FulfilmentPartial:
		counts.Partial += n
	case model.FulfilmentNone:
		counts.None += n
	}
}
