package api

// ListEntry is the wire form of 名单中的一个组织。
type ListEntry struct {
	USCC      string `json:"uscc"`
	Name      string `json:"name"` // 名称。
	Kind      string `json:"kind"`
	Title     string `json:"title"`           // 名单名称。
	Authority string `json:"authority"`       // 认定机关。
	Basis     string `json:"basis,omitempty"` // 认定依据。
	From      string `json:"from"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 异议处理中。
	RecordID  string `json:"recordId"` // 依据的记录。
}

// ListEntries is the wire form of 名单。
type ListEntries struct {
	Items      []ListEntry `json:"items"`
	NextCursor string      `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Sector is the wire form of 一个行业的信用评价方案。
type Sector struct {
	Key       string   `json:"key"`              // 行业键。
	Name      string   `json:"name"`             // 行业名称。
	Documents []string `json:"documents"`        // 依据文件。
	Subjects  []string `json:"subjects"`         // 评价对象。
	Scale     []string `json:"scale"`            // 等级，从好到差；空表示文件没有规定。
	Points    string   `json:"points,omitempty"` // 计分办法。
	Cycle     string   `json:"cycle,omitempty"`  // 评价周期。
	Scope     string   `json:"scope,omitempty"`  // 适用范围。

	SubjectKinds []string        `json:"subjectKinds"` // organisation, person, government
	Known        []string        `json:"known"`        // 文件提到而没有说明次序的等级。
	Open         bool            `json:"open"`         // 最后一个等级之下还有等级，文件没有公布。
	Measures     []SectorMeasure `json:"measures"`     // 各等级的措施。
	Display      []GradeDisplay  `json:"display"`      // 并列展示时的对应关系。
	Units        []string        `json:"units"`        // 由哪几类单位评价；空表示文件没有写明。
	Note         string          `json:"note,omitempty"`
	ValidFrom    string          `json:"validFrom"`
	RulesVersion string          `json:"rulesVersion"` // 方案的版本。
}

// SectorMeasure is the wire form of 一个等级的措施。
type SectorMeasure struct {
	Grade string `json:"grade,omitempty"` // 等级；文件没有指明时没有。
	Text  string `json:"text"`            // 措施。
}

// GradeDisplay is the wire form of 一个等级怎样展示。
type GradeDisplay struct {
	Grade string `json:"grade"` // 等级。
	Shown string `json:"shown"` // 优、良、中、差。
}

// SectorChange is the wire form of 行业评价方案的新版本。
type SectorChange struct {
	Name         string          `json:"name"`             // 行业名称。
	Documents    []string        `json:"documents"`        // 依据文件。
	Subjects     []string        `json:"subjects"`         // 评价对象，用文件的原话。
	SubjectKinds []string        `json:"subjectKinds"`     // 评价对象的类别。
	Scale        []string        `json:"scale,omitempty"`  // 等级，从好到差；文件没有规定时省略。
	Known        []string        `json:"known,omitempty"`  // 文件提到而没有说明次序的等级。
	Open         bool            `json:"open,omitempty"`   // 最后一个等级之下还有等级，文件没有公布。
	Points       int             `json:"points,omitempty"` // 满分；文件没有规定时省略。
	Cycle        string          `json:"cycle,omitempty"`  // 评价周期；文件没有规定时省略。
	Level        string          `json:"level"`            // 由哪一级公布。
	Units        []string        `json:"units,omitempty"`  // 由哪几类单位评价；文件没有写明时省略。
	Measures     []SectorMeasure `json:"measures,omitempty"`
	Display      []GradeDisplay  `json:"display,omitempty"`
	Note         string          `json:"note,omitempty"`
	ValidFrom    string          `json:"validFrom"`
}

// SectorDraft is the wire form of 待发布（或刚发布）的行业评价方案。
type SectorDraft struct {
	Author string `json:"author"` // 起草人的账号编号。
	At     string `json:"at"`
	Scheme Sector `json:"scheme"`
}

// RatingEntry is the wire form of 一个主体的一次评价。
type RatingEntry struct {
	USCC      string `json:"uscc,omitempty"`
	Name      string `json:"name,omitempty"` // 名称或姓名。
	IDNo      string `json:"idNo,omitempty"` // 公民身份号码。
	Sector    string `json:"sector"`         // 行业键。
	Grade     string `json:"grade"`          // 等级。
	Period    string `json:"period"`         // 周期。
	Scope     string `json:"scope,omitempty"`
	Points    *int   `json:"points,omitempty"` // 得分；办法没有规定分值时不写。
	DecidedOn string `json:"decidedOn"`        // 评价日期。
	ValidTo   string `json:"validTo,omitempty"`
	Basis     string `json:"basis,omitempty"` // 依据文件。
}

// RatingBatch is the wire form of 一批行业评价和评价分布。
type RatingBatch struct {
	Ratings       []RatingEntry  `json:"ratings,omitempty"`
	Distributions []Distribution `json:"distributions,omitempty"`
}

// RatingOutcome is the wire form of 一条评价或分布的结果。
type RatingOutcome struct {
	RecordID  string       `json:"recordId,omitempty"`  // 新记录的编号。
	Duplicate bool         `json:"duplicate,omitempty"` // 早已报送过。
	Remainder *int         `json:"remainder,omitempty"` // 总数中没有列入任何等级的个数。
	Errors    []FieldError `json:"errors"`
}

// RatingBatchAnswer is the wire form of 一批评价的结果，次序与提交一致。
type RatingBatchAnswer struct {
	Ratings       []RatingOutcome `json:"ratings"`
	Distributions []RatingOutcome `json:"distributions"`
}

// Sectors is the wire form of 行业信用评价方案。
type Sectors struct {
	Items      []Sector `json:"items"`
	NextCursor string   `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// GradeCount is the wire form of 一个等级的个数。
type GradeCount struct {
	Grade string `json:"grade"` // 等级。
	Count int    `json:"count"` // 个数。
}

// Distribution is the wire form of 公布的评价分布。
type Distribution struct {
	Sector      string       `json:"sector"`          // 行业键。
	Scope       string       `json:"scope"`           // 范围。
	Period      string       `json:"period"`          // 周期。
	SubjectKind string       `json:"subjectKind"`     // 评价对象。
	Total       *int         `json:"total,omitempty"` // 参评总数；文件没有公布时没有。
	Grades      []GradeCount `json:"grades"`
}

// Distributions is the wire form of 公布的评价分布。
type Distributions struct {
	Items      []Distribution `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
