package vault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// jwk is a public key in JSON (RFC 7517, 8037). SM2 keys use kty EC and crv SM2.
type jwk struct {
	KTY string `json:"kty"`
	CRV string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitempty"`
	KID string `json:"kid,omitempty"`
	Alg string `json:"alg,omitempty"`
	Use string `json:"use,omitempty"`
}

func newJWK(alg Alg, pub crypto.PublicKey) (jwk, error) {
	switch pub := pub.(type) {
	case ed25519.PublicKey:
		return jwk{KTY: "OKP", CRV: "Ed25519", X: b64(pub), Alg: string(alg), Use: "sig"}, nil
	case *ecdsa.PublicKey:
		crv := "P-256"
		if alg == SM2 {
			crv = "SM2"
		}
		var x, y [32]byte
		return jwk{KTY: "EC", CRV: crv, X: b64(pub.X.FillBytes(x[:])), Y: b64(pub.Y.FillBytes(y[:])),
			Alg: string(alg), Use: "sig"}, nil
	}
	return jwk{}, fmt.Errorf("vault: no JWK for %T", pub)
}

// thumbprint is the SHA-256 over the required members in lexical order (RFC 7638 §3,
// RFC 8037 §2).
func (k jwk) thumbprint() [32]byte {
	// The values are base64url and fixed names: nothing needs escaping.
	s := `{"crv":"` + k.CRV + `","kty":"` + k.KTY + `","x":"` + k.X + `"`
	if k.Y != "" {
		s += `,"y":"` + k.Y + `"`
	}
	return sha256.Sum256([]byte(s + "}"))
}

// JWKS gives the public keys of access tokens as a JSON Web Key Set, newest first:
// pending, active and retired until gone.
func (v *Vault) JWKS() []byte {
	now := v.clock.Now()
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range v.now.Load().jwt {
		if !k.info.goneAt(now) {
			set.Keys = append(set.Keys, k.key.jwk)
		}
	}
	b, err := json.Marshal(set)
	if err != nil {
		panic(err) // strings only
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
