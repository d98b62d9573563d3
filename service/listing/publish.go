package listing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/measures"
	"xinyi/policy/quality"
	"xinyi/policy/summary"
)

func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Publish puts the subject on the list: record, public entry and refreshed file in the
// batch of the decision. The caller is a second person (CodeSecondPerson) who read the
// current revision (CodePreconditionFailed), and every condition holds (CodeNotReady).
// Refusals are logged too.
func (s *Service) Publish(ctx context.Context, p model.Principal, id string, match func(v *View) bool, receipt model.Receipt[View]) (out View, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.publish(ctx, p, id, match, receipt)
		return err
	})
	return out, err
}

func (s *Service) publish(ctx context.Context, p model.Principal, id string, match func(v *View) bool, receipt model.Receipt[View]) (View, error) {
	v, err := s.read(ctx, p, "listing.publish", id, match)
	if err != nil {
		return View{}, err
	}
	ev := s.event(p, "listing.publish", string(model.ListPublished), v.USCC)
	ev.Ref = v.ID
	if err := publishable(p, &v); err != nil {
		return View{}, s.refused(ctx, ev, err)
	}
	w, err := s.publication(ctx, p, &v)
	if err != nil {
		return View{}, err
	}
	err = s.save(ctx, ev, &v, w, receipt)
	return v, err
}

// publishable says why the caller may not publish the draft now; nil when they may.
func publishable(p model.Principal, v *View) error {
	switch {
	case p.Role != model.RoleReviewer:
		return model.Errorf(model.CodeForbidden, "名单由审核人公布，请提请本单位或信用办的审核人办理。")
	case v.State != model.ListDraft:
		return wrongState(&v.ListCase)
	case v.Rule.Reviewer == measures.ReviewerUnit && p.Unit != v.Unit:
		return model.Errorf(model.CodeForbidden, "该类名单由认定单位的审核人公布。")
	case slices.Contains(v.Authors, p.ID):
		return &model.Error{Code: model.CodeSecondPerson}
	}
	return unmet(v.Conditions)
}

// publication makes everything that a published draft changes.
func (s *Service) publication(ctx context.Context, p model.Principal, v *View) (model.ListWrite, error) {
	now := s.Clock.Now()
	c := &v.ListCase
	c.State, c.PublishedBy, c.PublishedAt, c.UpdatedAt = model.ListPublished, p.ID, stamp(now), stamp(now)
	c.Queue, c.Due, v.Conditions = "", "", nil
	if c.DecisionDate == "" {
		c.DecisionDate = v.AsOf
	}
	stored, err := s.Store.File(ctx, c.USCC)
	if err != nil {
		return model.ListWrite{}, err
	}
	r, refusal := s.record(c, v.Rule, stored.Kind, v.AsOf)
	if refusal != nil {
		return model.ListWrite{}, model.Errorf(model.CodeOutsideCatalog, "%s", refusal.Reason)
	}
	r.ID, r.ReceivedAt = s.IDs.Record(c.USCC), stamp(now)
	c.RecordID = r.ID
	w := model.ListWrite{Case: *c, Record: r}
	if err := s.refresh(ctx, &w, stored, now); err != nil {
		return model.ListWrite{}, err
	}
	w.Entry = model.EntryOf(w.File, r)
	return w, s.tell(&w)
}

// record is the fact that a listing adds to the subject's file, as the catalogue of its
// decision day classifies it (today's for a draft without one).
func (s *Service) record(c *model.ListCase, rule measures.ListRule, kind model.SubjectKind, day model.Date) (*model.Record, *catalogue.Refusal) {
	r := &model.Record{Subject: c.USCC, Kind: model.RecordListEntry, Title: c.Title, DocNo: c.DocNo,
		Content: c.Reason + " 救济途径：" + rule.Remedy, LegalBasis: c.LegalBasis, Authority: c.UnitName, AuthorityUSCC: c.Unit,
		Source: c.UnitName, SourceUSCC: c.Unit, ReportedBy: c.Unit, DecisionDate: c.DecisionDate, ValidFrom: c.DecisionDate, ValidTo: c.ValidTo,
		Severity: c.Severity, Finality: c.Finality, List: c.Kind, Batch: c.ID}
	found, refusal := s.Catalogue.Find(r, kind, cmp.Or(c.DecisionDate, day))
	if refusal == nil {
		refusal = s.Catalogue.Screen(r, c.Reason, kind)
	}
	if refusal != nil {
		return nil, refusal
	}
	r.CatalogueRef, r.Section, r.Disclosure = found.Ref(), found.ReportSection(), found.Disclosure
	r.BusinessKey, r.DisplayEnds = s.Key(r, c.USCC), s.Display.Ends(r)
	return r, nil
}

// refresh adds the subject's file as it is with w.Record, and what that counts for.
func (s *Service) refresh(ctx context.Context, w *model.ListWrite, stored *model.SubjectFile, now time.Time) error {
	before, err := s.Store.RecordsOf(ctx, stored.ID)
	if err != nil {
		return err
	}
	after := append(slices.DeleteFunc(slices.Clone(before), func(r *model.Record) bool { return r.ID == w.Record.ID }), w.Record)
	f := *stored
	w.File = &f
	if err := summary.Refresh(&f, after, s.Judge, now); err != nil || s.Quality == nil {
		return err
	}
	w.Quality = &model.QualityDelta{ID: s.IDs.Next(), Counts: model.QualityCounts{}}
	w.Quality.Name(w.Record.SourceUSCC, w.Record.Source)
	s.Quality().Change(quality.Change{FileBefore: stored, FileAfter: &f, Before: before, After: after}, w.Quality.Counts)
	return nil
}
