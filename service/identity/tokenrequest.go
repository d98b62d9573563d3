package identity

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	grantClientCredentials = "client_credentials"
	assertionTypeJWT       = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxClientID            = 128
	maxClientSecret        = 512
)

// TokenRequest is a request to the token endpoint, understood.
type TokenRequest struct {
	Scope string
	// ClientID and ClientSecret of client_secret_basic; ClientID may also stand beside
	// an assertion.
	ClientID     string
	ClientSecret string
	// Assertion of private_key_jwt; "" = client_secret_basic.
	Assertion string
}

// ParseTokenRequest reads the Authorization header ("" = none) and the form. The client
// proves itself in exactly one way; client_secret in the form is refused, since bodies
// end up in more places than headers. Errors: *OAuthError.
func ParseTokenRequest(authorization string, form url.Values) (TokenRequest, error) {
	for name, values := range form {
		if len(values) > 1 {
			return TokenRequest{}, oauthError("invalid_request", "a parameter is repeated")
		}
		if !utf8.ValidString(name) || !utf8.ValidString(values[0]) {
			return TokenRequest{}, oauthError("invalid_request", "a parameter is not UTF-8")
		}
	}
	switch grant := form.Get("grant_type"); grant {
	case grantClientCredentials:
	case "":
		return TokenRequest{}, oauthError("invalid_request", "grant_type is missing")
	default:
		return TokenRequest{}, oauthError("unsupported_grant_type", "only client_credentials is supported")
	}
	if form.Has("client_secret") {
		return TokenRequest{}, oauthError("invalid_request", "client_secret_post is not supported, use client_secret_basic or private_key_jwt")
	}
	r := TokenRequest{Scope: form.Get("scope"), ClientID: form.Get("client_id"), Assertion: form.Get("client_assertion")}
	asserted := r.Assertion != "" || form.Has("client_assertion_type")
	switch {
	case asserted && authorization != "":
		return TokenRequest{}, oauthError("invalid_request", "more than one way of client authentication")
	case asserted:
		if form.Get("client_assertion_type") != assertionTypeJWT || r.Assertion == "" {
			return TokenRequest{}, oauthError("invalid_request", "client_assertion and client_assertion_type jwt-bearer belong together")
		}
		return r, nil
	}
	return r.withBasic(authorization)
}

// withBasic reads client_secret_basic: user and password are form-encoded inside.
func (r TokenRequest) withBasic(authorization string) (TokenRequest, error) {
	scheme, encoded, _ := strings.Cut(authorization, " ")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	id, secret, found := strings.Cut(string(raw), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !found {
		return TokenRequest{}, invalidClient(true)
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil || !utf8.ValidString(id) || id == "" || secret == "" || len(id) > maxClientID || len(secret) > maxClientSecret {
		return TokenRequest{}, invalidClient(true)
	}
	if r.ClientID != "" && r.ClientID != id {
		return TokenRequest{}, oauthError("invalid_request", "client_id differs from the authenticated client")
	}
	r.ClientID, r.ClientSecret = id, secret
	return r, nil
}
