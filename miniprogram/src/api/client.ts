// Written by scripts/client.mjs from api/openapi.yaml; change the contract and run `make client`.
import { send } from './send'

/** 时刻，RFC 3339，带时区偏移。 */
export type Instant = string

/** 时刻，RFC 3339；null 表示不会仅因时间经过而变化。 */
export type NullableInstant = string | null

/** 日期 YYYY-MM-DD，Asia/Shanghai。 */
export type Day = string

/** 日期 YYYY-MM-DD；null 表示没有。 */
export type NullableDay = string | null

/** 统一社会信用代码（GB 32100-2015）18 位；没有代码的组织用平台编号 o_…；查询时也接受变更前的代码和 15 位原注册号。 */
export type Uscc = string

/** 调用者的角色。 */
export type Role = "public" | "citizen" | "gate" | "clerk" | "bank" | "department" | "office" | "reviewer" | "security_admin" | "auditor"

/** 信易+ 场景：游、批、医、阅、行、租、贷、养老、教育、消费。 */
export type Scene = "tour" | "approve" | "medical" | "read" | "travel" | "rent" | "loan" | "elderly" | "education" | "consume"

/** 查询目的。 */
export type Purpose = "self_view" | "benefit_check" | "bank_assess" | "employment" | "tender" | "award" | "approval" | "other"

/** 信用报告八个部分：行政管理、诚实守信、严重失信、经营异常、信用承诺、信用评价、司法判决、其他。 */
export type Section = "administration" | "honesty" | "serious" | "abnormal" | "commitment" | "evaluation" | "judicial" | "other"

/** 名单种类：守信激励、严重失信、经营异常、重点关注。 */
export type ListKind = "honor" | "serious" | "abnormal" | "watch"

/** 记录种类：十公示与荣誉、名单、评价、承诺、司法、登记、其他。 */
export type RecordKind = "permit" | "penalty" | "coercion" | "inspection" | "reward" | "confirmation" | "levy" | "payment" | "adjudication" | "compensation" | "honor" | "list_entry" | "rating" | "commitment" | "judgment" | "registration" | "contract"

/** 三值判断：符合、不符合、因缺少或争议的事实无法判断。 */
export type Outcome = "eligible" | "not_eligible" | "undetermined"

/** 行政处罚的轻重：轻微、一般、严重。 */
export type Severity = "minor" | "general" | "serious"

/** 企业公共信用等级，A 最好；尚未评价时为空串。 */
export type Grade = "A" | "B" | "C" | "D" | "E" | ""

/** 问题代码，封闭集合；程序只应依据它判断。 */
export type ProblemCode = "method_not_allowed" | "unauthenticated" | "token_expired" | "invalid_credentials" | "locked_out" | "forbidden" | "rate_limited" | "invalid_request" | "invalid_cursor" | "payload_too_large" | "unsupported_media_type" | "not_acceptable" | "idempotency_key_required" | "idempotency_key_reused" | "request_in_flight" | "precondition_required" | "precondition_failed" | "not_found" | "already_exists" | "conflict" | "identity_not_verified" | "identity_mismatch" | "identity_already_bound" | "not_legal_representative" | "purpose_not_allowed" | "consent_required" | "not_eligible" | "pass_invalid" | "pass_expired" | "pass_already_used" | "pass_wrong_site" | "cap_reached" | "budget_exhausted" | "outside_catalogue" | "no_legal_basis" | "second_person_required" | "not_ready" | "calendar_missing" | "upstream_unavailable" | "audit_unavailable" | "unavailable" | "internal"

/** 请求中的一处问题，不含提交的值。 */
export type FieldError = {
  /** 正文用 JSON 指针（/subject/uscc），查询参数 ?name，路径参数 {name}，请求头 Name:。 */
  pointer: string
  /** 违反的规则，lower_snake。 */
  code: string
  /** 规则的中文说明。 */
  detail: string
}

/** RFC 9457 问题文档。 */
export type Problem = {
  /** 问题种类的 URI。 */
  type: string
  /** 简短标题。 */
  title: string
  /** HTTP 状态码。 */
  status: number
  /** 一句话：下一步怎么办。 */
  detail: string
  code: ProblemCode
  /** 请求编号，报障时请提供。 */
  requestId: string
  /** 逐项问题。 */
  errors?: FieldError[]
}

/** RFC 6749 §5.2 错误。 */
export type OAuthError = {
  error: "invalid_request" | "invalid_client" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "temporarily_unavailable" | "server_error"
  /** 说明，ASCII。 */
  error_description?: string
}

/** 小程序登录。 */
export type WechatSignIn = {
  /** wx.login 得到的临时登录凭证。 */
  code: string
}

/** 工作人员登录。 */
export type StaffSignIn = {
  /** 用户名。 */
  username: string
  /** 密码。 */
  password: string
  /** 动态口令，6 位数字；安全管理员和审计员必填。 */
  otp?: string
}

/** 用刷新令牌换新令牌。 */
export type RefreshRequest = {
  /** 刷新令牌，只能用一次。 */
  refreshToken: string
}

/** 退出登录；正文可以省略。 */
export type LogoutRequest = {
  /** 同一次登录的刷新令牌；写不写都一并作废。 */
  refreshToken?: string
}

/** 登录者。 */
export type SignedInUser = {
  /** 账号编号。 */
  id: string
  /** 是否已实名。 */
  verified: boolean
  /** 角色。 */
  roles: Role[]
}

/** 访问令牌和刷新令牌。 */
export type TokenPair = {
  /** JWT（EdDSA），15 分钟。 */
  accessToken: string
  /** 刷新令牌，每次使用后更换；重复使用会使整组令牌作废。 */
  refreshToken: string
  tokenType: "Bearer"
  /** 访问令牌的有效秒数。 */
  expiresIn: number
  user: SignedInUser
}

/** RFC 6749 §4.4 客户端凭证。 */
export type TokenRequest = {
  /** 必须是 client_credentials。 */
  grant_type: string
  client_id?: string
  client_assertion_type?: string
  /** private_key_jwt（RFC 7523）。 */
  client_assertion?: string
  scope?: string
}

/** RFC 6749 §5.1 令牌。 */
export type TokenAnswer = {
  access_token: string
  token_type: "Bearer"
  expires_in: number
  scope?: string
}

/** 公钥（RFC 8037）。 */
export type Jwk = {
  kty: string
  crv: string
  x: string
  kid: string
  use: string
  alg: string
}

/** 签发令牌的公钥集合（RFC 7517）。 */
export type Jwks = {
  keys: Jwk[]
}

/** 授权服务器元数据（RFC 8414）。 */
export type OAuthMetadata = {
  issuer: string
  token_endpoint: string
  jwks_uri: string
  grant_types_supported: string[]
  response_types_supported: string[]
  token_endpoint_auth_methods_supported: string[]
  token_endpoint_auth_signing_alg_values_supported: string[]
  scopes_supported: string[]
  service_documentation: string
  ui_locales_supported: string[]
  access_token_signing_alg_values_supported: string[]
}

/** 当前登录的公民。 */
export type Me = {
  /** 账号编号。 */
  id: string
  /** 是否已实名。 */
  verified: boolean
  roles: Role[]
  /** 本人姓名；未实名时没有。 */
  name?: string
  /** 本人号码，中间 8 位隐去；未实名时没有。 */
  idNoMasked?: string
  boundAt?: Instant
}

/** 实名绑定。 */
export type IdentityRequest = {
  /** 姓名，与身份证一致。 */
  name: string
  /** 公民身份号码（GB 11643-1999）18 位。 */
  idNo: string
}

/** 本人可代表的企业。 */
export type EnterpriseBinding = {
  uscc: Uscc
  /** 企业名称。 */
  name: string
  /** 代表身份。 */
  as: "legal_representative"
  boundAt: Instant
}

/** 本人可代表的企业。 */
export type EnterpriseBindings = {
  items: EnterpriseBinding[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 绑定企业。 */
export type EnterpriseBindingRequest = {
  uscc: Uscc
}

/** 命中的位置，按字符（Unicode 码点）计。 */
export type MatchSpan = {
  /** 命中的字段。 */
  field: "code" | "formerCode" | "name" | "formerName"
  /** 命中字段的值。 */
  text: string
  /** 起始字符，从 0 起。 */
  start: number
  /** 字符数。 */
  length: number
}

/** 一条查询结果。 */
export type EnterpriseHit = {
  uscc: Uscc
  /** 名称。 */
  name: string
  /** 登记状态。 */
  status?: string
  /** 相关程度，100 最高。 */
  score: number
  /** 命中处；纠错命中也标出最接近的一段。 */
  matches: MatchSpan[]
}

/** 企业查询结果，最相关的在前。 */
export type EnterpriseHits = {
  items: EnterpriseHit[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 登记注册基本信息。 */
export type Registration = {
  /** 法定代表人、负责人或经营者。 */
  legalRep?: string
  /** 工商注册号。 */
  regNo?: string
  /** 企业类型。 */
  type?: string
  /** 登记状态。 */
  status?: string
  establishedOn?: Day
  /** 住所。 */
  address?: string
  /** 区划代码 9 位。 */
  division?: string
  /** 登记机关。 */
  authority?: string
  /** 行业。 */
  industry?: string
  /** 规模：大、中、小、微。 */
  size?: string
  /** 经营范围。 */
  scope?: string
}

/** 八个部分可公示记录的条数。 */
export type SectionCounts = {
  /** 行政管理。 */
  administration: number
  /** 诚实守信。 */
  honesty: number
  /** 严重失信。 */
  serious: number
  /** 经营异常。 */
  abnormal: number
  /** 信用承诺。 */
  commitment: number
  /** 信用评价。 */
  evaluation: number
  /** 司法判决。 */
  judicial: number
  /** 其他。 */
  other: number
}

/** 行业信用评价。 */
export type Rating = {
  /** 行业键。 */
  sector: string
  /** 行业名称。 */
  sectorName: string
  /** 原始等级。 */
  grade: string
  /** 评价周期。 */
  period: string
  /** 评价范围。 */
  scope?: string
  /** 依据的记录。 */
  recordId: string
}

/** 可公示的名单信息。 */
export type ListMembership = {
  kind: ListKind
  /** 依据的记录。 */
  recordId: string
  /** 名单名称。 */
  title: string
  /** 认定机关。 */
  authority: string
  /** 认定依据。 */
  basis?: string
  from: Day
  until?: Day
  /** 是否异议处理中。 */
  disputed: boolean
}

/** 企业公开信用信息。 */
export type EnterpriseFile = {
  uscc: Uscc
  /** 主体类别。 */
  kind: "legal_person" | "self_employed"
  /** 名称。 */
  name: string
  /** 曾用名。 */
  formerNames: string[]
  /** 变更前的代码。 */
  formerCodes: string[]
  registration: Registration
  counts: SectionCounts
  ratings: Rating[]
  lists: ListMembership[]
  /** 标签，如守信激励对象。 */
  labels: string[]
  /** 按哪一天计算。 */
  asOf: Day
  /** 最近一次更新。 */
  updatedAt: Instant
  validUntil: NullableInstant
}

/** 可用的救济途径。 */
export type Remedy = {
  kind: "objection" | "repair" | "archive"
  /** 怎么办。 */
  text: string
  /** 最早可申请的日期。 */
  earliestOn?: Day
}

/** 表单中的一项其他信息。 */
export type RecordDetail = {
  key: string
  /** 表单中的名称。 */
  label: string
  value: string
}

/** 可公示的一条记录。 */
export type PublicRecord = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  section: Section
  /** 文书、荣誉或事项名称。 */
  title: string
  /** 文号。 */
  docNo?: string
  /** 内容摘要。 */
  content?: string
  /** 表单中的其他信息项。 */
  details?: RecordDetail[]
  /** 类别。 */
  category?: string
  /** 依据。 */
  legalBasis?: string
  /** 作出机关。 */
  authority: string
  /** 数据来源单位。 */
  source: string
  decisionDate: Day
  validFrom?: Day
  validTo?: Day
  severity?: Severity
  finality?: "appeal_window_open" | "under_review" | "under_litigation" | "final" | "amended" | "revoked"
  /** 义务履行完毕日。 */
  dutyFulfilledOn?: Day
  /** 罚款金额，分。 */
  fineFen?: number
  /** 自这一天起不再公示。 */
  displayEnds?: Day
  /** 异议处理中。 */
  disputed: boolean
  list?: ListKind
  /** 行业键。 */
  sector?: string
  /** 评价等级。 */
  grade?: string
  /** 评价周期。 */
  period?: string
  /** 评价范围。 */
  scope?: string
  /** 承诺履行情况。 */
  fulfilment?: string
  /** 荣誉级别。 */
  honorLevel?: string
  /** 数量：时长、次数等。 */
  quantity?: number
}

/** 可公示的记录，新的在前。 */
export type PublicRecords = {
  items: PublicRecord[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 本人（本企业）的一条记录。 */
export type OwnRecord = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  section: Section
  /** 文书、荣誉或事项名称。 */
  title: string
  /** 文号。 */
  docNo?: string
  /** 内容摘要。 */
  content?: string
  /** 表单中的其他信息项。 */
  details?: RecordDetail[]
  /** 类别。 */
  category?: string
  /** 依据。 */
  legalBasis?: string
  /** 作出机关。 */
  authority: string
  /** 数据来源单位。 */
  source: string
  decisionDate: Day
  validFrom?: Day
  validTo?: Day
  severity?: Severity
  finality?: "appeal_window_open" | "under_review" | "under_litigation" | "final" | "amended" | "revoked"
  /** 义务履行完毕日。 */
  dutyFulfilledOn?: Day
  /** 罚款金额，分。 */
  fineFen?: number
  /** 自这一天起不再公示。 */
  displayEnds?: Day
  /** 异议处理中。 */
  disputed: boolean
  list?: ListKind
  /** 行业键。 */
  sector?: string
  /** 评价等级。 */
  grade?: string
  /** 评价周期。 */
  period?: string
  /** 评价范围。 */
  scope?: string
  /** 评价得分。 */
  points?: number
  /** 承诺履行情况。 */
  fulfilment?: string
  /** 荣誉级别。 */
  honorLevel?: string
  /** 数量：时长、次数等。 */
  quantity?: number
  /** 共享属性：公开公示、政务共享、授权查询。 */
  disclosure: "public" | "gov_share" | "authorised"
  /** 现在是否仍然有效（未撤回、未到期）。 */
  live: boolean
  /** 可用的救济途径。 */
  remedies: Remedy[]
}

/** 本人的全部记录，新的在前。 */
export type OwnRecords = {
  items: OwnRecord[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 报送的种类：十公示、名单、荣誉、行业评价、信用承诺、登记注册。 */
export type SubmissionKind = "permit" | "penalty" | "coercion" | "inspection" | "reward" | "confirmation" | "levy" | "payment" | "adjudication" | "compensation" | "list_entry" | "honor" | "rating" | "commitment" | "registration"

/** 新报（已有的跳过）或更正（按业务主键改正本单位已报的）；默认 new。 */
export type SubmissionMode = "new" | "correction"

/** 一行，键与模板的列键相同，值与列键的取值相同；缺哪项由逐行校验指出。 */
export type SubmissionRow = {
  /** 行政相对人名称；自然人为姓名。 */
  name?: string
  /** 统一社会信用代码。 */
  uscc?: string
  /** 自然人的公民身份号码。 */
  idNo?: string
  /** 法定代表人。 */
  legalRep?: string
  /** 文书、荣誉或事项名称。 */
  title?: string
  /** 文号。 */
  docNo?: string
  /** 内容。 */
  content?: string
  /** 类别。 */
  category?: string
  /** 依据。 */
  legalBasis?: string
  /** 作出机关。 */
  authority?: string
  /** 作出机关代码。 */
  authorityUscc?: string
  /** 数据来源单位，省略时为本单位。 */
  source?: string
  /** 数据来源单位代码，省略时为本单位。 */
  sourceUscc?: string
  /** 决定日期 YYYY-MM-DD。 */
  decisionDate?: string
  /** 有效期自。 */
  validFrom?: string
  /** 有效期至；长期写 2099-12-31。 */
  validTo?: string
  /** 共享属性，只能比信息目录更严。 */
  disclosure?: string
  /** 处罚的严重程度。 */
  severity?: string
  /** 救济状态。 */
  finality?: string
  /** 处罚程序：ordinary、summary。 */
  procedure?: string
  /** 义务履行完毕日。 */
  dutyFulfilledOn?: string
  /** 罚款金额，分。 */
  fineFen?: number
  /** 名单种类。 */
  list?: string
  /** 行业键。 */
  sector?: string
  /** 评价等级。 */
  grade?: string
  /** 评价周期。 */
  period?: string
  /** 评价范围。 */
  scope?: string
  /** 评价得分，整数。 */
  points?: string
  /** 承诺履行情况。 */
  fulfilment?: string
  /** 荣誉级别。 */
  honorLevel?: string
  /** 数量：时长、次数等。 */
  quantity?: number
  /** 行政相对人类别。 */
  subjectKind?: string
  /** 模板中列键以 details. 开头的各项。 */
  details?: RowDetail[]
}

/** 报送的一行中的一项其他信息。 */
export type RowDetail = {
  /** 列键，不含 details.。 */
  key: string
  /** 保存的形式：选项写编号，金额写分。 */
  value: string
}

/** 直接写行的报送。 */
export type SubmissionRequest = {
  kind: SubmissionKind
  mode?: SubmissionMode
  /** 各行。 */
  rows: SubmissionRow[]
}

/** 一次报送及其进度。 */
export type Submission = {
  /** 报送编号。 */
  submissionNo: string
  kind: SubmissionKind
  mode: SubmissionMode
  /** 已接收、处理中、已处理完、文件不能处理。 */
  status: "received" | "running" | "done" | "failed"
  /** 现状的说明和下一步。 */
  statusText: string
  /** 文件格式。 */
  format: "xlsx" | "csv" | "ndjson"
  /** 文件名；直接写行时为空串。 */
  fileName: string
  /** 字节数。 */
  size: number
  /** 报送单位。 */
  unitName: string
  receivedAt: Instant
  /** 处理完的时刻；null 表示还没有。 */
  finishedAt: string | null
  /** 已读的行数。 */
  rowsRead: number
  /** 入库或更正的行数。 */
  accepted: number
  /** 已有而跳过的行数。 */
  duplicate: number
  /** 被拒的行数，见错误表。 */
  rejected: number
  /** 有提示的行数，见错误表。 */
  warned: number
  /** 大约的总行数；null 表示不知道。 */
  rowsTotal: number | null
  /** 最近一次运行每秒处理的行数；0 表示还不知道。 */
  rowsPerSecond: number
  /** 大约还需几秒；null 表示不知道。 */
  remainingSeconds: number | null
}

/** 本单位的报送，新的在前。 */
export type Submissions = {
  /** 本页。 */
  items: Submission[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 撤回。 */
export type RetractionRequest = {
  /** 公开说明的理由；不得含个人信息。 */
  reason: string
  /** 决定被变更、撤销等的日期；省略时为今天。 */
  decidedOn?: Day
}

/** 撤回的结果和期限。 */
export type Retraction = {
  /** 记录编号。 */
  recordId: string
  withdrawnOn: Day
  /** 公开的理由。 */
  reason: string
  decidedOn: Day
  /** 应当撤回的最后一天（三个工作日）；没有当年工作日历、算不出时省略。 */
  withdrawBy?: Day
  /** 该期限的依据。 */
  withdrawBasis: string
  /** 是否按期撤回；期限算不出时省略。 */
  onTime?: boolean
  /** 各平台应当同步撤下的最后一天（一个工作日）；算不出时省略。 */
  syncBy?: Day
  /** 该期限的依据。 */
  syncBasis: string
}

/** 部门和信用办看到的一条记录。 */
export type StoredRecord = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  section: Section
  /** 文书、荣誉或事项名称。 */
  title: string
  /** 文号。 */
  docNo?: string
  /** 内容摘要。 */
  content?: string
  /** 表单中的其他信息项。 */
  details?: RecordDetail[]
  /** 类别。 */
  category?: string
  /** 依据。 */
  legalBasis?: string
  /** 作出机关。 */
  authority: string
  /** 数据来源单位。 */
  source: string
  decisionDate: Day
  validFrom?: Day
  validTo?: Day
  severity?: Severity
  finality?: "appeal_window_open" | "under_review" | "under_litigation" | "final" | "amended" | "revoked"
  /** 义务履行完毕日。 */
  dutyFulfilledOn?: Day
  /** 罚款金额，分。 */
  fineFen?: number
  /** 自这一天起不再公示。 */
  displayEnds?: Day
  /** 异议处理中。 */
  disputed: boolean
  list?: ListKind
  /** 行业键。 */
  sector?: string
  /** 评价等级。 */
  grade?: string
  /** 评价周期。 */
  period?: string
  /** 评价范围。 */
  scope?: string
  /** 评价得分。 */
  points?: number
  /** 承诺履行情况。 */
  fulfilment?: string
  /** 荣誉级别。 */
  honorLevel?: string
  /** 数量：时长、次数等。 */
  quantity?: number
  /** 组织的代码；自然人没有。 */
  uscc?: Uscc
  /** 共享属性：公开公示、政务共享、授权查询。 */
  disclosure: "public" | "gov_share" | "authorised"
  /** 归集所依的目录项，数据代码@版本，如 0303@2024；共享属性和保存期限由它而来。 */
  catalogueRef?: string
  /** 现在是否仍然有效（未撤回、未到期）。 */
  live: boolean
  /** 来源单位代码。 */
  sourceUscc?: string
  /** 撤回日期。 */
  withdrawnOn?: Day
  /** 公开的撤回理由。 */
  withdrawnReason?: string
  receivedAt: Instant
  /** 报送批次。 */
  batch?: string
}

/** 计入的一项。 */
export type PersonalItem = {
  /** 规则项编号。 */
  itemId: string
  /** 计入了什么。 */
  title: string
  /** 依据。 */
  citation?: string
  /** 用到的记录。 */
  recordIds: string[]
}

/** 本人信用信息。 */
export type OwnCredit = {
  /** 本人姓名。 */
  name: string
  /** 本人号码，中间 8 位隐去。 */
  idNoMasked: string
  /** 信用激励等级：优秀、良好、基础、未加入。 */
  level: "excellent" | "good" | "basic" | "none"
  /** 等级名称。 */
  levelText: string
  /** 是否自愿加入。 */
  optedIn: boolean
  /** 计入的项数。 */
  itemsCounted: number
  explanation: PersonalItem[]
  counts: SectionCounts
  /** 现行记录总数。 */
  total: number
  /** 规则版本。 */
  ruleVersion: string
  asOf: Day
  validUntil: NullableInstant
}

/** 可以同意的事项：加入个人信用激励等级。 */
export type ConsentKind = "incentive_level"

/** 同意什么。 */
export type ConsentGrant = {
  kind: ConsentKind
  /** 所阅读文本的 SHA-256；与现行文本不同的不能加入。 */
  textHash?: string
}

/** 一个同意事项，是否已经同意。 */
export type Consent = {
  /** 编号，撤回时使用；授权查询的，也是被授权单位查询时的 consentId。 */
  id: string
  /** 加入个人信用激励等级，或授权他人查询信用信息。 */
  kind: "incentive_level" | "disclosure"
  /** 名称。 */
  title: string
  /** 同意的内容。 */
  text: string
  /** 已同意、可以同意、尚未开通、已撤回、已到期。 */
  state: "granted" | "offered" | "unavailable" | "withdrawn" | "ended"
  grantedAt: NullableInstant
  /** 现在的等级；没有时为 none。 */
  level: "excellent" | "good" | "basic" | "none"
  /** 评价规则的版本；没有公布规则时为空串。 */
  ruleVersion: string
  /** 被授权单位的统一社会信用代码。 */
  recipient?: string
  /** 被授权单位的名称。 */
  recipientName?: string
  purpose?: Purpose
  /** 授权的信息类别；没有时为该目的可查的全部。 */
  categories?: string[]
  validUntil?: Instant
  withdrawnAt?: Instant
  /** 现行文本的 SHA-256；加入时写明。 */
  textHash?: string
}

/** 同意事项。 */
export type Consents = {
  items: Consent[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 计分的一项。 */
export type GradeItem = {
  /** 规则项编号。 */
  itemId: string
  /** 计入了什么。 */
  title: string
  /** 分值，可为负。 */
  points: number
  /** 依据。 */
  citation?: string
  /** 用到的记录。 */
  recordIds: string[]
}

/** 现行的不良信息摘要。 */
export type Negative = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  title: string
  /** 作出机关。 */
  authority: string
  severity?: Severity
  since: Day
  until?: Day
  /** 异议处理中。 */
  disputed: boolean
}

/** 企业完整信用信息，含等级、分数和说明。 */
export type EnterpriseCredit = {
  uscc: Uscc
  /** 主体类别。 */
  kind: "legal_person" | "self_employed"
  /** 名称。 */
  name: string
  /** 曾用名。 */
  formerNames: string[]
  /** 变更前的代码。 */
  formerCodes: string[]
  registration: Registration
  counts: SectionCounts
  ratings: Rating[]
  lists: ListMembership[]
  /** 标签，如守信激励对象。 */
  labels: string[]
  /** 按哪一天计算。 */
  asOf: Day
  /** 最近一次更新。 */
  updatedAt: Instant
  validUntil: NullableInstant
  grade: Grade
  /** 分数 0–1000；尚未评价时为 0。 */
  score: number
  /** 规则版本。 */
  ruleVersion: string
  explanation: GradeItem[]
  negatives: Negative[]
  /** 现行记录总数，不论共享属性。 */
  total: number
  /** 监管频次建议，只在信用办查询时有。 */
  supervision?: SupervisionSuggestion[]
}

/** 查询对象：企业写 uscc，自然人写 name 和 idNo，二者取一。 */
export type SubjectRef = {
  uscc?: Uscc
  /** 姓名。 */
  name?: string
  /** 公民身份号码。 */
  idNo?: string
}

/** 非公开查询。 */
export type CreditQuery = {
  subject: SubjectRef
  purpose: Purpose
  /** 主体授权编号；不写时用本单位现行有效的任一授权。 */
  consentId?: string
}

/** 自然人只有激励：可享受或按标准办理。 */
export type PersonAnswer = {
  /** 只显示姓。 */
  nameMasked: string
  /** 中间隐去。 */
  idNoMasked: string
  result: "pass" | "standard"
}

/** 非公开查询的结果，内容随查询目的而定。 */
export type CreditAnswer = {
  purpose: Purpose
  subjectKind: "legal_person" | "self_employed" | "natural_person"
  at: Instant
  enterprise?: EnterpriseCredit
  /** 可提供的记录，至多 200 条；只有企业有。 */
  records?: PublicRecord[]
  person?: PersonAnswer
  /** 展示了哪些种类的数据，与主体看到的查询记录一致。 */
  shown: string[]
  validUntil: NullableInstant
}

/** 一次查询或使用。 */
export type AccessLogEntry = {
  at: Instant
  role: Role
  /** 查询单位。 */
  unitName?: string
  /** 做了什么，程序用。 */
  action: string
  /** 做了什么。 */
  actionText: string
  purpose?: Purpose
  /** 结果。 */
  outcome: string
  /** 看到了哪些种类的数据。 */
  shown: string[]
  /** 审计日志位置。 */
  entry: string
}

/** 谁在什么时候、为什么看过我的信息。 */
export type AccessLog = {
  items: AccessLogEntry[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 名单中的一个组织。 */
export type ListEntry = {
  uscc: Uscc
  /** 名称。 */
  name: string
  kind: ListKind
  /** 名单名称。 */
  title: string
  /** 认定机关。 */
  authority: string
  /** 认定依据。 */
  basis?: string
  from: Day
  until?: Day
  /** 异议处理中。 */
  disputed: boolean
  /** 依据的记录。 */
  recordId: string
}

/** 证据：文件名称和摘要值，文件由本单位留存。 */
export type Evidence = {
  /** 文件名称。 */
  title: string
  /** SM3 或 SHA-256，小写十六进制。 */
  digest: string
}

/** 事先告知；守信激励为认定前公示。 */
export type PriorNotice = {
  on: Day
  /** 方式：直接送达、邮寄、公告、公示等。 */
  how: string
  evidence: Evidence[]
}

/** 告知后主体的异议。 */
export type ListingObjection = {
  /** 正在核查、不成立、成立。 */
  outcome: "pending" | "rejected" | "accepted"
  /** 答复；不写个人信息。 */
  note?: string
}

/** 严重失信主体的责任人员；密封保存，不公示。 */
export type ResponsiblePerson = {
  /** 法定代表人、主要负责人、实际控制人。 */
  role: "legal_representative" | "principal" | "controller"
  /** 姓名。 */
  name: string
}

/** 责任人员，姓名只显示姓。 */
export type MaskedPerson = {
  /** 身份。 */
  role: string
  /** 只显示姓。 */
  nameMasked: string
}

/** 名单认定草案。 */
export type ListingDraft = {
  kind: ListKind
  uscc: Uscc
  /** 名单名称；不写时用该类名单的名称。 */
  title?: string
  /** 认定文号。 */
  docNo?: string
  /** 事由，随名单公示；不写个人信息。 */
  reason?: string
  /** 依据的代码，见认定规则。 */
  basis: string
  /** 依据的条款。 */
  article?: string
  /** 拟采取的措施的代码，见措施清单。 */
  measures?: string[]
  decisionDate?: Day
  validTo?: Day
  severity?: Severity
  /** 所依据的决定是否生效。 */
  finality?: "appeal_window_open" | "under_review" | "under_litigation" | "final" | "amended" | "revoked"
  priorNotice?: PriorNotice
  objection?: ListingObjection
  /** 省级审核文号。 */
  provincialNo?: string
  responsible?: ResponsiblePerson[]
}

/** 公布的一项条件。 */
export type ListingCondition = {
  /** 条件，程序用。 */
  code: string
  /** 条件。 */
  text: string
  /** 是否具备。 */
  ok: boolean
  /** 只需等待，不需要补材料。 */
  waits: boolean
}

/** 一条名单办理。 */
export type Listing = {
  /** 编号。 */
  id: string
  /** 草案、已公布、已移出、草案已撤回。 */
  state: "draft" | "published" | "removed" | "withdrawn"
  kind: ListKind
  uscc: Uscc
  /** 主体名称。 */
  name: string
  /** 名单名称。 */
  title: string
  /** 认定文号。 */
  docNo?: string
  /** 事由。 */
  reason?: string
  /** 依据的代码。 */
  basis: string
  /** 认定依据。 */
  legalBasis: string
  /** 措施的代码。 */
  measures: string[]
  decisionDate?: Day
  validTo?: Day
  severity?: Severity
  /** 所依据的决定是否生效。 */
  finality?: string
  priorNotice?: PriorNotice
  windowEnds?: Day
  objection?: ListingObjection
  /** 省级审核文号。 */
  provincialNo?: string
  responsible: MaskedPerson[]
  /** 认定单位代码。 */
  unit: string
  /** 认定单位。 */
  unitName: string
  createdAt: Instant
  updatedAt: Instant
  publishedAt?: Instant
  /** 公布后的记录编号。 */
  recordId?: string
  removedAt?: Instant
  /** 移出或撤回的理由。 */
  removalReason?: string
  /** 草案公布前逐项核对。 */
  conditions: ListingCondition[]
  asOf: Day
  /** 规则版本。 */
  ruleVersion: string
}

/** 名单办理摘要。 */
export type ListingSummary = {
  /** 编号。 */
  id: string
  /** 草案、已公布、已移出、草案已撤回。 */
  state: "draft" | "published" | "removed" | "withdrawn"
  kind: ListKind
  uscc: Uscc
  /** 主体名称。 */
  name: string
  /** 名单名称。 */
  title: string
  /** 认定单位。 */
  unitName: string
  windowEnds?: Day
  updatedAt: Instant
}

/** 名单办理，新的在前。 */
export type Listings = {
  items: ListingSummary[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 移出名单，或撤回草案。 */
export type ListingRemoval = {
  /** 理由；移出的随退出公告公示，不写个人信息。 */
  reason: string
}

/** 撤回公示。 */
export type RetractionNotice = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  uscc: Uscc
  /** 名称。 */
  name: string
  /** 文书、荣誉或事项名称。 */
  title: string
  /** 文号。 */
  docNo?: string
  /** 作出机关。 */
  authority: string
  /** 公开说明的理由。 */
  reason: string
  decisionDate: Day
  /** 撤销、变更或发现有误的日期。 */
  decidedOn: Day
  withdrawnOn: Day
}

/** 撤回公示，新的在前。 */
export type RetractionNotices = {
  items: RetractionNotice[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 退出公告。 */
export type RemovalNotice = {
  kind: ListKind
  uscc: Uscc
  /** 名称。 */
  name: string
  /** 名单名称。 */
  title: string
  /** 认定单位。 */
  authority: string
  /** 理由。 */
  reason: string
  listedOn: Day
  removedOn: Day
}

/** 退出公告，新的在前。 */
export type RemovalNotices = {
  items: RemovalNotice[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一项有现行依据的激励或惩戒措施。 */
export type Measure = {
  /** 措施代码。 */
  code: string
  /** 措施名称。 */
  name: string
  /** 守信激励、一般惩戒、严重失信惩戒。 */
  class: "incentive" | "general" | "serious"
  /** 适用主体：organisation 组织、natural_person 自然人（只有激励）。 */
  targets: string[]
  /** 适用的名单。 */
  lists: ListKind[]
  /** 具体情形。 */
  trigger: string
  /** 法规政策依据。 */
  legalBasis: string
  /** 实施手段。 */
  means: string
  /** 实施主体。 */
  implementer: string
  validFrom: Day
  validTo?: Day
}

/** 措施清单。 */
export type Measures = {
  items: Measure[]
  /** 规则版本。 */
  ruleVersion: string
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一项待办。 */
export type WorkItem = {
  /** 待办种类，程序用。 */
  kind: string
  /** 所办事项的编号。 */
  id: string
  /** 事项。 */
  title: string
  /** 要做什么。 */
  ask: string
  /** 主体代码；自然人没有。 */
  uscc?: string
  /** 提出单位。 */
  unitName?: string
  since?: Day
  due?: Day
  /** 已过办理期限。 */
  overdue: boolean
}

/** 待办，期限近的在前。 */
export type Worklist = {
  items: WorkItem[]
  asOf: Day
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 发起联合奖惩。 */
export type JointInitiation = {
  /** 已公布的名单办理编号。 */
  listEntryId: string
  /** 措施的代码。 */
  measures: string[]
  /** 请求实施的单位。 */
  units: Uscc[]
}

/** 一个单位在联合奖惩中的任务。 */
export type JointTask = {
  /** 联合奖惩编号。 */
  actionId: string
  /** 名单办理编号。 */
  listEntryId: string
  kind: ListKind
  uscc: Uscc
  /** 主体名称。 */
  name: string
  /** 发起单位代码。 */
  from: string
  /** 发起单位。 */
  fromName: string
  /** 实施单位代码。 */
  unit: string
  /** 要求的措施。 */
  measures: string[]
  /** 已推送、已响应、不实施、已反馈、待解除、已解除、已终止。 */
  state: "pushed" | "accepted" | "declined" | "done" | "lifting" | "lifted" | "cancelled"
  pushedAt: Instant
  respondBy: Day
  reportBy: Day
  respondedAt?: Instant
  /** 不实施的理由。 */
  reason?: string
  reportedAt?: Instant
  /** 已实施的措施。 */
  applied: string[]
  /** 执行情况。 */
  report?: string
  liftedAt?: Instant
}

/** 一次联合奖惩：发起单位和信用办看到全部任务，其他单位只看到本单位的。 */
export type JointAction = {
  /** 编号。 */
  id: string
  tasks: JointTask[]
}

/** 联合奖惩任务，新的名单在前。 */
export type JointTasks = {
  items: JointTask[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 响应。 */
export type JointResponse = {
  /** 是否实施。 */
  accept: boolean
  /** 不实施的理由。 */
  reason?: string
}

/** 执行反馈；名单结束后反馈措施的解除。 */
export type JointFeedback = {
  /** 已实施的措施；反馈解除时不写。 */
  applied?: string[]
  /** 执行情况或解除情况，不写个人信息。 */
  report: string
}

/** 一项措施的实施次数。 */
export type MeasureCount = {
  /** 措施代码。 */
  code: string
  /** 次数。 */
  count: number
}

/** 一个月、一类名单的联合奖惩统计。 */
export type JointStat = {
  /** 发起的月份。 */
  month: string
  kind: ListKind
  /** 发起次数。 */
  actions: number
  /** 涉及主体数。 */
  subjects: number
  /** 推送任务数。 */
  tasks: number
  /** 已响应。 */
  responded: number
  /** 逾期响应。 */
  late: number
  /** 不实施。 */
  declined: number
  /** 已反馈。 */
  reported: number
  /** 待解除。 */
  lifting: number
  /** 已解除。 */
  lifted: number
  /** 现已逾期。 */
  overdue: number
  /** 已实施的措施。 */
  measures: MeasureCount[]
}

/** 联合奖惩统计。 */
export type JointStats = {
  items: JointStat[]
  asOf: Day
}

/** 按等级的监管频次建议，供监管部门参考。 */
export type SupervisionSuggestion = {
  /** 评价：公共信用评价，或行业名称。 */
  scheme: string
  /** 等级。 */
  grade: string
  /** 抽查频次与常规之比，百分数；行业措施没有。 */
  percent?: number
  /** 建议。 */
  text: string
  /** 依据。 */
  basis: string
}

/** 名单。 */
export type ListEntries = {
  items: ListEntry[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一版信息目录的一页。 */
export type Catalogue = {
  edition: CatalogueEdition
  /** 该版目录的大类。 */
  classes: CatalogueClass[]
  /** 信息项，按数据代码。 */
  items: CatalogueItem[]
  /** 依法不得归集的信息。 */
  neverCollected: NeverCollected[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 目录的版本。 */
export type CatalogueEdition = {
  /** 版本。 */
  key: string
  /** 名称。 */
  title: string
  /** 文号。 */
  document: string
  /** 自这一天施行。 */
  validFrom: string
  /** 施行至这一天；没有表示现行。 */
  validTo?: string
  /** 规则文件的版本。 */
  version: string
}

/** 目录的大类。 */
export type CatalogueClass = {
  /** 大类键。 */
  key: string
  /** 文件中的序号。 */
  no: number
  /** 名称。 */
  name: string
}

/** 目录中的一个信息项。 */
export type CatalogueItem = {
  /** 数据代码。 */
  dataCode: string
  /** 数据名称。 */
  name: string
  /** 大类键。 */
  class: string
  kind: RecordKind
  /** 属于哪些名单；空表示不是名单。 */
  lists: ListKind[]
  /** 限于这些类别；空表示其余类别。 */
  categories: string[]
  /** 主体类型。 */
  subjectKinds: ("legal_person" | "self_employed" | "natural_person")[]
  /** 提供单位。 */
  providers: string[]
  /** 共享属性：公开公示、政务共享、授权查询。 */
  disclosure: "public" | "gov_share" | "authorised"
  /** 信息性质：基础、守信、失信、其他。 */
  nature: "basic" | "positive" | "negative" | "neutral"
  /** 更新周期。 */
  updateCycle: "within_7_workdays" | "monthly" | "quarterly" | "yearly" | "on_change"
  /** 覆盖范围。 */
  coverage: string
  /** 包含的数据项。 */
  fields: string[]
  retention?: RetentionTerm
  /** 依据。 */
  legalBasis: string
  /** 自这一天列入。 */
  validFrom: string
  /** 列入至这一天；没有表示现行。 */
  validTo?: string
}

/** 保存期限；没有表示不定期限。 */
export type RetentionTerm = {
  /** 起算日：决定日期、有效期至、公示截止。 */
  from: "decision" | "valid_to" | "display_end"
  /** 月数。 */
  months: number
}

/** 依法不得归集的一类信息。 */
export type NeverCollected = {
  /** 键。 */
  key: string
  /** 是什么。 */
  name: string
  /** 依据。 */
  citation: string
}

/** 一个行业的信用评价方案。 */
export type Sector = {
  /** 行业键。 */
  key: string
  /** 行业名称。 */
  name: string
  /** 依据文件。 */
  documents: string[]
  /** 评价对象。 */
  subjects: string[]
  /** 等级，从好到差；空表示文件没有规定。 */
  scale: string[]
  /** 计分办法。 */
  points?: string
  /** 评价周期。 */
  cycle?: string
  /** 适用范围。 */
  scope?: string
  /** 评价对象的类别：organisation、person、government。 */
  subjectKinds: string[]
  /** 文件提到而没有说明次序的等级。 */
  known: string[]
  /** 最后一个等级之下还有等级，文件没有公布。 */
  open: boolean
  /** 各等级的措施。 */
  measures: SectorMeasure[]
  /** 并列展示时的对应关系（优、良、中、差），仅供展示，不同行业的等级不作平均。 */
  display: GradeDisplay[]
  /** 由哪几类单位评价和报送（单位名录的类别）；空表示文件没有写明，由政府和信用办报送。 */
  units: string[]
  /** 说明。 */
  note?: string
  validFrom: Day
  /** 方案的版本。 */
  rulesVersion: string
}

/** 一个等级的措施。 */
export type SectorMeasure = {
  /** 等级；文件没有指明时没有。 */
  grade?: string
  /** 措施。 */
  text: string
}

/** 一个等级怎样展示。 */
export type GradeDisplay = {
  /** 等级。 */
  grade: string
  /** 展示为。 */
  shown: "优" | "良" | "中" | "差"
}

/** 行业评价方案的新版本。 */
export type SectorChange = {
  /** 行业名称。 */
  name: string
  /** 依据文件。 */
  documents: string[]
  /** 评价对象，用文件的原话。 */
  subjects: string[]
  /** 评价对象的类别。 */
  subjectKinds: ("organisation" | "person" | "government")[]
  /** 等级，从好到差；文件没有规定时省略。 */
  scale?: string[]
  /** 文件提到而没有说明次序的等级。 */
  known?: string[]
  /** 最后一个等级之下还有等级，文件没有公布。 */
  open?: boolean
  /** 满分；文件没有规定时省略。 */
  points?: number
  /** 评价周期；文件没有规定时省略。 */
  cycle?: "year" | "quarter" | "rolling"
  /** 由哪一级公布。 */
  level: "district" | "county" | "city"
  /** 由哪几类单位评价和报送（单位名录的类别）；文件没有写明时省略，由政府和信用办报送。 */
  units?: string[]
  /** 各等级的措施。 */
  measures?: SectorMeasure[]
  /** 并列展示时的对应关系。 */
  display?: GradeDisplay[]
  /** 说明。 */
  note?: string
  validFrom: Day
}

/** 待发布（或刚发布）的行业评价方案。 */
export type SectorDraft = {
  /** 起草人的账号编号。 */
  author: string
  at: Instant
  scheme: Sector
}

/** 一个主体的一次评价；组织写 uscc，自然人写 name 和 idNo。 */
export type RatingEntry = {
  /** 统一社会信用代码。 */
  uscc?: string
  /** 名称或姓名。 */
  name?: string
  /** 公民身份号码。 */
  idNo?: string
  /** 行业键。 */
  sector: string
  /** 等级。 */
  grade: string
  /** 周期。 */
  period: string
  /** 范围。 */
  scope?: string
  /** 得分；办法没有规定分值时不写。 */
  points?: number
  /** 评价日期 YYYY-MM-DD。 */
  decidedOn: string
  /** 有效期至。 */
  validTo?: string
  /** 依据文件。 */
  basis?: string
}

/** 一批行业评价和评价分布。 */
export type RatingBatch = {
  ratings?: RatingEntry[]
  distributions?: Distribution[]
}

/** 一条评价或分布的结果；errors 为空时已收下。 */
export type RatingOutcome = {
  /** 新记录的编号。 */
  recordId?: string
  /** 早已报送过。 */
  duplicate?: boolean
  /** 总数中没有列入任何等级的个数；总数未公布时没有。 */
  remainder?: number
  errors: FieldError[]
}

/** 一批评价的结果，次序与提交一致。 */
export type RatingBatchAnswer = {
  ratings: RatingOutcome[]
  distributions: RatingOutcome[]
}

/** 行业信用评价方案。 */
export type Sectors = {
  items: Sector[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一个等级的个数。 */
export type GradeCount = {
  /** 等级。 */
  grade: string
  /** 个数。 */
  count: number
}

/** 公布的评价分布。 */
export type Distribution = {
  /** 行业键。 */
  sector: string
  /** 范围。 */
  scope: string
  /** 周期。 */
  period: string
  /** 评价对象。 */
  subjectKind: string
  /** 参评总数；文件没有公布时没有。 */
  total?: number
  grades: GradeCount[]
}

/** 公布的评价分布。 */
export type Distributions = {
  items: Distribution[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 次数上限；0 表示不限。 */
export type BenefitCaps = {
  day: number
  month: number
  year: number
  total: number
}

/** 一个条件。 */
export type ConditionText = {
  /** 条件编号。 */
  id: string
  /** 条件的说明。 */
  text: string
}

/** 给什么：付几成、减多少、免费、押金几成、优先、数量。 */
export type BenefitValue = {
  type: "percent" | "amount" | "free" | "deposit" | "priority" | "quota"
  /** 数值，随 type 而定。 */
  value: number
  /** 数量的单位。 */
  unit?: string
}

/** 一项惠民惠企事项。 */
export type Benefit = {
  /** 事项代码。 */
  code: string
  scene: Scene
  /** 名称。 */
  title: string
  /** 站点。 */
  siteId: string
  /** 一句话说明。 */
  summary?: string
  /** 站点名称。 */
  siteName?: string
  value: BenefitValue
  /** 标准价格或押金，分。 */
  basePriceFen?: number
  caps: BenefitCaps
  /** 所有人合计的名额；省略表示不限。 */
  budget?: BenefitCaps
  /** 可带的同行人数，付费与本人相同；省略表示限本人。 */
  companions?: number
  /** 两次使用至少间隔的分钟数。 */
  cooldownMinutes?: number
  timeWindow?: BenefitWindow
  conditions: ConditionText[]
  validFrom: Day
  validTo?: Day
  /** 依据。 */
  legalBasis?: string
  /** 说明，如演示数据。 */
  note?: string
  /** 规则版本。 */
  ruleVersion: string
}

/** 已发布的事项。 */
export type Benefits = {
  items: Benefit[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一个条件的判断。 */
export type Reason = {
  /** 条件编号。 */
  id: string
  outcome: Outcome
  /** 说明。 */
  text: string
}

/** 合作单位。 */
export type BenefitPartner = {
  /** 名称。 */
  name: string
  /** 统一社会信用代码。 */
  uscc?: string
  /** 合作合同编号。 */
  contract?: string
}

/** 可用时段。 */
export type BenefitWindow = {
  /** 星期，1 是星期一；省略表示不限。 */
  weekdays?: number[]
  /** 时段，如 08:00-18:00；省略表示不限。 */
  hours?: string[]
  /** 不可用的日期。 */
  blackoutDates?: Day[]
}

/** 一个随日期变化的参数的一个值；恰好写 text、number、flag、texts 之一。 */
export type BenefitParameter = {
  /** 参数名，条件中写作 param.名称。 */
  name: string
  since: Day
  /** 出处。 */
  basis: string
  /** 文本。 */
  text?: string
  /** 整数。 */
  number?: number
  /** 是否。 */
  flag?: boolean
  /** 一组文本。 */
  texts?: string[]
}

/** 一个条件和说给人听的话。 */
export type BenefitCondition = {
  /** 条件编号。 */
  id: string
  /** CEL 表达式。 */
  cel: string
  /** 表达式用到的事实。 */
  needs: string[]
  /** 满足时的说明。 */
  eligible: string
  /** 不满足时的说明，写明救济途径。 */
  notEligible: string
  /** 缺少事实时的说明。 */
  undetermined: string
}

/** 惠民规则的一个版本。 */
export type BenefitRule = {
  /** 事项代码。 */
  code: string
  scene: Scene
  /** 名称。 */
  title: string
  /** 一句话说明。 */
  summary: string
  validFrom: Day
  validTo?: Day
  /** 这个版本暂停优惠。 */
  paused?: boolean
  /** 演示数值的说明；没有合作合同时必须有。 */
  demoNote?: string
  partner: BenefitPartner
  /** 站点。 */
  siteId: string
  /** 站点名称。 */
  siteName: string
  /** 面向个人或组织。 */
  subjectType: "person" | "org"
  value: BenefitValue
  /** 标准价格或押金，分。 */
  basePriceFen?: number
  /** 可与其他优惠同时使用。 */
  stackable?: boolean
  /** 依据的代码（措施清单的依据表）；发布时必须有。 */
  basis?: string
  /** 依据，写到条款。 */
  legalBasis: string
  caps: BenefitCaps
  /** 可带的同行人数，付费与本人相同。 */
  companions?: number
  /** 两次使用至少间隔的分钟数。 */
  cooldownMinutes?: number
  timeWindow?: BenefitWindow
  /** 每天的名额，所有人合计；省略表示不限。 */
  budgetDay?: number
  /** 每月的名额。 */
  budgetMonth?: number
  /** 每年的名额。 */
  budgetYear?: number
  /** 总次数预算；省略表示不限。 */
  budgetTotal?: number
  parameters?: BenefitParameter[]
  conditions: BenefitCondition[]
}

/** 发布前检查的一项。 */
export type BenefitRuleCheck = {
  /** 检查项。 */
  id: "legal_basis" | "dates" | "remedy" | "whole"
  /** 是否符合。 */
  ok: boolean
  /** 说明或下一步。 */
  text: string
}

/** 待发布的惠民规则。 */
export type BenefitRuleDraft = {
  /** 最后修改人的账号编号。 */
  author: string
  at: Instant
  /** 发布后的规则版本，含内容摘要。 */
  ruleVersion: string
  /** 对照的版本：草案生效那天原本适用的版本；没有时省略。 */
  against?: string
  /** 与对照版本的差异。 */
  changes: BenefitRuleChange[]
  rule: BenefitRule
}

/** 两个版本之间的一处差异。 */
export type BenefitRuleChange = {
  /** 规则文件中的位置，条件按编号、参数按名称和起始日。 */
  path: string
  /** 名称。 */
  label: string
  /** 原来的值；原来没有时省略。 */
  before?: string
  /** 现在的值；现在没有时省略。 */
  after?: string
}

/** 已发布的一个版本。 */
export type BenefitRuleVersion = {
  /** 规则版本，含内容摘要。 */
  ruleVersion: string
  /** 状态。 */
  state: "coming" | "in_force" | "paused" | "superseded" | "ended"
  /** 与前一个版本的差异；第一个版本为空。 */
  changes: BenefitRuleChange[]
  rule: BenefitRule
}

/** 一项惠民规则的草案、检查结果和全部版本。 */
export type BenefitRuleHistory = {
  /** 事项代码。 */
  code: string
  draft?: BenefitRuleDraft
  /** 草案的发布前检查；没有草案时为空。 */
  checks: BenefitRuleCheck[]
  /** 由早到晚。 */
  versions: BenefitRuleVersion[]
  budgetUse?: BenefitBudgetUse
}

/** 同一时刻的名额使用情况，只在列表中给出；今天适用的版本没有名额时省略。 */
export type BenefitBudgetUse = {
  asOf: Instant
  /** 有名额的各项，依次为日、月、年、合计。 */
  spans: BenefitBudgetSpanUse[]
}

/** 一项名额的使用情况，单位是次。 */
export type BenefitBudgetSpanUse = {
  /** 当天、当月、当年或从第一个有名额的版本起合计。 */
  span: "day" | "month" | "year" | "total"
  /** 名额。 */
  max: number
  /** 已使用，不含已撤销的。 */
  used: number
  /** 已分给服务进程、尚未使用的；没有用完的一分钟内收回。 */
  held: number
}

/** 惠民规则。 */
export type BenefitRules = {
  items: BenefitRuleHistory[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 试算的人数。 */
export type SimulationCounts = {
  /** 新享受的个数。 */
  gains: number
  /** 不再享受的个数。 */
  loses: number
  /** 继续享受的个数。 */
  keeps: number
  /** 仍不享受的个数。 */
  without: number
  /** 不享受的当中，因缺少事实或异议中而未定的个数。 */
  undetermined: number
}

/** 一个区划、一个等级的试算结果。 */
export type SimulationCell = {
  /** 区划代码；空串表示没有记载。 */
  division: string
  /** 等级；空串表示没有等级。 */
  level: string
  counts: SimulationCounts
}

/** 试算的进度和结果。 */
export type BenefitSimulation = {
  /** 试算的草案版本。 */
  ruleVersion: string
  /** 对照的版本；那一天没有生效的版本时没有。 */
  against?: string
  on: Day
  startedAt: Instant
  /** 是否已算完；没有时再次提交即继续。 */
  finished: boolean
  /** 已看过的主体个数。 */
  seen: number
  total: SimulationCounts
  cells: SimulationCell[]
}

/** 我能否享受。 */
export type MyBenefit = {
  /** 事项代码。 */
  code: string
  scene: Scene
  /** 名称。 */
  title: string
  /** 站点。 */
  siteId: string
  outcome: Outcome
  /** 仅当 outcome 为 eligible 时为真。 */
  eligible: boolean
  /** 按原价的百分之几付费。 */
  payPercent: number
  reasons: Reason[]
  /** 缺少或有争议的事实。 */
  missing: string[]
  /** 规则版本。 */
  ruleVersion: string
  validUntil: NullableInstant
  toQualify?: ToQualify
  offer?: BenefitOffer
}

/** 与同一站点其他可享优惠的比较；没有可比的优惠时省略。 */
export type BenefitOffer = {
  /** 是否最划算，或可与其他优惠同时使用。 */
  best: boolean
  /** 说明。 */
  text: string
}

/** 怎样就能享受：最小的改变。outcome 为 eligible 时没有。 */
export type ToQualify = {
  /** 是否有办法；主体类别不符、规则已结束、次数或名额已全部用完时没有。 */
  possible: boolean
  /** 最早的可用时间；省略表示不必等待。 */
  after?: Instant
  steps: QualifyStep[]
}

/** 需要改变的一项事实。 */
export type QualifyStep = {
  /** 事实的名称。 */
  fact: "kind" | "adult" | "level" | "grade" | "serious_listed" | "barred" | "honor_lists" | "consents"
  /** 现在的值；空串表示缺少或正在核查。 */
  from: string
  /** 需要的值；清单类的是要增加的项。 */
  to: string
  /** 怎样做。 */
  text: string
  /** 因此得到满足的条件。 */
  conditions: string[]
}

/** 我的惠民事项。 */
export type MyBenefits = {
  items: MyBenefit[]
}

/** 领取凭证。 */
export type PassRequest = {
  /** 事项代码。 */
  benefitCode: string
  /** 同行人数，不超过事项允许的人数。 */
  companions?: number
}

/** 一次性凭证。 */
export type Pass = {
  /** 凭证文本，不透明。 */
  pass: string
  /** 二维码，PNG data URL。 */
  qr: string
  expiresAt: Instant
  offlineUntil: Instant
}

/** 扫到的凭证。 */
export type GateScan = {
  /** 凭证文本。 */
  pass: string
}

/** 核验结果；不改变任何次数。 */
export type GateCheck = {
  /** 可享受、按标准办理、请再试一次。 */
  result: "pass" | "standard" | "retry"
  /** 事项代码；认不出时为空串。 */
  benefitCode: string
  payPercent: number
  /** 应付金额，分；含同行人。 */
  payFen?: number
  /** 同行人数。 */
  companions?: number
  /** 持有人，只显示姓；认不出时为空串。 */
  holderMasked: string
}

/** 核销结果。 */
export type Redemption = {
  /** 核销编号。 */
  redemptionNo: string
  result: "pass" | "standard"
  /** 事项代码。 */
  benefitCode: string
  payPercent: number
  /** 应付金额，分；含同行人。 */
  payFen?: number
  /** 同行人数。 */
  companions?: number
  /** 持有人，只显示姓。 */
  holderMasked: string
  at: Instant
}

/** 本站点的一次核销。 */
export type SiteRedemption = {
  /** 核销编号。 */
  redemptionNo: string
  /** 事项代码。 */
  benefitCode: string
  at: Instant
  result: "pass" | "standard"
  payPercent: number
  /** 应付金额，分；含同行人。 */
  payFen?: number
  /** 同行人数。 */
  companions?: number
  /** 持有人，只显示姓。 */
  holderMasked: string
  /** 是否已撤销。 */
  reversed: boolean
  recordedAt?: Instant
  /** 少付的金额，分：脱网时次数已用完。 */
  differenceFen?: number
}

/** 当日合计。 */
export type SiteTotals = {
  /** 核销次数。 */
  redemptions: number
  /** 其中已撤销。 */
  reversed: number
  /** 脱网时重复使用的凭证，不计入核销。 */
  duplicates: number
  /** 重复使用少付的金额，分。 */
  differenceFen: number
}

/** 本站点的核销，新的在前。 */
export type SiteRedemptions = {
  items: SiteRedemption[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
  totals: SiteTotals
}

/** 结算合计。 */
export type SettlementSums = {
  /** 有效核销次数。 */
  uses: number
  /** 其中享受优惠的。 */
  granted: number
  /** 已撤销的核销，不计入其余各项。 */
  reversed: number
  /** 脱网时重复使用的凭证，不计入核销。 */
  duplicates: number
  /** 有效核销中没有标准价、或只收可退押金的，金额不计。 */
  unpriced: number
  /** 有效核销的同行人数，金额已计入。 */
  companions: number
  /** 标准价合计，分。 */
  standardFen: number
  /** 应付合计，分。 */
  dueFen: number
  /** 优惠合计，分。 */
  reliefFen: number
  /** 脱网少付的合计，分。 */
  differenceFen: number
}

/** 一个站点一项事项的合计。 */
export type SettlementLine = {
  /** 站点。 */
  siteId: string
  /** 事项代码。 */
  benefitCode: string
  sums: SettlementSums
}

/** 日终结算。 */
export type Settlement = {
  date: Day
  /** 合作单位。 */
  partner: string
  /** 结算的站点。 */
  sites: string[]
  asOf: Instant
  /** 为真时不再变化。 */
  final: boolean
  finalAt: Instant
  lines: SettlementLine[]
  totals: SettlementSums
  /** 摘要算法。 */
  digestAlgorithm: "SM3"
  /** CSV 明细的摘要，十六进制。 */
  digest: string
  signed: GateBundle
}

/** 脱网核验包：一份 JWS (RFC 7515 §7.2.1)，内容见 docs/pass-format.md。 */
export type GateBundle = {
  /** 内容，base64url 编码的 JSON。 */
  payload: string
  signatures: BundleSignature[]
}

/** 一个签名。 */
export type BundleSignature = {
  /** 签名头，base64url。 */
  protected: string
  /** 签名值，base64url。 */
  signature: string
}

/** 一次脱网核销。 */
export type OfflineUse = {
  /** 凭证文本。 */
  pass: string
  acceptedAt: Instant
  /** 设备编号。 */
  deviceId?: string
  /** 此前联网核销而未收到回答时所用的 Idempotency-Key；已计数的按原核销回答。 */
  attemptKey?: string
}

/** 一批脱网核销，按接受的先后排列。 */
export type OfflineUses = {
  items: OfflineUse[]
}

/** 一次脱网核销的处理结果。 */
export type UploadedUse = {
  /** 已接受、重复使用、未接受。 */
  outcome: "accepted" | "duplicate" | "rejected"
  /** 核销编号，仅已接受的有。 */
  redemptionNo?: string
  result?: "pass" | "standard"
  /** 事项代码。 */
  benefitCode?: string
  payPercent?: number
  /** 应付金额，分。 */
  payFen?: number
  /** 少付的金额，分：重复使用，或次数已用完。 */
  differenceFen: number
}

/** 一批脱网核销的处理结果，与请求的顺序相同。 */
export type UploadedUses = {
  items: UploadedUse[]
  totals: UploadedTotals
}

/** 一批的合计。 */
export type UploadedTotals = {
  /** 已接受。 */
  accepted: number
  /** 重复使用。 */
  duplicate: number
  /** 未接受。 */
  rejected: number
  /** 少付的金额，分。 */
  differenceFen: number
}

/** 撤销核销。 */
export type ReversalRequest = {
  /** 撤销原因，密封保存。 */
  reason: string
}

/** 已撤销的核销。 */
export type Reversal = {
  /** 核销编号。 */
  redemptionNo: string
  /** 事项代码。 */
  benefitCode: string
  /** 已撤销。 */
  reversed: boolean
  reversedAt: Instant
}

/** 一份材料。 */
export type Material = {
  /** 材料编号。 */
  code: string
  /** 材料名称。 */
  name: string
}

/** 支持信用办理的审批事项。 */
export type ApprovalItem = {
  /** 事项编码。 */
  itemCode: string
  /** 事项名称。 */
  name: string
  /** 办理部门。 */
  department: string
  /** 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。 */
  mode: "instant" | "commitment" | "deferred" | "normal"
  /** 支持的办理方式，快的在前。 */
  modes: ("instant" | "commitment" | "deferred" | "normal")[]
  /** 主要材料。 */
  mainMaterials: Material[]
  /** 可后补的材料。 */
  deferrableMaterials: Material[]
  /** 最多后补几份。 */
  maxDeferred: number
  /** 几个工作日内补齐。 */
  supplyDays: number
  /** 承诺书文本。 */
  promiseTemplate?: string
  /** 依据。 */
  legalBasis?: string
  /** 说明，如演示数据。 */
  note?: string
  /** 规则版本。 */
  ruleVersion: string
}

/** 支持信用办理的审批事项。 */
export type ApprovalItems = {
  items: ApprovalItem[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 窗口核验。 */
export type ApprovalCheckRequest = {
  subject: SubjectRef
  /** 事项编码。 */
  itemCode: string
  /** 现在缺少的材料编号。 */
  missingMaterials: string[]
}

/** 不能更快办理的一个原因和解决办法。 */
export type Blocker = {
  code: string
  /** 原因。 */
  text: string
  /** 解决办法。 */
  remedy: string
}

/** 办理方案。 */
export type ApprovalPlan = {
  /** 事项编码。 */
  itemCode: string
  /** 最快的办理方式：信即办、告知承诺、容缺受理、一般程序。 */
  mode: "instant" | "commitment" | "deferred" | "normal"
  /** 可后补的材料编号。 */
  deferrable: string[]
  /** 必须现在提交的材料编号。 */
  notDeferrable: string[]
  supplyBy: NullableDay
  blockers: Blocker[]
  /** 承诺书文本；不需要时为空串。 */
  promiseTemplate: string
  /** 承诺书文本的 SHA-256；不需要时为空串。 */
  promiseHash: string
  /** 签字前须告知的后果；没有时为空串。 */
  warning: string
  /** 规则版本。 */
  ruleVersion: string
}

/** 受理。 */
export type ApprovalAcceptance = {
  subject: SubjectRef
  /** 事项编码。 */
  itemCode: string
  /** 现在缺少的材料编号。 */
  missingMaterials: string[]
  /** 办理方式：核验给出的方式，或一般程序。 */
  mode: "instant" | "commitment" | "deferred" | "normal"
  /** 所签承诺书的 promiseHash；容缺和承诺办理必填。 */
  promiseHash?: string
}

/** 受理时缺少的一份材料。 */
export type CasePaper = {
  /** 材料编号。 */
  code: string
  /** 材料名称。 */
  name: string
  /** 是否主要材料。 */
  main: boolean
  suppliedOn: NullableDay
}

/** 办件。 */
export type ApprovalCase = {
  /** 办件编号。 */
  no: string
  /** 事项编码。 */
  itemCode: string
  /** 事项名称。 */
  itemName: string
  /** 申请人；自然人只显示姓。 */
  applicant: string
  uscc?: Uscc
  /** 办理方式。 */
  mode: "instant" | "commitment" | "deferred" | "normal"
  /** 已受理、已一次性告知、待补交、已补齐、承诺未履行。 */
  state: "accepted" | "notified" | "supplying" | "supplied" | "breached"
  /** 受理时缺少的材料。 */
  papers: CasePaper[]
  /** 一次性告知的全文；不缺材料时为空串。 */
  notice: string
  supplyBy: NullableDay
  remindOn: NullableDay
  /** 是否逾期。 */
  overdue: boolean
  /** 距补交期限的工作日；不在补交期或算不出时为 null。 */
  workdaysLeft: number | null
  /** 已逾期的工作日；没有逾期或算不出时为 null。 */
  workdaysLate: number | null
  /** 承诺编码。 */
  commitmentCode?: string
  closedOn: NullableDay
  /** 是否逾期后才补齐。 */
  late: boolean
  /** 认定未履行后不再适用容缺和承诺的天数；没有时为 0。 */
  banDays: number
  /** 受理窗口所属单位。 */
  unitName: string
  /** 事项规则版本。 */
  ruleVersion: string
  acceptedAt: Instant
  updatedAt: Instant
}

/** 办件清单。 */
export type ApprovalCases = {
  items: ApprovalCase[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 承诺未履行的认定；不写个人信息。 */
export type PromiseBreach = {
  /** 未履行的承诺内容。 */
  unperformed: string
  /** 违诺责任追究内容。 */
  penaltyApplied: string
}

/** 补交的材料、承诺未履行的认定，或对误认定的更正，三者取一。 */
export type ApprovalUpdate = {
  /** 补交的材料编号。 */
  suppliedMaterials?: string[]
  breach?: PromiseBreach
  /** 更正误认定的理由：承诺其实已履行，办件视为已补齐，限制随即解除；不写个人信息。 */
  correction?: string
}

/** 信用承诺（国家数据模板）。 */
export type Commitment = {
  /** 承诺编码：6 位区划、8 位日期、6 位流水号。 */
  code: string
  uscc?: Uscc
  /** 承诺人名称；自然人只显示姓，本人查看时不写。 */
  name?: string
  /** 承诺类型。 */
  type: "proactive" | "defer_material" | "replace_approval" | "proof_item" | "self_discipline" | "repair" | "other"
  /** 承诺事由。 */
  reason: string
  /** 承诺内容。 */
  content: string
  /** 违诺责任。 */
  liability: string
  /** 所签文本的版本。 */
  letterVersion: string
  /** 所签文本的 SHA-256。 */
  textHash: string
  /** 在线签署，或窗口纸质签署。 */
  method: "online" | "paper"
  madeOn: Day
  validTo: NullableDay
  /** 受理单位代码。 */
  unit: string
  /** 受理单位。 */
  unitName: string
  /** 公开类型：1 可向社会公开、2 特定范围内公开、3 不可公开。 */
  publication: number
  /** 履行状态：履行中、全部履行、部分履行、全部未履行。 */
  fulfilment: "pending" | "full" | "partial" | "none"
  /** 未履行的承诺内容。 */
  unperformed?: string
  /** 违诺责任追究内容。 */
  penaltyApplied?: string
  /** 备注。 */
  remark?: string
  confirmedOn: NullableDay
  /** 认定单位。 */
  confirmedUnit?: string
  /** 所属办件。 */
  approvalNo?: string
  /** 是否异议中。 */
  disputed: boolean
  updatedAt: Instant
}

/** 信用承诺清单。 */
export type Commitments = {
  items: Commitment[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 消息种类，即模板的键。 */
export type MessageKind = string

/** 待发送、已发送或死信。 */
export type MessageState = "waiting" | "sent" | "dead"

/** 一条消息。 */
export type Message = {
  /** 消息编号。 */
  messageId: string
  kind: MessageKind
  /** 所涉办件的编号。 */
  ref: string
  /** 标题。 */
  title: string
  /** 正文。 */
  text: string
  state: MessageState
  /** 送达渠道：微信订阅消息或短信。 */
  channel?: "wechat" | "sms"
  createdAt: Instant
  sentAt?: Instant
}

/** 我的消息。 */
export type Messages = {
  items: Message[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 消息订阅。 */
export type MessageContactRequest = {
  uscc?: Uscc
  /** wx.login 的凭证；在小程序内取得订阅授权后提交。 */
  wechatCode?: string
  /** 手机号码，加密保存，只用于发送消息。 */
  phone?: string
}

/** 订阅情况；agreedAt 是最近一次设置的时间，从未设置过时没有。 */
export type MessageContact = {
  /** 是否订阅微信消息。 */
  wechat: boolean
  /** 打码的手机号码；没有订阅短信时为空串。 */
  phoneMasked: string
  agreedAt?: Instant
}

/** 发件箱中的一条消息；不含正文和收件地址。 */
export type OutboxMessage = {
  /** 消息编号。 */
  messageId: string
  uscc?: Uscc
  kind: MessageKind
  /** 所涉办件的编号。 */
  ref: string
  /** 标题。 */
  title: string
  state: MessageState
  /** 已尝试的次数。 */
  attempts: number
  /** 最近一次失败的原因：错误代码，或 no_contact（没有订阅）、too_late（期限已过）。 */
  failure?: string
  /** 待发送的为下次尝试的时刻，死信为成为死信的时刻。 */
  nextAt: string
  createdAt: Instant
  /** 所用模板的版本。 */
  ruleVersion: string
}

/** 发件箱。 */
export type OutboxMessages = {
  items: OutboxMessage[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 履行状态认定；不写个人信息。 */
export type CommitmentFinding = {
  /** 履行状态。 */
  fulfilment: "full" | "partial" | "none"
  /** 未履行的承诺内容；未全部履行时必填。 */
  unperformed?: string
  /** 违诺责任追究内容；未全部履行时必填。 */
  penaltyApplied?: string
  /** 备注；更正已认定的状态时必填。 */
  remark?: string
}

/** 签署承诺书。 */
export type CommitmentSigning = {
  /** 承诺书编号。 */
  letter: string
  /** 所阅读文本的 SHA-256。 */
  textHash: string
  /** 承诺事由；不写个人信息。 */
  reason: string
  uscc?: Uscc
}

/** 一种承诺。 */
export type CommitmentType = {
  /** 承诺类型。 */
  type: "proactive" | "defer_material" | "replace_approval" | "proof_item" | "self_discipline" | "repair" | "other"
  /** 数据模板中的代码。 */
  code: number
  /** 名称。 */
  name: string
  /** 依据。 */
  legalBasis: string
  /** 法人和非法人组织的公开类型。 */
  organisations: number
  /** 自然人的公开类型。 */
  persons: number
}

/** 一份承诺书。 */
export type CommitmentLetter = {
  /** 承诺书编号。 */
  letter: string
  /** 承诺类型。 */
  type: "proactive" | "defer_material" | "replace_approval" | "proof_item" | "self_discipline" | "repair" | "other"
  /** 标题。 */
  title: string
  /** 受理单位。 */
  unitName: string
  /** 适用的主体类别。 */
  subjects: ("legal_person" | "self_employed" | "natural_person")[]
  /** 几个工作日内履行；0 为不限。 */
  dueWorkdays: number
  /** 有效几个月；0 为不限。 */
  validMonths: number
  /** 所签的全文。 */
  text: string
  /** 全文的 SHA-256。 */
  textHash: string
  /** 文本版本。 */
  version: string
}

/** 承诺类型和承诺书。 */
export type CommitmentLetters = {
  types: CommitmentType[]
  letters: CommitmentLetter[]
  /** 说明，如演示数据。 */
  note?: string
  /** 规则版本。 */
  ruleVersion: string
}

/** 一个单位一个月一种承诺的数量，按作出月份。 */
export type CommitmentStat = {
  /** 受理单位代码。 */
  unit: string
  /** 受理单位。 */
  unitName: string
  /** 作出月份。 */
  month: string
  /** 承诺类型。 */
  type: "proactive" | "defer_material" | "replace_approval" | "proof_item" | "self_discipline" | "repair" | "other"
  /** 作出。 */
  made: number
  /** 履行中。 */
  pending: number
  /** 全部履行。 */
  full: number
  /** 部分履行。 */
  partial: number
  /** 全部未履行。 */
  none: number
}

/** 承诺统计。 */
export type CommitmentStats = {
  items: CommitmentStat[]
}

/** 信易贷白名单查询结果。 */
export type WhitelistAnswer = {
  uscc: Uscc
  /** 是否在白名单中。 */
  listed: boolean
  asOf: Day
  /** 批次号；没有批次时为空串。 */
  batchNo: string
  /** 规则版本。 */
  rulesVersion: string
  /** 企业是否已授权本行。 */
  authorised: boolean
  validUntil: NullableInstant
  /** 逐条规则的结果；仅在企业授权后给出。 */
  reasons?: Reason[]
}

/** 批量查询。 */
export type WhitelistChecks = {
  /** 代码，至多 1000 个；写错的在结果中逐个说明。 */
  usccs: string[]
}

/** 一个代码的结果：有 error 时没有其他结果。 */
export type WhitelistItem = {
  /** 提交的代码。 */
  uscc: string
  listed?: boolean
  authorised?: boolean
  batchNo?: string
  /** 到这一时刻前有效；没有表示不会仅因时间经过而变化。 */
  validUntil?: string
  error?: ItemError
}

/** 一个代码的问题。 */
export type ItemError = {
  /** 违反的规则，lower_snake。 */
  code: string
  /** 说明。 */
  detail: string
  /** 可能想写的代码。 */
  suggestion?: string
}

/** 批量查询结果，次序与提交一致。 */
export type WhitelistCheckAnswer = {
  asOf: Day
  /** 规则版本。 */
  rulesVersion: string
  items: WhitelistItem[]
}

/** 一项指标。 */
export type QualityFigure = {
  /** 指标键。 */
  key: string
  /** 名称。 */
  name: string
  /** 公式。 */
  formula: string
  /** 百分数、人均或计数。 */
  measure: "percent" | "per_head" | "count"
  /** 分子；null 表示缺少台账数。 */
  numerator: number | null
  /** 分母；null 表示没有分母或缺少台账数。 */
  denominator: number | null
  /** 两位小数；null 表示算不出。 */
  value: string | null
  /** 上一个同样长的期间的值。 */
  previous: string | null
  /** 目标。 */
  target?: string
  /** 是否达到；null 表示说不出。 */
  met: boolean | null
  /** 还没有登记的台账数的键。 */
  missing: string[]
  /** 出处。 */
  source: string
  /** 分子背后的记录在哪里；null 表示不由记录算出。 */
  numeratorRecords: string | null
  /** 分母背后的记录在哪里；null 表示不由记录算出。 */
  denominatorRecords: string | null
  /** 分子中的行来自哪些报送；null 表示不由报送的行算出。 */
  numeratorSubmissions: string | null
  /** 分母中的行来自哪些报送；null 表示不由报送的行算出。 */
  denominatorSubmissions: string | null
}

/** 一个单位的指标。 */
export type QualityUnit = {
  /** 统一社会信用代码；全辖区为空串。 */
  unit: string
  /** 名称。 */
  name: string
  /** 列为重点关注。 */
  concern: boolean
  figures: QualityFigure[]
}

/** 指标表。 */
export type QualityTable = {
  /** 期间。 */
  period: string
  /** 指标体系。 */
  title: string
  /** 指标定义的版本。 */
  rulesVersion: string
  items: QualityUnit[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 指标背后的一条记录。 */
export type QualityRecord = {
  /** 记录编号。 */
  recordId: string
  kind: RecordKind
  /** 认定机关。 */
  authority: string
  decisionDate: Day
  receivedAt: Instant
  /** 上报期限的最后一天。 */
  dueOn?: string
  /** 迟报。 */
  late: boolean
  /** 撤回之日。 */
  withdrawnOn?: string
}

/** 指标背后的记录。 */
export type QualityRecords = {
  items: QualityRecord[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 指标背后的一次报送在一个月中的行。 */
export type QualitySubmission = {
  /** 报送编号。 */
  submissionNo: string
  /** 报送单位的统一社会信用代码。 */
  unit: string
  /** 报送单位。 */
  unitName: string
  /** 文件名；空串表示不是文件。 */
  fileName: string
  /** 行计入的月份。 */
  month: string
  /** 入库的行数。 */
  accepted: number
  /** 已有的行数。 */
  duplicate: number
  /** 被退回的行数。 */
  rejected: number
  /** 计入所问分子或分母的行数。 */
  count: number
  /** 被退回的行及原因在哪里。 */
  refusals: string
}

/** 指标背后的报送。 */
export type QualitySubmissions = {
  items: QualitySubmission[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一行被退回的一个原因，不含原值。 */
export type QualityRefusal = {
  /** 文件的行，从 1 起。 */
  line: number
  /** 列键；没有时为整行。 */
  column?: string
  /** 错误码。 */
  code: string
  /** 合规校验 E01–E16；没有时为读不出。 */
  check?: string
  /** 原因和下一步。 */
  reason: string
}

/** 一次报送被退回的行。 */
export type QualityRefusals = {
  items: QualityRefusal[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 一个台账数。 */
export type QualityNumber = {
  /** 台账项的键。 */
  key: string
  /** 数值；null 表示清除。 */
  value: number | null
  /** 出处。 */
  source?: string
}

/** 要登记的台账数。 */
export type QualityNumbers = {
  items: QualityNumber[]
}

/** 一个单位一个月的台账数。 */
export type QualityEntry = {
  /** 月份。 */
  month: string
  /** 统一社会信用代码；全辖区为空串。 */
  unit: string
  items: QualityNumber[]
}

/** 一个日志的检查点。 */
export type OriginCheckpoint = {
  /** 日志名。 */
  origin: string
  /** 条数。 */
  treeSize: number
  /** Merkle 根，base64。 */
  rootHash: string
  at: Instant
  /** 已落盘尚未并入的条数。 */
  pending: number
  /** 签名的检查点（C2SP tlog-checkpoint）。 */
  note: string
}

/** 一条审计条目；不含自然人的姓名和号码。 */
export type AuditEntry = {
  /** 在日志中的位置。 */
  entry: string
  at: Instant
  /** 操作者编号。 */
  actorId: string
  /** 操作者角色；没有登录的为空串。 */
  role: string
  /** 操作者所在单位的代码。 */
  unit?: string
  /** 操作者所在单位的名称。 */
  unitName?: string
  /** 操作。 */
  action: string
  /** 涉及的信用主体编号。 */
  subjects: string[]
  /** 目的。 */
  purpose?: string
  /** 所依据的授权。 */
  consent?: string
  /** 结果。 */
  outcome: string
  /** 原因。 */
  reason?: string
  /** 提供了哪几类信息。 */
  shown: string[]
  /** 规则版本。 */
  ruleVersion?: string
  /** 业务编号。 */
  ref?: string
  /** 请求编号。 */
  requestId?: string
}

/** 审计条目。 */
export type AuditEntries = {
  items: AuditEntry[]
  /** 下一页的游标；没有下一页时为空串。 */
  nextCursor: string
}

/** 全部日志的检查点。 */
export type AuditCheckpoint = {
  origins: OriginCheckpoint[]
}

/** 一条日志的包含证明。 */
export type AuditProof = {
  /** 日志名。 */
  origin: string
  /** 序号。 */
  index: number
  /** 检查点的条数。 */
  treeSize: number
  /** 叶子哈希，base64。 */
  leafHash: string
  /** Merkle 根，base64。 */
  rootHash: string
  /** 证明路径，base64。 */
  hashes: string[]
}

/** 进程状态。 */
export type Health = {
  status: "ok"
}

/** 一项检查。 */
export type ReadyCheck = {
  name: string
  ok: boolean
}

/** 能否接请求。 */
export type Readiness = {
  status: "ready" | "not_ready"
  checks: ReadyCheck[]
}

/** 小程序登录。权限：public。 */
export const signInWechat = (args: { body: WechatSignIn }): Promise<TokenPair> => send('POST', '/v1/auth/wechat', args)
/** 工作人员登录。权限：public。 */
export const signInStaff = (args: { body: StaffSignIn }): Promise<TokenPair> => send('POST', '/v1/auth/staff', args)
/** 更换令牌。权限：public。 */
export const refreshTokens = (args: { body: RefreshRequest }): Promise<TokenPair> => send('POST', '/v1/auth/refresh', args)
/** 退出登录。权限：session:end。 */
export const signOut = (args: { body: LogoutRequest }): Promise<void> => send('POST', '/v1/auth/logout', args)
/** 令牌公钥。权限：public。 */
export const getJwks = (): Promise<Jwks> => send('GET', '/.well-known/jwks.json')
/** 授权服务器元数据。权限：public。 */
export const getOAuthMetadata = (): Promise<OAuthMetadata> => send('GET', '/.well-known/oauth-authorization-server')
/** 当前登录的公民。权限：me:read。 */
export const getMe = (): Promise<Me> => send('GET', '/v1/me')
/** 实名绑定。权限：identity:bind。 */
export const bindIdentity = (args: { body: IdentityRequest; idempotencyKey: string }): Promise<Me> => send('POST', '/v1/me/identity', args)
/** 我可代表的企业。权限：enterprise:list_own。 */
export const listMyEnterprises = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<EnterpriseBindings> => send('GET', '/v1/me/enterprises', args)
/** 绑定企业。权限：enterprise:bind。 */
export const bindEnterprise = (args: { body: EnterpriseBindingRequest; idempotencyKey: string }): Promise<EnterpriseBinding> => send('POST', '/v1/me/enterprises', args)
/** 查找企业。权限：public。 */
export const searchEnterprises = (args: { query: { q: string; limit?: number; cursor?: string } }): Promise<EnterpriseHits> => send('GET', '/v1/enterprises', args)
/** 企业公开信用信息。权限：public。 */
export const getEnterprise = (args: { path: { uscc: Uscc } }): Promise<EnterpriseFile> => send('GET', '/v1/enterprises/{uscc}', args)
/** 企业可公示的记录。权限：public。 */
export const listEnterpriseRecords = (args: { path: { uscc: Uscc }; query?: { section?: Section; limit?: number; cursor?: string } }): Promise<PublicRecords> => send('GET', '/v1/enterprises/{uscc}/records', args)
/** 本人信用信息。权限：credit:read_own。 */
export const getMyCredit = (): Promise<OwnCredit> => send('GET', '/v1/me/credit')
/** 本人的全部记录。权限：credit:read_own。 */
export const listMyRecords = (args: { query?: { section?: Section; limit?: number; cursor?: string } } = {}): Promise<OwnRecords> => send('GET', '/v1/me/credit/records', args)
/** 我可代表企业的完整信用信息。权限：enterprise:read_own。 */
export const getMyEnterpriseCredit = (args: { path: { uscc: Uscc } }): Promise<EnterpriseCredit> => send('GET', '/v1/me/enterprises/{uscc}/credit', args)
/** 我可代表企业的全部记录。权限：enterprise:read_own。 */
export const listMyEnterpriseRecords = (args: { path: { uscc: Uscc }; query?: { section?: Section; limit?: number; cursor?: string } }): Promise<OwnRecords> => send('GET', '/v1/me/enterprises/{uscc}/credit/records', args)
/** 我可以同意或撤回的事项。权限：consent:read_own。 */
export const listMyConsents = (args: { query?: { uscc?: Uscc; limit?: number; cursor?: string } } = {}): Promise<Consents> => send('GET', '/v1/me/consents', args)
/** 同意（加入信用激励等级）。权限：consent:grant。 */
export const grantConsent = (args: { body: ConsentGrant; idempotencyKey: string }): Promise<Consent> => send('POST', '/v1/me/consents', args)
/** 撤回同意（退出信用激励等级，或撤回对他人的授权）。权限：consent:withdraw。 */
export const withdrawConsent = (args: { path: { id: string } }): Promise<void> => send('DELETE', '/v1/me/consents/{id}', args)
/** 谁看过我的信息。权限：access_log:read_own。 */
export const listMyAccessLog = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<AccessLog> => send('GET', '/v1/me/access-log', args)
/** 非公开查询。权限：credit:query。 */
export const queryCredit = (args: { body: CreditQuery }): Promise<CreditAnswer> => send('POST', '/v1/credit-queries', args)
/** 一条记录。权限：record:read。 */
export const getRecord = (args: { path: { id: string } }): Promise<StoredRecord> => send('GET', '/v1/records/{id}', args)
/** 本单位的报送，新的在前。权限：submission:read。 */
export const listSubmissions = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<Submissions> => send('GET', '/v1/submissions', args)
/** 报送一批信用信息。权限：submission:create。 */
export const createSubmission = (args: { body: SubmissionRequest; idempotencyKey: string }): Promise<Submission> => send('POST', '/v1/submissions', args)
/** 一次报送及其进度。权限：submission:read。 */
export const getSubmission = (args: { path: { no: string } }): Promise<Submission> => send('GET', '/v1/submissions/{no}', args)
/** 撤回一条记录。权限：record:retract。 */
export const retractRecord = (args: { path: { id: string }; body: RetractionRequest; idempotencyKey: string }): Promise<Retraction> => send('POST', '/v1/records/{id}/retraction', args)
/** 名单。权限：public。 */
export const listListEntries = (args: { path: { kind: ListKind }; query?: { q?: string; limit?: number; cursor?: string } }): Promise<ListEntries> => send('GET', '/v1/lists/{kind}', args)
/** 退出公告。权限：public。 */
export const listRemovalNotices = (args: { path: { kind: ListKind }; query?: { limit?: number; cursor?: string } }): Promise<RemovalNotices> => send('GET', '/v1/lists/{kind}/removals', args)
/** 撤回公示。权限：public。 */
export const listRetractions = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<RetractionNotices> => send('GET', '/v1/retractions', args)
/** 名单办理。权限：list:read。 */
export const listListings = (args: { query?: { state?: "draft" | "published" | "removed" | "withdrawn"; limit?: number; cursor?: string } } = {}): Promise<Listings> => send('GET', '/v1/list-entries', args)
/** 起草名单认定。权限：list:draft。 */
export const draftListEntry = (args: { body: ListingDraft; idempotencyKey: string }): Promise<Listing> => send('POST', '/v1/list-entries', args)
/** 一条名单办理。权限：list:read。 */
export const getListEntry = (args: { path: { id: string } }): Promise<Listing> => send('GET', '/v1/list-entries/{id}', args)
/** 修改草案。权限：list:draft。 */
export const reviseListEntry = (args: { path: { id: string }; body: ListingDraft; ifMatch: string }): Promise<Listing> => send('PUT', '/v1/list-entries/{id}', args)
/** 审核公布。权限：list:publish。 */
export const publishListEntry = (args: { path: { id: string }; idempotencyKey: string; ifMatch: string }): Promise<Listing> => send('POST', '/v1/list-entries/{id}/publication', args)
/** 移出名单或撤回草案。权限：list:remove。 */
export const removeListEntry = (args: { path: { id: string }; body: ListingRemoval; idempotencyKey: string; ifMatch: string }): Promise<Listing> => send('POST', '/v1/list-entries/{id}/removal', args)
/** 联合奖惩任务。权限：joint:read。 */
export const listJointTasks = (args: { query?: { as?: "implementer" | "initiator"; limit?: number; cursor?: string } } = {}): Promise<JointTasks> => send('GET', '/v1/joint-actions', args)
/** 发起联合奖惩。权限：joint:initiate。 */
export const initiateJointAction = (args: { body: JointInitiation; idempotencyKey: string }): Promise<JointAction> => send('POST', '/v1/joint-actions', args)
/** 一次联合奖惩。权限：joint:read。 */
export const getJointAction = (args: { path: { id: string } }): Promise<JointAction> => send('GET', '/v1/joint-actions/{id}', args)
/** 响应。权限：joint:respond。 */
export const respondJointAction = (args: { path: { id: string }; body: JointResponse; idempotencyKey: string }): Promise<JointAction> => send('POST', '/v1/joint-actions/{id}/response', args)
/** 执行反馈。权限：joint:respond。 */
export const reportJointAction = (args: { path: { id: string }; body: JointFeedback; idempotencyKey: string }): Promise<JointAction> => send('POST', '/v1/joint-actions/{id}/feedback', args)
/** 联合奖惩统计。权限：joint:read。 */
export const getJointActionStats = (args: { query: { from: string; to: string } }): Promise<JointStats> => send('GET', '/v1/joint-action-stats', args)
/** 激励与惩戒措施。权限：public。 */
export const listMeasures = (args: { query?: { class?: "incentive" | "general" | "serious"; list?: ListKind; target?: "organisation" | "natural_person"; limit?: number; cursor?: string } } = {}): Promise<Measures> => send('GET', '/v1/measures', args)
/** 我的待办。权限：worklist:read。 */
export const getWorklist = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<Worklist> => send('GET', '/v1/worklist', args)
/** 公共信用信息目录。权限：public。 */
export const getCatalogue = (args: { query?: { on?: Day; class?: string; kind?: RecordKind; subjectKind?: "legal_person" | "self_employed" | "natural_person"; limit?: number; cursor?: string } } = {}): Promise<Catalogue> => send('GET', '/v1/catalogue', args)
/** 行业信用评价方案。权限：public。 */
export const listSectors = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<Sectors> => send('GET', '/v1/sectors', args)
/** 一个行业的评价方案。权限：public。 */
export const getSector = (args: { path: { key: string } }): Promise<Sector> => send('GET', '/v1/sectors/{key}', args)
/** 起草行业评价方案的新版本。权限：sector:write。 */
export const putSector = (args: { path: { key: string }; body: SectorChange; ifMatch: string }): Promise<SectorDraft> => send('PUT', '/v1/sectors/{key}', args)
/** 行业公布的评价分布。权限：public。 */
export const listSectorRatings = (args: { path: { key: string }; query?: { scope?: string; period?: string; limit?: number; cursor?: string } }): Promise<Distributions> => send('GET', '/v1/sectors/{key}/ratings', args)
/** 已发布的惠民惠企事项。权限：public。 */
export const listBenefits = (args: { query?: { scene?: Scene; site?: string; limit?: number; cursor?: string } } = {}): Promise<Benefits> => send('GET', '/v1/benefits', args)
/** 一项惠民惠企事项。权限：public。 */
export const getBenefit = (args: { path: { code: string } }): Promise<Benefit> => send('GET', '/v1/benefits/{code}', args)
/** 惠民规则的草案与全部版本。权限：benefit_rule:read。 */
export const listBenefitRules = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<BenefitRules> => send('GET', '/v1/benefit-rules', args)
/** 起草惠民规则的新版本。权限：benefit_rule:write。 */
export const draftBenefitRule = (args: { body: BenefitRule; idempotencyKey: string }): Promise<BenefitRuleDraft> => send('POST', '/v1/benefit-rules', args)
/** 一项惠民规则的草案、检查结果和全部版本。权限：benefit_rule:read。 */
export const getBenefitRule = (args: { path: { code: string } }): Promise<BenefitRuleHistory> => send('GET', '/v1/benefit-rules/{code}', args)
/** 修改惠民规则的草案。权限：benefit_rule:write。 */
export const reviseBenefitRule = (args: { path: { code: string }; body: BenefitRule; ifMatch: string }): Promise<BenefitRuleDraft> => send('PUT', '/v1/benefit-rules/{code}', args)
/** 复核并发布惠民规则。权限：benefit_rule:publish。 */
export const publishBenefitRule = (args: { path: { code: string }; idempotencyKey: string; ifMatch: string }): Promise<BenefitRuleHistory> => send('POST', '/v1/benefit-rules/{code}/publication', args)
/** 用草案试算全部主体。权限：benefit_rule:simulate。 */
export const simulateBenefitRule = (args: { path: { code: string } }): Promise<BenefitSimulation> => send('POST', '/v1/benefit-rules/{code}/simulations', args)
/** 我能享受什么。权限：benefit:read_own。 */
export const listMyBenefits = (args: { query?: { scene?: Scene; site?: string } } = {}): Promise<MyBenefits> => send('GET', '/v1/me/benefits', args)
/** 领取一次性凭证。权限：pass:issue。 */
export const issuePass = (args: { body: PassRequest; idempotencyKey: string }): Promise<Pass> => send('POST', '/v1/me/passes', args)
/** 核验凭证。权限：gate:check。 */
export const checkPass = (args: { body: GateScan }): Promise<GateCheck> => send('POST', '/v1/gate/checks', args)
/** 本站点的核销。权限：gate:list。 */
export const listRedemptions = (args: { query?: { date?: Day; limit?: number; cursor?: string } } = {}): Promise<SiteRedemptions> => send('GET', '/v1/gate/redemptions', args)
/** 核销凭证。权限：gate:redeem。 */
export const redeemPass = (args: { body: GateScan; idempotencyKey: string }): Promise<Redemption> => send('POST', '/v1/gate/redemptions', args)
/** 上传脱网核销。权限：gate:upload。 */
export const uploadRedemptions = (args: { body: OfflineUses; idempotencyKey: string }): Promise<UploadedUses> => send('POST', '/v1/gate/redemptions/batch', args)
/** 撤销核销。权限：gate:reverse。 */
export const reverseRedemption = (args: { path: { no: string }; body: ReversalRequest; idempotencyKey: string }): Promise<Reversal> => send('POST', '/v1/gate/redemptions/{no}/reversals', args)
/** 脱网核验包。权限：gate:bundle。 */
export const getGateBundle = (): Promise<GateBundle> => send('GET', '/v1/gate/bundle')
/** 日终结算。权限：settlement:read。 */
export const getSettlement = (args: { query?: { date?: Day; site?: string } } = {}): Promise<Settlement> => send('GET', '/v1/settlements', args)
/** 支持信用办理的审批事项。权限：public。 */
export const listApprovalItems = (args: { query?: { limit?: number; cursor?: string } } = {}): Promise<ApprovalItems> => send('GET', '/v1/approval-items', args)
/** 窗口核验。权限：approval:check。 */
export const checkApproval = (args: { body: ApprovalCheckRequest }): Promise<ApprovalPlan> => send('POST', '/v1/approvals/checks', args)
/** 本窗口的办件和催办清单。权限：approval:list。 */
export const listApprovals = (args: { query?: { due?: "soon" | "overdue" | "all"; limit?: number; cursor?: string } } = {}): Promise<ApprovalCases> => send('GET', '/v1/approvals', args)
/** 受理办件。权限：approval:accept。 */
export const acceptApproval = (args: { body: ApprovalAcceptance; idempotencyKey: string }): Promise<ApprovalCase> => send('POST', '/v1/approvals', args)
/** 本窗口的一个办件。权限：approval:list。 */
export const getApproval = (args: { path: { no: string } }): Promise<ApprovalCase> => send('GET', '/v1/approvals/{no}', args)
/** 登记补交材料或承诺未履行。权限：approval:update。 */
export const updateApproval = (args: { path: { no: string }; body: ApprovalUpdate; ifMatch: string }): Promise<ApprovalCase> => send('PATCH', '/v1/approvals/{no}', args)
/** 公开的信用承诺。权限：public。 */
export const listCommitments = (args: { query?: { subject?: Uscc; limit?: number; cursor?: string } } = {}): Promise<Commitments> => send('GET', '/v1/commitments', args)
/** 本单位受理的一份承诺。权限：commitment:read。 */
export const getCommitment = (args: { path: { code: string } }): Promise<Commitment> => send('GET', '/v1/commitments/{code}', args)
/** 认定履行状态。权限：commitment:confirm。 */
export const confirmCommitment = (args: { path: { code: string }; body: CommitmentFinding; ifMatch: string }): Promise<Commitment> => send('PATCH', '/v1/commitments/{code}', args)
/** 承诺类型和承诺书。权限：public。 */
export const listCommitmentLetters = (): Promise<CommitmentLetters> => send('GET', '/v1/commitment-letters')
/** 承诺统计。权限：commitment:stats。 */
export const getCommitmentStats = (args: { query?: { unit?: Uscc; from?: string; to?: string } } = {}): Promise<CommitmentStats> => send('GET', '/v1/commitment-stats', args)
/** 我的承诺。权限：commitment:read_own。 */
export const listMyCommitments = (args: { query?: { uscc?: Uscc; limit?: number; cursor?: string } } = {}): Promise<Commitments> => send('GET', '/v1/me/commitments', args)
/** 签署承诺书。权限：commitment:sign。 */
export const signCommitment = (args: { body: CommitmentSigning; idempotencyKey: string }): Promise<Commitment> => send('POST', '/v1/me/commitments', args)
/** 我的消息。权限：message:read_own。 */
export const listMyMessages = (args: { query?: { uscc?: Uscc; limit?: number; cursor?: string } } = {}): Promise<Messages> => send('GET', '/v1/me/messages', args)
/** 消息订阅情况。权限：message:read_own。 */
export const getMessageContact = (args: { query?: { uscc?: Uscc } } = {}): Promise<MessageContact> => send('GET', '/v1/me/message-contact', args)
/** 订阅或退订消息。权限：message:agree。 */
export const setMessageContact = (args: { body: MessageContactRequest; idempotencyKey: string }): Promise<MessageContact> => send('POST', '/v1/me/message-contact', args)
/** 死信与待发送的消息。权限：message:read。 */
export const listOutbox = (args: { query?: { state?: "dead" | "waiting"; limit?: number; cursor?: string } } = {}): Promise<OutboxMessages> => send('GET', '/v1/messages', args)
/** 重新发送一条死信。权限：message:retry。 */
export const retryMessage = (args: { path: { id: string }; idempotencyKey: string }): Promise<OutboxMessage> => send('POST', '/v1/messages/{id}/retry', args)
/** 白名单查询。权限：whitelist:check。 */
export const getWhitelistAnswer = (args: { path: { uscc: Uscc } }): Promise<WhitelistAnswer> => send('GET', '/v1/loan/whitelist/{uscc}', args)
/** 白名单批量查询。权限：whitelist:check。 */
export const checkWhitelist = (args: { body: WhitelistChecks }): Promise<WhitelistCheckAnswer> => send('POST', '/v1/loan/whitelist/checks', args)
/** 批量报送行业评价。权限：rating:write。 */
export const submitRatings = (args: { body: RatingBatch; idempotencyKey: string }): Promise<RatingBatchAnswer> => send('POST', '/v1/ratings', args)
/** 待发布的行业评价方案。权限：sector:review。 */
export const getSectorDraft = (args: { path: { key: string } }): Promise<SectorDraft> => send('GET', '/v1/sectors/{key}/draft', args)
/** 复核并发布行业评价方案。权限：sector:publish。 */
export const publishSector = (args: { path: { key: string }; idempotencyKey: string; ifMatch: string }): Promise<SectorDraft> => send('POST', '/v1/sectors/{key}/publication', args)
/** 指标表。权限：quality:read。 */
export const getQuality = (args: { query?: { unit?: Uscc; period?: string; limit?: number; cursor?: string } } = {}): Promise<QualityTable> => send('GET', '/v1/quality', args)
/** 一项指标背后的记录。权限：quality:read。 */
export const listQualityRecords = (args: { query: { kpi: string; part?: "numerator" | "denominator"; unit?: Uscc; period?: string; limit?: number; cursor?: string } }): Promise<QualityRecords> => send('GET', '/v1/quality/records', args)
/** 一项指标背后的报送。权限：quality:read。 */
export const listQualitySubmissions = (args: { query: { kpi: string; part?: "numerator" | "denominator"; unit?: Uscc; period?: string; limit?: number; cursor?: string } }): Promise<QualitySubmissions> => send('GET', '/v1/quality/submissions', args)
/** 一次报送中被退回的行。权限：quality:read。 */
export const listQualityRefusals = (args: { path: { no: string }; query?: { limit?: number; cursor?: string } }): Promise<QualityRefusals> => send('GET', '/v1/quality/submissions/{no}/refusals', args)
/** 已登记的台账数。权限：quality:enter。 */
export const getQualityEntry = (args: { path: { month: string }; query?: { unit?: Uscc } }): Promise<QualityEntry> => send('GET', '/v1/quality/entries/{month}', args)
/** 登记台账数。权限：quality:enter。 */
export const putQualityEntry = (args: { path: { month: string }; query?: { unit?: Uscc }; body: QualityNumbers; ifMatch: string }): Promise<QualityEntry> => send('PUT', '/v1/quality/entries/{month}', args)
/** 审计条目。权限：audit:read。 */
export const listAudit = (args: { query?: { actor?: string; role?: Role; action?: string; outcome?: string; subject?: string; origin?: string; from?: Day; to?: Day; limit?: number; cursor?: string } } = {}): Promise<AuditEntries> => send('GET', '/v1/audit', args)
/** 审计日志检查点。权限：audit:read。 */
export const getAuditCheckpoint = (): Promise<AuditCheckpoint> => send('GET', '/v1/audit/checkpoint')
/** 包含证明。权限：audit:read。 */
export const getAuditProof = (args: { path: { index: number }; query: { origin: string } }): Promise<AuditProof> => send('GET', '/v1/audit/proofs/{index}', args)
/** 进程是否在运行。权限：public。 */
export const getHealth = (): Promise<Health> => send('GET', '/healthz')
/** 能否接请求。权限：public。 */
export const getReadiness = (): Promise<Readiness> => send('GET', '/readyz')
