package listing

import (
	"context"

	"xinyi/model"
	"xinyi/policy/measures"
)

// Remove takes the subject off the list at once (移出), with a public notice where the list
// is (why: facts, no personal data), and sends the end to everybody who was asked for a measure; of a draft it is the
// withdrawal, which nobody else hears of. The unit's data officer or a reviewer does it,
// one person, since a wrong listing must end at once (HN 66). CodePreconditionFailed,
// CodeNotReady when the listing has ended already.
func (s *Service) Remove(ctx context.Context, p model.Principal, id string, match func(v *View) bool, why string, receipt model.Receipt[View]) (out View, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.remove(ctx, p, id, match, why, receipt)
		return err
	})
	return out, err
}

func (s *Service) remove(ctx context.Context, p model.Principal, id string, match func(v *View) bool, why string, receipt model.Receipt[View]) (View, error) {
	v, err := s.read(ctx, p, "listing.remove", id, match)
	if err != nil {
		return View{}, err
	}
	ev := s.event(p, "listing.remove", string(model.ListRemoved), v.USCC)
	ev.Ref = v.ID
	if v.State != model.ListDraft && v.State != model.ListPublished {
		return View{}, s.refused(ctx, ev, wrongState(&v.ListCase))
	}
	now := s.Clock.Now()
	was := v.State
	v.UpdatedAt, v.RemovedAt, v.RemovedBy, v.RemovedWhy, v.Queue, v.Due, v.Conditions = stamp(now), stamp(now), p.ID, why, "", "", nil
	if was == model.ListDraft {
		v.State, ev.Outcome = model.ListWithdrawn, string(model.ListWithdrawn)
		w := model.ListWrite{Case: v.ListCase}
		if v.NoticedOn != "" {
			if err := s.tell(&w); err != nil {
				return View{}, err
			}
		}
		err = s.save(ctx, ev, &v, w, receipt)
		return v, err
	}
	v.State = model.ListRemoved
	w, err := s.removal(ctx, &v.ListCase)
	if err == nil {
		err = s.tell(&w)
	}
	if err != nil {
		return View{}, err
	}
	err = s.save(ctx, ev, &v, w, receipt)
	return v, err
}

// removal makes everything that the end of a published listing changes.
func (s *Service) removal(ctx context.Context, c *model.ListCase) (model.ListWrite, error) {
	w := model.ListWrite{Case: *c}
	day := s.today()
	stored, err := s.Store.Record(ctx, c.RecordID)
	if err != nil {
		return w, err
	}
	r, retracted := *stored, stored.WithdrawnOn != "" && stored.WithdrawnOn <= day
	if !retracted {
		r.WithdrawnOn, r.WithdrawnReason = day, c.RemovedWhy
	}
	file, err := s.Store.File(ctx, c.USCC)
	if err != nil {
		return w, err
	}
	w.Record = &r
	if err := s.refresh(ctx, &w, file, s.Clock.Now()); err != nil {
		return w, err
	}
	rule := s.ruleOf(c, day)
	w.Entry = model.EntryOf(w.File, &r)
	if !retracted { // else the public was told then
		w.Notice = &model.RemovalNotice{ID: string(c.Kind) + "/" + string(day) + "/" + c.ID, Kind: c.Kind, USCC: string(c.USCC), Name: w.File.Name,
			Title: c.Title, Authority: c.UnitName, Reason: c.RemovedWhy, ListedOn: c.DecisionDate, RemovedOn: day, ShownUntil: day.AddDays(rule.NoticeDays)}
	}
	w.Tasks, err = s.ended(ctx, c, rule, day)
	return w, err
}

// ruleOf gives the rule a listing lives under: today's, or that of its decision when the
// list itself is no longer in force.
func (s *Service) ruleOf(c *model.ListCase, day model.Date) measures.ListRule {
	rule, err := s.Tables.List(c.Kind, day)
	if err != nil {
		rule, _ = s.Tables.List(c.Kind, c.DecisionDate) // a zero rule shows the notice for a day
	}
	return rule
}

// ended turns the tasks of a listing that ends: what was carried out is to be stopped,
// what was not begun is void.
func (s *Service) ended(ctx context.Context, c *model.ListCase, rule measures.ListRule, day model.Date) ([]*model.JointTask, error) {
	tasks, err := s.Store.TasksOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var changed []*model.JointTask
	for _, t := range tasks {
		switch t.State {
		case model.JointPushed:
			t.State, t.Queue, t.Due = model.JointCancelled, "", ""
		case model.JointAccepted, model.JointDone:
			t.State, t.Queue, t.Due = model.JointLifting, unitQueue(t.Unit), s.due(day, rule.LiftDays)
		default:
			continue
		}
		changed = append(changed, t)
	}
	return changed, nil
}

// due gives the last day of a clock; without a calendar for it, no clock.
func (s *Service) due(from model.Date, workdays int) model.Date {
	d, err := s.Calendar.AddWorkdays(from, workdays)
	if err != nil {
		return model.NoClock
	}
	return d
}
