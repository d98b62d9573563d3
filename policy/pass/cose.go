package pass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// envelope is an untagged COSE_Sign1 (RFC 9052 §4.2) whose unprotected header is empty.
type envelope struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected struct{}
	Payload     []byte
	Signature   []byte
}

// protected is the signed header: key id, and the algorithm where COSE has a number for it.
type protected struct {
	Alg int64  `cbor:"1,keyasint,omitempty"`
	KID []byte `cbor:"4,keyasint"`
}

// complete reports whether payload and signature are byte strings: null reads as nil.
func (e envelope) complete() bool { return e.Payload != nil && e.Signature != nil }

// maxAlg bounds alg to the integers that JavaScript tells apart.
const maxAlg = 1 << 53

func (p protected) inRange() bool { return len(p.KID) == 4 && p.Alg >= -maxAlg && p.Alg < maxAlg }

// toBeSigned is the Sig_structure (RFC 9052 §4.4). The prefix of the text is its
// external data: a signature made for anything else is none for a pass.
type toBeSigned struct {
	_         struct{} `cbor:",toarray"`
	Context   string
	Protected []byte
	External  []byte
	Payload   []byte
}

func sigStructure(header, payload []byte) ([]byte, error) {
	return modes.enc.Marshal(toBeSigned{Context: "Signature1", Protected: header, External: []byte(Prefix), Payload: payload})
}

// algorithms are COSE numbers by name. SM2 has none: 0 is left out (RFC 9052 §3.1 lets the
// context tell, here the key), for a private number takes 6 bytes that are not there.
var algorithms = map[string]int64{"EdDSA": -8, "ES256": -7, "SM2": 0}

const signatureSize = 64

// sign makes the 64 bytes of a COSE signature: Ed25519 as it is, r and s of the others.
func sign(alg string, key crypto.Signer, msg []byte) ([]byte, error) {
	switch alg {
	case "EdDSA":
		return key.Sign(nil, msg, crypto.Hash(0))
	case "ES256":
		sum := sha256.Sum256(msg)
		der, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	case "SM2":
		der, err := key.Sign(rand.Reader, msg, sm2.DefaultSM2SignerOpts)
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	}
	return nil, fmt.Errorf("pass: no algorithm %q", alg)
}

// verify reports whether sig is that of msg under key.
func verify(alg string, key crypto.PublicKey, msg, sig []byte) bool {
	if len(sig) != signatureSize {
		return false
	}
	switch pub := key.(type) {
	case ed25519.PublicKey:
		return alg == "EdDSA" && ed25519.Verify(pub, msg, sig)
	case *ecdsa.PublicKey:
		der, err := derSignature(sig)
		if err != nil {
			return false
		}
		switch alg {
		case "ES256":
			sum := sha256.Sum256(msg)
			return ecdsa.VerifyASN1(pub, sum[:], der)
		case "SM2":
			return sm2.VerifyASN1WithSM2(pub, nil, msg, der)
		}
	}
	return false
}

func rawSignature(der []byte) ([]byte, error) {
	in, inner := cryptobyte.String(der), cryptobyte.String(nil)
	r, s := new(big.Int), new(big.Int)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) ||
		r.BitLen() > 256 || s.BitLen() > 256 {
		return nil, errors.New("pass: signer gave no signature")
	}
	raw := make([]byte, signatureSize)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return raw, nil
}

func derSignature(raw []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:32]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[32:]))
	})
	return b.Bytes()
}
