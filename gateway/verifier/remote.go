package verifier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"xinyi/model"
)

// Config says where the verification service is and how we prove ourselves.
type Config struct {
	// URL of the verification operation; https, or http to a loopback address.
	URL string
	// Secret is the bearer token, or the HMAC key when KeyID is set.
	Secret string
	// KeyID names the HMAC key; "" = bearer.
	KeyID string
	// Timeout of one question; 0 = 5 s.
	Timeout time.Duration
	Clock   model.Clock
	// Transport replaces the default one, for private certificates; nil = default.
	Transport http.RoundTripper
}

// Remote asks a verification service.
type Remote struct {
	conf Config
	path string
	http *http.Client
}

const maxAnswer = 64 << 10

// question and verdict are the bodies on the wire.
type question struct {
	RequestID string `json:"requestId"`
	Name      string `json:"name"`
	IDNo      string `json:"idNo"`
}

type verdict struct {
	RequestID string `json:"requestId"`
	Result    string `json:"result"`
}

// NewRemote checks the configuration.
func NewRemote(conf Config) (*Remote, error) {
	u, err := parseURL(conf.URL)
	if err != nil {
		return nil, err
	}
	if conf.Secret == "" || conf.Clock == nil {
		return nil, errors.New("verifier: Secret and Clock are required")
	}
	if conf.Timeout <= 0 {
		conf.Timeout = 5 * time.Second
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/" // as the other end sees it
	}
	return &Remote{conf: conf, path: path, http: &http.Client{
		Timeout:   conf.Timeout,
		Transport: conf.Transport,
		// A redirect would carry the person's data somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// CheckURL says whether raw may be the URL of a verification service.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("verifier: URL must be https://host/path")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil, errors.New("verifier: personal data travels over https only (http to loopback is for the emulator)")
	}
	return u, nil
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// Verify asks the service. Errors as Register.Verify, and CodeUpstream when the service
// gave no usable answer.
func (r *Remote) Verify(ctx context.Context, name string, id model.CitizenID) error {
	v, err := r.ask(ctx, question{RequestID: newRequestID(), Name: name, IDNo: id.Reveal()})
	if err != nil {
		return &model.Error{Code: model.CodeUpstream, Detail: "实名核验服务暂时不可用，请稍后重试。", RetryAfter: 10 * time.Second, Err: err}
	}
	switch v.Result {
	case "match":
		return nil
	case "not_found":
		return &model.Error{Code: model.CodeNotFound, Detail: "登记库中没有这个证件号码，请核对后重试。"}
	default:
		return mismatch()
	}
}

// ask sends one question; its errors hold neither the question nor the secret.
func (r *Remote) ask(ctx context.Context, q question) (verdict, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return verdict{}, errors.New("verifier: question does not encode")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.conf.URL, bytes.NewReader(body))
	if err != nil {
		return verdict{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	r.prove(req, q.RequestID, body)
	res, err := r.http.Do(req)
	if err != nil {
		return verdict{}, err // names the URL and the network's fault only
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return verdict{}, fmt.Errorf("verifier: service answered status %d", res.StatusCode)
	}
	var v verdict
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&v); err != nil {
		return verdict{}, errors.New("verifier: answer is not the agreed JSON")
	}
	if v.RequestID != q.RequestID {
		return verdict{}, errors.New("verifier: answer belongs to another request")
	}
	if v.Result != "match" && v.Result != "mismatch" && v.Result != "not_found" {
		return verdict{}, errors.New("verifier: unknown result")
	}
	return v, nil
}

func (r *Remote) prove(req *http.Request, requestID string, body []byte) {
	if r.conf.KeyID == "" {
		req.Header.Set("Authorization", "Bearer "+r.conf.Secret)
		return
	}
	at := strconv.FormatInt(r.conf.Clock.Now().Unix(), 10)
	req.Header.Set("X-Verify-Key", r.conf.KeyID)
	req.Header.Set("X-Verify-Time", at)
	req.Header.Set("X-Verify-Signature", signature(r.conf.Secret, req.Method, r.path, at, requestID, body))
}

func signature(secret, method, path, at, requestID string, body []byte) string {
	digest := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%x", method, path, at, requestID, digest)
	return hex.EncodeToString(mac.Sum(nil))
}

func newRequestID() string { return rand.Text() }
