package api

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
