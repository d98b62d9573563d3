package pass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// BundleType names this version of the bundle.
const BundleType = "xinyi-gate-bundle/1"

// Bundle is what a gate needs to judge passes without a network: public data only. Instants
// are seconds since 1970. See docs/pass-format.md.
type Bundle struct {
	Type      string       `json:"type"`
	Number    int64        `json:"number"` // grows; a gate takes no lower one
	IssuedAt  int64        `json:"issuedAt"`
	ExpiresAt int64        `json:"expiresAt"`
	Sites     []string     `json:"sites"`
	Keys      []BundleKey  `json:"keys"`
	Rules     []BundleRule `json:"rules"`
	Revoked   string       `json:"revoked"` // Places.Encode in base64url
}

// BundleKey is a public key of passes and bundles.
type BundleKey struct {
	KID       string    `json:"kid"` // 8 hex digits
	Alg       string    `json:"alg"`
	JWK       BundleJWK `json:"jwk"`
	NotBefore int64     `json:"notBefore"`          // passes under it are issued from here
	NotAfter  int64     `json:"notAfter,omitempty"` // … until before here; absent = not foreseen
}

// BundleJWK is the key in JSON (RFC 7517, 8037); SM2 keys have crv SM2.
type BundleJWK struct {
	KTY string `json:"kty"`
	CRV string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitempty"`
}

// BundleRule is what a benefit gives at the gate's sites. Days are calendar dates in Shanghai.
type BundleRule struct {
	BenefitCode  string `json:"benefitCode"`
	Title        string `json:"title"`
	SiteID       string `json:"siteId,omitempty"` // absent = every site of the bundle
	ValueType    string `json:"valueType"`
	Value        int    `json:"value"`
	Unit         string `json:"unit,omitempty"`
	BasePriceFen *int64 `json:"basePriceFen,omitempty"`
	ValidFrom    string `json:"validFrom"`
	ValidTo      string `json:"validTo,omitempty"`
}

// NewBundleKey writes a public key for a bundle; a zero until is not foreseen.
func NewBundleKey(kid [4]byte, alg string, key crypto.PublicKey, from, until time.Time) (BundleKey, error) {
	k := BundleKey{KID: hex.EncodeToString(kid[:]), Alg: alg, NotBefore: from.Unix()}
	if !until.IsZero() {
		k.NotAfter = until.Unix()
	}
	switch pub := key.(type) {
	case ed25519.PublicKey:
		k.JWK = BundleJWK{KTY: "OKP", CRV: "Ed25519", X: base64.RawURLEncoding.EncodeToString(pub)}
	case *ecdsa.PublicKey:
		var x, y [32]byte
		k.JWK = BundleJWK{KTY: "EC", CRV: "P-256", X: base64.RawURLEncoding.EncodeToString(pub.X.FillBytes(x[:])),
			Y: base64.RawURLEncoding.EncodeToString(pub.Y.FillBytes(y[:]))}
		if alg == "SM2" {
			k.JWK.CRV = "SM2"
		}
	default:
		return k, fmt.Errorf("pass: no key for a bundle: %T", key)
	}
	return k, nil
}

// EncodePlaces writes places of the revocation list exactly: in rising order, each as the
// distance from the one before it (the first from zero), in base 128 with the lowest seven
// bits first and the high bit set on all bytes but the last.
func EncodePlaces(places []uint32) string {
	places = slices.Clone(places)
	slices.Sort(places)
	var b []byte
	last := uint32(0)
	for _, place := range slices.Compact(places) {
		b = binary.AppendUvarint(b, uint64(place-last))
		last = place
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// SignedBundle is a bundle as a JWS in general JSON form (RFC 7515 §7.2.1): one signature for
// each key that vouches for it, of which a gate needs to know one.
type SignedBundle struct {
	Payload    string
	Signatures []BundleSignature
}

// BundleSignature is one of them.
type BundleSignature struct{ Protected, Signature string }

// BundleSigner is a key that vouches for bundles.
type BundleSigner struct {
	KID [4]byte
	Alg string
	Key crypto.Signer
}

// SignBundle signs b with every signer.
func SignBundle(b Bundle, signers []BundleSigner) (SignedBundle, error) {
	b.Type = BundleType
	return SignContent(b.Type, b, signers)
}

// SignContent signs content as JSON with every signer; typ stands in the protected headers,
// so that nothing signed as one thing is taken for another.
func SignContent(typ string, content any, signers []BundleSigner) (SignedBundle, error) {
	payload, err := json.Marshal(content)
	if err != nil {
		return SignedBundle{}, fmt.Errorf("pass: %w", err)
	}
	out := SignedBundle{Payload: base64.RawURLEncoding.EncodeToString(payload)}
	for _, s := range signers {
		header, err := json.Marshal(struct {
			Alg string `json:"alg"`
			KID string `json:"kid"`
			Typ string `json:"typ"`
		}{s.Alg, hex.EncodeToString(s.KID[:]), typ})
		if err != nil {
			return SignedBundle{}, fmt.Errorf("pass: %w", err)
		}
		protected := base64.RawURLEncoding.EncodeToString(header)
		sig, err := sign(s.Alg, s.Key, []byte(protected+"."+out.Payload))
		if err != nil {
			return SignedBundle{}, fmt.Errorf("pass: sign %s: %w", typ, err)
		}
		out.Signatures = append(out.Signatures, BundleSignature{protected, base64.RawURLEncoding.EncodeToString(sig)})
	}
	if len(out.Signatures) == 0 {
		return SignedBundle{}, errors.New("pass: no key to sign with")
	}
	return out, nil
}
