package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"xinyi/model"
)

// TokenConfig says what access tokens look like.
type TokenConfig struct {
	Issuer   string // URL of this authorisation server, as in its metadata
	Audience string
	// AccessTTL is how long an access token lives; 0 = 15 minutes.
	AccessTTL time.Duration
	// CacheSize bounds the verified tokens kept, about 1 KiB each; 0 = 65536. Verifying
	// costs more than all the rest of a look-up, and sets fill unevenly: be generous.
	CacheSize int
}

const (
	tokenType    = "at+jwt" // RFC 9068
	accessTTL    = 15 * time.Minute
	maxToken     = 4096
	maxTokenSite = 64
)

// Tokens makes and checks access tokens (JWT, EdDSA). Safe for concurrent use.
type Tokens struct {
	conf    TokenConfig
	keys    Keys
	revoked Revocations
	clock   model.Clock
	parser  *jwt.Parser
	seed    maphash.Seed
	cache   *verifiedCache
}

type accessClaims struct {
	jwt.RegisteredClaims
	Role     model.Role      `json:"role"`
	Session  string          `json:"sid"`
	Person   model.SubjectID `json:"subject,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	UnitName string          `json:"unitName,omitempty"`
	Sites    []string        `json:"sites,omitempty"`
}

// NewTokens needs issuer and audience.
func NewTokens(conf TokenConfig, keys Keys, revoked Revocations, clock model.Clock) (*Tokens, error) {
	if conf.Issuer == "" || conf.Audience == "" {
		return nil, errors.New("identity: Issuer and Audience are required")
	}
	if conf.AccessTTL <= 0 {
		conf.AccessTTL = accessTTL
	}
	if conf.CacheSize <= 0 {
		conf.CacheSize = 65536
	}
	return &Tokens{
		conf: conf, keys: keys, revoked: revoked, clock: clock, seed: maphash.MakeSeed(), cache: newVerifiedCache(conf.CacheSize),
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(conf.Issuer),
			jwt.WithAudience(conf.Audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(clock.Now), jwt.WithStrictDecoding()),
	}, nil
}

// TTL is how long an access token lives.
func (t *Tokens) TTL() time.Duration { return t.conf.AccessTTL }

// issue makes an access token for p; TokenID and Expires are set here.
func (t *Tokens) issue(p model.Principal) (string, error) {
	kid, key := t.keys.JWTSigner()
	if key == nil {
		return "", &model.Error{Code: model.CodeUnavailable, Detail: "签发密钥暂不可用，请稍后重试。"}
	}
	now := t.clock.Now()
	if p.TokenID == "" {
		p.TokenID = newID("jti_")
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.conf.Issuer, Audience: jwt.ClaimStrings{t.conf.Audience}, Subject: p.ID, ID: p.TokenID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(t.conf.AccessTTL)),
		},
		Role: p.Role, Session: p.Session, Person: p.Subject, Unit: p.Unit, UnitName: p.UnitName, Sites: p.Sites,
	})
	token.Header["typ"], token.Header["kid"] = tokenType, kid
	signed, err := token.SignedString(key)
	if err != nil {
		return "", model.Wrap(err, model.CodeInternal, "令牌签发失败，请稍后重试。")
	}
	if len(signed) > maxToken {
		return "", &model.Error{Code: model.CodeInternal, Detail: "账号的单位或场所信息过长，请联系管理员。"}
	}
	return signed, nil
}

// Refusals of Authenticate. They are shared: do not change them.
var (
	errNoToken = &model.Error{Code: model.CodeUnauthenticated, Detail: "访问令牌无效，请重新登录。"}
	errExpired = &model.Error{Code: model.CodeTokenExpired, Detail: "访问令牌已过期，请刷新令牌或重新登录。"}
	errRevoked = &model.Error{Code: model.CodeUnauthenticated, Detail: "登录已被注销或停用，请重新登录。"}
)

// Authenticate gives the caller that an access token proves. Expiry, revocation of the
// session or its owner, and (at most keyRecheck late) retired keys are judged on every
// call, also for tokens seen before. Sites of the answer are shared: do not change them.
// Errors: CodeUnauthenticated, CodeTokenExpired.
func (t *Tokens) Authenticate(token string) (model.Principal, error) {
	if len(token) == 0 || len(token) > maxToken {
		return model.Principal{}, errNoToken
	}
	hash := maphash.String(t.seed, token)
	v := t.cache.get(hash, token)
	if v == nil {
		var err error
		if v, err = t.verify(token); err != nil {
			return model.Principal{}, err
		}
		v.hash = hash
		t.cache.put(v, t.clock.Now().UnixNano())
	}
	now := t.clock.Now().UnixNano()
	if now >= v.expires {
		return model.Principal{}, errExpired
	}
	if !v.key.good(t.keys, now) {
		return model.Principal{}, errNoToken
	}
	if t.revoked.Revoked(v.principal.Session) || t.revoked.Revoked(v.principal.ID) {
		return model.Principal{}, errRevoked
	}
	return v.principal, nil
}

// verify checks signature and claims of a token that is not in the cache.
func (t *Tokens) verify(token string) (*verified, error) {
	if !compactForm(token) {
		return nil, errNoToken
	}
	var c accessClaims
	var kid string
	_, err := t.parser.ParseWithClaims(token, &c, func(tok *jwt.Token) (any, error) {
		var err error
		if kid, err = headerKid(tok.Header); err != nil {
			return nil, err
		}
		key, ok := t.keys.JWTKey(kid)
		if pub, isEd := key.(ed25519.PublicKey); ok && isEd {
			return pub, nil
		}
		return nil, errHeader
	})
	switch {
	case err == nil:
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid) && onlyExpired(err):
		return nil, errExpired
	default:
		return nil, errNoToken
	}
	if c.Subject == "" || c.ID == "" || c.Session == "" || c.Role == model.RolePublic ||
		!slices.Contains(model.Roles(), c.Role) || len(c.Sites) > maxTokenSite {
		return nil, errNoToken
	}
	v := &verified{
		token: token, expires: c.ExpiresAt.UnixNano(), key: t.cache.keyState(kid, t.clock.Now().UnixNano()),
		principal: model.Principal{ID: c.Subject, Role: c.Role, Subject: c.Person, Unit: c.Unit, UnitName: c.UnitName,
			Sites: c.Sites, Session: c.Session, TokenID: c.ID, Expires: c.ExpiresAt.Time},
	}
	p := &v.principal
	join(&v.token, &p.ID, (*string)(&p.Role), (*string)(&p.Subject), &p.Unit, &p.UnitName, &p.Session, &p.TokenID)
	return v, nil
}

// join moves texts into one piece of memory: thousands of tokens are kept, and the collector looks at
// each piece.
func join(texts ...*string) {
	var all strings.Builder
	for _, t := range texts {
		all.WriteString(*t)
	}
	rest := all.String()
	for _, t := range texts {
		*t, rest = rest[:len(*t)], rest[len(*t):]
	}
}

// compactForm reports whether a token has no character but those of base64url and dots:
// decoders skip line breaks, and a token must have one spelling.
func compactForm(token string) bool {
	for i := range len(token) {
		c := token[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// onlyExpired tells an expired token of ours from one that is wrong in other ways too.
func onlyExpired(err error) bool {
	for _, other := range []error{jwt.ErrTokenInvalidAudience, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenNotValidYet,
		jwt.ErrTokenRequiredClaimMissing, jwt.ErrTokenMalformed, jwt.ErrTokenUnverifiable} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

var errHeader = errors.New("identity: token header is not ours")

// headerKid reads the kid of a header that holds alg, typ and kid as we write them and
// nothing else: no jwk, jku, x5u, x5c or crit can be slipped in.
func headerKid(header map[string]any) (string, error) {
	kid, _ := header["kid"].(string)
	if len(header) != 3 || header["typ"] != tokenType || kid == "" || len(kid) > 128 {
		return "", errHeader
	}
	return kid, nil
}

// newID gives prefix + 26 characters of 128 random bits.
func newID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return prefix + lowerBase32(b[:])
}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func lowerBase32(b []byte) string { return base32Lower.EncodeToString(b) }
