package wechat

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"regexp"
	"time"

	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/miniprogram/auth"
	miniconfig "github.com/silenceper/wechat/v2/miniprogram/config"
	minicontext "github.com/silenceper/wechat/v2/miniprogram/context"
	"github.com/silenceper/wechat/v2/miniprogram/subscribe"
	"github.com/silenceper/wechat/v2/util"

	"xinyi/model"
)

// Config is what one mini-program needs.
type Config struct {
	AppID     string
	AppSecret string
	// BaseURL replaces https://api.weixin.qq.com, for the emulator or a relay: https, or http
	// to a loopback address. "" = WeChat itself.
	BaseURL string
	// Timeout bounds one HTTP call; 0 = 5 s.
	Timeout time.Duration
	// Backoff is the mean pause before a call that WeChat was too busy for is made
	// again; 0 = 200 ms.
	Backoff time.Duration
	Clock   model.Clock
}

// Session says who signed in. WeChat's session_key is not part of it.
type Session struct {
	OpenID  string // of the user in this mini-program
	UnionID string // "" unless the mini-program is bound to an open platform account
}

// Message is 订阅消息: one consent of the user pays for one message.
type Message struct {
	OpenID     string
	TemplateID string
	Page       string            // without leading slash; "" = no jump
	Data       map[string]string // keyword → value, such as thing1 (at most 20 characters)
}

// Client calls WeChat for one mini-program. Build one at start and share it.
type Client struct {
	conf   Config
	base   *url.URL
	auth   *auth.Auth
	tokens *tokenSource
	redact *redactor
}

const (
	host        = "api.weixin.qq.com"
	sendURL     = "https://" + host + "/cgi-bin/message/subscribe/send?access_token="
	busyRetries = 2
)

// code alphabet: the SDK puts the code into a URL as it is.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// New checks the configuration and takes over the SDK's HTTP client.
func New(conf Config) (*Client, error) {
	if conf.AppID == "" || conf.AppSecret == "" || conf.Clock == nil {
		return nil, errors.New("wechat: AppID, AppSecret and Clock are required")
	}
	if conf.BaseURL == "" {
		conf.BaseURL = "https://" + host
	}
	base, err := parseBase(conf.BaseURL)
	if err != nil {
		return nil, err
	}
	if conf.Timeout <= 0 {
		conf.Timeout = 5 * time.Second
	}
	if conf.Backoff <= 0 {
		conf.Backoff = 200 * time.Millisecond
	}
	install()

	store := newCache(16, conf.Clock)
	stable, ok := credential.NewStableAccessToken(conf.AppID, conf.AppSecret, credential.CacheKeyMiniProgramPrefix, store).(*credential.StableAccessToken)
	if !ok {
		return nil, errors.New("wechat: the SDK's stable token source has another type than expected")
	}
	c := &Client{conf: conf, base: base, redact: newRedactor(conf.AppSecret)}
	c.tokens = &tokenSource{slot: make(chan struct{}, 1), cache: store, fetch: func(ctx context.Context) (credential.ResAccessToken, error) {
		return stable.GetAccessTokenDirectly(ctx, false)
	}}
	c.auth = auth.NewAuth(&minicontext.Context{
		Config:                   &miniconfig.Config{AppID: conf.AppID, AppSecret: conf.AppSecret, Cache: store, UseStableAK: true},
		AccessTokenContextHandle: c.tokens,
	})
	return c, nil
}

// CheckURL says whether raw may be a BaseURL.
func CheckURL(raw string) error {
	_, err := parseBase(raw)
	return err
}

func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("wechat: BaseURL must be https://host")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme != "https" && !(u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())) {
		return nil, errors.New("wechat: the app secret travels over https only (http to loopback is for the emulator)")
	}
	return u, nil
}

// Code2Session exchanges a wx.login code, which WeChat honours once within five
// minutes. Errors: CodeInvalidRequest for what cannot be a code,
// CodeInvalidCredentials for a bad or used one (the client calls wx.login again),
// CodeRateLimited, CodeForbidden, CodeUpstream.
func (c *Client) Code2Session(ctx context.Context, code string) (Session, error) {
	if !codeForm.MatchString(code) {
		return Session{}, model.Invalid("/code", "format", "应为 wx.login 返回的 code：1–128 位字母、数字、下划线或短横线。")
	}
	var session Session
	err := c.whileBusy(ctx, func(ctx context.Context) error {
		res, err := c.auth.Code2SessionContext(ctx, code)
		if err != nil || res.ErrCode != 0 {
			return c.redact.fault("code2session", res.ErrCode, err, code)
		}
		if res.OpenID == "" {
			return &Error{Op: "code2session", Text: "answer without openid"}
		}
		session = Session{OpenID: res.OpenID, UnionID: res.UnionID}
		return nil
	})
	if err != nil {
		return Session{}, asModel(err)
	}
	return session, nil
}

// SendSubscribe sends one subscribe message. CodeConsentRequired: the user refused or
// used the consent up (43101); do not send again before the next one.
func (c *Client) SendSubscribe(ctx context.Context, m Message) error {
	data := make(map[string]*subscribe.DataItem, len(m.Data))
	for k, v := range m.Data {
		data[k] = &subscribe.DataItem{Value: v}
	}
	body := &subscribe.Message{ToUser: m.OpenID, TemplateID: m.TemplateID, Page: m.Page, Data: data}
	return asModel(c.withToken(ctx, "subscribe.send", func(ctx context.Context, token string) error {
		// The SDK's own Send has no context.
		answer, err := util.PostJSONContext(ctx, sendURL+url.QueryEscape(token), body)
		if err != nil {
			return err
		}
		return util.DecodeWithCommonError(answer, "subscribe.send")
	}))
}

// withToken runs a call that carries the access token; when WeChat says that the token
// is bad, it is dropped and the call made once more.
func (c *Client) withToken(ctx context.Context, op string, call func(context.Context, string) error) error {
	for attempt := 0; ; attempt++ {
		var token string
		err := c.whileBusy(ctx, func(ctx context.Context) error {
			res, err := c.tokens.token(ctx)
			if err != nil {
				return c.redact.fault("stable_token", res.ErrCode, err, res.AccessToken)
			}
			token = res.AccessToken
			if err := call(ctx, token); err != nil {
				return c.redact.fault(op, 0, err, token)
			}
			return nil
		})
		var fault *Error
		if attempt > 0 || !errors.As(err, &fault) || !fault.badToken() || token == "" {
			return err
		}
		c.tokens.drop(token)
	}
}

// whileBusy repeats a call at most twice while WeChat answers -1 (busy); such a call
// had no effect. Nothing else is repeated: a code may have been consumed.
func (c *Client) whileBusy(ctx context.Context, call func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		err := c.once(ctx, call)
		var fault *Error
		if attempt == busyRetries || !errors.As(err, &fault) || fault.Code != codeBusy {
			return err
		}
		pause := time.NewTimer(c.conf.Backoff/2 + rand.N(c.conf.Backoff))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(withBase(ctx, c.base), c.conf.Timeout)
	defer cancel()
	return call(ctx)
}
