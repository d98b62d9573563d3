package passverify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
)

const (
	bundleType = "xinyi-gate-bundle/1"
	clockSkew  = 5 * time.Second
	maxBundle  = 1 << 20
)

// Why a bundle is refused.
var (
	ErrBundleMalformed = errors.New("bundle_malformed")
	ErrBundleSignature = errors.New("bundle_signature") // by no key that is trusted
	ErrBundleExpired   = errors.New("bundle_expired")
	ErrBundleFuture    = errors.New("bundle_future")
	ErrBundleRollback  = errors.New("bundle_rollback") // not newer than the one in use
)

// Bundle is a verified bundle. It is immutable and safe for concurrent use.
type Bundle struct {
	Number              int64
	IssuedAt, ExpiresAt time.Time
	Sites               []string
	Rules               []Rule

	keys    map[string]key
	revoked map[uint32]struct{}
}

// Rule is what a benefit gives; days are calendar dates in Shanghai.
type Rule struct {
	BenefitCode  string `json:"benefitCode"`
	Title        string `json:"title"`
	SiteID       string `json:"siteId"`
	ValueType    string `json:"valueType"`
	Value        int    `json:"value"`
	Unit         string `json:"unit"`
	BasePriceFen *int64 `json:"basePriceFen"`
	ValidFrom    string `json:"validFrom"`
	ValidTo      string `json:"validTo"`
}

type key struct {
	alg                 string
	public              crypto.PublicKey
	notBefore, notAfter int64 // 0 = not foreseen
}

type payload struct {
	Type      string   `json:"type"`
	Number    int64    `json:"number"`
	IssuedAt  int64    `json:"issuedAt"`
	ExpiresAt int64    `json:"expiresAt"`
	Sites     []string `json:"sites"`
	Rules     []Rule   `json:"rules"`
	Revoked   string   `json:"revoked"`
	Keys      []struct {
		KID string `json:"kid"`
		Alg string `json:"alg"`
		JWK struct {
			KTY string `json:"kty"`
			CRV string `json:"crv"`
			X   string `json:"x"`
			Y   string `json:"y"`
		} `json:"jwk"`
		NotBefore int64 `json:"notBefore"`
		NotAfter  int64 `json:"notAfter"`
	} `json:"keys"`
}

// Open reads the first bundle of a device, as GET /v1/gate/bundle answered it. It is
// trusted because of the connection it came over: it must be signed by one of its own keys.
func Open(raw []byte, now time.Time) (*Bundle, error) { return open(raw, nil, now) }

// OpenExpired reads a stored bundle whatever its time, in order to Update it: it judges no
// pass once it has expired.
func OpenExpired(raw []byte) (*Bundle, error) { return open(raw, nil, time.Time{}) }

// Update reads the next bundle: it must be signed by a key of b and have a higher number.
// Keep b when it is refused.
func (b *Bundle) Update(raw []byte, now time.Time) (*Bundle, error) {
	next, err := open(raw, b.keys, now)
	if err != nil {
		return nil, err
	}
	if next.Number <= b.Number {
		return nil, ErrBundleRollback
	}
	return next, nil
}

func open(raw []byte, trusted map[string]key, now time.Time) (*Bundle, error) {
	var signed signedContent
	if len(raw) > maxBundle || json.Unmarshal(raw, &signed) != nil {
		return nil, ErrBundleMalformed
	}
	body, err := unbase64(signed.Payload)
	if err != nil {
		return nil, ErrBundleMalformed
	}
	var p payload
	if json.Unmarshal(body, &p) != nil || p.Type != bundleType || p.Number < 1 {
		return nil, ErrBundleMalformed
	}
	b := &Bundle{Number: p.Number, IssuedAt: time.Unix(p.IssuedAt, 0), ExpiresAt: time.Unix(p.ExpiresAt, 0), Sites: p.Sites, Rules: p.Rules}
	if b.keys, err = p.publicKeys(); err != nil {
		return nil, ErrBundleMalformed
	}
	if b.revoked, err = decodePlaces(p.Revoked); err != nil {
		return nil, ErrBundleMalformed
	}
	if trusted == nil {
		trusted = b.keys
	}
	good := false
	for _, s := range signed.Signatures {
		good = good || signatureGood(trusted, bundleType, s, signed.Payload)
	}
	switch {
	case !good:
		return nil, ErrBundleSignature
	case now.IsZero():
	case now.Before(b.IssuedAt.Add(-clockSkew)):
		return nil, ErrBundleFuture
	case !now.Before(b.ExpiresAt):
		return nil, ErrBundleExpired
	}
	return b, nil
}

// signedContent is a JWS in general JSON form.
type signedContent struct {
	Payload    string      `json:"payload"`
	Signatures []signature `json:"signatures"`
}

type signature struct{ Protected, Signature string }

// signatureGood reports whether s is one over payload, as typ, by a trusted key.
func signatureGood(trusted map[string]key, typ string, s signature, payload string) bool {
	header, err := unbase64(s.Protected)
	if err != nil {
		return false
	}
	var h struct{ Alg, KID, Typ string }
	if json.Unmarshal(header, &h) != nil || h.Typ != typ {
		return false
	}
	k, ok := trusted[h.KID]
	sig, err := unbase64(s.Signature)
	return err == nil && ok && k.alg == h.Alg && k.verify([]byte(s.Protected+"."+payload), sig)
}

func (p *payload) publicKeys() (map[string]key, error) {
	keys := map[string]key{}
	for _, k := range p.Keys {
		x, err := unbase64(k.JWK.X)
		if err != nil {
			return nil, err
		}
		y, err := unbase64(k.JWK.Y)
		if err != nil {
			return nil, err
		}
		out := key{alg: k.Alg, notBefore: k.NotBefore, notAfter: k.NotAfter}
		switch k.Alg + " " + k.JWK.KTY + " " + k.JWK.CRV {
		case "EdDSA OKP Ed25519":
			if len(x) != ed25519.PublicKeySize {
				return nil, errors.New("length of a key")
			}
			out.public = ed25519.PublicKey(x)
		case "ES256 EC P-256":
			out.public, err = point(elliptic.P256(), x, y)
		case "SM2 EC SM2":
			out.public, err = point(sm2.P256(), x, y)
		default: // of a later version: passes under it are not known
			continue
		}
		if id, fault := hex.DecodeString(k.KID); err != nil || fault != nil || len(id) != 4 || k.KID != strings.ToLower(k.KID) {
			return nil, fmt.Errorf("key %q", k.KID)
		}
		keys[k.KID] = out
	}
	return keys, nil
}

func point(curve elliptic.Curve, x, y []byte) (*ecdsa.PublicKey, error) {
	pub := &ecdsa.PublicKey{Curve: curve, X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	if len(x) != 32 || len(y) != 32 || !curve.IsOnCurve(pub.X, pub.Y) { //nolint:staticcheck // crypto/ecdh knows no SM2
		return nil, errors.New("not on the curve")
	}
	return pub, nil
}

// decodePlaces reads the revocation list: distances in base 128, low bits first.
func decodePlaces(text string) (map[uint32]struct{}, error) {
	b, err := unbase64(text)
	if err != nil {
		return nil, err
	}
	places := make(map[uint32]struct{}, len(b))
	for place, first := uint64(0), true; len(b) > 0; first = false {
		gap, size := uint64(0), 0
		for {
			if size == len(b) || size == 5 {
				return nil, errors.New("revocation list")
			}
			c := b[size]
			gap |= uint64(c&0x7f) << (7 * size)
			size++
			if c < 0x80 {
				break
			}
		}
		if place += gap; place > 1<<32-1 || gap == 0 && !first {
			return nil, errors.New("revocation list")
		}
		places[uint32(place)] = struct{}{}
		b = b[size:]
	}
	return places, nil
}

func unbase64(text string) ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(text) }
