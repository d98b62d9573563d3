// Package emulator speaks the wire format of WeChat's mini-program server interface
// (api.weixin.qq.com) for demos and tests: sign-in codes, the stable access token and
// subscribe messages, with WeChat's error codes. It never talks to WeChat.
package emulator

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"xinyi/model"
)

// Config is what the emulated WeChat knows.
type Config struct {
	AppID     string
	AppSecret string
	// DemoCodes maps codes to openids that can be used again and again.
	DemoCodes map[string]string
	Clock     model.Clock
}

// Paths that a Fault can be injected on.
const (
	PathCode2Session = "/sns/jscode2session"
	PathStableToken  = "/cgi-bin/stable_token"
	PathSend         = "/cgi-bin/message/subscribe/send"
)

// Fault is an answer to give instead of the right one.
type Fault struct {
	ErrCode int64         // WeChat's errcode; 0 with Status 0 = answer rightly after Delay
	Status  int           // an HTTP status with an HTML body, as proxies answer
	Delay   time.Duration // or until the caller hangs up
	Times   int           // how many calls it hits; 0 = until cleared
}

// Sent is a subscribe message that arrived.
type Sent struct {
	OpenID     string
	TemplateID string
	Page       string
	Data       map[string]string
}

const (
	codeLife  = 5 * time.Minute
	tokenLife = 2 * time.Hour
	// maxKept bounds codes and messages that nobody fetches.
	maxKept = 10_000
)

type code struct {
	openID string
	ends   time.Time
	used   bool
}

// Emulator is an http.Handler. Safe for concurrent use.
type Emulator struct {
	conf Config
	mux  *http.ServeMux

	mu     sync.Mutex
	codes  map[string]*code
	token  string
	ends   time.Time
	faults map[string]*Fault
	calls  map[string]int
	sent   []Sent
}

// New makes an emulator with no token issued yet.
func New(conf Config) *Emulator {
	e := &Emulator{conf: conf, mux: http.NewServeMux(), codes: map[string]*code{}, faults: map[string]*Fault{},
		calls: map[string]int{}}
	e.mux.HandleFunc(PathCode2Session, e.faulty(PathCode2Session, e.code2Session))
	e.mux.HandleFunc(PathStableToken, e.faulty(PathStableToken, e.stableToken))
	e.mux.HandleFunc(PathSend, e.faulty(PathSend, e.send))
	return e
}

// ServeHTTP answers like api.weixin.qq.com.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

// Issue gives a code that signs openID in once within five minutes, as wx.login would.
func (e *Emulator) Issue(openID string) string {
	c := "e_" + random(24)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.codes) >= maxKept {
		clear(e.codes)
	}
	e.codes[c] = &code{openID: openID, ends: e.conf.Clock.Now().Add(codeLife)}
	return c
}

// Inject makes the next calls to path fail.
func (e *Emulator) Inject(path string, f Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults[path] = &f
}

// Clear takes injected faults back.
func (e *Emulator) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.faults)
}

// InvalidateToken makes the issued access token bad before its time.
func (e *Emulator) InvalidateToken() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.token = ""
}

// Calls counts the requests to path, failed ones included.
func (e *Emulator) Calls(path string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[path]
}

// Messages gives the subscribe messages that arrived, oldest first.
func (e *Emulator) Messages() []Sent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Sent(nil), e.sent...)
}

func (e *Emulator) faulty(path string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := e.takeFault(path)
		// A server sees its caller hang up only once the body is read.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err != nil {
			fail(w, 47001)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f.Delay > 0 {
			timer := time.NewTimer(f.Delay)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case f.Status != 0:
			http.Error(w, "<html>bad gateway</html>", f.Status)
		case f.ErrCode != 0:
			fail(w, f.ErrCode)
		default:
			next(w, r)
		}
	}
}

func (e *Emulator) takeFault(path string) Fault {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[path]++
	f, ok := e.faults[path]
	if !ok {
		return Fault{}
	}
	taken := *f
	if f.Times > 0 {
		if f.Times--; f.Times == 0 {
			delete(e.faults, path)
		}
	}
	return taken
}

func (e *Emulator) code2Session(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if bad := e.checkApp(q.Get("appid"), q.Get("secret")); bad != 0 {
		fail(w, bad)
		return
	}
	if q.Get("grant_type") != "authorization_code" {
		fail(w, 40002)
		return
	}
	openID, bad := e.useCode(q.Get("js_code"))
	if bad != 0 {
		fail(w, bad)
		return
	}
	// WeChat labels this answer text/plain.
	w.Header().Set("Content-Type", "text/plain")
	_ = json.NewEncoder(w).Encode(map[string]string{"session_key": random(16), "openid": openID})
}

func (e *Emulator) useCode(c string) (openID string, errcode int64) {
	if c == "" {
		return "", 41008
	}
	if openID, ok := e.conf.DemoCodes[c]; ok {
		return openID, 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	known, ok := e.codes[c]
	switch {
	case !ok, !e.conf.Clock.Now().Before(known.ends):
		return "", 40029
	case known.used:
		return "", 40163
	}
	known.used = true
	return known.openID, 0
}

func (e *Emulator) stableToken(w http.ResponseWriter, r *http.Request) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if r.Method != http.MethodPost {
		fail(w, 43002)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail(w, 47001)
		return
	}
	if bad := e.checkApp(in.AppID, in.Secret); bad != 0 {
		fail(w, bad)
		return
	}
	if in.GrantType != "client_credential" {
		fail(w, 40002)
		return
	}
	token, life := e.currentToken(in.ForceRefresh)
	answer(w, map[string]any{"access_token": token, "expires_in": int(life.Seconds())})
}

// currentToken gives every caller the same token while it lives.
func (e *Emulator) currentToken(force bool) (string, time.Duration) {
	now := e.conf.Clock.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if force || e.token == "" || !now.Before(e.ends) {
		e.token, e.ends = "emulated_"+random(48), now.Add(tokenLife)
	}
	return e.token, e.ends.Sub(now)
}

func (e *Emulator) send(w http.ResponseWriter, r *http.Request) {
	if bad := e.checkToken(r.URL.Query().Get("access_token")); bad != 0 {
		fail(w, bad)
		return
	}
	var in struct {
		ToUser     string `json:"touser"`
		TemplateID string `json:"template_id"`
		Page       string `json:"page"`
		Data       map[string]struct {
			Value string `json:"value"`
		} `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail(w, 47001)
		return
	}
	switch {
	case in.ToUser == "":
		fail(w, 40003)
		return
	case in.TemplateID == "":
		fail(w, 40037)
		return
	case len(in.Data) == 0:
		fail(w, 47003)
		return
	}
	sent := Sent{OpenID: in.ToUser, TemplateID: in.TemplateID, Page: in.Page, Data: map[string]string{}}
	for k, v := range in.Data {
		sent.Data[k] = v.Value
	}
	e.mu.Lock()
	if len(e.sent) < maxKept {
		e.sent = append(e.sent, sent)
	}
	e.mu.Unlock()
	answer(w, map[string]any{"errcode": 0, "errmsg": "ok"})
}

func (e *Emulator) checkToken(token string) int64 {
	now := e.conf.Clock.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case token == "":
		return 41001
	case token != e.token:
		return 40001
	case !now.Before(e.ends):
		return 42001
	}
	return 0
}

func (e *Emulator) checkApp(appID, secret string) int64 {
	switch {
	case appID != e.conf.AppID:
		return 40013
	case secret != e.conf.AppSecret:
		return 40125
	}
	return 0
}

func fail(w http.ResponseWriter, errcode int64) {
	text, ok := texts[errcode]
	if !ok {
		text = "error"
	}
	answer(w, map[string]any{"errcode": errcode, "errmsg": text + ", rid: " + random(12)})
}

// texts of WeChat's return codes.
var texts = map[int64]string{
	-1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40002: "invalid grant_type",
	40003: "invalid openid", 40013: "invalid appid", 40014: "invalid access_token", 40029: "invalid code", 40037: "invalid template_id",
	40125: "invalid appsecret", 40163: "code been used", 40164: "invalid ip, not in whitelist", 40226: "code blocked",
	40243: "AppSecret frozen", 41001: "access_token missing", 41008: "missing code", 42001: "access_token expired",
	43002: "require POST method", 43101: "user refuse to accept the msg", 45009: "reach max api daily quota limit",
	45011: "api minute-quota reach limit", 47001: "data format error", 47003: "argument invalid",
}

// answer writes JSON with status 200, as WeChat does for failures too.
func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	_ = json.NewEncoder(w).Encode(body)
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
