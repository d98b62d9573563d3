package api

// RowDetail is the wire form of 报送的一行中的一项其他信息。
type RowDetail struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// SubmissionRow is the wire form of 报送的一行。
type SubmissionRow struct {
	Name            string      `json:"name,omitempty"`            // 行政相对人名称；自然人为姓名。
	USCC            string      `json:"uscc,omitempty"`            // 统一社会信用代码。
	IDNo            string      `json:"idNo,omitempty"`            // 自然人的公民身份号码。
	LegalRep        string      `json:"legalRep,omitempty"`        // 法定代表人。
	Title           string      `json:"title,omitempty"`           // 文书、荣誉或事项名称。
	DocNo           string      `json:"docNo,omitempty"`           // 文号。
	Content         string      `json:"content,omitempty"`         // 内容。
	Category        string      `json:"category,omitempty"`        // 类别。
	LegalBasis      string      `json:"legalBasis,omitempty"`      // 依据。
	Authority       string      `json:"authority,omitempty"`       // 作出机关。
	AuthorityUSCC   string      `json:"authorityUscc,omitempty"`   // 作出机关代码。
	Source          string      `json:"source,omitempty"`          // 数据来源单位，省略时为本单位。
	SourceUSCC      string      `json:"sourceUscc,omitempty"`      // 数据来源单位代码，省略时为本单位。
	DecisionDate    string      `json:"decisionDate,omitempty"`    // 决定日期 YYYY-MM-DD。
	ValidFrom       string      `json:"validFrom,omitempty"`       // 有效期自。
	ValidTo         string      `json:"validTo,omitempty"`         // 有效期至；长期写 2099-12-31。
	Disclosure      string      `json:"disclosure,omitempty"`      // 共享属性，只能比信息目录更严。
	Severity        string      `json:"severity,omitempty"`        // 处罚的严重程度。
	Finality        string      `json:"finality,omitempty"`        // 救济状态。
	Procedure       string      `json:"procedure,omitempty"`       // 处罚程序：ordinary、summary。
	DutyFulfilledOn string      `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64       `json:"fineFen,omitempty"`         // 罚款金额，分。
	List            string      `json:"list,omitempty"`            // 名单种类。
	Sector          string      `json:"sector,omitempty"`          // 行业键。
	Grade           string      `json:"grade,omitempty"`           // 评价等级。
	Period          string      `json:"period,omitempty"`          // 评价周期。
	Scope           string      `json:"scope,omitempty"`           // 评价范围。
	Points          string      `json:"points,omitempty"`          // 评价得分，整数。
	Fulfilment      string      `json:"fulfilment,omitempty"`      // 承诺履行情况。
	HonorLevel      string      `json:"honorLevel,omitempty"`      // 荣誉级别。
	Quantity        int         `json:"quantity,omitempty"`        // 数量：时长、次数等。
	SubjectKind     string      `json:"subjectKind,omitempty"`     // 行政相对人类别。
	Details         []RowDetail `json:"details,omitempty"`         // 模板中列键以 details. 开头的各项。
}

// SubmissionRequest is the wire form of 直接写行的报送。
type SubmissionRequest struct {
	Kind string          `json:"kind"`
	Mode string          `json:"mode,omitempty"`
	Rows []SubmissionRow `json:"rows"`
}

// Submission is the wire form of 一次报送及其进度。
type Submission struct {
	SubmissionNo     string  `json:"submissionNo"` // 报送编号。
	Kind             string  `json:"kind"`
	Mode             string  `json:"mode"`
	Status           string  `json:"status"`
	StatusText       string  `json:"statusText"` // 现状的说明和下一步。
	Format           string  `json:"format"`
	FileName         string  `json:"fileName"`
	Size             int64   `json:"size"`
	UnitName         string  `json:"unitName"`
	ReceivedAt       string  `json:"receivedAt"`
	FinishedAt       *string `json:"finishedAt"`
	RowsRead         int     `json:"rowsRead"`
	Accepted         int     `json:"accepted"`
	Duplicate        int     `json:"duplicate"`
	Rejected         int     `json:"rejected"`
	Warned           int     `json:"warned"`
	RowsTotal        *int64  `json:"rowsTotal"`        // null = 不知道。
	RowsPerSecond    int64   `json:"rowsPerSecond"`    // 0 = 还不知道。
	RemainingSeconds *int64  `json:"remainingSeconds"` // null = 不知道。
}

// Submissions is the wire form of 本单位的报送，新的在前。
type Submissions struct {
	Items      []Submission `json:"items"`
	NextCursor string       `json:"nextCursor"`
}

// RetractionRequest is the wire form of 撤回。
type RetractionRequest struct {
	Reason    string `json:"reason"`              // 公开说明的理由。
	DecidedOn string `json:"decidedOn,omitempty"` // 省略时为今天。
}

// Retraction is the wire form of 撤回的结果和期限。
type Retraction struct {
	RecordID      string `json:"recordId"`
	WithdrawnOn   string `json:"withdrawnOn"`
	Reason        string `json:"reason"`
	DecidedOn     string `json:"decidedOn"`
	WithdrawBy    string `json:"withdrawBy,omitempty"` // 应当撤回的最后一天。
	WithdrawBasis string `json:"withdrawBasis"`
	OnTime        *bool  `json:"onTime,omitempty"`
	SyncBy        string `json:"syncBy,omitempty"` // 各平台应当同步撤下的最后一天。
	SyncBasis     string `json:"syncBasis"`
}

// RetractionNotice is the wire form of 撤回公示。
type RetractionNotice struct {
	RecordID     string `json:"recordId"` // 记录编号。
	Kind         string `json:"kind"`
	USCC         string `json:"uscc"`
	Name         string `json:"name"`            // 名称。
	Title        string `json:"title"`           // 文书、荣誉或事项名称。
	DocNo        string `json:"docNo,omitempty"` // 文号。
	Authority    string `json:"authority"`       // 作出机关。
	Reason       string `json:"reason"`          // 公开说明的理由。
	DecisionDate string `json:"decisionDate"`
	DecidedOn    string `json:"decidedOn"` // 撤销、变更或发现有误的日期。
	WithdrawnOn  string `json:"withdrawnOn"`
}

// RetractionNotices is the wire form of 撤回公示，新的在前。
type RetractionNotices struct {
	Items      []RetractionNotice `json:"items"`
	NextCursor string             `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
