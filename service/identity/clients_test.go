package identity_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
)

const bank = "client_bank"

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

var grant = url.Values{"grant_type": {"client_credentials"}}

// token asks as the handler would.
func (p *process) token(t testing.TB, authorization string, form url.Values) (identity.Grant, error) {
	t.Helper()
	r, err := identity.ParseTokenRequest(authorization, form)
	if err != nil {
		return identity.Grant{}, err
	}
	return p.clients.Token(t.Context(), r, here)
}

func requireOAuth(t testing.TB, want string, err error) {
	t.Helper()
	var e *identity.OAuthError
	require.ErrorAs(t, err, &e)
	require.Equal(t, want, e.Code, e.Description)
}

func TestClientSecretBasic(t *testing.T) {
	p := newProcess(t)
	secret, hash := identity.NewClientSecret()
	require.NoError(t, p.signins.CreateClient(t.Context(), &model.Client{ID: bank, SecretHash: hash, Role: model.RoleBank, Unit: "91410000000000001X", UnitName: "某银行"}))
	require.NoError(t, p.signins.CreateClient(t.Context(), &model.Client{ID: "client_keys", Role: model.RoleBank}))
	require.NoError(t, p.signins.CreateClient(t.Context(), &model.Client{ID: "client_odd", SecretHash: hash, Role: model.RoleOffice}))

	g, err := p.token(t, basic(bank, secret), grant)
	require.NoError(t, err)
	require.Empty(t, g.RefreshToken)
	require.Equal(t, 15*time.Minute, g.ExpiresIn)
	who := p.proves(t, g)
	require.Equal(t, bank, who.ID)
	require.Equal(t, model.RoleBank, who.Role)
	require.NotContains(t, contents(t, p.driver), secret)

	for name, auth := range map[string]string{
		"wrong secret": basic(bank, "xyc_wrong"), "unknown": basic("client_x", secret), "no secret of its own": basic("client_keys", secret),
		"not a client role": basic("client_odd", secret), "nothing": "", "bearer": "Bearer x", "not base64": "Basic !!!", "no colon": "Basic " + base64.StdEncoding.EncodeToString([]byte("x")),
		"NUL": basic("a\x00b", secret), "long": basic(strings.Repeat("c", 5000), secret),
	} {
		_, err := p.token(t, auth, grant)
		requireOAuth(t, "invalid_client", err)
		var e *identity.OAuthError
		errors.As(err, &e)
		require.True(t, e.Challenge && e.Status == 401, name)
		require.NotContains(t, fmt.Sprintf("%+v %v", e, errors.Unwrap(e)), secret)
	}
	for want, form := range map[string]url.Values{
		"invalid_request":        {},
		"unsupported_grant_type": {"grant_type": {"password"}},
		"invalid_scope":          {"grant_type": {"client_credentials"}, "scope": {"admin"}},
	} {
		_, err := p.token(t, basic(bank, secret), form)
		requireOAuth(t, want, err)
	}
	for _, form := range []url.Values{
		{"grant_type": {"client_credentials", "client_credentials"}},
		{"grant_type": {"client_credentials"}, "client_secret": {secret}},
		{"grant_type": {"client_credentials"}, "client_id": {"other"}},
		{"grant_type": {"client_credentials"}, "client_assertion": {"x"}},
		{"grant_type": {"client_credentials"}, "x": {"\xff"}},
	} {
		_, err := p.token(t, basic(bank, secret), form)
		requireOAuth(t, "invalid_request", err)
	}

	// Log out: this token only. Suspend: all of them.
	other, err := p.token(t, basic(bank, secret), grant)
	require.NoError(t, err)
	require.NoError(t, p.sessions.Logout(t.Context(), who, here))
	_, err = p.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)
	p.proves(t, other)
	c, err := p.signins.Client(t.Context(), bank)
	require.NoError(t, err)
	c.Suspended = true
	require.NoError(t, p.signins.SaveClient(t.Context(), c))
	require.NoError(t, p.revoked.Revoke(t.Context(), bank, time.Time{}))
	_, err = p.token(t, basic(bank, secret), grant)
	requireOAuth(t, "invalid_client", err)
	_, err = p.tokens.Authenticate(other.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)

	p.events.broken.Store(true)
	_, err = p.token(t, basic(bank, secret), grant)
	requireOAuth(t, "temporarily_unavailable", err)
	requireCode(t, model.CodeAuditUnavailable, err)
}

func edJWK(pub ed25519.PublicKey, kid string) string {
	raw, _ := json.Marshal(map[string]string{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(pub), "kid": kid})
	return string(raw)
}

func ecJWK(pub *ecdsa.PublicKey) string {
	raw, _ := pub.Bytes()
	b64 := base64.RawURLEncoding.EncodeToString
	text, _ := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256", "x": b64(raw[1:33]), "y": b64(raw[33:]), "alg": "ES256", "use": "sig"})
	return string(text)
}

func TestPrivateKeyJWT(t *testing.T) {
	s := newShared(t)
	p, two := s.process(t, "one"), s.process(t, "two")
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	_, stranger, _ := ed25519.GenerateKey(rand.Reader)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	secret, hash := identity.NewClientSecret()
	require.NoError(t, p.signins.CreateClient(t.Context(), &model.Client{ID: bank, SecretHash: hash, Role: model.RoleBank,
		PublicKeys: []string{"broken", edJWK(pub, "old"), ecJWK(&ec.PublicKey)}}))

	n := 0
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		n++
		c := jwt.MapClaims{"iss": bank, "sub": bank, "aud": issuer + "/oauth2/token", "jti": fmt.Sprint("jti-", n), "exp": s.clock.Now().Add(time.Minute).Unix(), "iat": s.clock.Now().Unix()}
		maps.Copy(c, change)
		for k, v := range change {
			if v == nil {
				delete(c, k)
			}
		}
		return c
	}
	signed := func(method jwt.SigningMethod, key any, c jwt.MapClaims, header map[string]any) string {
		tok := jwt.NewWithClaims(method, c)
		maps.Copy(tok.Header, header)
		text, err := tok.SignedString(key)
		require.NoError(t, err)
		return text
	}
	ask := func(p *process, assertion string, more url.Values) error {
		form := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {assertion},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
		maps.Copy(form, more)
		g, err := p.token(t, "", form)
		if err == nil {
			require.Equal(t, bank, p.proves(t, g).ID)
		}
		return err
	}
	ed, es := jwt.SigningMethodEdDSA, jwt.SigningMethodES256
	require.NoError(t, ask(p, signed(ed, priv, claims(nil), nil), nil))
	require.NoError(t, ask(p, signed(ed, priv, claims(nil), map[string]any{"kid": "old"}), url.Values{"client_id": {bank}}))
	require.NoError(t, ask(p, signed(es, ec, claims(jwt.MapClaims{"aud": []string{issuer}}), nil), nil))
	require.NoError(t, ask(p, signed(es, ec, claims(jwt.MapClaims{"iat": nil}), nil), nil))

	for name, assertion := range map[string]string{
		"stranger's key":  signed(ed, stranger, claims(nil), nil),
		"alg none":        signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil), nil),
		"HS256 secret":    signed(jwt.SigningMethodHS256, []byte(secret), claims(nil), nil),
		"HS256 key":       signed(jwt.SigningMethodHS256, []byte(pub), claims(nil), nil),
		"kid of no key":   signed(ed, priv, claims(nil), map[string]any{"kid": "new"}),
		"own jwk":         signed(ed, stranger, claims(nil), map[string]any{"jwk": json.RawMessage(edJWK(stranger.Public().(ed25519.PublicKey), "x"))}),
		"crit":            signed(ed, priv, claims(nil), map[string]any{"crit": []string{"x"}}),
		"aud of another":  signed(ed, priv, claims(jwt.MapClaims{"aud": "https://other.example.org"}), nil),
		"no aud":          signed(ed, priv, claims(jwt.MapClaims{"aud": nil}), nil),
		"iss of another":  signed(ed, priv, claims(jwt.MapClaims{"iss": "client_x"}), nil),
		"sub of another":  signed(ed, priv, claims(jwt.MapClaims{"sub": "client_x"}), nil),
		"no exp":          signed(ed, priv, claims(jwt.MapClaims{"exp": nil}), nil),
		"expired":         signed(ed, priv, claims(jwt.MapClaims{"exp": s.clock.Now().Add(-time.Minute).Unix()}), nil),
		"lives too long":  signed(ed, priv, claims(jwt.MapClaims{"exp": s.clock.Now().Add(time.Hour).Unix()}), nil),
		"from the future": signed(ed, priv, claims(jwt.MapClaims{"iat": s.clock.Now().Add(time.Hour).Unix()}), nil),
		"not yet":         signed(ed, priv, claims(jwt.MapClaims{"nbf": s.clock.Now().Add(time.Hour).Unix()}), nil),
		"no jti":          signed(ed, priv, claims(jwt.MapClaims{"jti": nil}), nil),
		"long jti":        signed(ed, priv, claims(jwt.MapClaims{"jti": strings.Repeat("j", 300)}), nil),
		"huge":            signed(ed, priv, claims(jwt.MapClaims{"x": strings.Repeat("x", 9000)}), nil),
		"garbage":         "x.y.z",
	} {
		t.Run(name, func(t *testing.T) { requireOAuth(t, "invalid_client", ask(p, assertion, nil)) })
	}
	requireOAuth(t, "invalid_client", ask(p, signed(ed, priv, claims(nil), nil), url.Values{"client_id": {"client_x"}}))

	// One assertion, many processes: it works once.
	once := signed(ed, priv, claims(nil), nil)
	wins := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if ask([]*process{p, two}[i%2], once, nil) == nil {
				mu.Lock()
				wins++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, wins)

	form := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {once}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	_, err := p.token(t, basic(bank, secret), form)
	requireOAuth(t, "invalid_request", err)
}

func TestClientKeysAreChecked(t *testing.T) {
	pub, _, _ := ed25519.GenerateKey(rand.Reader)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, identity.CheckClientKey(edJWK(pub, "k")))
	require.NoError(t, identity.CheckClientKey(ecJWK(&ec.PublicKey)))
	for _, bad := range []string{"", "{}", "[]", strings.Replace(edJWK(pub, "k"), "Ed25519", "X25519", 1), `{"kty":"oct","k":"AAAA"}`, `{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
		strings.Replace(edJWK(pub, "k"), `"kid":"k"`, `"d":"AAAA"`, 1), strings.Replace(ecJWK(&ec.PublicKey), "ES256", "EdDSA", 1),
		strings.Replace(ecJWK(&ec.PublicKey), `"sig"`, `"enc"`, 1), strings.Replace(ecJWK(&ec.PublicKey), `"x":"`, `"x":"AAAA`, 1),
		`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`} {
		require.Error(t, identity.CheckClientKey(bad), bad)
	}
}

func TestMetadata(t *testing.T) {
	raw, err := json.Marshal(identity.MetadataOf(issuer + "/"))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"token_endpoint":"https://credit.example.org/oauth2/token"`)
	require.Contains(t, string(raw), `"jwks_uri":"https://credit.example.org/.well-known/jwks.json"`)
	require.Contains(t, string(raw), `"response_types_supported":[]`)
}

func FuzzTokenRequest(f *testing.F) {
	f.Add(basic(bank, "s"), "grant_type=client_credentials")
	f.Add("", "grant_type=client_credentials&client_assertion=a.b.c&client_assertion_type=x")
	f.Fuzz(func(t *testing.T, authorization, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		r, err := identity.ParseTokenRequest(authorization, form)
		if err != nil {
			var e *identity.OAuthError
			if !errors.As(err, &e) {
				t.Fatalf("untyped %v", err)
			}
			return
		}
		if (r.Assertion == "") == (r.ClientSecret == "") {
			t.Fatalf("not exactly one proof: %+v", r)
		}
	})
}
