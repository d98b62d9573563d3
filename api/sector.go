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
