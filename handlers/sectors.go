package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers/chart"
	"xinyi/model"
	"xinyi/service/rating"
)

// SectorBook holds the schemes in force.
type SectorBook interface {
	// Schemes lists them in document order.
	Schemes() []*rating.Scheme
	// Scheme gives one: CodeNotFound otherwise.
	Scheme(key string) (*rating.Scheme, error)
	// Version names them all together.
	Version() string
}

// Distributions reads published rating distributions.
type Distributions interface {
	Of(ctx context.Context, sector, scope, period string) ([]*model.RatingStat, error)
}

// Sectors is the desk of industry ratings.
type Sectors struct {
	Book    func() SectorBook
	Stats   Distributions
	Desk    *rating.Desk
	Schemes *rating.Schemes
	// Painter draws the pictures.
	Painter *chart.Painter
}

// Mount adds the routes.
func (d *Sectors) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/sectors", d.list)
	r.Handle(http.MethodGet, "/v1/sectors/:key", d.get)
	r.Handle(http.MethodGet, "/v1/sectors/:key/ratings", d.ratings)
	r.Handle(http.MethodGet, "/v1/sectors/:key/ratings.svg", d.chart)
	r.Handle(http.MethodGet, "/v1/sectors/:key/ratings.png", d.picture)
	r.Handle(http.MethodPost, "/v1/ratings", d.submit)
	r.Handle(http.MethodPut, "/v1/sectors/:key", d.propose)
	r.Handle(http.MethodGet, "/v1/sectors/:key/draft", d.draft)
	r.Handle(http.MethodPost, "/v1/sectors/:key/publication", d.publish)
}

// sectorName gives the name of a sector's key; the key itself for an unknown one.
func sectorName(book SectorBook, key string) string {
	if s, err := book.Scheme(key); err == nil {
		return s.Name
	}
	return key
}

func (d *Sectors) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	schemes, next := slicePage(d.Book().Schemes(), p, func(s *rating.Scheme) string { return s.Key })
	answer := api.Sectors{Items: make([]api.Sector, len(schemes))}
	for i, s := range schemes {
		answer.Items[i] = wireSector(s)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireSector(s *rating.Scheme) api.Sector {
	out := api.Sector{Key: s.Key, Name: s.Name, Documents: list(s.Documents), Subjects: list(s.Subjects), Scale: list(s.Scale), Cycle: s.Cycle, Scope: s.Level,
		SubjectKinds: list(s.SubjectKinds), Units: list(s.Units), Known: list(s.Known), Open: s.Open, Measures: make([]api.SectorMeasure, len(s.Measures)), Display: []api.GradeDisplay{},
		Note: s.Note, ValidFrom: string(s.ValidFrom), RulesVersion: s.RuleVersion}
	if s.Points > 0 {
		out.Points = strconv.Itoa(s.Points)
	}
	for i, m := range s.Measures {
		out.Measures[i] = api.SectorMeasure{Grade: m.Grade, Text: m.Text}
	}
	for _, grade := range s.Scale {
		if shown, ok := s.Display[grade]; ok {
			out.Display = append(out.Display, api.GradeDisplay{Grade: grade, Shown: shown})
		}
	}
	return out
}

func schemeTag(s *rating.Scheme) string { return etag(0, "sector", s.Key, s.RuleVersion) }

func (d *Sectors) get(c *gin.Context) error {
	s, err := d.Book().Scheme(c.Param("key"))
	if err != nil {
		return err
	}
	if unchanged(c, schemeTag(s)) {
		return nil
	}
	return respond(c, http.StatusOK, wireSector(s))
}

func (d *Sectors) ratings(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	s, err := d.Book().Scheme(c.Param("key"))
	if err != nil {
		return err
	}
	stats, err := d.Stats.Of(c.Request.Context(), s.Key, query(c, "scope"), query(c, "period"))
	if err != nil {
		return err
	}
	stats, next := slicePage(stats, p, func(s *model.RatingStat) string { return s.ID })
	answer := api.Distributions{Items: make([]api.Distribution, len(stats))}
	for i, stat := range stats {
		out := api.Distribution{Sector: stat.Sector, Scope: stat.Scope, Period: stat.Period, SubjectKind: stat.SubjectLabel, Grades: make([]api.GradeCount, len(stat.Grades))}
		if stat.Total > 0 {
			out.Total = &stat.Total
		}
		for g, grade := range stat.Grades {
			out.Grades[g] = api.GradeCount{Grade: grade.Grade, Count: grade.Count}
		}
		answer.Items[i] = out
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}
