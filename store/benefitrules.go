package store

import (
	"context"
	"encoding/json"
	"strings"

	"xinyi/model"
)

// Control kinds of benefit rules: drafts by code (JSON), published versions by file (YAML).
const (
	benefitDraftKind = "benefit_rule_draft"
	BenefitRuleKind  = "benefit_rule"
)

// collSimulations holds the last simulation of each benefit.
const collSimulations = "benefit_simulations"

// BenefitRules keeps drafts and published versions of benefit rules where every process sees
// them, and how far simulations have come.
type BenefitRules struct {
	driver      Driver
	people      *Judging
	control     *Control
	answers     *Collection[model.IdempotencyRecord]
	simulations *Collection[model.Simulation]
}

// NewBenefitRules gives the repository on the same driver as subjects.
func NewBenefitRules(subjects *Subjects, c *Control) *BenefitRules {
	return &BenefitRules{driver: subjects.driver, people: NewJudging(subjects), control: c, answers: answers(subjects.driver),
		simulations: NewCollection(subjects.driver, CollectionOptions[model.Simulation]{Name: collSimulations,
			ID: func(s *model.Simulation) string { return s.ID }, Rev: func(s *model.Simulation) *int64 { return &s.Rev }})}
}

// BenefitRuleFile names the file of a published version.
func BenefitRuleFile(code string, from model.Date) string {
	return "published-" + strings.ToLower(code) + "-" + string(from) + ".yaml"
}

// Draft gives the draft of a benefit as it is in the store now: CodeNotFound if there is
// none; Rev is good all the same.
func (s *BenefitRules) Draft(ctx context.Context, code string) (model.BenefitDraft, error) {
	doc, err := s.control.docs.Get(ctx, controlID(benefitDraftKind, code))
	if err != nil {
		return model.BenefitDraft{}, err
	}
	if doc.Deleted {
		return model.BenefitDraft{Rev: doc.Rev}, ErrNotFound
	}
	return readBenefitDraft(doc.ControlDoc)
}

func readBenefitDraft(doc ControlDoc) (model.BenefitDraft, error) {
	var d model.BenefitDraft
	if err := json.Unmarshal(doc.Body, &d); err != nil {
		return model.BenefitDraft{}, unreadable(err)
	}
	d.Rev = doc.Rev
	return d, nil
}

// Drafts gives all drafts that this process knows of, in code order.
func (s *BenefitRules) Drafts() ([]model.BenefitDraft, error) {
	var all []model.BenefitDraft
	for _, doc := range s.control.List(benefitDraftKind) {
		d, err := readBenefitDraft(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// SaveDraft writes a draft over its revision with the audit entry and the answer of the
// request, if it keeps one: CodeConflict or CodeExists when somebody else was first.
func (s *BenefitRules) SaveDraft(ctx context.Context, d model.BenefitDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.apply(ctx, entry, answer, ControlDoc{Kind: benefitDraftKind, Name: d.Code, Body: body, Rev: d.Rev})
}

// Publish makes a draft a version: CodeConflict when the draft moved.
func (s *BenefitRules) Publish(ctx context.Context, d model.BenefitDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	return s.apply(ctx, entry, answer, ControlDoc{Kind: BenefitRuleKind, Name: BenefitRuleFile(d.Code, d.ValidFrom), Body: d.Rules},
		ControlDoc{Kind: benefitDraftKind, Name: d.Code, Deleted: true, Rev: d.Rev})
}

func (s *BenefitRules) apply(ctx context.Context, entry model.AuditEntry, answer *model.IdempotencyRecord, docs ...ControlDoc) error {
	var b Batch
	addAnswer(&b, s.answers, answer)
	for _, doc := range docs {
		b.Add(s.control.PutOp(doc))
	}
	b.AddOps(AuditOps(entry)...)
	if err := answerError(b.Apply(ctx, s.driver)); err != nil {
		return err
	}
	_ = s.control.Sync(ctx) // it is written; a poll that fails now is repeated by Run
	return nil
}

// Page reads the next subjects of the population; see Judging.Page.
func (s *BenefitRules) Page(ctx context.Context, after string, limit int, want func(model.FileHead) bool) (model.JudgingPage, error) {
	return s.people.Page(ctx, after, limit, want)
}

// Simulation gives the last simulation of a benefit: CodeNotFound if there was none.
func (s *BenefitRules) Simulation(ctx context.Context, code string) (model.Simulation, error) {
	run, err := s.simulations.Get(ctx, code)
	if err != nil {
		return model.Simulation{}, err
	}
	return *run, nil
}

// SaveSimulation writes how far a simulation is, over its revision, with the audit entry:
// CodeConflict when somebody else has gone on with it.
func (s *BenefitRules) SaveSimulation(ctx context.Context, run model.Simulation, entry model.AuditEntry) error {
	var b Batch
	b.Add(write(s.simulations, &run, run.Rev))
	b.AddOps(AuditOps(entry)...)
	err := b.Apply(ctx, s.driver)
	if run.Rev == 0 && model.Is(err, model.CodeExists) {
		err = model.Wrap(err, model.CodeConflict, "试算正由他人进行，请稍后再看。")
	}
	return err
}
