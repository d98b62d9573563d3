package sms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"xinyi/model"
)

// Config says where the platform is and how we prove ourselves.
type Config struct {
	// URL is https, or http to a loopback address.
	URL    string
	Secret string
	// Timeout of one message; 0 = 5 s.
	Timeout time.Duration
	Clock   model.Clock
	// Transport replaces the default one; nil = default.
	Transport http.RoundTripper
}

// Messages sends texts; it satisfies service/message.Channel.
type Messages struct {
	conf Config
	http *http.Client
}

// text is the body on the wire.
type text struct {
	ID       string            `json:"id"`
	Phone    string            `json:"phone"`
	Template string            `json:"template"`
	Params   map[string]string `json:"params"`
}

// New checks the configuration.
func New(conf Config) (*Messages, error) {
	if err := CheckURL(conf.URL); err != nil {
		return nil, err
	}
	if conf.Secret == "" || conf.Clock == nil {
		return nil, errors.New("sms: Secret and Clock are required")
	}
	if conf.Timeout <= 0 {
		conf.Timeout = 5 * time.Second
	}
	return &Messages{conf: conf, http: &http.Client{Timeout: conf.Timeout, Transport: conf.Transport,
		// A redirect would carry the number somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// CheckURL says whether raw may be the URL of a platform.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("sms: URL must be https://host/path")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme != "https" && !(u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())) {
		return errors.New("sms: phone numbers travel over https only (http to loopback is for the emulator)")
	}
	return nil
}

// Channel is ChannelSMS.
func (*Messages) Channel() model.MessageChannel { return model.ChannelSMS }

// Send hands one message over. Its errors hold neither number nor text.
func (s *Messages) Send(ctx context.Context, phone string, m *model.Message) error {
	body, err := json.Marshal(text{ID: m.ID, Phone: phone, Template: m.SMS.Template, Params: m.SMS.Data})
	if err != nil {
		return model.Errorf(model.CodeInvalidRequest, "短信内容无法编码。")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.conf.URL, bytes.NewReader(body))
	if err != nil {
		return away(err, 0)
	}
	at := strconv.FormatInt(s.conf.Clock.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	req.Header.Set("X-Sms-Time", at)
	req.Header.Set("X-Sms-Signature", signature(s.conf.Secret, at, m.ID, body))
	res, err := s.http.Do(req)
	if err != nil {
		return away(err, 0) // names the URL and the network's fault only
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return model.Errorf(model.CodeInvalidRequest, "短信平台不接受这条消息，请核对模板与号码。")
	case http.StatusForbidden:
		return model.Errorf(model.CodeForbidden, "该号码已退订或被短信平台拒收。")
	}
	wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return away(fmt.Errorf("sms: platform answered status %d", res.StatusCode), time.Duration(max(0, min(wait, 86400)))*time.Second)
}

func away(err error, wait time.Duration) error {
	return &model.Error{Code: model.CodeUpstream, Detail: "短信平台暂时不可用，稍后自动重试。", RetryAfter: wait, Err: err}
}

func signature(secret, at, id string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s\n%s", at, id, body)
	return hex.EncodeToString(mac.Sum(nil))
}
