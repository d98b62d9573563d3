package api

// Remedy is the wire form of 可用的救济途径。
type Remedy struct {
	Kind       string `json:"kind"`
	Text       string `json:"text"`                 // 怎么办。
	EarliestOn string `json:"earliestOn,omitempty"` // 最早可申请的日期。
}

// RecordDetail is the wire form of 表单中的一项其他信息。
type RecordDetail struct {
	Key   string `json:"key"`
	Label string `json:"label"` // 表单中的名称。
	Value string `json:"value"`
}

// PublicRecord is the wire form of 可公示的一条记录。
type PublicRecord struct {
	RecordID        string         `json:"recordId"` // 记录编号。
	Kind            string         `json:"kind"`
	Section         string         `json:"section"`
	Title           string         `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string         `json:"docNo,omitempty"`      // 文号。
	Content         string         `json:"content,omitempty"`    // 内容摘要。
	Details         []RecordDetail `json:"details,omitempty"`    // 表单中的其他信息项。
	Category        string         `json:"category,omitempty"`   // 类别。
	LegalBasis      string         `json:"legalBasis,omitempty"` // 依据。
	Authority       string         `json:"authority"`            // 作出机关。
	Source          string         `json:"source"`               // 数据来源单位。
	DecisionDate    string         `json:"decisionDate"`
	ValidFrom       string         `json:"validFrom,omitempty"`
	ValidTo         string         `json:"validTo,omitempty"`
	Severity        string         `json:"severity,omitempty"`
	Finality        string         `json:"finality,omitempty"`
	DutyFulfilledOn string         `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64          `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string         `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool           `json:"disputed"`                  // 异议处理中。
	List            string         `json:"list,omitempty"`
	Sector          string         `json:"sector,omitempty"`     // 行业键。
	Grade           string         `json:"grade,omitempty"`      // 评价等级。
	Period          string         `json:"period,omitempty"`     // 评价周期。
	Scope           string         `json:"scope,omitempty"`      // 评价范围。
	Fulfilment      string         `json:"fulfilment,omitempty"` // 承诺履行情况。
	HonorLevel      string         `json:"honorLevel,omitempty"` // 荣誉级别。
	Quantity        int            `json:"quantity,omitempty"`   // 数量：时长、次数等。
}

// PublicRecords is the wire form of 可公示的记录，新的在前。
type PublicRecords struct {
	Items      []PublicRecord `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// OwnRecord is the wire form of 本人（本企业）的一条记录。
type OwnRecord struct {
	RecordID        string         `json:"recordId"` // 记录编号。
	Kind            string         `json:"kind"`
	Section         string         `json:"section"`
	Title           string         `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string         `json:"docNo,omitempty"`      // 文号。
	Content         string         `json:"content,omitempty"`    // 内容摘要。
	Details         []RecordDetail `json:"details,omitempty"`    // 表单中的其他信息项。
	Category        string         `json:"category,omitempty"`   // 类别。
	LegalBasis      string         `json:"legalBasis,omitempty"` // 依据。
	Authority       string         `json:"authority"`            // 作出机关。
	Source          string         `json:"source"`               // 数据来源单位。
	DecisionDate    string         `json:"decisionDate"`
	ValidFrom       string         `json:"validFrom,omitempty"`
	ValidTo         string         `json:"validTo,omitempty"`
	Severity        string         `json:"severity,omitempty"`
	Finality        string         `json:"finality,omitempty"`
	DutyFulfilledOn string         `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64          `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string         `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool           `json:"disputed"`                  // 异议处理中。
	List            string         `json:"list,omitempty"`
	Sector          string         `json:"sector,omitempty"`     // 行业键。
	Grade           string         `json:"grade,omitempty"`      // 评价等级。
	Period          string         `json:"period,omitempty"`     // 评价周期。
	Scope           string         `json:"scope,omitempty"`      // 评价范围。
	Points          *int           `json:"points,omitempty"`     // 评价得分。
	Fulfilment      string         `json:"fulfilment,omitempty"` // 承诺履行情况。
	HonorLevel      string         `json:"honorLevel,omitempty"` // 荣誉级别。
	Quantity        int            `json:"quantity,omitempty"`   // 数量：时长、次数等。
	Disclosure      string         `json:"disclosure"`           // 共享属性：公开公示、政务共享、授权查询。
	Live            bool           `json:"live"`                 // 现在是否仍然有效（未撤回、未到期）。
	Remedies        []Remedy       `json:"remedies"`             // 可用的救济途径。
}

// OwnRecords is the wire form of 本人的全部记录，新的在前。
type OwnRecords struct {
	Items      []OwnRecord `json:"items"`
	NextCursor string      `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// StoredRecord is the wire form of 部门和信用办看到的一条记录。
type StoredRecord struct {
	RecordID        string         `json:"recordId"` // 记录编号。
	Kind            string         `json:"kind"`
	Section         string         `json:"section"`
	Title           string         `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string         `json:"docNo,omitempty"`      // 文号。
	Content         string         `json:"content,omitempty"`    // 内容摘要。
	Details         []RecordDetail `json:"details,omitempty"`    // 表单中的其他信息项。
	Category        string         `json:"category,omitempty"`   // 类别。
	LegalBasis      string         `json:"legalBasis,omitempty"` // 依据。
	Authority       string         `json:"authority"`            // 作出机关。
	Source          string         `json:"source"`               // 数据来源单位。
	DecisionDate    string         `json:"decisionDate"`
	ValidFrom       string         `json:"validFrom,omitempty"`
	ValidTo         string         `json:"validTo,omitempty"`
	Severity        string         `json:"severity,omitempty"`
	Finality        string         `json:"finality,omitempty"`
	DutyFulfilledOn string         `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64          `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string         `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool           `json:"disputed"`                  // 异议处理中。
	List            string         `json:"list,omitempty"`
	Sector          string         `json:"sector,omitempty"`          // 行业键。
	Grade           string         `json:"grade,omitempty"`           // 评价等级。
	Period          string         `json:"period,omitempty"`          // 评价周期。
	Scope           string         `json:"scope,omitempty"`           // 评价范围。
	Points          *int           `json:"points,omitempty"`          // 评价得分。
	Fulfilment      string         `json:"fulfilment,omitempty"`      // 承诺履行情况。
	HonorLevel      string         `json:"honorLevel,omitempty"`      // 荣誉级别。
	Quantity        int            `json:"quantity,omitempty"`        // 数量：时长、次数等。
	USCC            string         `json:"uscc,omitempty"`            // 组织的代码；自然人没有。
	Disclosure      string         `json:"disclosure"`                // 共享属性：公开公示、政务共享、授权查询。
	CatalogueRef    string         `json:"catalogueRef,omitempty"`    // 归集所依的目录项：数据代码@版本。
	Live            bool           `json:"live"`                      // 现在是否仍然有效（未撤回、未到期）。
	SourceUSCC      string         `json:"sourceUscc,omitempty"`      // 来源单位代码。
	WithdrawnOn     string         `json:"withdrawnOn,omitempty"`     // 撤回日期。
	WithdrawnReason string         `json:"withdrawnReason,omitempty"` // 公开的撤回理由。
	ReceivedAt      string         `json:"receivedAt"`
	Batch           string         `json:"batch,omitempty"` // 报送批次。
}
