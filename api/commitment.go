package api

// Commitment is the wire form of 信用承诺（国家数据模板）。
type Commitment struct {
	Code           string  `json:"code"` // 承诺编码：6 位区划、8 位日期、6 位流水号。
	USCC           string  `json:"uscc,omitempty"`
	Name           string  `json:"name,omitempty"` // 承诺人名称；自然人只显示姓，本人查看时不写。
	Type           string  `json:"type"`           // 承诺类型。
	Reason         string  `json:"reason"`         // 承诺事由。
	Content        string  `json:"content"`        // 承诺内容。
	Liability      string  `json:"liability"`      // 违诺责任。
	LetterVersion  string  `json:"letterVersion"`  // 所签文本的版本。
	TextHash       string  `json:"textHash"`       // 所签文本的 SHA-256。
	Method         string  `json:"method"`         // 在线签署，或窗口纸质签署。
	MadeOn         string  `json:"madeOn"`
	ValidTo        *string `json:"validTo"`
	Unit           string  `json:"unit"`                     // 受理单位代码。
	UnitName       string  `json:"unitName"`                 // 受理单位。
	Publication    int     `json:"publication"`              // 公开类型：1 可向社会公开、2 特定范围内公开、3 不可公开。
	Fulfilment     string  `json:"fulfilment"`               // 履行状态：履行中、全部履行、部分履行、全部未履行。
	Unperformed    string  `json:"unperformed,omitempty"`    // 未履行的承诺内容。
	PenaltyApplied string  `json:"penaltyApplied,omitempty"` // 违诺责任追究内容。
	Remark         string  `json:"remark,omitempty"`         // 备注。
	ConfirmedOn    *string `json:"confirmedOn"`
	ConfirmedUnit  string  `json:"confirmedUnit,omitempty"` // 认定单位。
	ApprovalNo     string  `json:"approvalNo,omitempty"`    // 所属办件。
	Disputed       bool    `json:"disputed"`                // 是否异议中。
	UpdatedAt      string  `json:"updatedAt"`
}

// Commitments is the wire form of 信用承诺清单。
type Commitments struct {
	Items      []Commitment `json:"items"`
	NextCursor string       `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// CommitmentFinding is the wire form of 履行状态认定；不写个人信息。
type CommitmentFinding struct {
	Fulfilment     string `json:"fulfilment"`               // 履行状态。
	Unperformed    string `json:"unperformed,omitempty"`    // 未履行的承诺内容；未全部履行时必填。
	PenaltyApplied string `json:"penaltyApplied,omitempty"` // 违诺责任追究内容；未全部履行时必填。
	Remark         string `json:"remark,omitempty"`         // 备注；更正已认定的状态时必填。
}

// CommitmentSigning is the wire form of 签署承诺书。
type CommitmentSigning struct {
	Letter   string `json:"letter"`   // 承诺书编号。
	TextHash string `json:"textHash"` // 所阅读文本的 SHA-256。
	Reason   string `json:"reason"`   // 承诺事由；不写个人信息。
	USCC     string `json:"uscc,omitempty"`
}

// CommitmentType is the wire form of 一种承诺。
type CommitmentType struct {
	Type          string `json:"type"`          // 承诺类型。
	Code          int    `json:"code"`          // 数据模板中的代码。
	Name          string `json:"name"`          // 名称。
	LegalBasis    string `json:"legalBasis"`    // 依据。
	Organisations int    `json:"organisations"` // 法人和非法人组织的公开类型。
	Persons       int    `json:"persons"`       // 自然人的公开类型。
}

// CommitmentLetter is the wire form of 一份承诺书。
type CommitmentLetter struct {
	Letter      string   `json:"letter"`      // 承诺书编号。
	Type        string   `json:"type"`        // 承诺类型。
	Title       string   `json:"title"`       // 标题。
	UnitName    string   `json:"unitName"`    // 受理单位。
	Subjects    []string `json:"subjects"`    // 适用的主体类别。
	DueWorkdays int      `json:"dueWorkdays"` // 几个工作日内履行；0 为不限。
	ValidMonths int      `json:"validMonths"` // 有效几个月；0 为不限。
	Text        string   `json:"text"`        // 所签的全文。
	TextHash    string   `json:"textHash"`    // 全文的 SHA-256。
	Version     string   `json:"version"`     // 文本版本。
}

// CommitmentLetters is the wire form of 承诺类型和承诺书。
type CommitmentLetters struct {
	Types       []CommitmentType   `json:"types"`
	Letters     []CommitmentLetter `json:"letters"`
	Note        string             `json:"note,omitempty"` // 说明，如演示数据。
	RuleVersion string             `json:"ruleVersion"`    // 规则版本。
}

// CommitmentStat is the wire form of 一个单位一个月一种承诺的数量，按作出月份。
type CommitmentStat struct {
	Unit     string `json:"unit"`     // 受理单位代码。
	UnitName string `json:"unitName"` // 受理单位。
	Month    string `json:"month"`    // 作出月份。
	Type     string `json:"type"`     // 承诺类型。
	Made     int64  `json:"made"`     // 作出。
	Pending  int64  `json:"pending"`  // 履行中。
	Full     int64  `json:"full"`     // 全部履行。
	Partial  int64  `json:"partial"`  // 部分履行。
	None     int64  `json:"none"`     // 全部未履行。
}

// CommitmentStats is the wire form of 承诺统计。
type CommitmentStats struct {
	Items []CommitmentStat `json:"items"`
}
