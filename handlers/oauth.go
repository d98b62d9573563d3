package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/identity"
)

// ClientDesk gives machines tokens.
type ClientDesk interface {
	Token(ctx context.Context, r identity.TokenRequest, from identity.Caller) (identity.Grant, error)
}

// OAuth is the desk of machines (RFC 6749 §4.4, RFC 8414, RFC 7517).
type OAuth struct {
	Clients ClientDesk
	// JWKS gives the public keys as JSON, as they are now.
	JWKS func() []byte
	// Issuer is the URL of this server without trailing slash.
	Issuer string
}

// Mount adds the routes.
func (d *OAuth) Mount(r Router) {
	r.Handle(http.MethodPost, "/oauth2/token", d.token)
	r.Handle(http.MethodGet, "/.well-known/jwks.json", d.jwks)
	r.Handle(http.MethodGet, "/.well-known/oauth-authorization-server", d.metadata)
}

// token answers in the form of RFC 6749 §5, errors too.
func (d *OAuth) token(c *gin.Context) error {
	h := c.Writer.Header()
	h["Cache-Control"], h["Pragma"] = noStore, []string{"no-cache"}
	form, err := url.ParseQuery(string(callOf(c).body))
	if err != nil {
		return respond(c, http.StatusBadRequest, api.OAuthError{Error: "invalid_request", ErrorDescription: "the form is malformed"})
	}
	authorization := c.Request.Header["Authorization"]
	if len(authorization) > 1 {
		return respond(c, http.StatusBadRequest, api.OAuthError{Error: "invalid_request", ErrorDescription: "more than one Authorization header"})
	}
	request, err := identity.ParseTokenRequest(c.Request.Header.Get("Authorization"), form)
	var grant identity.Grant
	if err == nil {
		grant, err = d.Clients.Token(c.Request.Context(), request, from(c))
	}
	if err != nil {
		return oauthError(c, err)
	}
	return respond(c, http.StatusOK, api.TokenAnswer{AccessToken: grant.AccessToken, TokenType: "Bearer",
		ExpiresIn: int(grant.ExpiresIn.Seconds()), Scope: request.Scope})
}

// oauthError: what hinders us, and lock-outs, stay problem documents, as declared.
func oauthError(c *gin.Context, err error) error {
	var refused *identity.OAuthError
	if !errors.As(err, &refused) || refused.Status >= http.StatusInternalServerError || refused.Status == http.StatusTooManyRequests {
		return err
	}
	call := callOf(c)
	call.code, call.cause = model.CodeOf(err), refused.Err
	if refused.Status == http.StatusUnauthorized {
		challenge := `Bearer realm="xinyi"`
		if refused.Challenge {
			challenge = `Basic realm="xinyi", charset="UTF-8"`
		}
		c.Writer.Header()["Www-Authenticate"] = []string{challenge}
	}
	return respond(c, refused.Status, api.OAuthError{Error: refused.Code, ErrorDescription: refused.Description})
}

func (d *OAuth) jwks(c *gin.Context) error {
	body := d.JWKS()
	c.Writer.Header()["Cache-Control"] = []string{"public, max-age=300"}
	if unchanged(c, etag(0, string(body))) {
		return nil
	}
	writeBody(c, http.StatusOK, jsonMedia, body)
	return nil
}

func (d *OAuth) metadata(c *gin.Context) error {
	m := identity.MetadataOf(d.Issuer)
	body, err := encode(api.OAuthMetadata{Issuer: m.Issuer, TokenEndpoint: m.TokenEndpoint, JWKSURI: m.JWKSURI,
		GrantTypesSupported: list(m.GrantTypes), ResponseTypesSupported: list(m.ResponseTypes),
		TokenEndpointAuthMethodsSupported: list(m.TokenAuthMethods), TokenEndpointAuthSigningAlgValuesSupported: list(m.TokenAuthSigningAlgs),
		ScopesSupported: list(m.Scopes), ServiceDocumentation: m.ServiceDocumentation, UiLocalesSupported: list(m.UILocales),
		AccessTokenSigningAlgValuesSupported: list(m.AccessTokenSigningAlg)})
	if err != nil {
		return err
	}
	if unchanged(c, etag(0, string(body))) {
		return nil
	}
	writeBody(c, http.StatusOK, jsonMedia, body)
	return nil
}
