package api

// PersonalItem is the wire form of 计入的一项。
type PersonalItem struct {
	ItemID    string   `json:"itemId"`             // 规则项编号。
	Title     string   `json:"title"`              // 计入了什么。
	Citation  string   `json:"citation,omitempty"` // 依据。
	RecordIDs []string `json:"recordIds"`          // 用到的记录。
}

// OwnCredit is the wire form of 本人信用信息。
type OwnCredit struct {
	Name         string         `json:"name"`         // 本人姓名。
	IDNoMasked   string         `json:"idNoMasked"`   // 本人号码，中间 8 位隐去。
	Level        string         `json:"level"`        // 信用激励等级：优秀、良好、基础、未加入。
	LevelText    string         `json:"levelText"`    // 等级名称。
	OptedIn      bool           `json:"optedIn"`      // 是否自愿加入。
	ItemsCounted int            `json:"itemsCounted"` // 计入的项数。
	Explanation  []PersonalItem `json:"explanation"`
	Counts       SectionCounts  `json:"counts"`
	Total        int            `json:"total"`       // 现行记录总数。
	RuleVersion  string         `json:"ruleVersion"` // 规则版本。
	AsOf         string         `json:"asOf"`
	ValidUntil   *string        `json:"validUntil"`
}

// GradeItem is the wire form of 计分的一项。
type GradeItem struct {
	ItemID    string   `json:"itemId"`             // 规则项编号。
	Title     string   `json:"title"`              // 计入了什么。
	Points    int      `json:"points"`             // 分值，可为负。
	Citation  string   `json:"citation,omitempty"` // 依据。
	RecordIDs []string `json:"recordIds"`          // 用到的记录。
}

// Negative is the wire form of 现行的不良信息摘要。
type Negative struct {
	RecordID  string `json:"recordId"` // 记录编号。
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Authority string `json:"authority"` // 作出机关。
	Severity  string `json:"severity,omitempty"`
	Since     string `json:"since"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 异议处理中。
}

// EnterpriseCredit is the wire form of 企业完整信用信息，含等级、分数和说明。
type EnterpriseCredit struct {
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
	Grade        string           `json:"grade"`
	Score        int              `json:"score"`       // 分数 0–1000；尚未评价时为 0。
	RuleVersion  string           `json:"ruleVersion"` // 规则版本。
	Explanation  []GradeItem      `json:"explanation"`
	Negatives    []Negative       `json:"negatives"`
	Total        int              `json:"total"` // 现行记录总数，不论共享属性。
	// 监管频次建议，只在信用办查询时有。
	Supervision []SupervisionSuggestion `json:"supervision,omitempty"`
}

// SubjectRef is the wire form of 查询对象：企业写 uscc，自然人写 name 和 idNo，二者取一。
type SubjectRef struct {
	USCC string `json:"uscc,omitempty"`
	Name string `json:"name,omitempty"` // 姓名。
	IDNo string `json:"idNo,omitempty"` // 公民身份号码。
}

// CreditQuery is the wire form of 非公开查询。
type CreditQuery struct {
	Subject   SubjectRef `json:"subject"`
	Purpose   string     `json:"purpose"`
	ConsentID string     `json:"consentId,omitempty"` // 主体授权编号；不写时用本单位现行有效的任一授权。
}

// PersonAnswer is the wire form of 自然人只有激励：可享受或按标准办理。
type PersonAnswer struct {
	NameMasked string `json:"nameMasked"` // 只显示姓。
	IDNoMasked string `json:"idNoMasked"` // 中间隐去。
	Result     string `json:"result"`
}

// CreditAnswer is the wire form of 非公开查询的结果，内容随查询目的而定。
type CreditAnswer struct {
	Purpose     string            `json:"purpose"`
	SubjectKind string            `json:"subjectKind"`
	At          string            `json:"at"`
	Enterprise  *EnterpriseCredit `json:"enterprise,omitempty"`
	Records     []PublicRecord    `json:"records,omitempty"` // 可提供的记录，至多 200 条；只有企业有。
	Person      *PersonAnswer     `json:"person,omitempty"`
	Shown       []string          `json:"shown"` // 展示了哪些种类的数据，与主体看到的查询记录一致。
	ValidUntil  *string           `json:"validUntil"`
}

// AccessLogEntry is the wire form of 一次查询或使用。
type AccessLogEntry struct {
	At         string   `json:"at"`
	Role       string   `json:"role"`
	UnitName   string   `json:"unitName,omitempty"` // 查询单位。
	Action     string   `json:"action"`             // 做了什么，程序用。
	ActionText string   `json:"actionText"`         // 做了什么。
	Purpose    string   `json:"purpose,omitempty"`
	Outcome    string   `json:"outcome"` // 结果。
	Shown      []string `json:"shown"`   // 看到了哪些种类的数据。
	Entry      string   `json:"entry"`   // 审计日志位置。
}

// AccessLog is the wire form of 谁在什么时候、为什么看过我的信息。
type AccessLog struct {
	Items      []AccessLogEntry `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
