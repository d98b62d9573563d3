package api

// FieldError is the wire form of 请求中的一处问题，不含提交的值。
type FieldError struct {
	Pointer string `json:"pointer"` // 正文用 JSON 指针（/subject/uscc），查询参数 ?name，路径参数 {name}，请求头 Name:。
	Code    string `json:"code"`    // 违反的规则，lower_snake。
	Detail  string `json:"detail"`  // 规则的中文说明。
}

// Problem: RFC 9457 问题文档。
type Problem struct {
	Type      string       `json:"type"`   // 问题种类的 URI。
	Title     string       `json:"title"`  // 简短标题。
	Status    int          `json:"status"` // HTTP 状态码。
	Detail    string       `json:"detail"` // 一句话：下一步怎么办。
	Code      string       `json:"code"`
	RequestID string       `json:"requestId"`        // 请求编号，报障时请提供。
	Errors    []FieldError `json:"errors,omitempty"` // 逐项问题。
}

// OAuthError: RFC 6749 §5.2 错误。
type OAuthError struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description,omitempty"` // 说明，ASCII。
}

// WeChatSignIn: 小程序登录。
type WeChatSignIn struct {
	Code string `json:"code"` // wx.login 得到的临时登录凭证。
}

// StaffSignIn: 工作人员登录。
type StaffSignIn struct {
	Username string `json:"username"`      // 用户名。
	Password string `json:"password"`      // 密码。
	OTP      string `json:"otp,omitempty"` // 动态口令，6 位数字；安全管理员和审计员必填。
}

// RefreshRequest: 用刷新令牌换新令牌。
type RefreshRequest struct {
	RefreshToken string `json:"refreshToken"` // 刷新令牌，只能用一次。
}

// LogoutRequest: 退出登录；正文可以省略。
type LogoutRequest struct {
	RefreshToken string `json:"refreshToken,omitempty"` // 要一并作废的刷新令牌。
}

// SignedInUser: 登录者。
type SignedInUser struct {
	ID       string   `json:"id"`       // 账号编号。
	Verified bool     `json:"verified"` // 是否已实名。
	Roles    []string `json:"roles"`    // 角色。
}

// TokenPair: 访问令牌和刷新令牌。
type TokenPair struct {
	AccessToken  string       `json:"accessToken"`  // JWT（EdDSA），15 分钟。
	RefreshToken string       `json:"refreshToken"` // 刷新令牌，每次使用后更换；重复使用会使整组令牌作废。
	TokenType    string       `json:"tokenType"`
	ExpiresIn    int          `json:"expiresIn"` // 访问令牌的有效秒数。
	User         SignedInUser `json:"user"`
}

// TokenRequest: RFC 6749 §4.4 客户端凭证。
type TokenRequest struct {
	GrantType           string `json:"grant_type"` // 必须是 client_credentials。
	ClientID            string `json:"client_id,omitempty"`
	ClientSecret        string `json:"client_secret,omitempty"`
	ClientAssertionType string `json:"client_assertion_type,omitempty"`
	ClientAssertion     string `json:"client_assertion,omitempty"` // private_key_jwt（RFC 7523）。
	Scope               string `json:"scope,omitempty"`
}

// TokenAnswer: RFC 6749 §5.1 令牌。
type TokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope,omitempty"`
}

// JWK: 公钥（RFC 8037）。
type JWK struct {
	KeyType string `json:"kty"`
	Crv     string `json:"crv"`
	X       string `json:"x"`
	Kid     string `json:"kid"`
	Use     string `json:"use"`
	Alg     string `json:"alg"`
}

// JWKS: 签发令牌的公钥集合（RFC 7517）。
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// OAuthMetadata: 授权服务器元数据（RFC 8414）。
type OAuthMetadata struct {
	Issuer                                     string   `json:"issuer"`
	TokenEndpoint                              string   `json:"token_endpoint"`
	JWKSURI                                    string   `json:"jwks_uri"`
	GrantTypesSupported                        []string `json:"grant_types_supported"`
	ResponseTypesSupported                     []string `json:"response_types_supported"`
	TokenEndpointAuthMethodsSupported          []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthSigningAlgValuesSupported []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	ServiceDocumentation                       string   `json:"service_documentation,omitempty"`
}

// Me: 当前登录的公民。
type Me struct {
	ID         string   `json:"id"`       // 账号编号。
	Verified   bool     `json:"verified"` // 是否已实名。
	Roles      []string `json:"roles"`
	Name       string   `json:"name,omitempty"`       // 本人姓名；未实名时没有。
	IDNoMasked string   `json:"idNoMasked,omitempty"` // 本人号码，中间 8 位隐去；未实名时没有。
	BoundAt    string   `json:"boundAt,omitempty"`
}

// IdentityRequest: 实名绑定。
type IdentityRequest struct {
	Name string `json:"name"` // 姓名，与身份证一致。
	IDNo string `json:"idNo"` // 公民身份号码（GB 11643-1999）18 位。
}

// EnterpriseBinding: 本人可代表的企业。
type EnterpriseBinding struct {
	USCC    string `json:"uscc"`
	Name    string `json:"name"` // 企业名称。
	As      string `json:"as"`   // 代表身份。
	BoundAt string `json:"boundAt"`
}

// EnterpriseBindings: 本人可代表的企业。
type EnterpriseBindings struct {
	Items      []EnterpriseBinding `json:"items"`
	NextCursor string              `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// EnterpriseBindingRequest: 绑定企业。
type EnterpriseBindingRequest struct {
	USCC string `json:"uscc"`
}

// MatchSpan: 命中的位置，按字符（Unicode 码点）计。
type MatchSpan struct {
	Field  string `json:"field"`  // 命中的字段。
	Text   string `json:"text"`   // 命中字段的值。
	Start  int    `json:"start"`  // 起始字符，从 0 起。
	Length int    `json:"length"` // 字符数。
}

// EnterpriseHit: 一条查询结果。
type EnterpriseHit struct {
	USCC          string      `json:"uscc"`
	Name          string      `json:"name"`             // 名称。
	Status        string      `json:"status,omitempty"` // 登记状态。
	EstablishedOn string      `json:"establishedOn,omitempty"`
	Labels        []string    `json:"labels"`  // 标签。
	Matches       []MatchSpan `json:"matches"` // 命中处；纠错命中也标出最接近的一段。
}

// EnterpriseHits: 企业查询结果，最相关的在前。
type EnterpriseHits struct {
	Items      []EnterpriseHit `json:"items"`
	NextCursor string          `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Registration: 登记注册基本信息。
type Registration struct {
	LegalRep      string `json:"legalRep,omitempty"` // 法定代表人、负责人或经营者。
	RegNo         string `json:"regNo,omitempty"`    // 工商注册号。
	Type          string `json:"type,omitempty"`     // 企业类型。
	Status        string `json:"status,omitempty"`   // 登记状态。
	EstablishedOn string `json:"establishedOn,omitempty"`
	Address       string `json:"address,omitempty"`   // 住所。
	Division      string `json:"division,omitempty"`  // 区划代码 9 位。
	Authority     string `json:"authority,omitempty"` // 登记机关。
	Industry      string `json:"industry,omitempty"`  // 行业。
	Size          string `json:"size,omitempty"`      // 规模：大、中、小、微。
	Scope         string `json:"scope,omitempty"`     // 经营范围。
}

// SectionCounts: 八个部分可公示记录的条数。
type SectionCounts struct {
	Administration int `json:"administration"` // 行政管理。
	Honesty        int `json:"honesty"`        // 诚实守信。
	Serious        int `json:"serious"`        // 严重失信。
	Abnormal       int `json:"abnormal"`       // 经营异常。
	Commitment     int `json:"commitment"`     // 信用承诺。
	Evaluation     int `json:"evaluation"`     // 信用评价。
	Judicial       int `json:"judicial"`       // 司法判决。
	Other          int `json:"other"`          // 其他。
}

// Rating: 行业信用评价。
type Rating struct {
	Sector     string `json:"sector"`          // 行业键。
	SectorName string `json:"sectorName"`      // 行业名称。
	Grade      string `json:"grade"`           // 原始等级。
	Period     string `json:"period"`          // 评价周期。
	Scope      string `json:"scope,omitempty"` // 评价范围。
	RecordID   string `json:"recordId"`        // 依据的记录。
}

// ListMembership: 可公示的名单信息。
type ListMembership struct {
	Kind      string `json:"kind"`
	RecordID  string `json:"recordId"`        // 依据的记录。
	Title     string `json:"title"`           // 名单名称。
	Authority string `json:"authority"`       // 认定机关。
	Basis     string `json:"basis,omitempty"` // 认定依据。
	From      string `json:"from"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 是否异议处理中。
}

// EnterpriseFile: 企业公开信用信息。
type EnterpriseFile struct {
	USCC         string           `json:"uscc"`
	Kind         string           `json:"kind"`        // 主体类别。
	Name         string           `json:"name"`        // 名称。
	FormerNames  []string         `json:"formerNames"` // 曾用名。
	FormerCodes  []string         `json:"formerCodes"` // 变更前的代码。
	Registration Registration     `json:"registration"`
	Counts       SectionCounts    `json:"counts"`
	Ratings      []Rating         `json:"ratings"`
	Lists        []ListMembership `json:"lists"`
	Labels       []string         `json:"labels"`    // 标签，如守信激励对象。
	AsOf         string           `json:"asOf"`      // 按哪一天计算。
	UpdatedAt    string           `json:"updatedAt"` // 最近一次更新。
	ValidUntil   *string          `json:"validUntil"`
}

// Remedy: 可用的救济途径。
type Remedy struct {
	Kind       string `json:"kind"`
	Text       string `json:"text"`                 // 怎么办。
	EarliestOn string `json:"earliestOn,omitempty"` // 最早可申请的日期。
}

// PublicRecord: 可公示的一条记录。
type PublicRecord struct {
	RecordID        string `json:"recordId"` // 记录编号。
	Kind            string `json:"kind"`
	Section         string `json:"section"`
	Title           string `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string `json:"docNo,omitempty"`      // 文号。
	Content         string `json:"content,omitempty"`    // 内容摘要。
	Category        string `json:"category,omitempty"`   // 类别。
	LegalBasis      string `json:"legalBasis,omitempty"` // 依据。
	Authority       string `json:"authority"`            // 作出机关。
	Source          string `json:"source"`               // 数据来源单位。
	DecisionDate    string `json:"decisionDate"`
	ValidFrom       string `json:"validFrom,omitempty"`
	ValidTo         string `json:"validTo,omitempty"`
	Severity        string `json:"severity,omitempty"`
	Finality        string `json:"finality,omitempty"`
	DutyFulfilledOn string `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64  `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool   `json:"disputed"`                  // 异议处理中。
	List            string `json:"list,omitempty"`
	Sector          string `json:"sector,omitempty"`     // 行业键。
	Grade           string `json:"grade,omitempty"`      // 评价等级。
	Period          string `json:"period,omitempty"`     // 评价周期。
	Scope           string `json:"scope,omitempty"`      // 评价范围。
	Fulfilment      string `json:"fulfilment,omitempty"` // 承诺履行情况。
	HonorLevel      string `json:"honorLevel,omitempty"` // 荣誉级别。
	Quantity        int    `json:"quantity,omitempty"`   // 数量：时长、次数等。
}

// PublicRecords: 可公示的记录，新的在前。
type PublicRecords struct {
	Items      []PublicRecord `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// OwnRecord: 本人（本企业）的一条记录。
type OwnRecord struct {
	RecordID        string   `json:"recordId"` // 记录编号。
	Kind            string   `json:"kind"`
	Section         string   `json:"section"`
	Title           string   `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string   `json:"docNo,omitempty"`      // 文号。
	Content         string   `json:"content,omitempty"`    // 内容摘要。
	Category        string   `json:"category,omitempty"`   // 类别。
	LegalBasis      string   `json:"legalBasis,omitempty"` // 依据。
	Authority       string   `json:"authority"`            // 作出机关。
	Source          string   `json:"source"`               // 数据来源单位。
	DecisionDate    string   `json:"decisionDate"`
	ValidFrom       string   `json:"validFrom,omitempty"`
	ValidTo         string   `json:"validTo,omitempty"`
	Severity        string   `json:"severity,omitempty"`
	Finality        string   `json:"finality,omitempty"`
	DutyFulfilledOn string   `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64    `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string   `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool     `json:"disputed"`                  // 异议处理中。
	List            string   `json:"list,omitempty"`
	Sector          string   `json:"sector,omitempty"`     // 行业键。
	Grade           string   `json:"grade,omitempty"`      // 评价等级。
	Period          string   `json:"period,omitempty"`     // 评价周期。
	Scope           string   `json:"scope,omitempty"`      // 评价范围。
	Fulfilment      string   `json:"fulfilment,omitempty"` // 承诺履行情况。
	HonorLevel      string   `json:"honorLevel,omitempty"` // 荣誉级别。
	Quantity        int      `json:"quantity,omitempty"`   // 数量：时长、次数等。
	Disclosure      string   `json:"disclosure"`           // 共享属性：公开公示、政务共享、授权查询。
	Live            bool     `json:"live"`                 // 现在是否仍然有效（未撤回、未到期）。
	Remedies        []Remedy `json:"remedies"`             // 可用的救济途径。
}

// OwnRecords: 本人的全部记录，新的在前。
type OwnRecords struct {
	Items      []OwnRecord `json:"items"`
	NextCursor string      `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// StoredRecord: 部门和信用办看到的一条记录。
type StoredRecord struct {
	RecordID        string `json:"recordId"` // 记录编号。
	Kind            string `json:"kind"`
	Section         string `json:"section"`
	Title           string `json:"title"`                // 文书、荣誉或事项名称。
	DocNo           string `json:"docNo,omitempty"`      // 文号。
	Content         string `json:"content,omitempty"`    // 内容摘要。
	Category        string `json:"category,omitempty"`   // 类别。
	LegalBasis      string `json:"legalBasis,omitempty"` // 依据。
	Authority       string `json:"authority"`            // 作出机关。
	Source          string `json:"source"`               // 数据来源单位。
	DecisionDate    string `json:"decisionDate"`
	ValidFrom       string `json:"validFrom,omitempty"`
	ValidTo         string `json:"validTo,omitempty"`
	Severity        string `json:"severity,omitempty"`
	Finality        string `json:"finality,omitempty"`
	DutyFulfilledOn string `json:"dutyFulfilledOn,omitempty"` // 义务履行完毕日。
	FineFen         int64  `json:"fineFen,omitempty"`         // 罚款金额，分。
	DisplayEnds     string `json:"displayEnds,omitempty"`     // 自这一天起不再公示。
	Disputed        bool   `json:"disputed"`                  // 异议处理中。
	List            string `json:"list,omitempty"`
	Sector          string `json:"sector,omitempty"`     // 行业键。
	Grade           string `json:"grade,omitempty"`      // 评价等级。
	Period          string `json:"period,omitempty"`     // 评价周期。
	Scope           string `json:"scope,omitempty"`      // 评价范围。
	Fulfilment      string `json:"fulfilment,omitempty"` // 承诺履行情况。
	HonorLevel      string `json:"honorLevel,omitempty"` // 荣誉级别。
	Quantity        int    `json:"quantity,omitempty"`   // 数量：时长、次数等。
	SubjectKind     string `json:"subjectKind"`
	SubjectName     string `json:"subjectName"`           // 主体名称；自然人只显示姓。
	USCC            string `json:"uscc,omitempty"`        // 组织的代码；自然人没有。
	Disclosure      string `json:"disclosure"`            // 共享属性：公开公示、政务共享、授权查询。
	Live            bool   `json:"live"`                  // 现在是否仍然有效（未撤回、未到期）。
	SourceUSCC      string `json:"sourceUscc,omitempty"`  // 来源单位代码。
	WithdrawnOn     string `json:"withdrawnOn,omitempty"` // 撤回日期。
	ReceivedAt      string `json:"receivedAt"`
	Batch           string `json:"batch,omitempty"` // 报送批次。
}

// PersonalItem: 计入的一项。
type PersonalItem struct {
	ItemID    string   `json:"itemId"`             // 规则项编号。
	Title     string   `json:"title"`              // 计入了什么。
	Citation  string   `json:"citation,omitempty"` // 依据。
	RecordIDs []string `json:"recordIds"`          // 用到的记录。
}

// OwnCredit: 本人信用信息。
type OwnCredit struct {
	Name         string         `json:"name"`         // 本人姓名。
	IDNoMasked   string         `json:"idNoMasked"`   // 本人号码，中间 8 位隐去。
	Level        string         `json:"level"`        // 信用激励等级：优秀、良好、基础、未加入。
	LevelText    string         `json:"levelText"`    // 等级名称。
	OptedIn      bool           `json:"optedIn"`      // 是否自愿加入。
	ItemsCounted int            `json:"itemsCounted"` // 计入的项数。
	Explanation  []PersonalItem `json:"explanation"`
	Counts       SectionCounts  `json:"counts"`
	Total        int            `json:"total"`       // 现行记录总数。
	RuleVersion  string         `json:"ruleVersion"` // 规则版本。
	AsOf         string         `json:"asOf"`
	ValidUntil   *string        `json:"validUntil"`
}

// GradeItem: 计分的一项。
type GradeItem struct {
	ItemID    string   `json:"itemId"`             // 规则项编号。
	Title     string   `json:"title"`              // 计入了什么。
	Points    int      `json:"points"`             // 分值，可为负。
	Citation  string   `json:"citation,omitempty"` // 依据。
	RecordIDs []string `json:"recordIds"`          // 用到的记录。
}

// Negative: 现行的不良信息摘要。
type Negative struct {
	RecordID  string `json:"recordId"` // 记录编号。
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Authority string `json:"authority"` // 作出机关。
	Severity  string `json:"severity,omitempty"`
	Since     string `json:"since"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 异议处理中。
}

// EnterpriseCredit: 企业完整信用信息，含等级、分数和说明。
type EnterpriseCredit struct {
	USCC         string           `json:"uscc"`
	Kind         string           `json:"kind"`        // 主体类别。
	Name         string           `json:"name"`        // 名称。
	FormerNames  []string         `json:"formerNames"` // 曾用名。
	FormerCodes  []string         `json:"formerCodes"` // 变更前的代码。
	Registration Registration     `json:"registration"`
	Counts       SectionCounts    `json:"counts"`
	Ratings      []Rating         `json:"ratings"`
	Lists        []ListMembership `json:"lists"`
	Labels       []string         `json:"labels"`    // 标签，如守信激励对象。
	AsOf         string           `json:"asOf"`      // 按哪一天计算。
	UpdatedAt    string           `json:"updatedAt"` // 最近一次更新。
	ValidUntil   *string          `json:"validUntil"`
	Grade        string           `json:"grade"`
	Score        int              `json:"score"`       // 分数 0–1000；尚未评价时为 0。
	RuleVersion  string           `json:"ruleVersion"` // 规则版本。
	Explanation  []GradeItem      `json:"explanation"`
	Negatives    []Negative       `json:"negatives"`
	Total        int              `json:"total"` // 现行记录总数，不论共享属性。
}

// SubjectRef: 查询对象：企业写 uscc，自然人写 name 和 idNo，二者取一。
type SubjectRef struct {
	USCC string `json:"uscc,omitempty"`
	Name string `json:"name,omitempty"` // 姓名。
	IDNo string `json:"idNo,omitempty"` // 公民身份号码。
}

// CreditQuery: 非公开查询。
type CreditQuery struct {
	Subject   SubjectRef `json:"subject"`
	Purpose   string     `json:"purpose"`
	ConsentID string     `json:"consentId,omitempty"` // 主体授权编号；目的要求授权时必填。
}

// PersonAnswer: 自然人只有激励：可享受或按标准办理。
type PersonAnswer struct {
	NameMasked string `json:"nameMasked"` // 只显示姓。
	IDNoMasked string `json:"idNoMasked"` // 中间隐去。
	Result     string `json:"result"`
}

// CreditAnswer: 非公开查询的结果，内容随查询目的而定。
type CreditAnswer struct {
	Purpose     string            `json:"purpose"`
	SubjectKind string            `json:"subjectKind"`
	At          string            `json:"at"`
	Enterprise  *EnterpriseCredit `json:"enterprise,omitempty"`
	Person      *PersonAnswer     `json:"person,omitempty"`
	Shown       []string          `json:"shown"` // 展示了哪些种类的数据，与主体看到的查询记录一致。
	ValidUntil  *string           `json:"validUntil"`
}

// AccessLogEntry: 一次查询或使用。
type AccessLogEntry struct {
	At         string   `json:"at"`
	Role       string   `json:"role"`
	UnitName   string   `json:"unitName,omitempty"` // 查询单位。
	Action     string   `json:"action"`             // 做了什么，程序用。
	ActionText string   `json:"actionText"`         // 做了什么。
	Purpose    string   `json:"purpose,omitempty"`
	Outcome    string   `json:"outcome"` // 结果。
	Shown      []string `json:"shown"`   // 看到了哪些种类的数据。
	Entry      string   `json:"entry"`   // 审计日志位置。
}

// AccessLog: 谁在什么时候、为什么看过我的信息。
type AccessLog struct {
	Items      []AccessLogEntry `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// ListEntry: 名单中的一个组织。
type ListEntry struct {
	USCC      string `json:"uscc"`
	Name      string `json:"name"` // 名称。
	Kind      string `json:"kind"`
	Title     string `json:"title"`           // 名单名称。
	Authority string `json:"authority"`       // 认定机关。
	Basis     string `json:"basis,omitempty"` // 认定依据。
	From      string `json:"from"`
	Until     string `json:"until,omitempty"`
	Disputed  bool   `json:"disputed"` // 异议处理中。
	RecordID  string `json:"recordId"` // 依据的记录。
}

// ListEntries: 名单。
type ListEntries struct {
	Items      []ListEntry `json:"items"`
	NextCursor string      `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Sector: 一个行业的信用评价方案。
type Sector struct {
	Key       string   `json:"key"`              // 行业键。
	Name      string   `json:"name"`             // 行业名称。
	Documents []string `json:"documents"`        // 依据文件。
	Subjects  []string `json:"subjects"`         // 评价对象。
	Scale     []string `json:"scale"`            // 等级，从好到差；空表示文件没有规定。
	Points    string   `json:"points,omitempty"` // 计分办法。
	Cycle     string   `json:"cycle,omitempty"`  // 评价周期。
	Scope     string   `json:"scope,omitempty"`  // 适用范围。
}

// Sectors: 行业信用评价方案。
type Sectors struct {
	Items      []Sector `json:"items"`
	NextCursor string   `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// GradeCount: 一个等级的个数。
type GradeCount struct {
	Grade string `json:"grade"` // 等级。
	Count int    `json:"count"` // 个数。
}

// Distribution: 公布的评价分布。
type Distribution struct {
	Sector      string       `json:"sector"`          // 行业键。
	Scope       string       `json:"scope"`           // 范围。
	Period      string       `json:"period"`          // 周期。
	SubjectKind string       `json:"subjectKind"`     // 评价对象。
	Total       *int         `json:"total,omitempty"` // 参评总数；文件没有公布时没有。
	Grades      []GradeCount `json:"grades"`
}

// Distributions: 公布的评价分布。
type Distributions struct {
	Items      []Distribution `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// BenefitCaps: 每人次数上限；0 表示不限。
type BenefitCaps struct {
	Day   int `json:"day"`
	Month int `json:"month"`
	Year  int `json:"year"`
	Total int `json:"total"`
}

// ConditionText: 一个条件。
type ConditionText struct {
	ID   string `json:"id"`   // 条件编号。
	Text string `json:"text"` // 条件的说明。
}

// Benefit: 一项惠民惠企事项。
type Benefit struct {
	Code        string          `json:"code"` // 事项代码。
	Scene       string          `json:"scene"`
	Title       string          `json:"title"`              // 名称。
	SiteID      string          `json:"siteId"`             // 站点。
	SiteName    string          `json:"siteName,omitempty"` // 站点名称。
	PayPercent  int             `json:"payPercent"`         // 按原价的百分之几付费，80 即八折。
	PayFen      *int64          `json:"payFen,omitempty"`   // 应付金额，分。
	Caps        BenefitCaps     `json:"caps"`
	Conditions  []ConditionText `json:"conditions"`
	ValidFrom   string          `json:"validFrom"`
	ValidTo     string          `json:"validTo,omitempty"`
	LegalBasis  string          `json:"legalBasis,omitempty"` // 依据。
	Note        string          `json:"note,omitempty"`       // 说明，如演示数据。
	RuleVersion string          `json:"ruleVersion"`          // 规则版本。
}

// Benefits: 已发布的事项。
type Benefits struct {
	Items      []Benefit `json:"items"`
	NextCursor string    `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// Reason: 一个条件的判断。
type Reason struct {
	ID      string `json:"id"` // 条件编号。
	Outcome string `json:"outcome"`
	Text    string `json:"text"` // 说明。
}

// MyBenefit: 我能否享受。
type MyBenefit struct {
	Code        string   `json:"code"` // 事项代码。
	Scene       string   `json:"scene"`
	Title       string   `json:"title"`  // 名称。
	SiteID      string   `json:"siteId"` // 站点。
	Outcome     string   `json:"outcome"`
	Eligible    bool     `json:"eligible"`   // 仅当 outcome 为 eligible 时为真。
	PayPercent  int      `json:"payPercent"` // 按原价的百分之几付费。
	Reasons     []Reason `json:"reasons"`
	Missing     []string `json:"missing"`     // 缺少或有争议的事实。
	RuleVersion string   `json:"ruleVersion"` // 规则版本。
	ValidUntil  *string  `json:"validUntil"`
}

// MyBenefits: 我的惠民事项。
type MyBenefits struct {
	Items []MyBenefit `json:"items"`
}

// PassRequest: 领取凭证。
type PassRequest struct {
	BenefitCode string `json:"benefitCode"` // 事项代码。
}

// Pass: 一次性凭证。
type Pass struct {
	Pass         string `json:"pass"` // 凭证文本，不透明。
	QR           string `json:"qr"`   // 二维码，PNG data URL。
	ExpiresAt    string `json:"expiresAt"`
	OfflineUntil string `json:"offlineUntil"`
}

// GateScan: 扫到的凭证。
type GateScan struct {
	Pass string `json:"pass"` // 凭证文本。
}

// GateCheck: 核验结果；不改变任何次数。
type GateCheck struct {
	Result       string `json:"result"`      // 可享受、按标准办理、请再试一次。
	BenefitCode  string `json:"benefitCode"` // 事项代码；认不出时为空串。
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"` // 应付金额，分。
	HolderMasked string `json:"holderMasked"`     // 持有人，只显示姓；认不出时为空串。
}

// Redemption: 核销结果。
type Redemption struct {
	RedemptionNo string `json:"redemptionNo"` // 核销编号。
	Result       string `json:"result"`
	BenefitCode  string `json:"benefitCode"` // 事项代码。
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"` // 应付金额，分。
	HolderMasked string `json:"holderMasked"`     // 持有人，只显示姓。
	At           string `json:"at"`
}

// SiteRedemption: 本站点的一次核销。
type SiteRedemption struct {
	RedemptionNo string `json:"redemptionNo"` // 核销编号。
	BenefitCode  string `json:"benefitCode"`  // 事项代码。
	At           string `json:"at"`
	Result       string `json:"result"`
	PayPercent   int    `json:"payPercent"`
	PayFen       *int64 `json:"payFen,omitempty"` // 应付金额，分。
	HolderMasked string `json:"holderMasked"`     // 持有人，只显示姓。
	Reversed     bool   `json:"reversed"`         // 是否已撤销。
}

// SiteTotals: 当日合计。
type SiteTotals struct {
	Redemptions int `json:"redemptions"` // 核销次数。
	Reversed    int `json:"reversed"`    // 其中已撤销。
}

// SiteRedemptions: 本站点的核销，新的在前。
type SiteRedemptions struct {
	Items      []SiteRedemption `json:"items"`
	NextCursor string           `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
	Totals     SiteTotals       `json:"totals"`
}

// Material: 一份材料。
type Material struct {
	Code string `json:"code"` // 材料编号。
	Name string `json:"name"` // 材料名称。
}

// ApprovalItem: 支持信用办理的审批事项。
type ApprovalItem struct {
	ItemCode            string     `json:"itemCode"`                  // 事项编码。
	Name                string     `json:"name"`                      // 事项名称。
	Department          string     `json:"department"`                // 办理部门。
	Mode                string     `json:"mode"`                      // 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。
	MainMaterials       []Material `json:"mainMaterials"`             // 主要材料。
	DeferrableMaterials []Material `json:"deferrableMaterials"`       // 可后补的材料。
	MaxDeferred         int        `json:"maxDeferred"`               // 最多后补几份。
	SupplyDays          int        `json:"supplyDays"`                // 几个工作日内补齐。
	PromiseTemplate     string     `json:"promiseTemplate,omitempty"` // 承诺书文本。
	LegalBasis          string     `json:"legalBasis,omitempty"`      // 依据。
	RuleVersion         string     `json:"ruleVersion"`               // 规则版本。
}

// ApprovalItems: 支持信用办理的审批事项。
type ApprovalItems struct {
	Items      []ApprovalItem `json:"items"`
	NextCursor string         `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// ApprovalCheckRequest: 窗口核验。
type ApprovalCheckRequest struct {
	Subject          SubjectRef `json:"subject"`
	ItemCode         string     `json:"itemCode"`         // 事项编码。
	MissingMaterials []string   `json:"missingMaterials"` // 现在缺少的材料编号。
}

// Blocker: 不能更快办理的一个原因和解决办法。
type Blocker struct {
	Code   string `json:"code"`
	Text   string `json:"text"`   // 原因。
	Remedy string `json:"remedy"` // 解决办法。
}

// ApprovalPlan: 办理方案。
type ApprovalPlan struct {
	ItemCode        string    `json:"itemCode"`      // 事项编码。
	Mode            string    `json:"mode"`          // 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。
	Deferrable      []string  `json:"deferrable"`    // 可后补的材料编号。
	NotDeferrable   []string  `json:"notDeferrable"` // 必须现在提交的材料编号。
	SupplyBy        *string   `json:"supplyBy"`
	Blockers        []Blocker `json:"blockers"`
	PromiseTemplate string    `json:"promiseTemplate"` // 承诺书文本；不需要时为空串。
	Warning         string    `json:"warning"`         // 签字前须告知的后果；没有时为空串。
	RuleVersion     string    `json:"ruleVersion"`     // 规则版本。
}

// WhitelistAnswer: 信易贷白名单查询结果。
type WhitelistAnswer struct {
	USCC         string   `json:"uscc"`
	Listed       bool     `json:"listed"` // 是否在白名单中。
	AsOf         string   `json:"asOf"`
	BatchNo      string   `json:"batchNo"`      // 批次号；没有批次时为空串。
	RulesVersion string   `json:"rulesVersion"` // 规则版本。
	Authorised   bool     `json:"authorised"`   // 企业是否已授权本行。
	ValidUntil   *string  `json:"validUntil"`
	Reasons      []Reason `json:"reasons,omitempty"` // 逐条规则的结果；仅在企业授权后给出。
}

// WhitelistChecks: 批量查询。
type WhitelistChecks struct {
	USCCs []string `json:"usccs"` // 代码，至多 1000 个；写错的在结果中逐个说明。
}

// WhitelistItem: 一个代码的结果：有 error 时没有其他结果。
type WhitelistItem struct {
	USCC       string     `json:"uscc"` // 提交的代码。
	Listed     *bool      `json:"listed,omitempty"`
	Authorised *bool      `json:"authorised,omitempty"`
	BatchNo    string     `json:"batchNo,omitempty"`
	ValidUntil string     `json:"validUntil,omitempty"` // 到这一时刻前有效；没有表示不会仅因时间经过而变化。
	Error      *ItemError `json:"error,omitempty"`
}

// ItemError: 一个代码的问题。
type ItemError struct {
	Code       string `json:"code"`                 // 违反的规则，lower_snake。
	Detail     string `json:"detail"`               // 说明。
	Suggestion string `json:"suggestion,omitempty"` // 可能想写的代码。
}

// WhitelistCheckAnswer: 批量查询结果，次序与提交一致。
type WhitelistCheckAnswer struct {
	AsOf         string          `json:"asOf"`
	RulesVersion string          `json:"rulesVersion"` // 规则版本。
	Items        []WhitelistItem `json:"items"`
}

// OriginCheckpoint: 一个日志的检查点。
type OriginCheckpoint struct {
	Origin   string `json:"origin"`   // 日志名。
	TreeSize int64  `json:"treeSize"` // 条数。
	RootHash string `json:"rootHash"` // Merkle 根，base64。
	At       string `json:"at"`
	Pending  int64  `json:"pending"` // 已落盘尚未并入的条数。
	Note     string `json:"note"`    // 签名的检查点（C2SP tlog-checkpoint）。
}

// AuditCheckpoint: 全部日志的检查点。
type AuditCheckpoint struct {
	Origins []OriginCheckpoint `json:"origins"`
}

// AuditProof: 一条日志的包含证明。
type AuditProof struct {
	Origin   string   `json:"origin"`   // 日志名。
	Index    int64    `json:"index"`    // 序号。
	TreeSize int64    `json:"treeSize"` // 检查点的条数。
	LeafHash string   `json:"leafHash"` // 叶子哈希，base64。
	RootHash string   `json:"rootHash"` // Merkle 根，base64。
	Hashes   []string `json:"hashes"`   // 证明路径，base64。
}

// Health: 进程状态。
type Health struct {
	Status string `json:"status"`
}

// ReadyCheck: 一项检查。
type ReadyCheck struct {
	Name string `json:"name"`
	Ok   bool   `json:"ok"`
}

// Readiness: 能否接请求。
type Readiness struct {
	Status string       `json:"status"`
	Checks []ReadyCheck `json:"checks"`
}
