package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"xinyi/model"
)

// Clients gives machines access tokens by the OAuth2 client-credentials grant
// (RFC 6749 §4.4). All fields are required.
type Clients struct {
	Repo     ClientRepo
	Once     OnceRepo
	Attempts AttemptRepo
	Sealer   Sealer // for the counters
	Tokens   *Tokens
	Revoked  Revocations
	Auditor  Auditor
	Clock    model.Clock
	// Audiences are the values a client assertion may name as aud: the issuer and the
	// URL of the token endpoint (RFC 7523 §3).
	Audiences []string
}

// OAuthError is a refusal in the form of RFC 6749 §5.2. Err is a *model.Error.
type OAuthError struct {
	Code        string // error: invalid_client, invalid_request, …
	Description string // error_description, ASCII
	Status      int    // HTTP status
	// Challenge says that the answer needs WWW-Authenticate: Basic.
	Challenge bool
	Err       error
}

// Error gives code and description.
func (e *OAuthError) Error() string { return e.Code + ": " + e.Description }

// Unwrap gives the cause.
func (e *OAuthError) Unwrap() error { return e.Err }

func oauthError(code, description string) *OAuthError {
	return &OAuthError{Code: code, Description: description, Status: 400,
		Err: &model.Error{Code: model.CodeInvalidRequest, Detail: "令牌请求有误，请按接口文档核对后重试。"}}
}

func invalidClient(basic bool) *OAuthError {
	return &OAuthError{Code: "invalid_client", Description: "client authentication failed", Status: 401, Challenge: basic,
		Err: &model.Error{Code: model.CodeInvalidCredentials, Detail: "客户端身份验证未通过，请核对 client_id 与密钥。"}}
}

// asOAuth gives faults of ours the form that the grant asks for.
func asOAuth(err error) error {
	var already *OAuthError
	if err == nil || errors.As(err, &already) {
		return err
	}
	status := 503
	if model.Is(err, model.CodeLockedOut) {
		status = 429
	}
	return &OAuthError{Code: "temporarily_unavailable", Description: "try again later", Status: status, Err: err}
}

// secretPrefix lets secret scanners find leaked client secrets.
const secretPrefix = "xyc_"

// NewClientSecret gives a secret of 256 random bits and the hash to store. Secrets are
// always made here: a guess at one is hopeless, so a fast hash protects it.
func NewClientSecret() (secret, hash string) {
	var b [32]byte
	_, _ = rand.Read(b[:])
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, HashClientSecret(secret)
}

// HashClientSecret gives the hash that a client document keeps of a secret.
func HashClientSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Token authenticates the client and gives it an access token. An address that failed too
// often is locked for who fails again; a client that proves itself is not kept out by its
// neighbours. Errors: *OAuthError.
func (c *Clients) Token(ctx context.Context, r TokenRequest, from Caller) (Grant, error) {
	client, err := c.authenticate(ctx, r)
	if model.Is(err, model.CodeInvalidCredentials) {
		l, address := lockout{c.Attempts, c.Clock}, countClient+c.Sealer.Index(indexAddress, addressKey(from.Address))
		if counted := l.count(ctx, address, addressBackoff); counted != nil {
			client, err = nil, counted
		}
	}
	p := model.Principal{}
	if client != nil {
		p = clientPrincipal(client)
	}
	ev := event(c.Clock, p, "auth.client_token", "", "", from)
	if err != nil {
		return Grant{}, asOAuth(refuse(ctx, c.Auditor, ev, err))
	}
	if r.Scope != "" && r.Scope != string(client.Role) {
		return Grant{}, oauthError("invalid_scope", "scope must be absent or the client's role")
	}
	p.TokenID = newID("jti_")
	p.Session = p.TokenID // a client has no refresh family; its token is revoked by itself
	ev.Outcome, ev.Ref = "signed_in", p.TokenID
	if err := c.Auditor.Record(ctx, ev); err != nil {
		return Grant{}, asOAuth(err)
	}
	access, err := c.Tokens.issue(p)
	if err != nil {
		return Grant{}, asOAuth(err)
	}
	return Grant{AccessToken: access, ExpiresIn: c.Tokens.TTL(), User: User{ID: client.ID, Verified: true, Roles: []model.Role{client.Role}}}, nil
}

// authenticate gives the client, also with an error if it is known but refused.
func (c *Clients) authenticate(ctx context.Context, r TokenRequest) (*model.Client, error) {
	if r.Assertion != "" {
		return c.byAssertion(ctx, r)
	}
	client, err := c.Repo.Client(ctx, r.ClientID)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return nil, err
	}
	stored := ""
	if err == nil {
		stored = client.SecretHash
	} else {
		client = nil
	}
	right := subtle.ConstantTimeCompare([]byte(HashClientSecret(r.ClientSecret)), []byte(stored)) == 1
	if client == nil || !right || !c.mayCall(client) {
		return client, invalidClient(true)
	}
	return client, nil
}

// mayCall reports whether a client that proved itself may have a token.
func (c *Clients) mayCall(client *model.Client) bool {
	return !client.Suspended && !c.Revoked.Revoked(client.ID) && (client.Role == model.RoleBank || client.Role == model.RoleGate)
}

func clientPrincipal(cl *model.Client) model.Principal {
	return model.Principal{ID: cl.ID, Role: cl.Role, Unit: cl.Unit, UnitName: cl.UnitName, Sites: cl.Sites}
}

// Metadata is the authorisation-server metadata (RFC 8414).
type Metadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	GrantTypes            []string `json:"grant_types_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	TokenAuthSigningAlgs  []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Scopes                []string `json:"scopes_supported"`
	ServiceDocumentation  string   `json:"service_documentation"`
	UILocales             []string `json:"ui_locales_supported"`
	AccessTokenSigningAlg []string `json:"access_token_signing_alg_values_supported"`
}

// TokenPath is where the token endpoint lives under the issuer.
const TokenPath = "/oauth2/token"

// MetadataOf describes the server whose issuer is the given URL without trailing slash.
func MetadataOf(issuer string) Metadata {
	issuer = strings.TrimSuffix(issuer, "/")
	return Metadata{
		Issuer: issuer, TokenEndpoint: issuer + TokenPath, JWKSURI: issuer + "/.well-known/jwks.json",
		GrantTypes: []string{grantClientCredentials}, ResponseTypes: []string{},
		TokenAuthMethods:     []string{"client_secret_basic", "private_key_jwt"},
		TokenAuthSigningAlgs: []string{"EdDSA", "ES256"},
		Scopes:               []string{string(model.RoleBank), string(model.RoleGate)},
		ServiceDocumentation: issuer + "/docs", UILocales: []string{"zh-CN"},
		AccessTokenSigningAlg: []string{"EdDSA"},
	}
}
