package store

import (
	"context"
	"encoding/json"

	"xinyi/model"
)

// Control kinds of sector schemes: drafts by key (JSON), published versions by key@date (YAML).
const (
	sectorDraftKind = "sector_draft"
	SectorKind      = "sector_scheme"
)

// Sectors keeps drafts and published versions of sector schemes where every process sees
// them.
type Sectors struct {
	driver  Driver
	control *Control
	answers *Collection[model.IdempotencyRecord]
}

// NewSectors gives the repository.
func NewSectors(d Driver, c *Control) *Sectors {
	return &Sectors{driver: d, control: c, answers: answers(d)}
}

// Draft gives the draft of a key as it is in the store now: CodeNotFound if there is none.
func (s *Sectors) Draft(ctx context.Context, key string) (model.SectorDraft, error) {
	doc, err := s.control.docs.Get(ctx, controlID(sectorDraftKind, key))
	if err != nil {
		return model.SectorDraft{}, err
	}
	if doc.Deleted {
		return model.SectorDraft{Rev: doc.Rev}, ErrNotFound
	}
	return readSectorDraft(doc.ControlDoc)
}

func readSectorDraft(doc ControlDoc) (model.SectorDraft, error) {
	var d model.SectorDraft
	if err := json.Unmarshal(doc.Body, &d); err != nil {
		return model.SectorDraft{}, unreadable(err)
	}
	d.Rev = doc.Rev
	return d, nil
}

// Drafts gives all drafts that this process knows of, in key order.
func (s *Sectors) Drafts() ([]model.SectorDraft, error) {
	var all []model.SectorDraft
	for _, doc := range s.control.List(sectorDraftKind) {
		d, err := readSectorDraft(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Save writes a draft over its revision with the audit entry: CodeConflict or CodeExists
// when somebody else was first.
func (s *Sectors) Save(ctx context.Context, d model.SectorDraft, entry model.AuditEntry) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	var b Batch
	b.Add(s.control.PutOp(ControlDoc{Kind: sectorDraftKind, Name: d.Key, Body: body, Rev: d.Rev}))
	b.AddOps(AuditOps(entry)...)
	return s.apply(ctx, &b)
}

// Publish makes a draft a version, with the audit entry and the answer of the request.
func (s *Sectors) Publish(ctx context.Context, d model.SectorDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	addAnswer(&b, s.answers, answer)
	b.Add(s.control.PutOp(ControlDoc{Kind: SectorKind, Name: d.Key + "@" + string(d.ValidFrom), Body: d.Rules}))
	b.Add(s.control.PutOp(ControlDoc{Kind: sectorDraftKind, Name: d.Key, Deleted: true, Rev: d.Rev}))
	b.AddOps(AuditOps(entry)...)
	return answerError(s.apply(ctx, &b))
}

func (s *Sectors) apply(ctx context.Context, b *Batch) error {
	if err := b.Apply(ctx, s.driver); err != nil {
		return err
	}
	_ = s.control.Sync(ctx) // it is written; a poll that fails now is repeated by Run
	return nil
}
