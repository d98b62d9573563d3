package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/commitment"
)

// Commitments is the desk of credit promises (信用承诺).
type Commitments struct {
	Desk  *commitment.Service
	Clock model.Clock
}

// Mount adds the routes.
func (d *Commitments) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/commitments", d.public)
	r.Handle(http.MethodGet, "/v1/commitments/:code", d.get)
	r.Handle(http.MethodPatch, "/v1/commitments/:code", d.confirm)
	r.Handle(http.MethodGet, "/v1/commitment-letters", d.letters)
	r.Handle(http.MethodGet, "/v1/commitment-stats", d.stats)
	r.Handle(http.MethodGet, "/v1/me/commitments", d.own)
	r.Handle(http.MethodPost, "/v1/me/commitments", d.sign)
}

func wireCommitment(c *model.Commitment) api.Commitment {
	out := api.Commitment{Code: c.Code, Name: c.Name, Type: string(c.Type), Reason: c.Reason, Content: c.Content, Liability: c.Liability,
		LetterVersion: c.LetterVersion, TextHash: c.Hash, Method: c.Method, MadeOn: string(c.MadeOn), ValidTo: nullableDay(c.ValidTo), Unit: c.Unit,
		UnitName: c.UnitName, Publication: c.Publication, Fulfilment: string(c.Fulfilment), Unperformed: c.Unperformed, PenaltyApplied: c.Penalty,
		Remark: c.Remark, ConfirmedOn: nullableDay(c.ConfirmedOn), ConfirmedUnit: c.ConfirmedAs, ApprovalNo: c.Approval, UpdatedAt: instant(c.UpdatedAt)}
	if !c.Subject.IsPerson() {
		out.USCC = string(c.Subject)
	}
	return out
}

func (d *Commitments) public(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Public(c.Request.Context(), query(c, "subject"), p.After, p.Limit)
	if err != nil {
		return unknownCode(err, "?subject", query(c, "subject"))
	}
	answer := api.Commitments{Items: make([]api.Commitment, len(found))}
	for i, shown := range found {
		w := wireCommitment(shown.Commitment)
		w.Disputed, w.ApprovalNo, w.Remark = shown.Disputed, "", "" // of the window, not of the public
		answer.Items[i] = w
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Commitments) own(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Own(c.Request.Context(), caller(c), query(c, "uscc"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.Commitments{Items: make([]api.Commitment, len(found))}
	for i := range found {
		answer.Items[i] = wireCommitment(&found[i])
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Commitments) sign(c *gin.Context) error {
	var in api.CommitmentSigning
	if err := bind(c, &in); err != nil {
		return err
	}
	wire := func(made model.Commitment) any { return wireCommitment(&made) }
	made, err := d.Desk.Sign(c.Request.Context(), caller(c), commitment.Signing{Letter: in.Letter, Hash: in.TextHash, Reason: in.Reason, USCC: in.USCC},
		receipt(c, http.StatusCreated, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wire(made))
}

func (d *Commitments) get(c *gin.Context) error {
	found, err := d.Desk.Get(c.Request.Context(), caller(c), c.Param("code"))
	if err != nil {
		return err
	}
	if unchanged(c, commitmentTag(&found)) {
		return nil
	}
	return respond(c, http.StatusOK, wireCommitment(&found))
}

func commitmentTag(c *model.Commitment) string { return etag(c.Rev, "commitment", c.Code) }

func (d *Commitments) confirm(c *gin.Context) error {
	var in api.CommitmentFinding
	if err := bind(c, &in); err != nil {
		return err
	}
	match := func(stored *model.Commitment) error { return ifMatch(c, commitmentTag(stored)) }
	changed, err := d.Desk.Confirm(c.Request.Context(), caller(c), c.Param("code"), match, model.CommitmentOutcome{
		Fulfilment: model.Fulfilment(in.Fulfilment), Unperformed: in.Unperformed, Penalty: in.PenaltyApplied, Remark: in.Remark})
	if err != nil {
		return err
	}
	c.Writer.Header()["Etag"] = []string{commitmentTag(&changed)}
	return respond(c, http.StatusOK, wireCommitment(&changed))
}

func (d *Commitments) letters(c *gin.Context) error {
	edition, err := d.Desk.Letters()
	if err != nil {
		return err
	}
	answer := api.CommitmentLetters{Types: []api.CommitmentType{}, Letters: []api.CommitmentLetter{}, RuleVersion: edition.Version}
	if edition.Demo() {
		answer.Note = "演示数据，未经部门确认。"
	}
	for _, t := range edition.Types() {
		answer.Types = append(answer.Types, api.CommitmentType{Type: string(t.Type), Code: t.Code, Name: t.Name, LegalBasis: t.LegalBasis,
			Organisations: t.Organisations, Persons: t.Persons})
	}
	for _, l := range edition.Letters() {
		out := api.CommitmentLetter{Letter: l.ID, Type: string(l.Type), Title: l.Title, UnitName: l.Unit.Name, Subjects: []string{},
			DueWorkdays: l.DueWorkdays, ValidMonths: l.ValidMonths, Text: l.Text(), TextHash: l.Hash, Version: l.Version}
		for _, kind := range l.Subjects {
			out.Subjects = append(out.Subjects, string(kind))
		}
		answer.Letters = append(answer.Letters, out)
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Commitments) stats(c *gin.Context) error {
	now := string(model.DateOf(d.Clock.Now()))[:7]
	from, to := query(c, "from"), query(c, "to")
	if to == "" {
		to = now
	}
	if from == "" {
		from = min(to, now)
	}
	if from > to || model.Date(from+"-01").AddMonths(24) <= model.Date(to+"-01") {
		return model.Invalid("?from", "period", "起始月份不能晚于截止月份，一次至多 24 个月。")
	}
	found, err := d.Desk.Stats(c.Request.Context(), caller(c), query(c, "unit"), from, to)
	if err != nil {
		return err
	}
	answer := api.CommitmentStats{Items: []api.CommitmentStat{}}
	for _, s := range found {
		unit, month, _ := strings.Cut(s.ID, "/")
		var types []model.CommitmentType
		for t := range s.Types {
			types = append(types, t)
		}
		slices.Sort(types)
		for _, t := range types {
			n := s.Types[t]
			answer.Items = append(answer.Items, api.CommitmentStat{Unit: unit, UnitName: s.UnitName, Month: month, Type: string(t), Made: n.Made,
				Pending: n.Made - n.Full - n.Partial - n.None, Full: n.Full, Partial: n.Partial, None: n.None})
		}
	}
	return respond(c, http.StatusOK, answer)
}
