package api

// SettlementSums is the wire form of 结算合计。
type SettlementSums struct {
	Uses          int   `json:"uses"`          // 有效核销次数。
	Granted       int   `json:"granted"`       // 其中享受优惠的。
	Reversed      int   `json:"reversed"`      // 已撤销的核销，不计入其余各项。
	Duplicates    int   `json:"duplicates"`    // 脱网时重复使用的凭证，不计入核销。
	Unpriced      int   `json:"unpriced"`      // 有效核销中没有标准价、或只收可退押金的，金额不计。
	Companions    int   `json:"companions"`    // 有效核销的同行人数，金额已计入。
	StandardFen   int64 `json:"standardFen"`   // 标准价合计，分。
	DueFen        int64 `json:"dueFen"`        // 应付合计，分。
	ReliefFen     int64 `json:"reliefFen"`     // 优惠合计，分。
	DifferenceFen int64 `json:"differenceFen"` // 脱网少付的合计，分。
}

// SettlementLine is the wire form of 一个站点一项事项的合计。
type SettlementLine struct {
	SiteID      string         `json:"siteId"`      // 站点。
	BenefitCode string         `json:"benefitCode"` // 事项代码。
	Sums        SettlementSums `json:"sums"`
}

// Settlement is the wire form of 日终结算。
type Settlement struct {
	Date            string           `json:"date"`
	Partner         string           `json:"partner"` // 合作单位。
	Sites           []string         `json:"sites"`   // 结算的站点。
	AsOf            string           `json:"asOf"`
	Final           bool             `json:"final"` // 为真时不再变化。
	FinalAt         string           `json:"finalAt"`
	Lines           []SettlementLine `json:"lines"`
	Totals          SettlementSums   `json:"totals"`
	DigestAlgorithm string           `json:"digestAlgorithm"` // 摘要算法。
	Digest          string           `json:"digest"`          // CSV 明细的摘要，十六进制。
	Signed          GateBundle       `json:"signed"`
}
