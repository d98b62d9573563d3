package api

// BenefitPartner is the wire form of 合作单位。
type BenefitPartner struct {
	Name     string `json:"name"`               // 名称。
	USCC     string `json:"uscc,omitempty"`     // 统一社会信用代码。
	Contract string `json:"contract,omitempty"` // 合作合同编号。
}

// BenefitWindow is the wire form of 可用时段。
type BenefitWindow struct {
	Weekdays      []int    `json:"weekdays,omitempty"`      // 星期，1 是星期一；省略表示不限。
	Hours         []string `json:"hours,omitempty"`         // 时段，如 08:00-18:00；省略表示不限。
	BlackoutDates []string `json:"blackoutDates,omitempty"` // 不可用的日期。
}

// BenefitParameter is the wire form of 一个随日期变化的参数的一个值。
type BenefitParameter struct {
	Name   string   `json:"name"` // 参数名，条件中写作 param.名称。
	Since  string   `json:"since"`
	Basis  string   `json:"basis"`            // 出处。
	Text   *string  `json:"text,omitempty"`   // 文本。
	Number *int     `json:"number,omitempty"` // 整数。
	Flag   *bool    `json:"flag,omitempty"`   // 是否。
	Texts  []string `json:"texts,omitempty"`  // 一组文本。
}

// BenefitCondition is the wire form of 一个条件和说给人听的话。
type BenefitCondition struct {
	ID           string   `json:"id"`           // 条件编号。
	CEL          string   `json:"cel"`          // CEL 表达式。
	Needs        []string `json:"needs"`        // 表达式用到的事实。
	Eligible     string   `json:"eligible"`     // 满足时的说明。
	NotEligible  string   `json:"notEligible"`  // 不满足时的说明，写明救济途径。
	Undetermined string   `json:"undetermined"` // 缺少事实时的说明。
}

// BenefitRule is the wire form of 惠民规则的一个版本。
type BenefitRule struct {
	Code            string             `json:"code"` // 事项代码。
	Scene           string             `json:"scene"`
	Title           string             `json:"title"`   // 名称。
	Summary         string             `json:"summary"` // 一句话说明。
	ValidFrom       string             `json:"validFrom"`
	ValidTo         string             `json:"validTo,omitempty"`
	Paused          bool               `json:"paused,omitempty"`   // 这个版本暂停优惠。
	DemoNote        string             `json:"demoNote,omitempty"` // 演示数值的说明；没有合作合同时必须有。
	Partner         BenefitPartner     `json:"partner"`
	SiteID          string             `json:"siteId"`      // 站点。
	SiteName        string             `json:"siteName"`    // 站点名称。
	SubjectType     string             `json:"subjectType"` // 面向个人或组织。
	Value           BenefitValue       `json:"value"`
	BasePriceFen    *int64             `json:"basePriceFen,omitempty"` // 标准价格或押金，分。
	Stackable       bool               `json:"stackable,omitempty"`    // 可与其他优惠同时使用。
	Basis           string             `json:"basis,omitempty"`        // 依据的代码（措施清单的依据表）；发布时必须有。
	LegalBasis      string             `json:"legalBasis"`             // 依据，写到条款。
	Companions      int                `json:"companions,omitempty"`   // 可带的同行人数，付费与本人相同。
	Caps            BenefitCaps        `json:"caps"`
	CooldownMinutes int                `json:"cooldownMinutes,omitempty"` // 两次使用至少间隔的分钟数。
	TimeWindow      *BenefitWindow     `json:"timeWindow,omitempty"`
	BudgetDay       int                `json:"budgetDay,omitempty"`   // 每天的名额，所有人合计；省略表示不限。
	BudgetMonth     int                `json:"budgetMonth,omitempty"` // 每月的名额。
	BudgetYear      int                `json:"budgetYear,omitempty"`  // 每年的名额。
	BudgetTotal     int64              `json:"budgetTotal,omitempty"` // 总次数预算；省略表示不限。
	Parameters      []BenefitParameter `json:"parameters,omitempty"`
	Conditions      []BenefitCondition `json:"conditions"`
}

// BenefitRuleCheck is the wire form of 发布前检查的一项。
type BenefitRuleCheck struct {
	ID   string `json:"id"`   // 检查项。
	OK   bool   `json:"ok"`   // 是否符合。
	Text string `json:"text"` // 说明或下一步。
}

// BenefitRuleDraft is the wire form of 待发布的惠民规则。
type BenefitRuleDraft struct {
	Author      string `json:"author"` // 最后修改人的账号编号。
	At          string `json:"at"`
	RuleVersion string `json:"ruleVersion"` // 发布后的规则版本，含内容摘要。
	// 对照的版本：草案生效那天原本适用的版本；没有时省略。
	Against string `json:"against,omitempty"`
	// 与对照版本的差异。
	Changes []BenefitRuleChange `json:"changes"`
	Rule    BenefitRule         `json:"rule"`
}

// BenefitRuleChange is the wire form of 两个版本之间的一处差异。
type BenefitRuleChange struct {
	Path   string  `json:"path"`             // 规则文件中的位置，条件按编号、参数按名称和起始日。
	Label  string  `json:"label"`            // 名称。
	Before *string `json:"before,omitempty"` // 原来的值；原来没有时省略。
	After  *string `json:"after,omitempty"`  // 现在的值；现在没有时省略。
}

// BenefitRuleVersion is the wire form of 已发布的一个版本。
type BenefitRuleVersion struct {
	RuleVersion string `json:"ruleVersion"` // 规则版本，含内容摘要。
	State       string `json:"state"`       // 状态。
	// 与前一个版本的差异；第一个版本为空。
	Changes []BenefitRuleChange `json:"changes"`
	Rule    BenefitRule         `json:"rule"`
}

// BenefitRuleHistory is the wire form of 一项惠民规则的草案、检查结果和全部版本。
type BenefitRuleHistory struct {
	Code     string               `json:"code"` // 事项代码。
	Draft    *BenefitRuleDraft    `json:"draft,omitempty"`
	Checks   []BenefitRuleCheck   `json:"checks"`   // 草案的发布前检查；没有草案时为空。
	Versions []BenefitRuleVersion `json:"versions"` // 由早到晚。
	// 名额使用情况，只在列表中给出；今天适用的版本没有名额时省略。
	BudgetUse *BenefitBudgetUse `json:"budgetUse,omitempty"`
}

// BenefitBudgetUse is the wire form of 同一时刻的名额使用情况。
type BenefitBudgetUse struct {
	AsOf  string                 `json:"asOf"`
	Spans []BenefitBudgetSpanUse `json:"spans"` // 有名额的各项，依次为日、月、年、合计。
}

// BenefitBudgetSpanUse is the wire form of 一项名额的使用情况，单位是次。
type BenefitBudgetSpanUse struct {
	Span string `json:"span"` // 当天、当月、当年或从第一个有名额的版本起合计。
	Max  int    `json:"max"`  // 名额。
	Used int    `json:"used"` // 已使用，不含已撤销的。
	Held int    `json:"held"` // 已分给服务进程、尚未使用的；没有用完的一分钟内收回。
}

// BenefitRules is the wire form of 惠民规则。
type BenefitRules struct {
	Items      []BenefitRuleHistory `json:"items"`
	NextCursor string               `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// SimulationCounts is the wire form of 试算的人数。
type SimulationCounts struct {
	Gains        int `json:"gains"`        // 新享受的个数。
	Loses        int `json:"loses"`        // 不再享受的个数。
	Keeps        int `json:"keeps"`        // 继续享受的个数。
	Without      int `json:"without"`      // 仍不享受的个数。
	Undetermined int `json:"undetermined"` // 不享受的当中，因缺少事实或异议中而未定的个数。
}

// SimulationCell is the wire form of 一个区划、一个等级的试算结果。
type SimulationCell struct {
	Division string           `json:"division"` // 区划代码；空串表示没有记载。
	Level    string           `json:"level"`    // 等级；空串表示没有等级。
	Counts   SimulationCounts `json:"counts"`
}

// BenefitSimulation is the wire form of 试算的进度和结果。
type BenefitSimulation struct {
	RuleVersion string           `json:"ruleVersion"`       // 试算的草案版本。
	Against     string           `json:"against,omitempty"` // 对照的版本；那一天没有生效的版本时没有。
	On          string           `json:"on"`
	StartedAt   string           `json:"startedAt"`
	Finished    bool             `json:"finished"` // 是否已算完；没有时再次提交即继续。
	Seen        int              `json:"seen"`     // 已看过的主体个数。
	Total       SimulationCounts `json:"total"`
	Cells       []SimulationCell `json:"cells"`
}
