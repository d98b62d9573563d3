// Package identity decides who calls and proves it with tokens (登录与身份).
//
//	Tokens    access tokens: made, checked, cached         tokens.go, verified.go
//	Sessions  refresh-token families: rotated, revoked     sessions.go, refresh.go
//	Citizens  WeChat sign-in, real name, enterprises       wechat.go, binding.go, enterprises.go
//	Staff     password and TOTP                            staff.go, password.go, totp.go
//	Clients   OAuth2 client credentials                    clients.go, assertion.go, tokenrequest.go
//	Registrar staff, clients and sessions for the operator registrar.go, registrarclients.go
//
// # What a refresh token is
//
// "xyr_" + 64 characters base64url of a family secret (16 bytes) and a token secret
// (32 bytes). The session's id is a hash of the family secret, the session holds only
// the hash of the whole current token. So whoever shows a token whose session exists
// held a genuine token of that family, and if it is not the current one it was used
// before: the family is revoked, whoever asked. There is no grace for a phone that
// sends the same token twice; it signs in again, which WeChat does without a tap.
// Of concurrent refreshes with one token exactly one wins, and the others revoke what
// it won: we cannot tell a double tap from a thief.
//
// # How guessing is slowed down
//
// A failure is counted before the secret is looked at and taken back on success, in
// the store, so that parallel guesses on several processes do not win anything.
// Unknown user names cost the same time and are counted alike. Who guesses at a name locks
// it for the own address; only many addresses lock it elsewhere, and not where it signed in
// of late (docs/decisions/0012-sign-in.md).
//
// Every refusal is a *model.Error with a code of the closed set (for OAuth2 an
// *OAuthError around one) and audited; those of callers who proved nothing are counted,
// and written as numbers (Refusals).
package identity
