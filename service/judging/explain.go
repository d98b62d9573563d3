package judging

import (
	"context"
	"reflect"

	"xinyi/model"
)

// Question asks for the judgement of one day.
type Question struct {
	Subject model.SubjectID
	// On is the day, today at the latest. Records count by their dates: decided, displayed,
	// withdrawn.
	On model.Date
	// ReceivedBy leaves out what came in after that day, for the judgement as it was given
	// then; "" = everything that is known by now.
	ReceivedBy model.Date
}

// Answer is the judgement of a day with what it was made from.
type Answer struct {
	Kind      model.SubjectKind
	Judgement model.Judgement
	// Records that the file had, counted or not.
	Records int
	// Stored is the judgement that the file keeps, nil if there is none; Same says whether
	// it is this one, for a day on which it holds.
	Stored *model.Judgement
	Holds  bool
	Same   bool
}

// Explain computes the judgement of a day from the records (评价说明). It is a look at a
// file, logged before it is answered. CodeNotFound if there is no such subject or no model
// applied to it.
func (s *Service) Explain(ctx context.Context, p model.Principal, q Question) (Answer, error) {
	f, err := s.Store.File(ctx, q.Subject)
	if err != nil {
		return Answer{}, err
	}
	if q.On > model.DateOf(s.Clock.Now()) {
		return Answer{}, model.Errorf(model.CodeInvalidRequest, "评价日期不能晚于今天，请改正后重试。")
	}
	if _, err := model.ParseDate(string(q.ReceivedBy)); q.ReceivedBy != "" && err != nil {
		return Answer{}, model.Errorf(model.CodeInvalidRequest, "收到日期应为 YYYY-MM-DD，请改正后重试。")
	}
	all, err := s.Store.RecordsOf(ctx, f.ID)
	if err != nil {
		return Answer{}, err
	}
	var records []*model.Record
	for _, r := range all {
		if q.ReceivedBy == "" || model.DateOf(r.ReceivedAt) <= q.ReceivedBy {
			records = append(records, r)
		}
	}
	j, err := s.Judge.Judge(f, records, q.On)
	if err != nil {
		return Answer{}, err
	}
	err = s.Auditor.Record(ctx, model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: "judgement.explain", Subjects: []model.SubjectID{f.ID}, Outcome: "shown", Shown: []string{"judgement"},
		RuleVersion: j.RuleVersion, RequestID: p.RequestID})
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Kind: f.Kind, Judgement: j, Records: len(records), Stored: f.Judgement}
	if st := f.Judgement; st != nil && q.ReceivedBy == "" {
		a.Holds = st.AsOf <= q.On && st.RuleVersion == j.RuleVersion && (st.ValidUntil.IsZero() || q.On.Start().Before(st.ValidUntil))
		a.Same = a.Holds && same(*st, j)
	}
	return a, nil
}

// same compares two judgements but for their days.
func same(a, b model.Judgement) bool {
	if !a.ValidUntil.Equal(b.ValidUntil) {
		return false
	}
	a.AsOf, a.ValidUntil = b.AsOf, b.ValidUntil
	return reflect.DeepEqual(a, b)
}
