package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/listing"
)

func (d *Listing) mountJoint(r Router) {
	r.Handle(http.MethodGet, "/v1/joint-actions", d.tasks)
	r.Handle(http.MethodPost, "/v1/joint-actions", d.initiate)
	r.Handle(http.MethodGet, "/v1/joint-actions/:id", d.action)
	r.Handle(http.MethodPost, "/v1/joint-actions/:id/response", d.response)
	r.Handle(http.MethodPost, "/v1/joint-actions/:id/feedback", d.feedback)
	r.Handle(http.MethodGet, "/v1/joint-action-stats", d.stats)
}

func (d *Listing) tasks(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	tasks, next, err := d.Desk.Tasks(c.Request.Context(), caller(c), query(c, "as") == "initiator", p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.JointTasks{Items: wireTasks(tasks)}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Listing) initiate(c *gin.Context) error {
	var in api.JointInitiation
	if err := bind(c, &in); err != nil {
		return err
	}
	for i, unit := range in.Units {
		if _, err := model.ParseUnifiedSocialCreditCode(unit); err != nil {
			return badIdentifier("/units/"+strconv.Itoa(i), err)
		}
	}
	a, err := d.Desk.Initiate(c.Request.Context(), caller(c), listing.Initiation{Case: in.ListEntryID, Measures: in.Measures, Units: in.Units},
		receipt(c, http.StatusCreated, wireAction))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wireAction(a))
}

func (d *Listing) action(c *gin.Context) error {
	a, err := d.Desk.Action(c.Request.Context(), caller(c), c.Param("id"))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireAction(a))
}

func (d *Listing) response(c *gin.Context) error {
	var in api.JointResponse
	if err := bind(c, &in); err != nil {
		return err
	}
	a, err := d.Desk.Respond(c.Request.Context(), caller(c), c.Param("id"), listing.Response{Accept: in.Accept, Reason: in.Reason},
		receipt(c, http.StatusOK, wireAction))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireAction(a))
}

func (d *Listing) feedback(c *gin.Context) error {
	var in api.JointFeedback
	if err := bind(c, &in); err != nil {
		return err
	}
	a, err := d.Desk.Report(c.Request.Context(), caller(c), c.Param("id"), listing.Report{Applied: in.Applied, Text: in.Report},
		receipt(c, http.StatusOK, wireAction))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireAction(a))
}

func wireAction(a listing.Action) any { return api.JointAction{ID: a.ID, Tasks: wireTasks(a.Tasks)} }

func wireTasks(tasks []*model.JointTask) []api.JointTask {
	out := make([]api.JointTask, len(tasks))
	for i, t := range tasks {
		out[i] = api.JointTask{ActionID: t.Action, ListEntryID: t.Case, Kind: string(t.Kind), USCC: string(t.USCC), Name: t.Name, From: t.From,
			FromName: t.FromName, Unit: t.Unit, Measures: list(t.Measures), State: string(t.State), PushedAt: instant(t.PushedAt),
			RespondBy: string(t.RespondBy), ReportBy: string(t.ReportBy), RespondedAt: instant(t.RespondedAt), Reason: t.Reason,
			ReportedAt: instant(t.ReportedAt), Applied: list(t.Applied), Report: t.Report, LiftedAt: instant(t.LiftedAt)}
	}
	return out
}

func (d *Listing) stats(c *gin.Context) error {
	stats, err := d.Desk.Stats(c.Request.Context(), caller(c), query(c, "from"), query(c, "to"))
	if err != nil {
		return err
	}
	answer := api.JointStats{Items: make([]api.JointStat, len(stats)), AsOf: string(model.DateOf(d.Clock.Now()))}
	for i, s := range stats {
		answer.Items[i] = api.JointStat{Month: s.Month, Kind: string(s.Kind), Actions: s.Actions, Subjects: s.Subjects, Tasks: s.Tasks,
			Responded: s.Responded, Late: s.Late, Declined: s.Declined, Reported: s.Reported, Lifting: s.Lifting, Lifted: s.Lifted,
			Overdue: s.Overdue, Measures: []api.MeasureCount{}}
		for _, code := range slices.Sorted(maps.Keys(s.Measures)) {
			answer.Items[i].Measures = append(answer.Items[i].Measures, api.MeasureCount{Code: code, Count: s.Measures[code]})
		}
	}
	return respond(c, http.StatusOK, answer)
}
