package handlers

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers/chart"
	"xinyi/model"
	"xinyi/service/quality"
)

// Quality is the desk of the quality figures (归集质量).
type Quality struct {
	Desk *quality.Service
	// Painter draws the pictures.
	Painter *chart.Painter
}

// Mount adds the routes.
func (d *Quality) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/quality", d.table)
	r.Handle(http.MethodGet, "/v1/quality/records", d.records)
	r.Handle(http.MethodGet, "/v1/quality/submissions", d.submissions)
	r.Handle(http.MethodGet, "/v1/quality/submissions/:no/refusals", d.refusals)
	r.Handle(http.MethodGet, "/v1/quality.xlsx", d.bulletin)
	r.Handle(http.MethodGet, "/v1/quality.svg", d.chart)
	r.Handle(http.MethodGet, "/v1/quality.png", d.picture)
	r.Handle(http.MethodGet, "/v1/quality/entries/:month", d.entry)
	r.Handle(http.MethodPut, "/v1/quality/entries/:month", d.enter)
}

var (
	workbookMedia = []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	svgMedia      = []string{"image/svg+xml"}
	pngMedia      = []string{"image/png"}
)

func (d *Quality) table(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	t, err := d.Desk.Table(c.Request.Context(), caller(c), query(c, "unit"), query(c, "period"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.QualityTable{Period: t.Period.Text, Title: t.Title, RulesVersion: t.Version, Items: make([]api.QualityUnit, len(t.Units))}
	for i, u := range t.Units {
		out := api.QualityUnit{Unit: arealess(u.Unit), Name: u.Name, Concern: u.Concern(), Figures: make([]api.QualityFigure, len(u.Figures))}
		for k := range u.Figures {
			out.Figures[k] = wireFigure(&u.Figures[k], out.Unit, t.Period.Text)
		}
		answer.Items[i] = out
	}
	if answer.NextCursor, err = nextCursor(c, t.Next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

// arealess gives the unit as callers know it; the area has no code.
func arealess(unit string) string {
	if unit == model.QualityArea {
		return ""
	}
	return unit
}

func wireFigure(f *quality.Figure, unit, period string) api.QualityFigure {
	return api.QualityFigure{Key: f.Key, Name: f.Name, Formula: f.Formula, Measure: f.Measure, Numerator: f.Numerator, Denominator: f.Denominator,
		Value: orNull(f.Value), Previous: orNull(f.Previous), Target: quality.TargetText(f.KPI), Met: f.Met, Missing: list(f.Missing), Source: f.Source,
		NumeratorRecords:       drill("records", f.Key, "numerator", unit, period, f.Numerator != nil && quality.HasRecords(f.KPI.Numerator)),
		DenominatorRecords:     drill("records", f.Key, "denominator", unit, period, f.Denominator != nil && quality.HasRecords(f.KPI.Denominator)),
		NumeratorSubmissions:   drill("submissions", f.Key, "numerator", unit, period, f.Numerator != nil && quality.HasRows(f.KPI.Numerator)),
		DenominatorSubmissions: drill("submissions", f.Key, "denominator", unit, period, f.Denominator != nil && quality.HasRows(f.KPI.Denominator))}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// drill is the address of what is behind a sum; nil where nothing of the kind makes it up.
func drill(to, kpi, part, unit, period string, some bool) *string {
	if !some {
		return nil
	}
	q := url.Values{"kpi": {kpi}, "part": {part}, "period": {period}}
	if unit != "" {
		q.Set("unit", unit)
	}
	at := "/v1/quality/" + to + "?" + q.Encode()
	return &at
}

func questionOf(c *gin.Context, p page) quality.Question {
	return quality.Question{KPI: query(c, "kpi"), Denominator: query(c, "part") == "denominator", Unit: query(c, "unit"), Period: query(c, "period"), After: p.After, Limit: p.Limit}
}

func (d *Quality) records(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Records(c.Request.Context(), caller(c), questionOf(c, p))
	if err != nil {
		return err
	}
	answer := api.QualityRecords{Items: make([]api.QualityRecord, len(found))}
	for i, r := range found {
		answer.Items[i] = api.QualityRecord{RecordID: wireRecordID(r.ID), Kind: string(r.Kind), Authority: r.Authority, DecisionDate: string(r.DecisionDate),
			ReceivedAt: instant(r.ReceivedAt), DueOn: string(r.DueOn), Late: r.Late, WithdrawnOn: string(r.WithdrawnOn)}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Quality) submissions(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Handed(c.Request.Context(), caller(c), questionOf(c, p))
	if err != nil {
		return err
	}
	answer := api.QualitySubmissions{Items: make([]api.QualitySubmission, len(found))}
	for i, h := range found {
		answer.Items[i] = api.QualitySubmission{SubmissionNo: h.No, Unit: h.Unit, UnitName: h.UnitName, FileName: h.FileName, Month: h.Month, Accepted: h.Rows.Accepted,
			Duplicate: h.Rows.Duplicate, Rejected: h.Rows.Rejected, Count: h.Count, Refusals: "/v1/quality/submissions/" + h.No + "/refusals"}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Quality) refusals(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Refusals(c.Request.Context(), caller(c), c.Param("no"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.QualityRefusals{Items: make([]api.QualityRefusal, len(found))}
	for i, f := range found {
		answer.Items[i] = api.QualityRefusal{Line: f.Line, Column: f.Column, Code: f.Code, Check: f.Check, Reason: f.Reason}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Quality) bulletin(c *gin.Context) error {
	var book bytes.Buffer
	if err := d.Desk.Bulletin(c.Request.Context(), caller(c), query(c, "period"), &book); err != nil {
		return err
	}
	c.Writer.Header()["Content-Disposition"] = []string{`attachment; filename="bulletin.xlsx"`}
	writeBody(c, http.StatusOK, workbookMedia, book.Bytes())
	return nil
}

func (d *Quality) chart(c *gin.Context) error {
	title, note, bars, err := d.bars(c)
	if err != nil {
		return err
	}
	writeBody(c, http.StatusOK, svgMedia, chart.Bars(title, note, bars))
	return nil
}

func (d *Quality) picture(c *gin.Context) error {
	title, note, bars, err := d.bars(c)
	if err != nil {
		return err
	}
	return writePicture(c, d.Painter, title, note, bars)
}

// writePicture answers with a chart as PNG, which is drawn only for who has it not.
func writePicture(c *gin.Context, painter *chart.Painter, title, note string, bars []chart.Bar) error {
	tag := painter.Tag(title, note, bars)
	if unchanged(c, etag(0, "chart", tag)) {
		return nil
	}
	picture, err := painter.Paint(c.Request.Context(), tag, title, note, bars)
	if err != nil {
		return err
	}
	writeBody(c, http.StatusOK, pngMedia, picture)
	return nil
}

// bars are those of one figure, a unit each.
func (d *Quality) bars(c *gin.Context) (title, note string, bars []chart.Bar, err error) {
	t, err := d.Desk.All(c.Request.Context(), caller(c), query(c, "period"))
	if err != nil {
		return "", "", nil, err
	}
	for _, u := range t.Units {
		at := slices.IndexFunc(u.Figures, func(f quality.Figure) bool { return f.Key == query(c, "kpi") })
		if at < 0 {
			continue
		}
		f := u.Figures[at]
		title, note = f.Name, t.Period.Text+"  "+f.Formula
		bars = append(bars, figureBar(u.Name, &f))
	}
	if bars == nil {
		return "", "", nil, model.Errorf(model.CodeNotFound, "没有这项指标，请从指标表中选择。")
	}
	return title, note, bars, nil
}

func figureBar(unit string, f *quality.Figure) chart.Bar {
	b := chart.Bar{Label: unit, Text: "暂无", Tone: chart.Unknown}
	if f.Value == "" {
		return b
	}
	b.Value, _ = strconv.ParseFloat(f.Value, 64)
	b.Text, b.Tone = f.Value, chart.Plain
	if f.Measure == quality.Percent {
		b.Text += "%"
	}
	switch {
	case f.Concern:
		b.Text, b.Tone = b.Text+" 重点关注", chart.Bad
	case f.Met != nil && *f.Met:
		b.Tone = chart.Good
	case f.Met != nil:
		b.Tone = chart.Middling
	}
	return b
}

func entryTag(e *model.QualityEntry) string { return etag(e.Rev, "quality_entry", e.ID) }

func (d *Quality) entry(c *gin.Context) error {
	e, err := d.Desk.Entry(c.Request.Context(), query(c, "unit"), c.Param("month"))
	if err != nil {
		return err
	}
	if unchanged(c, entryTag(e)) {
		return nil
	}
	return respond(c, http.StatusOK, wireEntry(e, query(c, "unit"), c.Param("month")))
}

func (d *Quality) enter(c *gin.Context) error {
	var in api.QualityNumbers
	if err := bind(c, &in); err != nil {
		return err
	}
	numbers := make([]quality.Number, len(in.Items))
	for i, n := range in.Items {
		numbers[i] = quality.Number{Key: n.Key, Value: n.Value, Source: n.Source}
	}
	e, err := d.Desk.Enter(c.Request.Context(), caller(c), query(c, "unit"), c.Param("month"), numbers, func(have *model.QualityEntry) error {
		return ifMatch(c, entryTag(have))
	})
	if err != nil {
		return err
	}
	c.Writer.Header()["Etag"] = []string{entryTag(e)}
	return respond(c, http.StatusOK, wireEntry(e, query(c, "unit"), c.Param("month")))
}

func wireEntry(e *model.QualityEntry, unit, month string) api.QualityEntry {
	out := api.QualityEntry{Month: month, Unit: unit, Items: []api.QualityNumber{}}
	for _, key := range slices.Sorted(maps.Keys(e.Numbers)) {
		n := e.Numbers[key]
		out.Items = append(out.Items, api.QualityNumber{Key: key, Value: &n.Value, Source: n.Source})
	}
	return out
}
