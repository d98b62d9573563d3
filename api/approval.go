package api

// Material is the wire form of 一份材料。
type Material struct {
	Code string `json:"code"` // 材料编号。
	Name string `json:"name"` // 材料名称。
}

// ApprovalItem is the wire form of 支持信用办理的审批事项。
type ApprovalItem struct {
	ItemCode            string     `json:"itemCode"`                  // 事项编码。
	Name                string     `json:"name"`                      // 事项名称。
	Department          string     `json:"department"`                // 办理部门。
	Mode                string     `json:"mode"`                      // 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。
	Modes               []string   `json:"modes"`                     // 支持的办理方式，快的在前。
	MainMaterials       []Material `json:"mainMaterials"`             // 主要材料。
	DeferrableMaterials []Material `json:"deferrableMaterials"`       // 可后补的材料。
	MaxDeferred         int        `json:"maxDeferred"`               // 最多后补几份。
	SupplyDays          int        `json:"supplyDays"`                // 几个工作日内补齐。
	PromiseTemplate     string     `json:"promiseTemplate,omitempty"` // 承诺书文本。
	LegalBasis          string     `json:"legalBasis,omitempty"`      // 依据。
	Note                string     `json:"note,omitempty"`            // 说明，如演示数据。
	RuleVersion         string     `json:"ruleVersion"`               // 规则版本。
}

// ApprovalItems is the wire form of 支持信用办理的审批事项。
type ApprovalItems struct {
	Items      []ApprovalItem `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// ApprovalCheckRequest is the wire form of 窗口核验。
type ApprovalCheckRequest struct {
	Subject          SubjectRef `json:"subject"`
	ItemCode         string     `json:"itemCode"`         // 事项编码。
	MissingMaterials []string   `json:"missingMaterials"` // 现在缺少的材料编号。
}

// Blocker is the wire form of 不能更快办理的一个原因和解决办法。
type Blocker struct {
	Code   string `json:"code"`
	Text   string `json:"text"`   // 原因。
	Remedy string `json:"remedy"` // 解决办法。
}

// ApprovalPlan is the wire form of 办理方案。
type ApprovalPlan struct {
	ItemCode        string    `json:"itemCode"`      // 事项编码。
	Mode            string    `json:"mode"`          // 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。
	Deferrable      []string  `json:"deferrable"`    // 可后补的材料编号。
	NotDeferrable   []string  `json:"notDeferrable"` // 必须现在提交的材料编号。
	SupplyBy        *string   `json:"supplyBy"`
	Blockers        []Blocker `json:"blockers"`
	PromiseTemplate string    `json:"promiseTemplate"` // 承诺书文本；不需要时为空串。
	PromiseHash     string    `json:"promiseHash"`     // 承诺书文本的 SHA-256；不需要时为空串。
	Warning         string    `json:"warning"`         // 签字前须告知的后果；没有时为空串。
	RuleVersion     string    `json:"ruleVersion"`     // 规则版本。
}

// ApprovalAcceptance is the wire form of 受理。
type ApprovalAcceptance struct {
	Subject          SubjectRef `json:"subject"`
	ItemCode         string     `json:"itemCode"`              // 事项编码。
	MissingMaterials []string   `json:"missingMaterials"`      // 现在缺少的材料编号。
	Mode             string     `json:"mode"`                  // 办理方式：核验给出的方式，或一般程序。
	PromiseHash      string     `json:"promiseHash,omitempty"` // 所签承诺书的 promiseHash；容缺和承诺办理必填。
}

// CasePaper is the wire form of 受理时缺少的一份材料。
type CasePaper struct {
	Code       string  `json:"code"` // 材料编号。
	Name       string  `json:"name"` // 材料名称。
	Main       bool    `json:"main"` // 是否主要材料。
	SuppliedOn *string `json:"suppliedOn"`
}

// ApprovalCase is the wire form of 办件。
type ApprovalCase struct {
	No             string      `json:"no"`        // 办件编号。
	ItemCode       string      `json:"itemCode"`  // 事项编码。
	ItemName       string      `json:"itemName"`  // 事项名称。
	Applicant      string      `json:"applicant"` // 申请人；自然人只显示姓。
	USCC           string      `json:"uscc,omitempty"`
	Mode           string      `json:"mode"`   // 办理方式。
	State          string      `json:"state"`  // 已受理、已一次性告知、待补交、已补齐、承诺未履行。
	Papers         []CasePaper `json:"papers"` // 受理时缺少的材料。
	Notice         string      `json:"notice"` // 一次性告知的全文；不缺材料时为空串。
	SupplyBy       *string     `json:"supplyBy"`
	RemindOn       *string     `json:"remindOn"`
	Overdue        bool        `json:"overdue"`                  // 是否逾期。
	WorkdaysLeft   *int        `json:"workdaysLeft"`             // 距补交期限的工作日；不在补交期或算不出时为 null。
	WorkdaysLate   *int        `json:"workdaysLate"`             // 已逾期的工作日；没有逾期或算不出时为 null。
	CommitmentCode string      `json:"commitmentCode,omitempty"` // 承诺编码。
	ClosedOn       *string     `json:"closedOn"`
	Late           bool        `json:"late"`        // 是否逾期后才补齐。
	BanDays        int         `json:"banDays"`     // 认定未履行后不再适用容缺和承诺的天数；没有时为 0。
	UnitName       string      `json:"unitName"`    // 受理窗口所属单位。
	RuleVersion    string      `json:"ruleVersion"` // 事项规则版本。
	AcceptedAt     string      `json:"acceptedAt"`
	UpdatedAt      string      `json:"updatedAt"`
}

// ApprovalCases is the wire form of 办件清单。
type ApprovalCases struct {
	Items      []ApprovalCase `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// PromiseBreach is the wire form of 承诺未履行的认定；不写个人信息。
type PromiseBreach struct {
	Unperformed    string `json:"unperformed"`    // 未履行的承诺内容。
	PenaltyApplied string `json:"penaltyApplied"` // 违诺责任追究内容。
}

// ApprovalUpdate is the wire form of 补交的材料、承诺未履行的认定，或对误认定的更正，三者取一。
type ApprovalUpdate struct {
	SuppliedMaterials []string       `json:"suppliedMaterials,omitempty"` // 补交的材料编号。
	Breach            *PromiseBreach `json:"breach,omitempty"`
	Correction        string         `json:"correction,omitempty"` // 更正误认定的理由：承诺其实已履行，办件视为已补齐，限制随即解除；不写个人信息。
}
