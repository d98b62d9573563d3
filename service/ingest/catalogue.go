package ingest

import "xinyi/model"

// class is how the information catalogue (信息目录) classifies a record kind. Kinds that
// are not listed cannot be recorded (invariant 4).
type class struct {
	section model.Section
	// org and person are the widest disclosure for organisations and natural persons; a
	// row may ask for a narrower one. Natural persons are never public (PIPL 25).
	org, person model.Disclosure
}

// catalogue is 全国公共信用信息基础目录(2024年版) by record kind. The dated catalogue of
// data codes comes with the submissions of departments.
var catalogue = map[model.RecordKind]class{
	model.RecordPermit:       {model.SectionAdministration, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordPenalty:      {model.SectionAdministration, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordCoercion:     {model.SectionAdministration, model.DisclosureGovShare, model.DisclosureGovShare},
	model.RecordInspection:   {model.SectionAdministration, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordReward:       {model.SectionHonesty, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordConfirmation: {model.SectionAdministration, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordLevy:         {model.SectionAdministration, model.DisclosureGovShare, model.DisclosureAuthorised},
	model.RecordPayment:      {model.SectionAdministration, model.DisclosureGovShare, model.DisclosureAuthorised},
	model.RecordAdjudication: {model.SectionAdministration, model.DisclosureGovShare, model.DisclosureAuthorised},
	model.RecordCompensation: {model.SectionAdministration, model.DisclosureGovShare, model.DisclosureAuthorised},
	model.RecordHonor:        {model.SectionHonesty, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordRating:       {model.SectionEvaluation, model.DisclosurePublic, model.DisclosureAuthorised},
	model.RecordCommitment:   {model.SectionCommitment, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordJudgment:     {model.SectionJudicial, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordRegistration: {model.SectionAdministration, model.DisclosurePublic, model.DisclosureGovShare},
	model.RecordContract:     {model.SectionOther, model.DisclosureAuthorised, model.DisclosureAuthorised},
	model.RecordListEntry:    {model.SectionOther, model.DisclosurePublic, model.DisclosureGovShare}, // section by list
}

var listSection = map[model.ListKind]model.Section{
	model.ListHonor:    model.SectionHonesty,
	model.ListSerious:  model.SectionSerious,
	model.ListAbnormal: model.SectionAbnormal,
	model.ListWatch:    model.SectionOther,
}

// classify gives section and disclosure of a row. ok is false outside the catalogue.
func classify(kind model.RecordKind, list model.ListKind, person bool, asked model.Disclosure) (model.Section, model.Disclosure, bool) {
	c, ok := catalogue[kind]
	if !ok {
		return "", "", false
	}
	section := c.section
	if kind == model.RecordListEntry {
		section = listSection[list]
	}
	widest := c.org
	if person {
		widest = c.person
	}
	return section, narrower(widest, asked), true
}

var width = map[model.Disclosure]int{model.DisclosureAuthorised: 1, model.DisclosureGovShare: 2, model.DisclosurePublic: 3}

func narrower(widest, asked model.Disclosure) model.Disclosure {
	if asked != "" && width[asked] < width[widest] {
		return asked
	}
	return widest
}
