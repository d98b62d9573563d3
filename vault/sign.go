package vault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/sm2"
)

// errScalar says that random bytes are no private key of the curve.
var errScalar = errors.New("vault: private key out of range")

// signKey is one signing key.
type signKey struct {
	alg    Alg
	public crypto.PublicKey
	signer crypto.Signer // ed25519.PrivateKey, *ecdsa.PrivateKey or *sm2.PrivateKey
	jwk    jwk
	print  [32]byte // RFC 7638 thumbprint
	kid    string
}

func newSignKey(alg Alg, secret []byte) (*signKey, error) {
	k := &signKey{alg: alg}
	switch alg {
	case EdDSA:
		k.signer = ed25519.NewKeyFromSeed(secret)
	case ES256:
		priv, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
		if err != nil {
			return nil, errScalar
		}
		k.signer = priv
	case SM2:
		priv, err := sm2.NewPrivateKey(secret)
		if err != nil {
			return nil, errScalar
		}
		k.signer = priv
	default:
		return nil, fmt.Errorf("vault: %q is no signature algorithm", alg)
	}
	k.public = k.signer.Public()
	var err error
	if k.jwk, err = newJWK(alg, k.public); err != nil {
		return nil, err
	}
	k.print = k.jwk.thumbprint()
	k.kid = b64(k.print[:])
	k.jwk.KID = k.kid
	return k, nil
}

// passKID is the key id inside a pass: the first 4 bytes of the thumbprint.
func (k *signKey) passKID() [4]byte { return [4]byte(k.print[:4]) }

// JWTSigner gives the key that signs access tokens now (EdDSA) and its kid, the
// RFC 7638 thumbprint. golang-jwt takes the key as it is. Ask for it for every token.
func (v *Vault) JWTSigner() (kid string, key crypto.Signer) {
	if k, ok := v.now.Load().jwt.active(v.clock.Now()); ok {
		return k.key.kid, k.key.signer
	}
	return "", nil
}

// JWTKey gives the public key with that kid, also of pending and retired keys.
func (v *Vault) JWTKey(kid string) (crypto.PublicKey, bool) {
	now := v.clock.Now()
	for _, k := range v.now.Load().jwt {
		if k.key.kid == kid && !k.info.goneAt(now) {
			return k.key.public, true
		}
	}
	return nil, false
}

// PassSigner gives the key that signs passes now: EdDSA, ES256 or SM2.
func (v *Vault) PassSigner() (kid [4]byte, alg string, key crypto.Signer) {
	if k, ok := v.now.Load().pass.active(v.clock.Now()); ok {
		return k.key.passKID(), string(k.key.alg), k.key.signer
	}
	return kid, "", nil
}

// PassKey gives the public key of passes with that kid, also of pending and retired
// keys: ed25519.PublicKey, or *ecdsa.PublicKey on P-256 or the SM2 curve. Passes under it are
// made from from on, until until; zero = not foreseen.
func (v *Vault) PassKey(kid [4]byte) (alg string, key crypto.PublicKey, from, until time.Time, ok bool) {
	now := v.clock.Now()
	for _, k := range v.now.Load().pass {
		if k.key.passKID() == kid && !k.info.goneAt(now) {
			return string(k.key.alg), k.key.public, k.info.ActiveFrom, k.info.RetireAt, true
		}
	}
	return "", nil, from, until, false
}
