package api

// ConsentGrant is the wire form of 同意什么。
type ConsentGrant struct {
	Kind string `json:"kind"`
}

// Consent is the wire form of 一个同意事项，是否已经同意。
type Consent struct {
	ID          string  `json:"id"` // 编号，撤回时使用。
	Kind        string  `json:"kind"`
	Title       string  `json:"title"` // 名称。
	Text        string  `json:"text"`  // 同意的内容。
	State       string  `json:"state"` // 已同意、可以同意、尚未开通。
	GrantedAt   *string `json:"grantedAt"`
	Level       string  `json:"level"`       // 现在的等级；没有时为 none。
	RuleVersion string  `json:"ruleVersion"` // 评价规则的版本；没有公布规则时为空串。
}

// Consents is the wire form of 同意事项。
type Consents struct {
	Items      []Consent `json:"items"`
	NextCursor string    `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
