package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"xinyi/model"
)

// WeChat's error codes that we act on (全局返回码).
const (
	codeBusy          = -1
	codeBadSecret     = 40125
	codeBadAppID      = 40013
	codeFrozenSecret  = 40243
	codeAddressDenied = 40164
	codeBadCode       = 40029
	codeUsedCode      = 40163
	codeUserBlocked   = 40226
	codeBadToken      = 40001
	codeInvalidToken  = 40014
	codeExpiredToken  = 42001
	codeRefused       = 43101
	codeNoReader      = 40003
	codeBadTemplate   = 40037
	codeBadPage       = 41030
	codeBadData       = 47003
	codeTooOften      = 45011
	codeQuota         = 45009
)

// Error is a failed call. Its text holds no secret, code or token.
type Error struct {
	Op   string
	Code int64  // WeChat's errcode; 0 when there was no answer to read
	Text string // redacted
	// Err is context.Canceled or context.DeadlineExceeded, or nil.
	Err error
}

// Error gives operation, code and the redacted text.
func (e *Error) Error() string { return fmt.Sprintf("wechat %s: errcode %d: %s", e.Op, e.Code, e.Text) }

// Unwrap gives the context's error, if that ended the call.
func (e *Error) Unwrap() error { return e.Err }

// Alarm reports a fault that only an operator can mend: wrong AppID or secret, secret
// frozen, our address not on the allow-list, a template that is not ours or asks for other data.
func (e *Error) Alarm() bool {
	switch e.Code {
	case codeBadAppID, codeBadSecret, codeFrozenSecret, codeAddressDenied, codeBadTemplate, codeBadPage, codeBadData:
		return true
	}
	return false
}

func (e *Error) badToken() bool {
	return e.Code == codeBadToken || e.Code == codeInvalidToken || e.Code == codeExpiredToken
}

// asModel gives err its place in the closed set of codes.
func asModel(err error) error {
	var fault *Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code {
	case codeBadCode, codeUsedCode:
		return model.Wrap(fault, model.CodeInvalidCredentials, "微信登录凭证无效或已使用，请重新打开小程序登录。")
	case codeUserBlocked:
		return model.Wrap(fault, model.CodeForbidden, "微信提示该账号存在风险，暂不能登录，请按微信的提示处理后再试。")
	case codeRefused:
		return model.Wrap(fault, model.CodeConsentRequired, "用户没有可用的订阅授权，请在小程序内重新订阅。")
	case codeNoReader:
		return model.Wrap(fault, model.CodeNotFound, "微信里没有这个收信人，请在小程序内重新订阅。")
	case codeBadTemplate, codeBadPage, codeBadData:
		return model.Wrap(fault, model.CodeInvalidRequest, "微信不接受这条消息的模板、页面或内容，请核对模板设置。")
	case codeTooOften:
		return &model.Error{Code: model.CodeRateLimited, Detail: "登录过于频繁，请一分钟后再试。", RetryAfter: time.Minute, Err: fault}
	case codeQuota:
		return &model.Error{Code: model.CodeUpstream, Detail: "微信接口今日调用次数已用完，请稍后再试。", RetryAfter: 10 * time.Minute, Err: fault}
	}
	return &model.Error{Code: model.CodeUpstream, Detail: "暂时联系不上微信，请稍后重试。", RetryAfter: 5 * time.Second, Err: fault}
}

// redactor takes secrets out of the SDK's error texts, which quote whole URLs.
type redactor struct{ secret string }

func newRedactor(secret string) *redactor { return &redactor{secret: secret} }

var secretParam = regexp.MustCompile(`(?i)(secret|js_code|access_token|session_key|openid|unionid)("?\s*[=:]\s*"?)[^&"\s,}]+`)

// fault makes an Error of what the SDK returned. code is the errcode where the SDK
// keeps it in the result; the SDK's error itself is not kept, only its redacted text.
func (r *redactor) fault(op string, code int64, err error, secrets ...string) error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	var common *util.CommonError
	if errors.As(err, &common) {
		code = common.ErrCode
	}
	text := "no error text"
	if err != nil {
		text = r.clean(err.Error(), secrets...)
	}
	fault := &Error{Op: op, Code: code, Text: text}
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			fault.Err = cause
		}
	}
	return fault
}

func (r *redactor) clean(text string, secrets ...string) string {
	for _, s := range append(secrets, r.secret) {
		if s == "" {
			continue
		}
		text = strings.ReplaceAll(text, s, "***")
		text = strings.ReplaceAll(text, url.QueryEscape(s), "***")
	}
	text = secretParam.ReplaceAllString(text, "$1$2***")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}
