package sector

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xinyi/model"
)

var (
	yearPattern    = regexp.MustCompile(`^\d{4}$`)
	quarterPattern = regexp.MustCompile(`^\d{4}Q[1-4]$`)
	scopePattern   = regexp.MustCompile(`^(province|city|county|district):\d{6}$`)
)

// Validate checks one rating record against its scheme. The error is CodeInvalidRequest
// with a field for every fault.
func (b *Book) Validate(r *model.Record) error {
	var c fields
	if r.Kind != model.RecordRating {
		c.add("/kind", "not_a_rating", "这不是行业评价记录。")
	}
	s := b.byKey[r.Sector]
	if s == nil {
		c.add("/sector", "unknown_sector", "没有这个行业的评价办法，请从行业列表中选择。")
		return c.err()
	}
	if !s.allows(r.Grade) {
		c.add("/grade", "unknown_grade", "等级应为 "+s.grades()+"。")
	}
	s.period(&c, r.Period)
	if r.Scope != "" && !scopePattern.MatchString(r.Scope) {
		c.add("/scope", "scope", "范围应写作 district:410203 这样的层级和区划代码。")
	}
	s.points(&c, r.Points)
	return c.err()
}

// Judge checks a rating against the scheme in force on the day of its decision, and that the
// scheme is for such a subject: uscc "" is a person. Errors as of Validate.
func (b *Book) Judge(r *model.Record, uscc string) error {
	day := b.On(r.DecisionDate)
	if err := day.Validate(r); err != nil {
		return err
	}
	if s := day.byKey[r.Sector]; !s.Rates(uscc) {
		return model.Invalid("/sector", "subject_kind", "该行业评价的对象是"+strings.Join(s.Subjects, "、")+"，与所报主体的类别不符。")
	}
	return nil
}

// points accepts what the scheme has room for; nil = none were given.
func (s *Scheme) points(c *fields, points *int) {
	switch {
	case points == nil:
	case s.Points == 0:
		c.add("/points", "no_points", "该行业的评价办法没有规定分值，请不要填报得分。")
	case *points < 0 || *points > s.Points:
		c.add("/points", "points", "得分应为 0–"+strconv.Itoa(s.Points)+" 的整数。")
	}
}

func (s *Scheme) grades() string {
	if grades := slices.Concat(s.Scale, s.Known); len(grades) > 0 && !s.Open {
		return strings.Join(grades, "、")
	}
	return "不超过 20 个字的等级名称"
}

// period accepts a year or a day; a quarter where the scheme rates quarterly.
func (s *Scheme) period(c *fields, p string) {
	if s.Cycle == "quarter" {
		if !quarterPattern.MatchString(p) {
			c.add("/period", "period", "评价周期应写作 2022Q2。")
		}
		return
	}
	if _, err := model.ParseDate(p); err != nil && !yearPattern.MatchString(p) {
		c.add("/period", "period", "评价周期应写作年份（2021）或日期（2022-11-02）。")
	}
}

// Distribution is how many subjects got which grade in one period.
type Distribution struct {
	Sector      string
	Scope       string // level:division
	Period      string
	SubjectKind string // who was rated, in the words of the document
	Total       *int   // nil = not published
	Parts       []Part
}

// Part is the number of one grade.
type Part struct {
	Grade string
	Count int
}

// ParseParts reads "A=150;B=58"; "" is no parts. Errors: CodeInvalidRequest.
func ParseParts(s string) ([]Part, error) {
	if s == "" {
		return []Part{}, nil
	}
	var parts []Part
	for _, field := range strings.Split(s, ";") {
		grade, count, ok := strings.Cut(field, "=")
		n, err := strconv.Atoi(count)
		if !ok || err != nil || grade == "" || n < 0 {
			return nil, model.Invalid("/distribution", "syntax", "等级分布应写作 A=150;B=58。")
		}
		parts = append(parts, Part{grade, n})
	}
	return parts, nil
}

// Reconcile checks a published distribution against its scheme and gives the number of
// subjects of the total that no part accounts for; nil when the total is not published.
// Errors: CodeInvalidRequest with a field for every fault, parts over the total among them.
func (b *Book) Reconcile(d Distribution) (remainder *int, err error) {
	var c fields
	s := b.byKey[d.Sector]
	if s == nil {
		c.add("/sector", "unknown_sector", "没有这个行业的评价办法，请从行业列表中选择。")
		return nil, c.err()
	}
	if !slices.Contains(s.Subjects, d.SubjectKind) {
		c.add("/subjectKind", "unknown_subject", "评价对象应为 "+strings.Join(s.Subjects, "、")+"。")
	}
	if !scopePattern.MatchString(d.Scope) {
		c.add("/scope", "scope", "范围应写作 district:410203 这样的层级和区划代码。")
	}
	s.period(&c, d.Period)
	sum := 0
	for i, p := range d.Parts {
		at := "/distribution/" + strconv.Itoa(i)
		if !s.allows(p.Grade) {
			c.add(at, "unknown_grade", "等级应为 "+s.grades()+"。")
		}
		if slices.ContainsFunc(d.Parts[:i], func(q Part) bool { return q.Grade == p.Grade }) {
			c.add(at, "duplicate", "同一等级只写一次。")
		}
		if p.Count < 0 || p.Count > 1e9 {
			c.add(at, "count", "数量应为 0–1000000000 的整数。")
			continue
		}
		sum += p.Count
	}
	if d.Total != nil && (*d.Total < 0 || sum > *d.Total) {
		c.add("/total", "parts_over_total", "各等级之和超过总数，请核对后重新填报。")
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if d.Total == nil {
		return nil, nil //nolint:nilnil // no published total: the remainder is not known
	}
	left := *d.Total - sum
	return &left, nil
}

// fields collects faults of one request.
type fields []model.FieldError

func (c *fields) add(pointer, code, detail string) {
	*c = append(*c, model.FieldError{Pointer: pointer, Code: code, Detail: detail})
}

func (c *fields) err() error {
	if len(*c) == 0 {
		return nil
	}
	return &model.Error{Code: model.CodeInvalidRequest, Detail: "行业评价数据有误，请按 errors 中的说明修改后重试。", Fields: *c}
}

// Rates reports whether the scheme is for such a subject: uscc "" is a person.
func (s *Scheme) Rates(uscc string) bool {
	switch {
	case uscc == "":
		return slices.Contains(s.SubjectKinds, "person")
	case uscc[0] == '1': // 机构编制: organs and public institutions
		return slices.Contains(s.SubjectKinds, "organisation") || slices.Contains(s.SubjectKinds, "government")
	}
	return slices.Contains(s.SubjectKinds, "organisation")
}
