package ingest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xinyi/model"
)

const (
	maxIDPart = 60            // characters
	maxRated  = 1_000_000_000 // subjects with one grade
)

// ratingStat reads a published rating distribution ("优良=23;良好=1;一般=64").
func ratingStat(c *check) *model.RatingStat {
	r := c.row
	s := &model.RatingStat{Sector: c.need("sector", r.Sector), Scope: c.need("scope", r.Scope), Period: c.need("period", r.Period),
		SubjectLabel: c.need("subjectLabel", r.SubjectLabel), Total: r.Total, Source: r.Source}
	s.ID = strings.Join([]string{s.Sector, s.Scope, s.Period, s.SubjectLabel}, "/")
	for column, part := range map[string]string{"sector": s.Sector, "scope": s.Scope, "period": s.Period, "subjectLabel": s.SubjectLabel} {
		if utf8.RuneCountInString(part) > maxIDPart || strings.Contains(part, "/") {
			c.fault(column, "format", "该项不能超过 60 个字，也不能含有斜杠。")
		}
	}
	if s.Total < 0 {
		c.fault("total", "range", "总数不能为负。")
	}
	sum := 0
	for _, part := range split(r.Distribution) {
		grade, count, ok := strings.Cut(part, "=")
		n, err := strconv.Atoi(count)
		if !ok || grade == "" || err != nil || n < 0 || n > maxRated {
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
