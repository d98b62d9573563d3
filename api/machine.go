package api

// AuditEntry is the wire form of 一条审计条目；不含自然人的姓名和号码。
type AuditEntry struct {
	Entry       string   `json:"entry"` // 在日志中的位置。
	At          string   `json:"at"`
	ActorID     string   `json:"actorId"`               // 操作者编号。
	Role        string   `json:"role"`                  // 操作者角色；没有登录的为空串。
	Unit        string   `json:"unit,omitempty"`        // 操作者所在单位的代码。
	UnitName    string   `json:"unitName,omitempty"`    // 操作者所在单位的名称。
	Action      string   `json:"action"`                // 操作。
	Subjects    []string `json:"subjects"`              // 涉及的信用主体编号。
	Purpose     string   `json:"purpose,omitempty"`     // 目的。
	Consent     string   `json:"consent,omitempty"`     // 所依据的授权。
	Outcome     string   `json:"outcome"`               // 结果。
	Reason      string   `json:"reason,omitempty"`      // 原因。
	Shown       []string `json:"shown"`                 // 提供了哪几类信息。
	RuleVersion string   `json:"ruleVersion,omitempty"` // 规则版本。
	Ref         string   `json:"ref,omitempty"`         // 业务编号。
	RequestID   string   `json:"requestId,omitempty"`   // 请求编号。
}

// AuditEntries is the wire form of 审计条目。
type AuditEntries struct {
	Items      []AuditEntry `json:"items"`
	NextCursor string       `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// OriginCheckpoint is the wire form of 一个日志的检查点。
type OriginCheckpoint struct {
	Origin   string `json:"origin"`   // 日志名。
	TreeSize int64  `json:"treeSize"` // 条数。
	RootHash string `json:"rootHash"` // Merkle 根，base64。
	At       string `json:"at"`
	Pending  int64  `json:"pending"` // 已落盘尚未并入的条数。
	Note     string `json:"note"`    // 签名的检查点（C2SP tlog-checkpoint）。
}

// AuditCheckpoint is the wire form of 全部日志的检查点。
type AuditCheckpoint struct {
	Origins []OriginCheckpoint `json:"origins"`
}

// AuditProof is the wire form of 一条日志的包含证明。
type AuditProof struct {
	Origin   string   `json:"origin"`   // 日志名。
	Index    int64    `json:"index"`    // 序号。
	TreeSize int64    `json:"treeSize"` // 检查点的条数。
	LeafHash string   `json:"leafHash"` // 叶子哈希，base64。
	RootHash string   `json:"rootHash"` // Merkle 根，base64。
	Hashes   []string `json:"hashes"`   // 证明路径，base64。
}

// Health is the wire form of 进程状态。
type Health struct {
	Status string `json:"status"`
}

// ReadyCheck is the wire form of 一项检查。
type ReadyCheck struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
}

// Readiness is the wire form of 能否接请求。
type Readiness struct {
	Status string       `json:"status"`
	Checks []ReadyCheck `json:"checks"`
}
