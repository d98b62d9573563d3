package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// maxAnswer bounds an answer of WeChat; the SDK reads all there is.
const maxAnswer = 1 << 20

type baseKey struct{}

// withBase says where calls under ctx go. The SDK has one HTTP client per process;
// the address travels in the context, so that several Clients can live side by side.
func withBase(ctx context.Context, base *url.URL) context.Context {
	return context.WithValue(ctx, baseKey{}, base)
}

// install gives the SDK its HTTP client, once, before the first call. The total time
// limit is a backstop: each call has its own.
var install = sync.OnceFunc(func() {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = 16
	util.DefaultHTTPClient = &http.Client{
		Timeout:       30 * time.Second,
		Transport:     guard{wire},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirect refused") },
	}
})

// guard lets only calls to WeChat's host out, and sends them to the configured base.
type guard struct{ wire http.RoundTripper }

// RoundTrip refuses every host but WeChat's, and calls that name no base.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	base, ok := r.Context().Value(baseKey{}).(*url.URL)
	if r.URL.Host != host || !ok {
		return nil, errors.New("host refused")
	}
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.Host = base.Scheme, base.Host, base.Host
	out.URL.Path, out.URL.RawPath = strings.TrimSuffix(base.Path, "/")+r.URL.Path, ""
	res, err := g.wire.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	res.Body = &boundedBody{Reader: io.LimitReader(res.Body, maxAnswer), Closer: res.Body}
	return res, nil
}

type boundedBody struct {
	io.Reader
	io.Closer
}
