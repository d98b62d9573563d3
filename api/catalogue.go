package api

// Catalogue is the wire form of 一版信息目录的一页。
type Catalogue struct {
	Edition        CatalogueEdition `json:"edition"`
	Classes        []CatalogueClass `json:"classes"`        // 该版目录的大类。
	Items          []CatalogueItem  `json:"items"`          // 信息项，按数据代码。
	NeverCollected []NeverCollected `json:"neverCollected"` // 依法不得归集的信息。
	NextCursor     string           `json:"nextCursor"`     // 下一页的游标；没有下一页时为空串。
}

// CatalogueEdition is the wire form of 目录的版本。
type CatalogueEdition struct {
	Key       string `json:"key"`               // 版本。
	Title     string `json:"title"`             // 名称。
	Document  string `json:"document"`          // 文号。
	ValidFrom string `json:"validFrom"`         // 自这一天施行。
	ValidTo   string `json:"validTo,omitempty"` // 施行至这一天；没有表示现行。
	Version   string `json:"version"`           // 规则文件的版本。
}

// CatalogueClass is the wire form of 目录的大类。
type CatalogueClass struct {
	Key  string `json:"key"`  // 大类键。
	No   int    `json:"no"`   // 文件中的序号。
	Name string `json:"name"` // 名称。
}

// CatalogueItem is the wire form of 目录中的一个信息项。
type CatalogueItem struct {
	DataCode     string         `json:"dataCode"` // 数据代码。
	Name         string         `json:"name"`     // 数据名称。
	Class        string         `json:"class"`    // 大类键。
	Kind         string         `json:"kind"`
	Lists        []string       `json:"lists"`        // 属于哪些名单；空表示不是名单。
	Categories   []string       `json:"categories"`   // 限于这些类别；空表示其余类别。
	SubjectKinds []string       `json:"subjectKinds"` // 主体类型。
	Providers    []string       `json:"providers"`    // 提供单位。
	Disclosure   string         `json:"disclosure"`   // 共享属性：公开公示、政务共享、授权查询。
	Nature       string         `json:"nature"`       // 信息性质：基础、守信、失信、其他。
	UpdateCycle  string         `json:"updateCycle"`  // 更新周期。
	Coverage     string         `json:"coverage"`     // 覆盖范围。
	Fields       []string       `json:"fields"`       // 包含的数据项。
	Retention    *RetentionTerm `json:"retention,omitempty"`
	LegalBasis   string         `json:"legalBasis"`        // 依据。
	ValidFrom    string         `json:"validFrom"`         // 自这一天列入。
	ValidTo      string         `json:"validTo,omitempty"` // 列入至这一天；没有表示现行。
}

// RetentionTerm is the wire form of 保存期限。
type RetentionTerm struct {
	From   string `json:"from"`   // 起算日：决定日期、有效期至、公示截止。
	Months int    `json:"months"` // 月数。
}

// NeverCollected is the wire form of 依法不得归集的一类信息。
type NeverCollected struct {
	Key      string `json:"key"`      // 键。
	Name     string `json:"name"`     // 是什么。
	Citation string `json:"citation"` // 依据。
}
