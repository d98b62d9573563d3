package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// SectorScheme is an industry's published rating scheme (行业信用评价方案).
type SectorScheme struct {
	Key, Name           string
	Documents, Subjects []string
	// Scale lists the grades, best first; empty where the documents give none.
	Scale                []string
	Points, Cycle, Scope string
	// Version changes when the scheme does.
	Version string
}

// SectorBook holds the schemes.
type SectorBook interface {
	// Schemes lists them in document order.
	Schemes() []SectorScheme
	// Scheme gives one: CodeNotFound otherwise.
	Scheme(key string) (SectorScheme, error)
}

// Distributions reads published rating distributions.
type Distributions interface {
	Of(ctx context.Context, sector, scope, period string) ([]*model.RatingStat, error)
}

// Sectors is the desk of industry ratings.
type Sectors struct {
	Book  SectorBook
	Stats Distributions
}

// Mount adds the routes.
func (d *Sectors) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/sectors", d.list)
	r.Handle(http.MethodGet, "/v1/sectors/:key", d.get)
	r.Handle(http.MethodGet, "/v1/sectors/:key/ratings", d.ratings)
}

// Name gives the name of a sector's key; the key itself for an unknown one.
func (d *Sectors) Name(key string) string {
	if s, err := d.Book.Scheme(key); err == nil {
		return s.Name
	}
	return key
}

func (d *Sectors) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	schemes, next := slicePage(d.Book.Schemes(), p, func(s SectorScheme) string { return s.Key })
	answer := api.Sectors{Items: make([]api.Sector, len(schemes))}
	for i, s := range schemes {
		answer.Items[i] = wireSector(s)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireSector(s SectorScheme) api.Sector {
	return api.Sector{Key: s.Key, Name: s.Name, Documents: list(s.Documents), Subjects: list(s.Subjects), Scale: list(s.Scale),
		Points: s.Points, Cycle: s.Cycle, Scope: s.Scope}
}

func (d *Sectors) get(c *gin.Context) error {
	s, err := d.Book.Scheme(c.Param("key"))
	if err != nil {
		return err
	}
	if unchanged(c, etag(0, "sector", s.Key, s.Version)) {
		return nil
	}
	return respond(c, http.StatusOK, wireSector(s))
}

func (d *Sectors) ratings(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	s, err := d.Book.Scheme(c.Param("key"))
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
