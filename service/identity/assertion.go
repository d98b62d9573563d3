package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"xinyi/model"
)

const (
	maxAssertion     = 8192
	maxAssertionLife = 10 * time.Minute
	// assertionLeeway is the clock difference we bear with.
	assertionLeeway = 30 * time.Second
	maxJTI          = 256
)

// byAssertion authenticates with private_key_jwt (RFC 7523): a JWT signed with one of
// the client's registered keys, for us, short-lived, used once.
func (c *Clients) byAssertion(ctx context.Context, r TokenRequest) (*model.Client, error) {
	if len(r.Assertion) > maxAssertion {
		return nil, invalidClient(false)
	}
	var unverified jwt.RegisteredClaims
	token, _, err := jwt.NewParser().ParseUnverified(r.Assertion, &unverified)
	if err != nil || unverified.Subject == "" || len(unverified.Subject) > maxClientID || r.ClientID != "" && r.ClientID != unverified.Subject {
		return nil, invalidClient(false)
	}
	client, err := c.Repo.Client(ctx, unverified.Subject)
	if model.Is(err, model.CodeNotFound) {
		return nil, invalidClient(false)
	}
	if err != nil {
		return nil, err
	}
	claims, ok := c.verifyAssertion(client, token, r.Assertion)
	if !ok || !c.mayCall(client) {
		return client, invalidClient(false)
	}
	sum := sha256.Sum256([]byte(claims.ID))
	err = c.Once.ClaimOnce(ctx, "jti/"+client.ID+"/"+hex.EncodeToString(sum[:]), claims.ExpiresAt.Add(assertionLeeway))
	if model.Is(err, model.CodeExists) {
		return client, invalidClient(false)
	}
	return client, err
}

// verifyAssertion tries the client's keys. Header fields that name keys (jwk, jku, x5c)
// are never followed; kid only narrows the choice.
func (c *Clients) verifyAssertion(client *model.Client, unverified *jwt.Token, assertion string) (jwt.RegisteredClaims, bool) {
	now := c.Clock.Now()
	kid, _ := unverified.Header["kid"].(string)
	for _, text := range client.PublicKeys {
		key, err := parseClientKey(text)
		if err != nil || kid != "" && key.kid != "" && kid != key.kid {
			continue
		}
		var claims jwt.RegisteredClaims
		_, err = jwt.NewParser(jwt.WithValidMethods([]string{key.alg}), jwt.WithIssuer(client.ID), jwt.WithSubject(client.ID),
			jwt.WithAudience(c.Audiences...), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(assertionLeeway),
			jwt.WithTimeFunc(c.Clock.Now), jwt.WithStrictDecoding()).
			ParseWithClaims(assertion, &claims, func(t *jwt.Token) (any, error) {
				if _, critical := t.Header["crit"]; critical {
					return nil, errHeader
				}
				return key.public, nil
			})
		if err != nil {
			continue
		}
		fits := claims.ID != "" && len(claims.ID) <= maxJTI && claims.ExpiresAt.Before(now.Add(maxAssertionLife+assertionLeeway))
		return claims, fits
	}
	return jwt.RegisteredClaims{}, false
}

// clientKey is a registered public key.
type clientKey struct {
	kid, alg string
	public   crypto.PublicKey
}

var errClientKey = errors.New("identity: public key must be a JWK: OKP Ed25519 or EC P-256, without private part")

// CheckClientKey reports what is wrong with a JWK that a client wants to register.
func CheckClientKey(jwk string) error {
	_, err := parseClientKey(jwk)
	return err
}

func parseClientKey(text string) (clientKey, error) {
	var j struct {
		Kty, Crv, X, Y, D, Kid, Alg, Use string
	}
	if len(text) > 4096 || json.Unmarshal([]byte(text), &j) != nil || j.D != "" || j.Use != "" && j.Use != "sig" {
		return clientKey{}, errClientKey
	}
	x, errX := base64.RawURLEncoding.DecodeString(j.X)
	y, errY := base64.RawURLEncoding.DecodeString(j.Y)
	if errX != nil || errY != nil {
		return clientKey{}, errClientKey
	}
	k := clientKey{kid: j.Kid}
	switch {
	case j.Kty == "OKP" && j.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize:
		k.alg, k.public = "EdDSA", ed25519.PublicKey(x)
	case j.Kty == "EC" && j.Crv == "P-256" && len(x) == 32 && len(y) == 32:
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			return clientKey{}, errClientKey
		}
		k.alg, k.public = "ES256", pub
	default:
		return clientKey{}, errClientKey
	}
	if j.Alg != "" && j.Alg != k.alg {
		return clientKey{}, errClientKey
	}
	return k, nil
}
