package api

// BenefitCaps is the wire form of 次数上限；0 表示不限。
type BenefitCaps struct {
	Day   int `json:"day"`
	Month int `json:"month"`
	Year  int `json:"year"`
	Total int `json:"total"`
}

// ConditionText is the wire form of 一个条件。
type ConditionText struct {
	ID   string `json:"id"`   // 条件编号。
	Text string `json:"text"` // 条件的说明。
}

// BenefitValue is the wire form of 给什么：付几成、减多少、免费、押金几成、优先、数量。
type BenefitValue struct {
	Type  string `json:"type"`
	Value int    `json:"value"`          // 数值，随 type 而定。
	Unit  string `json:"unit,omitempty"` // 数量的单位。
}

// Benefit is the wire form of 一项惠民惠企事项。
type Benefit struct {
	Code         string       `json:"code"` // 事项代码。
	Scene        string       `json:"scene"`
	Title        string       `json:"title"`              // 名称。
	SiteID       string       `json:"siteId"`             // 站点。
	Summary      string       `json:"summary,omitempty"`  // 一句话说明。
	SiteName     string       `json:"siteName,omitempty"` // 站点名称。
	Value        BenefitValue `json:"value"`
	BasePriceFen *int64       `json:"basePriceFen,omitempty"` // 标准价格或押金，分。
	Caps         BenefitCaps  `json:"caps"`
	Budget       *BenefitCaps `json:"budget,omitempty"` // 所有人合计的名额；省略表示不限。
	// 两次使用至少间隔的分钟数。
	Companions      int             `json:"companions,omitempty"` // 可带的同行人数，付费与本人相同；省略表示限本人。
	CooldownMinutes int             `json:"cooldownMinutes,omitempty"`
	TimeWindow      *BenefitWindow  `json:"timeWindow,omitempty"`
	Conditions      []ConditionText `json:"conditions"`
	ValidFrom       string          `json:"validFrom"`
	ValidTo         string          `json:"validTo,omitempty"`
	LegalBasis      string          `json:"legalBasis,omitempty"` // 依据。
	Note            string          `json:"note,omitempty"`       // 说明，如演示数据。
	RuleVersion     string          `json:"ruleVersion"`          // 规则版本。
}

// Benefits is the wire form of 已发布的事项。
type Benefits struct {
	Items      []Benefit `json:"items"`
	NextCursor string    `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Reason is the wire form of 一个条件的判断。
type Reason struct {
	ID      string `json:"id"` // 条件编号。
	Outcome string `json:"outcome"`
	Text    string `json:"text"` // 说明。
}

// MyBenefit is the wire form of 我能否享受。
type MyBenefit struct {
	Code        string        `json:"code"` // 事项代码。
	Scene       string        `json:"scene"`
	Title       string        `json:"title"`  // 名称。
	SiteID      string        `json:"siteId"` // 站点。
	Outcome     string        `json:"outcome"`
	Eligible    bool          `json:"eligible"`   // 仅当 outcome 为 eligible 时为真。
	PayPercent  int           `json:"payPercent"` // 按原价的百分之几付费。
	Reasons     []Reason      `json:"reasons"`
	Missing     []string      `json:"missing"`     // 缺少或有争议的事实。
	RuleVersion string        `json:"ruleVersion"` // 规则版本。
	ValidUntil  *string       `json:"validUntil"`
	ToQualify   *ToQualify    `json:"toQualify,omitempty"`
	Offer       *BenefitOffer `json:"offer,omitempty"`
}

// BenefitOffer is the wire form of 与同一站点其他可享优惠的比较。
type BenefitOffer struct {
	Best bool   `json:"best"` // 是否最划算，或可与其他优惠同时使用。
	Text string `json:"text"` // 说明。
}

// ToQualify is the wire form of 怎样就能享受：最小的改变。
type ToQualify struct {
	Possible bool          `json:"possible"`        // 是否有办法；主体类别不符、规则已结束、次数或名额已全部用完时没有。
	After    *string       `json:"after,omitempty"` // 最早的可用时间；省略表示不必等待。
	Steps    []QualifyStep `json:"steps"`
}

// QualifyStep is the wire form of 需要改变的一项事实。
type QualifyStep struct {
	Fact       string   `json:"fact"`       // 事实的名称。
	From       string   `json:"from"`       // 现在的值；空串表示缺少或正在核查。
	To         string   `json:"to"`         // 需要的值；清单类的是要增加的项。
	Text       string   `json:"text"`       // 怎样做。
	Conditions []string `json:"conditions"` // 因此得到满足的条件。
}

// MyBenefits is the wire form of 我的惠民事项。
type MyBenefits struct {
	Items []MyBenefit `json:"items"`
}

// PassRequest is the wire form of 领取凭证。
type PassRequest struct {
	BenefitCode string `json:"benefitCode"` // 事项代码。
	// 同行人数，不超过事项允许的人数。
	Companions int `json:"companions,omitempty"`
}

// Pass is the wire form of 一次性凭证。
type Pass struct {
	Pass         string `json:"pass"` // 凭证文本，不透明。
	QR           string `json:"qr"`   // 二维码，PNG data URL。
	ExpiresAt    string `json:"expiresAt"`
	OfflineUntil string `json:"offlineUntil"`
}

// GateScan is the wire form of 扫到的凭证。
type GateScan struct {
	Pass string `json:"pass"` // 凭证文本。
}

// GateCheck is the wire form of 核验结果；不改变任何次数。
type GateCheck struct {
	Result       string `json:"result"`      // 可享受、按标准办理、请再试一次。
	BenefitCode  string `json:"benefitCode"` // 事项代码；认不出时为空串。
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"`     // 应付金额，分；含同行人。
	Companions   int    `json:"companions,omitempty"` // 同行人数。
	HolderMasked string `json:"holderMasked"`         // 持有人，只显示姓；认不出时为空串。
}

// Redemption is the wire form of 核销结果。
type Redemption struct {
	RedemptionNo string `json:"redemptionNo"` // 核销编号。
	Result       string `json:"result"`
	BenefitCode  string `json:"benefitCode"` // 事项代码。
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"`     // 应付金额，分；含同行人。
	Companions   int    `json:"companions,omitempty"` // 同行人数。
	HolderMasked string `json:"holderMasked"`         // 持有人，只显示姓。
	At           string `json:"at"`
}

// SiteRedemption is the wire form of 本站点的一次核销。
type SiteRedemption struct {
	RedemptionNo string `json:"redemptionNo"` // 核销编号。
	BenefitCode  string `json:"benefitCode"`  // 事项代码。
	At           string `json:"at"`
	Result       string `json:"result"`
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"`     // 应付金额，分；含同行人。
	Companions   int    `json:"companions,omitempty"` // 同行人数。
	HolderMasked string `json:"holderMasked"`         // 持有人，只显示姓。
	Reversed     bool   `json:"reversed"`             // 是否已撤销。
	// 脱网核销上传的时间；联网核销没有。
	RecordedAt *string `json:"recordedAt,omitempty"`
	// 少付的金额，分：脱网时次数已用完。
	DifferenceFen int64 `json:"differenceFen,omitempty"`
}

// SiteTotals is the wire form of 当日合计。
type SiteTotals struct {
	Redemptions int `json:"redemptions"` // 核销次数。
	Reversed    int `json:"reversed"`    // 其中已撤销。
	Duplicates  int `json:"duplicates"`  // 脱网时重复使用的凭证，不计入核销。
	// 重复使用少付的金额，分。
	DifferenceFen int64 `json:"differenceFen"`
}

// SiteRedemptions is the wire form of 本站点的核销，新的在前。
type SiteRedemptions struct {
	Items      []SiteRedemption `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
	Totals     SiteTotals       `json:"totals"`
}

// GateBundle is the wire form of 脱网核验包：一份 JWS (RFC 7515 §7.2.1)，内容见 docs/pass-format.md。
type GateBundle struct {
	Payload    string            `json:"payload"` // 内容，base64url 编码的 JSON。
	Signatures []BundleSignature `json:"signatures"`
}

// BundleSignature is the wire form of 一个签名。
type BundleSignature struct {
	Protected string `json:"protected"` // 签名头，base64url。
	Signature string `json:"signature"` // 签名值，base64url。
}

// OfflineUse is the wire form of 一次脱网核销。
type OfflineUse struct {
	Pass       string `json:"pass"`               // 凭证文本。
	AcceptedAt string `json:"acceptedAt"`         // 设备接受凭证的时间。
	DeviceID   string `json:"deviceId,omitempty"` // 设备编号。
	// 此前联网核销而未收到回答时所用的 Idempotency-Key。
	AttemptKey string `json:"attemptKey,omitempty"`
}

// OfflineUses is the wire form of 一批脱网核销，按接受的先后排列。
type OfflineUses struct {
	Items []OfflineUse `json:"items"`
}

// UploadedUse is the wire form of 一次脱网核销的处理结果。
type UploadedUse struct {
	Outcome      string `json:"outcome"`                // 已接受、重复使用、未接受。
	RedemptionNo string `json:"redemptionNo,omitempty"` // 核销编号，仅已接受的有。
	Result       string `json:"result,omitempty"`
	BenefitCode  string `json:"benefitCode,omitempty"` // 事项代码。
	PayPercent   *int   `json:"payPercent,omitempty"`
	PayFen       *int64 `json:"payFen,omitempty"` // 应付金额，分。
	// 少付的金额，分：重复使用，或次数已用完。
	DifferenceFen int64 `json:"differenceFen"`
}

// UploadedUses is the wire form of 一批脱网核销的处理结果，与请求的顺序相同。
type UploadedUses struct {
	Items  []UploadedUse  `json:"items"`
	Totals UploadedTotals `json:"totals"`
}

// UploadedTotals is the wire form of 一批的合计。
type UploadedTotals struct {
	Accepted      int   `json:"accepted"`      // 已接受。
	Duplicate     int   `json:"duplicate"`     // 重复使用。
	Rejected      int   `json:"rejected"`      // 未接受。
	DifferenceFen int64 `json:"differenceFen"` // 少付的金额，分。
}

// ReversalRequest is the wire form of 撤销核销。
type ReversalRequest struct {
	Reason string `json:"reason"` // 撤销原因，密封保存。
}

// Reversal is the wire form of 已撤销的核销。
type Reversal struct {
	RedemptionNo string `json:"redemptionNo"` // 核销编号。
	BenefitCode  string `json:"benefitCode"`  // 事项代码。
	Reversed     bool   `json:"reversed"`     // 已撤销。
	ReversedAt   string `json:"reversedAt"`
}
