package api

// QualityFigure is the wire form of 一项指标。
type QualityFigure struct {
	Key                string   `json:"key"`              // 指标键。
	Name               string   `json:"name"`             // 名称。
	Formula            string   `json:"formula"`          // 公式。
	Measure            string   `json:"measure"`          // percent, per_head, count
	Numerator          *int64   `json:"numerator"`        // 分子；null 表示缺少台账数。
	Denominator        *int64   `json:"denominator"`      // 分母；null 表示没有分母或缺少台账数。
	Value              *string  `json:"value"`            // 两位小数；null 表示算不出。
	Previous           *string  `json:"previous"`         // 上一个同样长的期间的值。
	Target             string   `json:"target,omitempty"` // 目标。
	Met                *bool    `json:"met"`              // 是否达到；null 表示说不出。
	Missing            []string `json:"missing"`          // 还没有登记的台账数的键。
	Source             string   `json:"source"`           // 出处。
	NumeratorRecords   *string  `json:"numeratorRecords"` // 分子背后的记录在哪里；null 表示不由记录算出。
	DenominatorRecords *string  `json:"denominatorRecords"`
	// 分子、分母中报送的行来自哪些报送；null 表示不由报送的行算出。
	NumeratorSubmissions   *string `json:"numeratorSubmissions"`
	DenominatorSubmissions *string `json:"denominatorSubmissions"`
}

// QualityUnit is the wire form of 一个单位的指标。
type QualityUnit struct {
	Unit    string          `json:"unit"`    // 统一社会信用代码；全辖区为空串。
	Name    string          `json:"name"`    // 名称。
	Concern bool            `json:"concern"` // 列为重点关注。
	Figures []QualityFigure `json:"figures"`
}

// QualityTable is the wire form of 指标表。
type QualityTable struct {
	Period       string        `json:"period"`       // 期间。
	Title        string        `json:"title"`        // 指标体系。
	RulesVersion string        `json:"rulesVersion"` // 指标定义的版本。
	Items        []QualityUnit `json:"items"`
	NextCursor   string        `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// QualityRecord is the wire form of 指标背后的一条记录。
type QualityRecord struct {
	RecordID     string `json:"recordId"`  // 记录编号。
	Kind         string `json:"kind"`      // 种类。
	Authority    string `json:"authority"` // 认定机关。
	DecisionDate string `json:"decisionDate"`
	ReceivedAt   string `json:"receivedAt"`
	DueOn        string `json:"dueOn,omitempty"` // 上报期限的最后一天。
	Late         bool   `json:"late"`            // 迟报。
	WithdrawnOn  string `json:"withdrawnOn,omitempty"`
}

// QualityRecords is the wire form of 指标背后的记录。
type QualityRecords struct {
	Items      []QualityRecord `json:"items"`
	NextCursor string          `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// QualitySubmission is the wire form of 指标背后的一次报送在一个月中的行。
type QualitySubmission struct {
	SubmissionNo string `json:"submissionNo"`
	Unit         string `json:"unit"` // 报送单位。
	UnitName     string `json:"unitName"`
	FileName     string `json:"fileName"` // 空串 = 不是文件。
	Month        string `json:"month"`    // 行计入的月份。
	Accepted     int    `json:"accepted"`
	Duplicate    int    `json:"duplicate"`
	Rejected     int    `json:"rejected"`
	Count        int64  `json:"count"`    // 计入所问之数的行数。
	Refusals     string `json:"refusals"` // 各行被拒的原因在哪里。
}

// QualitySubmissions is the wire form of 指标背后的报送。
type QualitySubmissions struct {
	Items      []QualitySubmission `json:"items"`
	NextCursor string              `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// QualityRefusal is the wire form of 一行被拒的一个原因，不含原值。
type QualityRefusal struct {
	Line   int    `json:"line"`             // 文件的行，从 1 起。
	Column string `json:"column,omitempty"` // 列键；省略 = 整行。
	Code   string `json:"code"`
	Check  string `json:"check,omitempty"` // 合规校验 E01–E16。
	Reason string `json:"reason"`
}

// QualityRefusals is the wire form of 一次报送被拒的行。
type QualityRefusals struct {
	Items      []QualityRefusal `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// QualityNumber is the wire form of 一个台账数。
type QualityNumber struct {
	Key    string `json:"key"`              // 台账项的键。
	Value  *int64 `json:"value"`            // 数值；null 表示清除。
	Source string `json:"source,omitempty"` // 出处。
}

// QualityNumbers is the wire form of 要登记的台账数。
type QualityNumbers struct {
	Items []QualityNumber `json:"items"`
}

// QualityEntry is the wire form of 一个单位一个月的台账数。
type QualityEntry struct {
	Month string          `json:"month"` // 月份。
	Unit  string          `json:"unit"`  // 统一社会信用代码；全辖区为空串。
	Items []QualityNumber `json:"items"`
}
