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
	Warning         string    `json:"warning"`         // 签字前须告知的后果；没有时为空串。
	RuleVersion     string    `json:"ruleVersion"`     // 规则版本。
}
