package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"xinyi/model"
)

func TestOnlyWeChatsHostIsReached(t *testing.T) {
	install()
	base, _ := url.Parse("http://127.0.0.1:1")
	for _, target := range []string{"https://example.org/x", "https://api.weixin.qq.com.example.org/x", "http://127.0.0.1:1/x"} {
		_, err := util.HTTPGetContext(withBase(t.Context(), base), target)
		if err == nil || !strings.Contains(err.Error(), "host refused") {
			t.Errorf("%s: %v", target, err)
		}
	}
	// A call that names no base (an SDK function without context) stays inside too.
	if _, err := util.HTTPGet("https://api.weixin.qq.com/x"); err == nil || !strings.Contains(err.Error(), "host refused") {
		t.Error(err)
	}
}

type answerer func(*http.Request) (*http.Response, error)

func (f answerer) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGuardRewritesTheHostOnly(t *testing.T) {
	base, _ := url.Parse("http://127.0.0.1:9/prefix")
	var got string
	g := guard{answerer(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String() + " " + r.Host
		return nil, errors.New("stop")
	})}
	r, _ := http.NewRequestWithContext(withBase(t.Context(), base), http.MethodGet, "https://api.weixin.qq.com/sns/jscode2session?a=b", nil)
	_, _ = g.RoundTrip(r)
	if got != "http://127.0.0.1:9/prefix/sns/jscode2session?a=b 127.0.0.1:9" {
		t.Fatal(got)
	}
	if r.URL.Host != host {
		t.Fatal("the caller's request was changed")
	}
}

func TestCacheIsBoundedAndExpires(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c := newCache(3, model.ClockFunc(func() time.Time { return now }))
	for i := range 10 {
		_ = c.Set(fmt.Sprint(i), "v", time.Duration(i+1)*time.Second)
	}
	if len(c.items) != 3 || !c.IsExist("9") || !c.IsExist("7") {
		t.Fatalf("kept %v", c.items)
	}
	now = now.Add(9 * time.Second)
	if c.IsExist("8") || !c.IsExist("9") {
		t.Fatal("expiry is wrong")
	}
	c.deleteIf("9", "other")
	if !c.IsExist("9") {
		t.Fatal("deleteIf removed another value")
	}
	c.deleteIf("9", "v")
	_ = c.Delete("8")
	if c.IsExist("9") {
		t.Fatal("deleteIf kept the value")
	}
}

func TestRedactorKnowsParameters(t *testing.T) {
	r := newRedactor("top secret")
	err := r.fault("x", 0, fmt.Errorf(`get "https://api.weixin.qq.com/x?secret=top+secret&js_code=abc&access_token=tok": %w`, context.DeadlineExceeded))
	for _, hidden := range []string{"top", "abc", "tok\""} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("%q in %q", hidden, err)
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the context's error is lost")
	}
}
