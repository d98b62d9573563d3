package api

// WhitelistAnswer is the wire form of 信易贷白名单查询结果。
type WhitelistAnswer struct {
	USCC         string   `json:"uscc"`
	Listed       bool     `json:"listed"` // 是否在白名单中。
	AsOf         string   `json:"asOf"`
	BatchNo      string   `json:"batchNo"`      // 批次号；没有批次时为空串。
	RulesVersion string   `json:"rulesVersion"` // 规则版本。
	Authorised   bool     `json:"authorised"`   // 企业是否已授权本行。
	ValidUntil   *string  `json:"validUntil"`
	Reasons      []Reason `json:"reasons,omitempty"` // 逐条规则的结果；仅在企业授权后给出。
}

// WhitelistChecks is the wire form of 批量查询。
type WhitelistChecks struct {
	USCCs []string `json:"usccs"` // 代码，至多 1000 个；写错的在结果中逐个说明。
}

// WhitelistItem is the wire form of 一个代码的结果：有 error 时没有其他结果。
type WhitelistItem struct {
	USCC       string     `json:"uscc"` // 提交的代码。
	Listed     *bool      `json:"listed,omitempty"`
	Authorised *bool      `json:"authorised,omitempty"`
	BatchNo    string     `json:"batchNo,omitempty"`
	ValidUntil string     `json:"validUntil,omitempty"` // 到这一时刻前有效；没有表示不会仅因时间经过而变化。
	Error      *ItemError `json:"error,omitempty"`
}

// ItemError is the wire form of 一个代码的问题。
type ItemError struct {
	Code       string `json:"code"`                 // 违反的规则，lower_snake。
	Detail     string `json:"detail"`               // 说明。
	Suggestion string `json:"suggestion,omitempty"` // 可能想写的代码。
}

// WhitelistCheckAnswer is the wire form of 批量查询结果，次序与提交一致。
type WhitelistCheckAnswer struct {
	AsOf         string          `json:"asOf"`
	RulesVersion string          `json:"rulesVersion"` // 规则版本。
	Items        []WhitelistItem `json:"items"`
}
