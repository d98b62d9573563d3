package sms_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/gateway/sms"
	"xinyi/model"
)

const phone = "13800001234"

var message = &model.Message{ID: "p_1/2026-11-22/approval_due-SP1", SMS: model.MessageForm{Template: "approval_due", Data: map[string]string{"item": "食品经营许可"}}}

func open(t *testing.T, secret string) (*sms.Messages, *sms.Emulator) {
	t.Helper()
	clock := model.ClockFunc(func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai) })
	e := &sms.Emulator{Secret: "s3cret", Clock: clock}
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	c, err := sms.New(sms.Config{URL: srv.URL, Secret: secret, Clock: clock})
	require.NoError(t, err)
	return c, e
}

func TestSend_once(t *testing.T) {
	c, e := open(t, "s3cret")
	for range 3 {
		require.NoError(t, c.Send(t.Context(), phone, message))
	}
	require.Len(t, e.Messages(), 1, "one id, one text")
	require.Equal(t, "138****1234", e.Messages()[0].Phone)
}

func TestSend_refusals(t *testing.T) {
	c, e := open(t, "s3cret")
	for status, code := range map[int]model.Code{400: model.CodeInvalidRequest, 403: model.CodeForbidden, 404: model.CodeInvalidRequest, 422: model.CodeInvalidRequest,
		302: model.CodeUpstream, 401: model.CodeUpstream, 429: model.CodeUpstream, 500: model.CodeUpstream, 503: model.CodeUpstream} {
		e.Fail(status)
		err := c.Send(t.Context(), phone, message)
		require.True(t, model.Is(err, code), status)
		require.NotContains(t, fmt.Sprintf("%+v", err), phone)
	}
	require.NoError(t, c.Send(t.Context(), phone, message))
	other, e := open(t, "wrong")
	require.True(t, model.Is(other.Send(t.Context(), phone, message), model.CodeUpstream))
	require.Empty(t, e.Messages())
	require.True(t, model.Is(c.Send(t.Context(), "1", message), model.CodeInvalidRequest))
}

func TestNew_checks(t *testing.T) {
	clock := model.ClockFunc(time.Now)
	for _, conf := range []sms.Config{{}, {URL: "http://example.org/sms", Secret: "x", Clock: clock}, {URL: "https://u:p@example.org", Secret: "x", Clock: clock},
		{URL: "https://example.org", Clock: clock}, {URL: "https://example.org", Secret: "x"}} {
		_, err := sms.New(conf)
		require.Error(t, err)
	}
}
