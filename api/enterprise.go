package api

// MatchSpan is the wire form of 命中的位置，按字符（Unicode 码点）计。
type MatchSpan struct {
	Field  string `json:"field"`  // 命中的字段。
	Text   string `json:"text"`   // 命中字段的值。
	Start  int    `json:"start"`  // 起始字符，从 0 起。
	Length int    `json:"length"` // 字符数。
}

// EnterpriseHit is the wire form of 一条查询结果。
type EnterpriseHit struct {
	USCC    string      `json:"uscc"`
	Name    string      `json:"name"`             // 名称。
	Status  string      `json:"status,omitempty"` // 登记状态。
	Score   int         `json:"score"`            // 相关程度，100 最高。
	Matches []MatchSpan `json:"matches"`          // 命中处；纠错命中也标出最接近的一段。
}

// EnterpriseHits is the wire form of 企业查询结果，最相关的在前。
type EnterpriseHits struct {
	Items      []EnterpriseHit `json:"items"`
	NextCursor string          `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Registration is the wire form of 登记注册基本信息。
type Registration struct {
	LegalRep      string `json:"legalRep,omitempty"` // 法定代表人、负责人或经营者。
	RegNo         string `json:"regNo,omitempty"`    // 工商注册号。
	Type          string `json:"type,omitempty"`     // 企业类型。
	Status        string `json:"status,omitempty"`   // 登记状态。
	EstablishedOn string `json:"establishedOn,omitempty"`
	Address       string `json:"address,omitempty"`   // 住所。
	Division      string `json:"division,omitempty"`  // 区划代码 9 位。
	Authority     string `json:"authority,omitempty"` // 登记机关。
	Industry      string `json:"industry,omitempty"`  // 行业。
	Size          string `json:"size,omitempty"`      // 规模：大、中、小、微。
	Scope         string `json:"scope,omitempty"`     // 经营范围。
}

// SectionCounts is the wire form of 八个部分可公示记录的条数。
type SectionCounts struct {
	Administration int `json:"administration"` // 行政管理。
	Honesty        int `json:"honesty"`        // 诚实守信。
	Serious        int `json:"serious"`        // 严重失信。
	Abnormal       int `json:"abnormal"`       // 经营异常。
	Commitment     int `json:"commitment"`     // 信用承诺。
	Evaluation     int `json:"evaluation"`     // 信用评价。
	Judicial       int `json:"judicial"`       // 司法判决。
	Other          int `json:"other"`          // 其他。
}

// Rating is the wire form of 行业信用评价。
type Rating struct {
	Sector     string `json:"sector"`          // 行业键。
	SectorName string `json:"sectorName"`      // 行业名称。
	Grade      string `json:"grade"`           // 原始等级。
	Period     string `json:"period"`          // 评价周期。
	Scope      string `json:"scope,omitempty"` // 评价范围。
	RecordID   string `json:"recordId"`        // 依据的记录。
}

// ListMembership is the wire form of 可公示的名单信息。
type ListMembership struct {
	Kind      string `json:"kind"`
	RecordID  string `json:"recordId"`        // 依据的记录。
	Title     string `json:"title"`           // 名单名称。
	Authority string `json:"authority"`       // 认定机关。
	Basis     string `json:"basis,omitempty"` // 认定依据。
	From      string `json:"from"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 是否异议处理中。
}

// EnterpriseFile is the wire form of 企业公开信用信息。
type EnterpriseFile struct {
	USCC         string           `json:"uscc"`
	Kind         string           `json:"kind"`        // 主体类别。
	Name         string           `json:"name"`        // 名称。
	FormerNames  []string         `json:"formerNames"` // 曾用名。
	FormerCodes  []string         `json:"formerCodes"` // 变更前的代码。
	Registration Registration     `json:"registration"`
	Counts       SectionCounts    `json:"counts"`
	Ratings      []Rating         `json:"ratings"`
	Lists        []ListMembership `json:"lists"`
	Labels       []string         `json:"labels"`    // 标签，如守信激励对象。
	AsOf         string           `json:"asOf"`      // 按哪一天计算。
	UpdatedAt    string           `json:"updatedAt"` // 最近一次更新。
	ValidUntil   *string          `json:"validUntil"`
}
