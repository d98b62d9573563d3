package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/gateway/wechat"
	"xinyi/gateway/wechat/emulator"
	"xinyi/model"
)

const (
	appID  = "wx0000000000000001"
	secret = "s3cret-of-the-app-0123456789"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai)

// tick is a clock that a test moves.
type tick struct{ ns atomic.Int64 }

func newTick() *tick                    { t := &tick{}; t.ns.Store(start.UnixNano()); return t }
func (t *tick) Now() time.Time          { return time.Unix(0, t.ns.Load()) }
func (t *tick) advance(d time.Duration) { t.ns.Add(int64(d)) }

type world struct {
	*wechat.Client
	emu   *emulator.Emulator
	clock *tick
}

func newWorld(t testing.TB, timeout time.Duration) world {
	t.Helper()
	clock := newTick()
	emu := emulator.New(emulator.Config{AppID: appID, AppSecret: secret, Clock: clock,
		DemoCodes: map[string]string{"demo-1": "o_demo_1"}})
	srv := httptest.NewServer(emu)
	t.Cleanup(srv.Close)
	c, err := wechat.New(wechat.Config{AppID: appID, AppSecret: secret, BaseURL: srv.URL, Timeout: timeout, Backoff: time.Millisecond, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return world{c, emu, clock}
}

func TestCodesSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for range 3 {
		s, err := w.Code2Session(t.Context(), "demo-1")
		if err != nil || s.OpenID != "o_demo_1" {
			t.Fatalf("demo code: %+v, %v", s, err)
		}
	}
	once := w.emu.Issue("o_real")
	if s, err := w.Code2Session(t.Context(), once); err != nil || s.OpenID != "o_real" {
		t.Fatalf("fresh code: %+v, %v", s, err)
	}
	if _, err := w.Code2Session(t.Context(), once); !model.Is(err, model.CodeInvalidCredentials) || wechatCode(err) != 40163 {
		t.Fatalf("used code: %v", err)
	}
	late := w.emu.Issue("o_late")
	w.clock.advance(5 * time.Minute)
	if _, err := w.Code2Session(t.Context(), late); !model.Is(err, model.CodeInvalidCredentials) || wechatCode(err) != 40029 {
		t.Fatalf("late code: %v", err)
	}
}

func wechatCode(err error) int64 {
	var e *wechat.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code
}

func TestWeChatErrorCodes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		errcode    int64
		want       model.Code
		retryAfter time.Duration
		calls      int
		alarm      bool
	}{
		{40029, model.CodeInvalidCredentials, 0, 1, false},
		{40163, model.CodeInvalidCredentials, 0, 1, false},
		{45011, model.CodeRateLimited, time.Minute, 1, false},
		{40226, model.CodeForbidden, 0, 1, false},
		{-1, model.CodeUpstream, 5 * time.Second, 3, false},
		{40013, model.CodeUpstream, 5 * time.Second, 1, true},
		{40125, model.CodeUpstream, 5 * time.Second, 1, true},
		{40243, model.CodeUpstream, 5 * time.Second, 1, true},
		{40164, model.CodeUpstream, 5 * time.Second, 1, true},
		{99999, model.CodeUpstream, 5 * time.Second, 1, false},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.errcode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			w.emu.Inject(emulator.PathCode2Session, emulator.Fault{ErrCode: c.errcode})
			_, err := w.Code2Session(t.Context(), "demo-1")
			var fault *wechat.Error
			var me *model.Error
			if !errors.As(err, &fault) || !errors.As(err, &me) {
				t.Fatalf("untyped error %v", err)
			}
			if fault.Code != c.errcode || me.Code != c.want || me.RetryAfter != c.retryAfter || fault.Alarm() != c.alarm {
				t.Fatalf("got %d %s %v alarm %v", fault.Code, me.Code, me.RetryAfter, fault.Alarm())
			}
			if got := w.emu.Calls(emulator.PathCode2Session); got != c.calls {
				t.Fatalf("%d calls, want %d", got, c.calls)
			}
		})
	}
}

func TestBusyIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.emu.Inject(emulator.PathCode2Session, emulator.Fault{ErrCode: -1, Times: 2})
	if _, err := w.Code2Session(t.Context(), w.emu.Issue("o")); err != nil {
		t.Fatal(err)
	}
}

func TestStrangeCodesNeverReachTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for _, code := range []string{"", "x&appid=evil", "a b", "é", "a%26b", "../x", "x\n", strings.Repeat("a", 129)} {
		if _, err := w.Code2Session(t.Context(), code); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%q: %v", code, err)
		}
	}
	if n := w.emu.Calls(emulator.PathCode2Session); n != 0 {
		t.Fatalf("%d calls", n)
	}
}

func TestBadTokenIsDroppedOnce(t *testing.T) {
	t.Parallel()
	msg := wechat.Message{OpenID: "o_1", TemplateID: "tpl", Data: map[string]string{"thing1": "您的异议已受理"}}
	for _, code := range []int64{40001, 40014, 42001} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			if err := w.SendSubscribe(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			w.emu.Inject(emulator.PathSend, emulator.Fault{ErrCode: code, Times: 1})
			if err := w.SendSubscribe(t.Context(), msg); err != nil {
				t.Fatalf("not retried: %v", err)
			}
			if n := w.emu.Calls(emulator.PathStableToken); n != 2 {
				t.Fatalf("%d token calls, want 2", n)
			}
			w.emu.Inject(emulator.PathSend, emulator.Fault{ErrCode: code})
			before := w.emu.Calls(emulator.PathSend)
			if err := w.SendSubscribe(t.Context(), msg); !model.Is(err, model.CodeUpstream) || wechatCode(err) != code {
				t.Fatalf("got %v", err)
			}
			if n := w.emu.Calls(emulator.PathSend) - before; n != 2 {
				t.Fatalf("%d calls, want 2", n)
			}
		})
	}
	w := newWorld(t, 0)
	for range 2 {
		if err := w.SendSubscribe(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		w.emu.InvalidateToken()
	}
	if got := w.emu.Messages(); len(got) != 2 || got[1].Data["thing1"] != "您的异议已受理" {
		t.Fatalf("messages %+v", got)
	}
}

func TestTokenIsFetchedOnceAndRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	msg := wechat.Message{OpenID: "o_1", TemplateID: "tpl", Data: map[string]string{"a": "b"}}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := w.SendSubscribe(t.Context(), msg); err != nil {
				t.Error(err, errors.Unwrap(err))
			}
		})
	}
	wg.Wait()
	if n := w.emu.Calls(emulator.PathStableToken); n != 1 {
		t.Fatalf("%d token calls", n)
	}
	w.clock.advance(2*time.Hour - 5*time.Minute) // the reserve before its end
	if err := w.SendSubscribe(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if n := w.emu.Calls(emulator.PathStableToken); n != 2 {
		t.Fatalf("%d token calls after the reserve began", n)
	}
}

func TestRefusedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for code, want := range map[int64]model.Code{43101: model.CodeConsentRequired, 40003: model.CodeNotFound, 40037: model.CodeInvalidRequest,
		41030: model.CodeInvalidRequest, 47003: model.CodeInvalidRequest, 45009: model.CodeUpstream} {
		w.emu.Inject(emulator.PathSend, emulator.Fault{ErrCode: code})
		err := w.SendSubscribe(t.Context(), wechat.Message{OpenID: "o_1", TemplateID: "t", Data: map[string]string{"a": "b"}})
		if !model.Is(err, want) {
			t.Errorf("errcode %d: %v, want %s", code, err, want)
		}
	}
}

func TestWaitersHonourTheirContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Minute)
	w.emu.Inject(emulator.PathStableToken, emulator.Fault{Delay: time.Hour})
	msg := wechat.Message{OpenID: "o_1", TemplateID: "t", Data: map[string]string{"a": "b"}}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	errs := make(chan error, 4)
	for range cap(errs) {
		wg.Go(func() { errs <- w.SendSubscribe(ctx, msg) })
	}
	cancel()
	wg.Wait()
	close(errs)
	for err := range errs {
		if !errors.Is(err, context.Canceled) || !model.Is(err, model.CodeUpstream) {
			t.Fatal(err)
		}
	}
	slow := newWorld(t, 20*time.Millisecond)
	slow.emu.Inject(emulator.PathCode2Session, emulator.Fault{Delay: time.Hour})
	if _, err := slow.Code2Session(t.Context(), "demo-1"); !errors.Is(err, context.DeadlineExceeded) || !model.Is(err, model.CodeUpstream) {
		t.Fatal(err)
	}
}

// Every way to fail must keep the AppSecret, the code and the token to itself, down
// the whole chain of causes.
func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(nil)
	dead.Close()
	gone, err := wechat.New(wechat.Config{AppID: appID, AppSecret: secret, BaseURL: dead.URL, Clock: newTick()})
	if err != nil {
		t.Fatal(err)
	}
	const code = "code-that-must-stay-hidden"
	var errs []error
	for _, f := range []emulator.Fault{{Status: 502}, {ErrCode: 40029}, {ErrCode: -1}, {Status: 302}, {Delay: time.Hour}} {
		w := newWorld(t, 50*time.Millisecond)
		w.emu.Inject(emulator.PathCode2Session, f)
		_, err := w.Code2Session(t.Context(), code)
		errs = append(errs, err)
		w.emu.Inject(emulator.PathSend, f)
		errs = append(errs, w.SendSubscribe(t.Context(), wechat.Message{OpenID: "o_hidden", TemplateID: "t", Data: map[string]string{"a": "b"}}))
		w.emu.Inject(emulator.PathStableToken, f)
		w.emu.InvalidateToken()
		errs = append(errs, w.SendSubscribe(t.Context(), wechat.Message{OpenID: "o_hidden", TemplateID: "t", Data: map[string]string{"a": "b"}}))
	}
	_, err = gone.Code2Session(t.Context(), code)
	errs = append(errs, err)
	for _, err := range errs {
		if err == nil {
			t.Fatal("a fault went unseen")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, text := range []string{e.Error(), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)} {
				for _, hidden := range []string{secret, code, "emulated_", "o_hidden"} {
					if strings.Contains(text, hidden) {
						t.Errorf("%q is in %q", hidden, text)
					}
				}
			}
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []wechat.Config{{}, {AppID: "a", AppSecret: "b"}, {AppID: "a", AppSecret: "b", Clock: newTick(), BaseURL: "ftp://x"},
		{AppID: "a", AppSecret: "b", Clock: newTick(), BaseURL: "no host"}} {
		if _, err := wechat.New(c); err == nil {
			t.Errorf("accepted %+v", c)
		}
	}
}

// TestCheckURL: AppSecret, codes and tokens leave the machine only over TLS.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"https://api.weixin.qq.com": true, "https://relay.example.org/wx": true,
		"http://127.0.0.1:9": true, "http://[::1]:9": true, "http://localhost:9": true,
		"http://api.weixin.qq.com": false, "http://10.0.0.8": false, "http://localhost.example.org": false, "http://127.0.0.1.example.org": false,
		"https://user:pass@relay.example.org": false, "https://": false, "": false, "ftp://127.0.0.1": false,
	} {
		if err := wechat.CheckURL(raw); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
		if raw == "" {
			continue // WeChat itself
		}
		if _, err := wechat.New(wechat.Config{AppID: "a", AppSecret: "b", Clock: newTick(), BaseURL: raw}); (err == nil) != want {
			t.Errorf("New with %q: %v", raw, err)
		}
	}
}
