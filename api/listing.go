package api

// Evidence is the wire form of 证据：文件名称和摘要值，文件由本单位留存。
type Evidence struct {
	Title  string `json:"title"`  // 文件名称。
	Digest string `json:"digest"` // SM3 或 SHA-256，小写十六进制。
}

// PriorNotice is the wire form of 事先告知；守信激励为认定前公示。
type PriorNotice struct {
	On       string     `json:"on"`
	How      string     `json:"how"` // 方式：直接送达、邮寄、公告、公示等。
	Evidence []Evidence `json:"evidence"`
}

// ListingObjection is the wire form of 告知后主体的异议。
type ListingObjection struct {
	Outcome string `json:"outcome"`        // 正在核查、不成立、成立。
	Note    string `json:"note,omitempty"` // 答复；不写个人信息。
}

// ResponsiblePerson is the wire form of 严重失信主体的责任人员；密封保存，不公示。
type ResponsiblePerson struct {
	Role string `json:"role"` // 法定代表人、主要负责人、实际控制人。
	Name string `json:"name"` // 姓名。
}

// MaskedPerson is the wire form of 责任人员，姓名只显示姓。
type MaskedPerson struct {
	Role       string `json:"role"`       // 身份。
	NameMasked string `json:"nameMasked"` // 只显示姓。
}

// ListingDraft is the wire form of 名单认定草案。
type ListingDraft struct {
	Kind         string              `json:"kind"`
	USCC         string              `json:"uscc"`
	Title        string              `json:"title,omitempty"`    // 名单名称；不写时用该类名单的名称。
	DocNo        string              `json:"docNo,omitempty"`    // 认定文号。
	Reason       string              `json:"reason,omitempty"`   // 事由，随名单公示；不写个人信息。
	Basis        string              `json:"basis"`              // 依据的代码，见认定规则。
	Article      string              `json:"article,omitempty"`  // 依据的条款。
	Measures     []string            `json:"measures,omitempty"` // 拟采取的措施的代码，见措施清单。
	DecisionDate string              `json:"decisionDate,omitempty"`
	ValidTo      string              `json:"validTo,omitempty"`
	Severity     string              `json:"severity,omitempty"`
	Finality     string              `json:"finality,omitempty"` // 所依据的决定是否生效。
	PriorNotice  *PriorNotice        `json:"priorNotice,omitempty"`
	Objection    *ListingObjection   `json:"objection,omitempty"`
	ProvincialNo string              `json:"provincialNo,omitempty"` // 省级审核文号。
	Responsible  []ResponsiblePerson `json:"responsible,omitempty"`
}

// ListingCondition is the wire form of 公布的一项条件。
type ListingCondition struct {
	Code  string `json:"code"`  // 条件，程序用。
	Text  string `json:"text"`  // 条件。
	OK    bool   `json:"ok"`    // 是否具备。
	Waits bool   `json:"waits"` // 只需等待，不需要补材料。
}

// Listing is the wire form of 一条名单办理。
type Listing struct {
	ID            string             `json:"id"`    // 编号。
	State         string             `json:"state"` // 草案、已公布、已移出、草案已撤回。
	Kind          string             `json:"kind"`
	USCC          string             `json:"uscc"`
	Name          string             `json:"name"`             // 主体名称。
	Title         string             `json:"title"`            // 名单名称。
	DocNo         string             `json:"docNo,omitempty"`  // 认定文号。
	Reason        string             `json:"reason,omitempty"` // 事由。
	Basis         string             `json:"basis"`            // 依据的代码。
	LegalBasis    string             `json:"legalBasis"`       // 认定依据。
	Measures      []string           `json:"measures"`         // 措施的代码。
	DecisionDate  string             `json:"decisionDate,omitempty"`
	ValidTo       string             `json:"validTo,omitempty"`
	Severity      string             `json:"severity,omitempty"`
	Finality      string             `json:"finality,omitempty"` // 所依据的决定是否生效。
	PriorNotice   *PriorNotice       `json:"priorNotice,omitempty"`
	WindowEnds    string             `json:"windowEnds,omitempty"`
	Objection     *ListingObjection  `json:"objection,omitempty"`
	ProvincialNo  string             `json:"provincialNo,omitempty"` // 省级审核文号。
	Responsible   []MaskedPerson     `json:"responsible"`
	Unit          string             `json:"unit"`     // 认定单位代码。
	UnitName      string             `json:"unitName"` // 认定单位。
	CreatedAt     string             `json:"createdAt"`
	UpdatedAt     string             `json:"updatedAt"`
	PublishedAt   string             `json:"publishedAt,omitempty"`
	RecordID      string             `json:"recordId,omitempty"` // 公布后的记录编号。
	RemovedAt     string             `json:"removedAt,omitempty"`
	RemovalReason string             `json:"removalReason,omitempty"` // 移出或撤回的理由。
	Conditions    []ListingCondition `json:"conditions"`              // 草案公布前逐项核对。
	AsOf          string             `json:"asOf"`
	RuleVersion   string             `json:"ruleVersion"` // 规则版本。
}

// ListingSummary is the wire form of 名单办理摘要。
type ListingSummary struct {
	ID         string `json:"id"`    // 编号。
	State      string `json:"state"` // 草案、已公布、已移出、草案已撤回。
	Kind       string `json:"kind"`
	USCC       string `json:"uscc"`
	Name       string `json:"name"`     // 主体名称。
	Title      string `json:"title"`    // 名单名称。
	UnitName   string `json:"unitName"` // 认定单位。
	WindowEnds string `json:"windowEnds,omitempty"`
	UpdatedAt  string `json:"updatedAt"`
}

// Listings is the wire form of 名单办理，新的在前。
type Listings struct {
	Items      []ListingSummary `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// ListingRemoval is the wire form of 移出名单，或撤回草案。
type ListingRemoval struct {
	Reason string `json:"reason"` // 理由；移出的随退出公告公示，不写个人信息。
}

// RemovalNotice is the wire form of 退出公告。
type RemovalNotice struct {
	Kind      string `json:"kind"`
	USCC      string `json:"uscc"`
	Name      string `json:"name"`      // 名称。
	Title     string `json:"title"`     // 名单名称。
	Authority string `json:"authority"` // 认定单位。
	Reason    string `json:"reason"`    // 理由。
	ListedOn  string `json:"listedOn"`
	RemovedOn string `json:"removedOn"`
}

// RemovalNotices is the wire form of 退出公告，新的在前。
type RemovalNotices struct {
	Items      []RemovalNotice `json:"items"`
	NextCursor string          `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Measure is the wire form of 一项有现行依据的激励或惩戒措施。
type Measure struct {
	Code        string   `json:"code"`        // 措施代码。
	Name        string   `json:"name"`        // 措施名称。
	Class       string   `json:"class"`       // 守信激励、一般惩戒、严重失信惩戒。
	Targets     []string `json:"targets"`     // 适用主体：organisation 组织、natural_person 自然人（只有激励）。
	Lists       []string `json:"lists"`       // 适用的名单。
	Trigger     string   `json:"trigger"`     // 具体情形。
	LegalBasis  string   `json:"legalBasis"`  // 法规政策依据。
	Means       string   `json:"means"`       // 实施手段。
	Implementer string   `json:"implementer"` // 实施主体。
	ValidFrom   string   `json:"validFrom"`
	ValidTo     string   `json:"validTo,omitempty"`
}

// Measures is the wire form of 措施清单。
type Measures struct {
	Items       []Measure `json:"items"`
	RuleVersion string    `json:"ruleVersion"` // 规则版本。
	NextCursor  string    `json:"nextCursor"`  // 下一页的游标；没有下一页时为空串。
}

// WorkItem is the wire form of 一项待办。
type WorkItem struct {
	Kind     string `json:"kind"`               // 待办种类，程序用。
	ID       string `json:"id"`                 // 所办事项的编号。
	Title    string `json:"title"`              // 事项。
	Ask      string `json:"ask"`                // 要做什么。
	USCC     string `json:"uscc,omitempty"`     // 主体代码；自然人没有。
	UnitName string `json:"unitName,omitempty"` // 提出单位。
	Since    string `json:"since,omitempty"`
	Due      string `json:"due,omitempty"`
	Overdue  bool   `json:"overdue"` // 已过办理期限。
}

// Worklist is the wire form of 待办，期限近的在前。
type Worklist struct {
	Items      []WorkItem `json:"items"`
	AsOf       string     `json:"asOf"`
	NextCursor string     `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// JointInitiation is the wire form of 发起联合奖惩。
type JointInitiation struct {
	ListEntryID string   `json:"listEntryId"` // 已公布的名单办理编号。
	Measures    []string `json:"measures"`    // 措施的代码。
	Units       []string `json:"units"`       // 请求实施的单位。
}

// JointTask is the wire form of 一个单位在联合奖惩中的任务。
type JointTask struct {
	ActionID    string   `json:"actionId"`    // 联合奖惩编号。
	ListEntryID string   `json:"listEntryId"` // 名单办理编号。
	Kind        string   `json:"kind"`
	USCC        string   `json:"uscc"`
	Name        string   `json:"name"`     // 主体名称。
	From        string   `json:"from"`     // 发起单位代码。
	FromName    string   `json:"fromName"` // 发起单位。
	Unit        string   `json:"unit"`     // 实施单位代码。
	Measures    []string `json:"measures"` // 要求的措施。
	State       string   `json:"state"`    // 已推送、已响应、不实施、已反馈、待解除、已解除、已终止。
	PushedAt    string   `json:"pushedAt"`
	RespondBy   string   `json:"respondBy"`
	ReportBy    string   `json:"reportBy"`
	RespondedAt string   `json:"respondedAt,omitempty"`
	Reason      string   `json:"reason,omitempty"` // 不实施的理由。
	ReportedAt  string   `json:"reportedAt,omitempty"`
	Applied     []string `json:"applied"`          // 已实施的措施。
	Report      string   `json:"report,omitempty"` // 执行情况。
	LiftedAt    string   `json:"liftedAt,omitempty"`
}

// JointAction is the wire form of 一次联合奖惩：发起单位和信用办看到全部任务，其他单位只看到本单位的。
type JointAction struct {
	ID    string      `json:"id"` // 编号。
	Tasks []JointTask `json:"tasks"`
}

// JointTasks is the wire form of 联合奖惩任务，新的名单在前。
type JointTasks struct {
	Items      []JointTask `json:"items"`
	NextCursor string      `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// JointResponse is the wire form of 响应。
type JointResponse struct {
	Accept bool   `json:"accept"`           // 是否实施。
	Reason string `json:"reason,omitempty"` // 不实施的理由。
}

// JointFeedback is the wire form of 执行反馈；名单结束后反馈措施的解除。
type JointFeedback struct {
	Applied []string `json:"applied,omitempty"` // 已实施的措施；反馈解除时不写。
	Report  string   `json:"report"`            // 执行情况或解除情况，不写个人信息。
}

// MeasureCount is the wire form of 一项措施的实施次数。
type MeasureCount struct {
	Code  string `json:"code"`  // 措施代码。
	Count int    `json:"count"` // 次数。
}

// JointStat is the wire form of 一个月、一类名单的联合奖惩统计。
type JointStat struct {
	Month     string         `json:"month"` // 发起的月份。
	Kind      string         `json:"kind"`
	Actions   int            `json:"actions"`   // 发起次数。
	Subjects  int            `json:"subjects"`  // 涉及主体数。
	Tasks     int            `json:"tasks"`     // 推送任务数。
	Responded int            `json:"responded"` // 已响应。
	Late      int            `json:"late"`      // 逾期响应。
	Declined  int            `json:"declined"`  // 不实施。
	Reported  int            `json:"reported"`  // 已反馈。
	Lifting   int            `json:"lifting"`   // 待解除。
	Lifted    int            `json:"lifted"`    // 已解除。
	Overdue   int            `json:"overdue"`   // 现已逾期。
	Measures  []MeasureCount `json:"measures"`  // 已实施的措施。
}

// JointStats is the wire form of 联合奖惩统计。
type JointStats struct {
	Items []JointStat `json:"items"`
	AsOf  string      `json:"asOf"`
}

// SupervisionSuggestion is the wire form of 按等级的监管频次建议，供监管部门参考。
type SupervisionSuggestion struct {
	Scheme  string `json:"scheme"`            // 评价：公共信用评价，或行业名称。
	Grade   string `json:"grade"`             // 等级。
	Percent int    `json:"percent,omitempty"` // 抽查频次与常规之比，百分数；行业措施没有。
	Text    string `json:"text"`              // 建议。
	Basis   string `json:"basis"`             // 依据。
}
