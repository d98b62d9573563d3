// Package wechat is the only room that knows the WeChat SDK (微信小程序服务端).
//
// Client turns a wx.login code into an openid and sends subscribe messages. It keeps
// the SDK's known defects inside: codes are checked
// before they reach a URL, the stable access token lives in our own locked cache and
// is waited for under the caller's context, a token that WeChat calls bad is dropped
// and the call made once more, every call has a time limit, and no error text ever
// holds the AppSecret, a code or a token. The session_key stays here.
//
// Errors are *model.Error; *Error (WeChat's errcode) is found below with errors.As.
// The emulator folder speaks the same wire format for demos and tests.
package wechat
