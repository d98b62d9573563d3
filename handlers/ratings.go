package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers/chart"
	"xinyi/model"
	"xinyi/service/rating"
)

// submit takes a batch; what is wrong is explained in its place.
func (d *Sectors) submit(c *gin.Context) error {
	var in api.RatingBatch
	if err := bind(c, &in); err != nil {
		return err
	}
	ratings, stats := make([]rating.Rating, len(in.Ratings)), make([]rating.Distribution, len(in.Distributions))
	for i, r := range in.Ratings {
		ratings[i] = rating.Rating{USCC: r.USCC, Name: r.Name, IDNo: r.IDNo, Sector: r.Sector, Grade: r.Grade, Period: r.Period, Scope: r.Scope, Points: r.Points,
			DecidedOn: r.DecidedOn, ValidTo: r.ValidTo, Basis: r.Basis}
	}
	for i, s := range in.Distributions {
		parts := make([]rating.Part, len(s.Grades))
		for g, grade := range s.Grades {
			parts[g] = rating.Part{Grade: grade.Grade, Count: grade.Count}
		}
		stats[i] = rating.NewDistribution(s.Sector, s.Scope, s.Period, s.SubjectKind, s.Total, parts)
	}
	res, err := d.Desk.Take(c.Request.Context(), caller(c), ratings, stats, receipt(c, http.StatusOK, wireRatingBatch))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireRatingBatch(res))
}

func wireRatingBatch(r rating.Result) any {
	return api.RatingBatchAnswer{Ratings: wireOutcomes(r.Ratings), Distributions: wireOutcomes(r.Distributions)}
}

func wireOutcomes(all []rating.Outcome) []api.RatingOutcome {
	out := make([]api.RatingOutcome, len(all))
	for i, o := range all {
		out[i] = api.RatingOutcome{Duplicate: o.Duplicate, Remainder: o.Remainder, Errors: make([]api.FieldError, len(o.Faults))}
		if o.Record != "" {
			out[i].RecordID = wireRecordID(o.Record)
		}
		for f, fault := range o.Faults {
			out[i].Errors[f] = api.FieldError{Pointer: fault.Pointer, Code: fault.Code, Detail: fault.Detail}
		}
	}
	return out
}

// draftTag is the validator of a draft; it differs from the scheme's.
func draftTag(d *rating.Draft) string { return etag(d.Rev, "sector_draft", d.Key) }

func wireDraft(d rating.Draft) any {
	return api.SectorDraft{Author: d.Author, At: instant(d.At), Scheme: wireSector(d.Scheme)}
}

func (d *Sectors) propose(c *gin.Context) error {
	var in api.SectorChange
	if err := bind(c, &in); err != nil {
		return err
	}
	scheme := rating.Scheme{Key: c.Param("key"), Name: in.Name, Documents: in.Documents, Subjects: in.Subjects, SubjectKinds: in.SubjectKinds, Scale: in.Scale,
		Open: in.Open, Known: in.Known, Points: in.Points, Cycle: in.Cycle, Level: in.Level, Units: in.Units, Note: in.Note}
	for _, m := range in.Measures {
		scheme.Measures = append(scheme.Measures, rating.Measure{Grade: m.Grade, Text: m.Text})
	}
	for _, g := range in.Display {
		if scheme.Display == nil {
			scheme.Display = map[string]string{}
		}
		scheme.Display[g.Grade] = g.Shown
	}
	draft, err := d.Schemes.Propose(c.Request.Context(), caller(c), scheme, model.Date(in.ValidFrom), func(current *rating.Scheme, have *rating.Draft) error {
		if have != nil {
			return ifMatch(c, draftTag(have))
		}
		return ifMatch(c, schemeTag(current))
	})
	if err != nil {
		return err
	}
	c.Writer.Header()["Etag"] = []string{draftTag(&draft)}
	return respond(c, http.StatusOK, wireDraft(draft))
}

func (d *Sectors) draft(c *gin.Context) error {
	draft, err := d.Schemes.Draft(c.Request.Context(), c.Param("key"))
	if err != nil {
		return err
	}
	if unchanged(c, draftTag(&draft)) {
		return nil
	}
	return respond(c, http.StatusOK, wireDraft(draft))
}

func (d *Sectors) publish(c *gin.Context) error {
	draft, err := d.Schemes.Publish(c.Request.Context(), caller(c), c.Param("key"), func(have *rating.Draft) error { return ifMatch(c, draftTag(have)) },
		receipt(c, http.StatusCreated, wireDraft))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wireDraft(draft))
}

// tones colour grades by what they are shown as side by side.
var tones = map[string]chart.Tone{"优": chart.Good, "良": chart.Fair, "中": chart.Middling, "差": chart.Bad}

// distributionNote stands under the title of a chart of distributions.
const distributionNote = "评价结果分布"

// chart draws the published distributions of a sector.
func (d *Sectors) chart(c *gin.Context) error {
	title, bars, err := d.bars(c)
	if err != nil {
		return err
	}
	writeBody(c, http.StatusOK, svgMedia, chart.Bars(title, distributionNote, bars))
	return nil
}

func (d *Sectors) picture(c *gin.Context) error {
	title, bars, err := d.bars(c)
	if err != nil {
		return err
	}
	return writePicture(c, d.Painter, title, distributionNote, bars)
}

// bars are the grades of the distributions, what was not published among them.
func (d *Sectors) bars(c *gin.Context) (title string, bars []chart.Bar, err error) {
	s, err := d.Book().Scheme(c.Param("key"))
	if err != nil {
		return "", nil, err
	}
	stats, err := d.Stats.Of(c.Request.Context(), s.Key, query(c, "scope"), query(c, "period"))
	if err != nil {
		return "", nil, err
	}
	for _, stat := range stats {
		at := strings.Join([]string{stat.Period, stat.SubjectLabel}, " ")
		sum := 0
		for _, g := range stat.Grades {
			sum += g.Count
			tone, ok := tones[s.Normalised(g.Grade)]
			if !ok {
				tone = chart.Unknown
			}
			bars = append(bars, chart.Bar{Label: at + " " + g.Grade, Value: float64(g.Count), Text: strconv.Itoa(g.Count), Tone: tone})
		}
		if rest := stat.Total - sum; rest > 0 {
			bars = append(bars, chart.Bar{Label: at + " 未公布", Value: float64(rest), Text: strconv.Itoa(rest), Tone: chart.Unknown})
		}
	}
	return s.Name, bars, nil
}
