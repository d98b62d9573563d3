package api

// ConsentGrant is the wire form of 同意什么。
type ConsentGrant struct {
	Kind     string `json:"kind"`
	TextHash string `json:"textHash,omitempty"` // 所阅读文本的 SHA-256。
}

// Consent is the wire form of 一个同意事项，是否已经同意。
type Consent struct {
	ID            string   `json:"id"` // 编号，撤回时使用；授权查询的，也是被授权单位查询时的 consentId。
	Kind          string   `json:"kind"`
	Title         string   `json:"title"` // 名称。
	Text          string   `json:"text"`  // 同意的内容。
	State         string   `json:"state"` // 已同意、可以同意、尚未开通、已撤回、已到期。
	GrantedAt     *string  `json:"grantedAt"`
	Level         string   `json:"level"`                   // 现在的等级；没有时为 none。
	RuleVersion   string   `json:"ruleVersion"`             // 评价规则的版本；没有公布规则时为空串。
	Recipient     string   `json:"recipient,omitempty"`     // 被授权单位的统一社会信用代码。
	RecipientName string   `json:"recipientName,omitempty"` // 被授权单位的名称。
	Purpose       string   `json:"purpose,omitempty"`
	Categories    []string `json:"categories,omitempty"` // 授权的信息类别；没有时为该目的可查的全部。
	ValidUntil    string   `json:"validUntil,omitempty"`
	WithdrawnAt   string   `json:"withdrawnAt,omitempty"`
	TextHash      string   `json:"textHash,omitempty"` // 现行文本的 SHA-256；加入时写明。
}

// Consents is the wire form of 同意事项。
type Consents struct {
	Items      []Consent `json:"items"`
	NextCursor string    `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
