package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// problemType prefixes the code in the type of a problem document.
const problemType = "urn:xinyi:problem:"

type meaning struct {
	status int
	title  string
	// detail is said when the error says nothing.
	detail string
}

// meanings bridges codes to HTTP, once. A test proves that every code is here.
var meanings = map[model.Code]meaning{
	model.CodeMethodNotAllowed:       {405, "方法不支持", "这个地址不支持该方法，请查看 Allow 响应头。"},
	model.CodeUnauthenticated:        {401, "尚未登录", "请先登录，再带上访问令牌重试。"},
	model.CodeTokenExpired:           {401, "登录已过期", "请用刷新令牌换取新的访问令牌，或重新登录。"},
	model.CodeInvalidCredentials:     {401, "登录信息不对", "请核对登录信息后重试。"},
	model.CodeLockedOut:              {429, "登录暂时锁定", "失败次数过多，请稍后再试。"},
	model.CodeForbidden:              {403, "没有权限", "您不能使用这项功能；如确有需要，请联系本单位管理员。"},
	model.CodeRateLimited:            {429, "请求太快", "请按 Retry-After 的秒数等待后重试。"},
	model.CodeInvalidRequest:         {400, "请求有误", "请按 errors 中的说明修改后重试。"},
	model.CodeInvalidCursor:          {400, "游标无效", "请从第一页重新查询。"},
	model.CodePayloadTooLarge:        {413, "正文太大", "请分批提交。"},
	model.CodeUnsupportedMediaType:   {415, "正文类型不支持", "请求正文须为 application/json（UTF-8）。"},
	model.CodeNotAcceptable:          {406, "无法按所要的形式回答", "请接受 application/json。"},
	model.CodeIdempotencyKeyRequired: {400, "缺少幂等键", "请在 Idempotency-Key 头中给出 1–64 个可见 ASCII 字符；重试时用同一个键。"},
	model.CodeIdempotencyKeyReused:   {422, "幂等键已用于另一请求", "新的请求请用新的 Idempotency-Key。"},
	model.CodeRequestInFlight:        {409, "同一请求正在处理", "请按 Retry-After 的秒数等待后，用同一个键重试。"},
	model.CodePreconditionRequired:   {428, "缺少前提条件", "请先读取，再带 If-Match 修改。"},
	model.CodePreconditionFailed:     {412, "内容已被修改", "请重新读取后再修改。"},
	model.CodeNotFound:               {404, "没有找到", "请核对后重试。"},
	model.CodeExists:                 {409, "已经存在", "请核对后再提交。"},
	model.CodeConflict:               {409, "与现状冲突", "内容刚刚有变化，请重新读取后再试。"},
	model.CodeNotVerified:            {403, "尚未实名", "请先完成实名认证。"},
	model.CodeIdentityMismatch:       {422, "实名信息不一致", "请核对姓名和身份证号码后重试。"},
	model.CodeIdentityBound:          {409, "已经实名", "该身份已绑定账号；如非本人操作，请联系信用办。"},
	model.CodeNotLegalRep:            {403, "不是法定代表人", "登记信息显示您不是该企业的法定代表人；如登记有误，请联系登记机关。"},
	model.CodePurposeRefused:         {403, "查询目的不允许", "请选择合法的查询目的。"},
	model.CodeConsentRequired:        {403, "需要授权", "请先取得信息主体的授权。"},
	model.CodeNotEligible:            {409, "暂不能领取", "本次按标准办理。"},
	model.CodePassInvalid:            {422, "凭证无法识别", "请出示人重新打开凭证后再扫。"},
	model.CodePassExpired:            {409, "凭证已过期", "请出示人刷新凭证后再扫。"},
	model.CodePassUsed:               {409, "凭证已使用", "请出示人领取新的凭证。"},
	model.CodePassWrongSite:          {403, "凭证不属于本站点", "请到凭证对应的站点使用。"},
	model.CodeCapReached:             {409, "已达上限", "本次按标准办理。"},
	model.CodeBudgetReached:          {409, "名额已用完", "本次按标准办理。"},
	model.CodeOutsideCatalog:         {422, "目录之外", "信息目录没有列入的内容不能记录。"},
	model.CodeNoLegalBasis:           {422, "没有现行有效的依据", "请改用现行有效的法规政策依据和措施。"},
	model.CodeSecondPerson:           {403, "须由另一人办理", "起草人不能审核自己的草案，请由另一位审核人办理。"},
	model.CodeNotReady:               {409, "条件尚未具备", "请按 errors 中的说明补齐后再办理。"},
	model.CodeCalendarMissing:        {503, "缺少放假安排", "请信用办导入该年日历后重试。"},
	model.CodeUpstream:               {503, "外部系统暂时不可用", "请稍后重试。"},
	model.CodeAuditUnavailable:       {503, "暂时不能回答", "审计日志暂时不可写，请稍后重试。"},
	model.CodeUnavailable:            {503, "暂时不可用", "请稍后重试。"},
	model.CodeInternal:               {500, "内部错误", "请稍后重试；如仍不成功，请提供请求编号。"},
}

var errPanic = errors.New("panic")

// writeProblem is the only writer of problem documents. What is not a *model.Error, and
// what is internal, tells the caller nothing; causes go to the event alone.
func (s *Server) writeProblem(c *gin.Context, call *call, err error) {
	var e *model.Error
	if !errors.As(err, &e) {
		e = &model.Error{Code: model.CodeInternal, Err: err}
	}
	if e.Code == model.CodeInternal && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		e = &model.Error{Code: model.CodeUnavailable, Err: err} // the caller has gone, or we are stopping
	}
	code := e.Code
	m, ok := meanings[code]
	if !ok {
		code, m = model.CodeInternal, meanings[model.CodeInternal]
	}
	call.code, call.cause = code, e.Err
	if c.Writer.Written() {
		return // a handler answered and failed after: the event says so
	}
	p := api.Problem{Type: problemType + string(code), Title: m.title, Status: m.status, Detail: e.Detail, Code: string(code), RequestID: call.requestID}
	if p.Detail == "" || code == model.CodeInternal {
		p.Detail = m.detail
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, api.FieldError{Pointer: f.Pointer, Code: f.Code, Detail: f.Detail})
	}
	h := c.Writer.Header()
	delete(h, "Etag")
	h["Cache-Control"] = noStore
	retryAfter(h, code, e.RetryAfter)
	if m.status == http.StatusUnauthorized {
		h["Www-Authenticate"] = challenge(c, call)
	}
	if err := writeJSON(c, m.status, problemMedia, p); err != nil {
		call.cause = errors.Join(call.cause, err)
	}
}

// challenge tells how to authenticate (RFC 6750 §3): no error code when no token came.
func challenge(c *gin.Context, call *call) []string {
	if call.route.public || len(c.Request.Header["Authorization"]) == 0 {
		return []string{`Bearer realm="xinyi"`}
	}
	return []string{`Bearer realm="xinyi", error="invalid_token"`}
}

// retryAfter: a refusal for now always says when to come again.
func retryAfter(h http.Header, code model.Code, wait time.Duration) {
	if wait <= 0 {
		switch code {
		case model.CodeRateLimited, model.CodeLockedOut, model.CodeRequestInFlight:
			wait = time.Second
		default:
			return
		}
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	h["Retry-After"] = []string{strconv.FormatInt(seconds, 10)}
}
