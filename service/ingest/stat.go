package ingest

import (
	"errors"
	"strconv"
	"strings"

	"xinyi/model"
)

// ratingStat reads a published rating distribution ("优良=23;良好=1;一般=64").
func ratingStat(c *check) *model.RatingStat {
	r := c.row
	s := &model.RatingStat{Sector: c.need("sector", r.Sector), Scope: c.need("scope", r.Scope), Period: c.need("period", r.Period),
		SubjectLabel: c.need("subjectLabel", r.SubjectLabel), Total: r.Total, Source: r.Source}
	s.ID = strings.Join([]string{s.Sector, s.Scope, s.Period, s.SubjectLabel}, "/")
	sum := 0
	for _, part := range split(r.Distribution) {
		grade, count, ok := strings.Cut(part, "=")
		n, err := strconv.Atoi(count)
		if !ok || err != nil || n < 0 {
			c.fault("distribution", "format", "分布应写作“等级=数量”，以分号分隔。")
			return s
		}
		s.Grades = append(s.Grades, model.GradeCount{Grade: grade, Count: n})
		sum += n
	}
	if s.Total > 0 && sum > s.Total {
		c.fault("distribution", "over_total", "各等级数量之和超过了总数。")
	}
	return s
}

// ruleOf gives the broken rule of an identifier error.
func ruleOf(err error) string {
	var e *model.IdentifierError
	if errors.As(err, &e) {
		return e.Rule
	}
	return "format"
}
