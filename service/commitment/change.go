package commitment

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/policy/commitment"
	"xinyi/policy/compliance"
	"xinyi/policy/summary"
)

// Prepare makes everything that a new promise changes, for the batch of whoever accepts it.
// The batch fails with CodeConflict when the file of the draft, or the numbering, moved.
func (s *Service) Prepare(ctx context.Context, d *model.CommitmentDraft) (*model.CommitmentChange, error) {
	now := s.Clock.Now()
	edition, err := s.Rules.On(model.DateOf(now))
	if err != nil {
		return nil, err
	}
	division, err := commitment.Division(d.Unit)
	if err != nil {
		return nil, err
	}
	c, err := edition.Make(d, now)
	if err != nil {
		return nil, err
	}
	serial, err := s.Store.Serial(ctx, division+"/"+strings.ReplaceAll(string(c.MadeOn), "-", ""))
	if err != nil {
		return nil, err
	}
	serial.Last++
	if c.Code, err = commitment.Code(division, c.MadeOn, serial.Last); err != nil {
		return nil, err
	}
	if err := edition.Check(&c); err != nil {
		return nil, err
	}
	r := &model.Record{ID: s.IDs.Record(c.Subject), Batch: c.Code, ReceivedAt: c.CreatedAt}
	c.RecordID = r.ID
	if err := s.write(edition, &c, r); err != nil {
		return nil, err
	}
	r.BusinessKey = s.Key(r, c.Subject)
	stat, err := s.Store.Stat(ctx, statID(&c))
	if err != nil {
		return nil, err
	}
	stat.UnitName = c.UnitName
	commitment.Count(&stat, &c, 1, 1)
	change := &model.CommitmentChange{Commitment: c, Record: r, Stat: stat, Serial: &serial}
	return change, s.refresh(ctx, change, d.File, nil)
}

// Conclude makes everything that a finding about a promise changes, for the batch of whoever
// found it.
func (s *Service) Conclude(ctx context.Context, code string, o model.CommitmentOutcome, p model.Principal) (*model.CommitmentChange, error) {
	stored, err := s.Store.Commitment(ctx, code)
	if err != nil {
		return nil, err
	}
	c, err := s.Opened(stored)
	if err != nil {
		return nil, err
	}
	edition, err := s.Rules.On(c.MadeOn)
	if err != nil {
		return nil, err
	}
	stat, err := s.Store.Stat(ctx, statID(&c))
	if err != nil {
		return nil, err
	}
	f, _, err := s.Files.Fresh(ctx, c.Subject)
	if err != nil {
		return nil, err
	}
	before, err := s.Records.Record(ctx, c.RecordID)
	if err != nil {
		return nil, err
	}
	commitment.Count(&stat, &c, 0, -1)
	if err := edition.Find(&c, o, p.Unit, p.UnitName, s.today()); err != nil {
		return nil, err
	}
	c.UpdatedAt = s.Clock.Now().UTC().Truncate(time.Millisecond)
	commitment.Count(&stat, &c, 0, 1)
	r := *before
	if err := s.write(edition, &c, &r); err != nil {
		return nil, err
	}
	change := &model.CommitmentChange{Commitment: c, Record: &r, Stat: stat}
	return change, s.refresh(ctx, change, f, before)
}

func statID(c *model.Commitment) string { return c.Unit + "/" + string(c.MadeOn)[:7] }

// write puts the promise into its record, as the catalogue of its day classifies it, and seals
// the texts of a person in both. CodeOutsideCatalog for what may not be recorded, or not in
// what the public reads.
func (s *Service) write(edition *commitment.Edition, c *model.Commitment, r *model.Record) error {
	if err := edition.Record(c, r); err != nil {
		return err
	}
	entry, refusal := s.Catalogue.Find(r, c.Kind, c.MadeOn)
	if refusal == nil {
		refusal = s.Catalogue.Screen(r, c.Reason+"\n"+r.Content, c.Kind)
	}
	if refusal != nil {
		return model.Errorf(model.CodeOutsideCatalog, "%s", refusal.Reason)
	}
	if !c.Subject.IsPerson() && compliance.HoldsPersonalNumber(c.Reason+"\n"+r.Content+"\n"+c.Remark) { // of a person the texts are sealed
		return model.Errorf(model.CodeOutsideCatalog, "承诺和履行情况可以向社会公开，请删除其中的身份号码或手机号码。")
	}
	r.CatalogueRef, r.Section = entry.Ref(), entry.ReportSection()
	if entry.Disclosure != model.DisclosurePublic && r.Disclosure == model.DisclosurePublic {
		r.Disclosure = entry.Disclosure // never wider than the catalogue
	}
	r.DisplayEnds = s.Display.Ends(r)
	if !c.Subject.IsPerson() {
		return nil
	}
	plain, err := json.Marshal(c.CommitmentText)
	if err != nil {
		return model.Wrap(err, model.CodeInternal, "")
	}
	if c.Sealed, err = s.Sealer.Seal(model.SealCommitment, c.Code, plain); err != nil {
		return err
	}
	r.SealedContent, err = s.Sealer.Seal(model.SealRecord, string(r.ID), []byte(r.Content))
	c.CommitmentText, r.Content = model.CommitmentText{}, ""
	return err
}

// Opened gives a copy of a promise with its texts in clear.
func (s *Service) Opened(c *model.Commitment) (model.Commitment, error) {
	opened := *c
	if len(c.Sealed) == 0 {
		return opened, nil
	}
	plain, err := s.Sealer.Open(model.SealCommitment, c.Code, c.Sealed)
	if err != nil {
		return opened, model.Wrap(err, model.CodeInternal, "承诺书暂时无法解密，请稍后重试或联系信用办。")
	}
	if err := json.Unmarshal(plain, &opened.CommitmentText); err != nil {
		return opened, model.Wrap(err, model.CodeInternal, "承诺书内容无法读取，请联系信用办。")
	}
	return opened, nil
}

// refresh adds the file as it is after the change, and what it means for the figures. before
// is the record that change.Record takes the place of; nil = none.
func (s *Service) refresh(ctx context.Context, change *model.CommitmentChange, stored *model.SubjectFile, before *model.Record) error {
	now := s.Clock.Now()
	known, err := s.Records.RecordsOf(ctx, stored.ID)
	if err != nil {
		return err
	}
	after := make([]*model.Record, 0, len(known)+1)
	for _, r := range known {
		if before == nil || r.ID != before.ID {
			after = append(after, r)
		}
	}
	after = append(after, change.Record)
	f := *stored
	change.File = &f
	if err := summary.Refresh(&f, after, s.Judge, now); err != nil {
		return err
	}
	if s.Quality == nil {
		return nil
	}
	rules, delta := s.Quality(model.DateOf(now)), &model.QualityDelta{ID: s.IDs.Next(), Counts: model.QualityCounts{}}
	rules.Subject(stored, known, -1, delta.Counts)
	rules.Subject(&f, after, 1, delta.Counts)
	if before != nil {
		rules.Record(before, -1, delta.Counts)
	}
	rules.Record(change.Record, 1, delta.Counts)
	delta.Name(change.Record.SourceUSCC, change.Record.Source)
	change.Quality = delta
	return nil
}
