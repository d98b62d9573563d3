package submission

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/compliance"
	"xinyi/policy/quality"
	"xinyi/policy/summary"
)

// retractTries bounds the attempts after lost races on one subject.
const retractTries = 5

// Retraction is a record that was taken back (撤回) and by when it had to be.
type Retraction struct {
	Record    model.RecordID
	Reason    string
	DecidedOn model.Date // when the act was changed, revoked or found wrong
	On        model.Date // when it was withdrawn here
	// WithdrawBy is the last day to withdraw, SyncBy the last day by which every platform
	// must have followed; "" while the working days are not known.
	WithdrawBy, SyncBy       model.Date
	OnTime                   *bool // nil = nobody can tell yet
	WithdrawBasis, SyncBasis string
}

// Retract withdraws a record with a public reason: from now on it is neither shown nor
// counted. decidedOn "" is today. A department withdraws its own unit's, the office any.
// Errors: CodeNotFound for what is not there or not the caller's, CodeConflict for what is
// withdrawn already, CodeNotReady for what a desk owns (名单认定、信用承诺): it is ended there.
func (s *Service) Retract(ctx context.Context, p model.Principal, id model.RecordID, decidedOn model.Date, reason string, receipt model.Receipt[Retraction]) (Retraction, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Retraction{}, model.Invalid("/reason", "required", "请写明撤回的理由，理由将向社会公开。")
	}
	if compliance.HoldsPersonalNumber(reason) {
		return Retraction{}, model.Invalid("/reason", "personal_data", "理由将向社会公开，请删除其中的身份号码或手机号码。")
	}
	for try := 0; ; try++ {
		done, err := s.retract(ctx, p, id, decidedOn, reason, receipt)
		if err == nil || try == retractTries || !moved(err) {
			return done, err
		}
	}
}

// moved reports a lost race: what is withdrawn already is no race.
func moved(err error) bool {
	return model.Is(err, model.CodeConflict) && err.Error() != alreadyWithdrawn().Error()
}

func alreadyWithdrawn() error {
	return model.Errorf(model.CodeConflict, "该记录已经撤回，无需再次撤回。")
}

func (s *Service) retract(ctx context.Context, p model.Principal, id model.RecordID, decidedOn model.Date, reason string, receipt model.Receipt[Retraction]) (Retraction, error) {
	rec, err := s.Records.Record(ctx, id)
	if model.Is(err, model.CodeNotFound) || err == nil && !withdraws(p, rec) {
		return Retraction{}, model.Errorf(model.CodeNotFound, "没有找到该记录，或它不属于本单位。")
	}
	if err != nil {
		return Retraction{}, err
	}
	if rec.WithdrawnOn != "" {
		return Retraction{}, alreadyWithdrawn()
	}
	owner, err := s.Records.Owner(ctx, rec)
	if err == nil {
		err = owned(owner, rec)
	}
	if err != nil {
		return Retraction{}, err
	}
	done, err := s.terms(rec, decidedOn)
	if err != nil {
		return Retraction{}, err
	}
	done.Reason = reason
	w, err := s.withdrawal(ctx, rec, done)
	if err != nil {
		return Retraction{}, err
	}
	if w.Answer, err = receipt.Make(done); err != nil {
		return Retraction{}, err
	}
	ev := s.event(p, "record.retract", "withdrawn", string(id))
	ev.Subjects = []model.SubjectID{rec.Subject}
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return Retraction{}, err
	}
	err = s.Records.Withdraw(ctx, w)
	s.Auditor.End(w.Audit, err)
	return done, err
}

// owned refuses what a desk wrote: its case, messages and tasks would not hear of it.
func owned(owner model.RecordOwner, rec *model.Record) error {
	texts := map[model.RecordOwner]string{
		model.OwnerListing:    "该记录由名单认定公布，请由认定单位的数据员或审核人移出名单（/v1/list-entries/" + rec.Batch + "/removal）。",
		model.OwnerCommitment: "该记录是信用承诺，请由受理单位在信用承诺中更正履行状态。",
		model.OwnerApproval:   "该记录是随办件作出的信用承诺，请由受理窗口在办件中更正。",
	}
	if owner == "" {
		return nil
	}
	return &model.Error{Code: model.CodeNotReady, Detail: texts[owner],
		Fields: []model.FieldError{{Pointer: "{id}", Code: "other_desk", Detail: texts[owner]}}}
}

func withdraws(p model.Principal, r *model.Record) bool {
	return p.Role == model.RoleOffice || p.Role == model.RoleDepartment && p.Unit != "" && r.SourceUSCC == p.Unit
}

// terms counts the clocks of a retraction made today.
func (s *Service) terms(rec *model.Record, decidedOn model.Date) (Retraction, error) {
	today, t := model.DateOf(s.Clock.Now()), s.Forms.Terms()
	if decidedOn == "" {
		decidedOn = today
	}
	if decidedOn > today || decidedOn < rec.DecisionDate {
		return Retraction{}, model.Invalid("/decidedOn", "range", "撤销或变更的日期不能晚于今天，也不能早于原决定日期。")
	}
	r := Retraction{Record: rec.ID, DecidedOn: decidedOn, On: today, WithdrawBasis: t.WithdrawBasis, SyncBasis: t.SyncBasis}
	var err error
	if r.WithdrawBy, err = s.lastDay(decidedOn, t.WithdrawDays); err != nil {
		return Retraction{}, err
	}
	if r.WithdrawBy != "" {
		r.OnTime = new(today <= r.WithdrawBy)
	}
	r.SyncBy, err = s.lastDay(today, t.SyncDays)
	return r, err
}

// lastDay gives the last day of a clock; "" without a calendar for it: what is wrong is taken
// back all the same.
func (s *Service) lastDay(from model.Date, workdays int) (model.Date, error) {
	d, err := s.Calendar.AddWorkdays(from, workdays)
	if model.Is(err, model.CodeCalendarMissing) {
		return "", nil
	}
	return d, err
}

// withdrawal puts together what is written: the record, its subject's renewed file, the
// public list entry that came of it.
func (s *Service) withdrawal(ctx context.Context, rec *model.Record, r Retraction) (w model.Withdrawal, err error) {
	before, err := s.Records.File(ctx, rec.Subject)
	if err != nil {
		return w, err
	}
	records, err := s.Records.RecordsOf(ctx, rec.Subject)
	if err != nil {
		return w, err
	}
	next := *rec
	next.WithdrawnOn, next.WithdrawnReason = r.On, r.Reason
	known := slices.Clone(records)
	at := slices.IndexFunc(records, func(other *model.Record) bool { return other.ID == rec.ID })
	if at < 0 || records[at].Rev != rec.Rev {
		return w, model.Errorf(model.CodeConflict, "该记录刚被修改，请重试。")
	}
	records[at] = &next
	file := *before
	if err := summary.Refresh(&file, records, s.Judge, s.Clock.Now()); err != nil {
		return w, err
	}
	w = model.Withdrawal{Record: &next, File: &file}
	if entry := listEntry(&file, &next); entry != nil {
		w.List = entry
		if s.NoticeDays != nil {
			w.Notice = notice(entry, r, s.NoticeDays(entry.Kind, r.On))
		}
	}
	if w.List == nil && summary.Held(rec, summary.Listings(known), r.On).Displayed(r.On) && !rec.Subject.IsPerson() {
		w.Retracted = s.retracted(&file, &next, r)
	}
	if s.Quality != nil {
		w.Quality = &model.QualityDelta{ID: s.IDs.Next(), Counts: model.QualityCounts{}}
		s.Quality().Change(quality.Change{FileBefore: before, FileAfter: &file, Before: known, After: records}, w.Quality.Counts)
	}
	return w, nil
}

// notice tells the public that an entry was taken back (撤回公示), where the list is and for
// as long as of one that was removed.
func notice(e *model.ListEntry, r Retraction, days int) *model.RemovalNotice {
	_, tail, _ := strings.Cut(string(e.RecordID), "/")
	return &model.RemovalNotice{ID: string(e.Kind) + "/" + string(r.On) + "/" + tail, Kind: e.Kind, USCC: e.USCC, Name: e.Name, Title: e.Title,
		Authority: e.Authority, Reason: r.Reason, ListedOn: e.From, RemovedOn: r.On, ShownUntil: r.On.AddDays(days)}
}

// retracted tells the public that a record which it saw was taken back; nil where nobody is told.
func (s *Service) retracted(f *model.SubjectFile, rec *model.Record, r Retraction) *model.RetractionNotice {
	days := s.Forms.Terms().NoticeDays
	if days == 0 {
		return nil
	}
	return &model.RetractionNotice{ID: string(r.On) + "/" + string(rec.ID), Record: rec.ID, Kind: rec.Kind, USCC: string(f.ID), Name: f.Name, Title: rec.Title,
		DocNo: rec.DocNo, Authority: rec.Authority, Reason: r.Reason, DecisionDate: rec.DecisionDate, DecidedOn: r.DecidedOn, WithdrawnOn: r.On,
		ShownUntil: r.On.AddDays(days)}
}

// Retractions gives the notices that are shown today, newest first.
func (s *Service) Retractions(ctx context.Context, after string, limit int) ([]*model.RetractionNotice, string, error) {
	return s.Store.Retractions(ctx, model.DateOf(s.Clock.Now()), after, limit)
}

// listEntry gives the withdrawn public entry of an organisation's list record; nil where
// there was none.
func listEntry(f *model.SubjectFile, r *model.Record) *model.ListEntry {
	if r.Kind != model.RecordListEntry || r.Disclosure != model.DisclosurePublic || f.ID.IsPerson() {
		return nil
	}
	return model.EntryOf(f, r)
}
