package passverify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/big"
	"strings"
	"sync"

	"github.com/emmansun/gmsm/sm2"
	"github.com/fxamacker/cbor/v2"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var errFormat = errors.New("format")

// decodeBase45 reads RFC 9285, where every text has one meaning at most.
func decodeBase45(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, errFormat
	}
	var out []byte
	for ; len(text) > 0; text = text[min(3, len(text)):] {
		n, weight := 0, 1
		for _, c := range []byte(text[:min(3, len(text))]) {
			v := strings.IndexByte(alphabet, c)
			if v < 0 {
				return nil, errFormat
			}
			n += v * weight
			weight *= 45
		}
		switch {
		case len(text) >= 3 && n <= 0xffff:
			out = binary.BigEndian.AppendUint16(out, uint16(n))
		case len(text) == 2 && n <= 0xff:
			out = append(out, byte(n))
		default:
			return nil, errFormat
		}
	}
	return out, nil
}

type envelope struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected struct{}
	Payload     []byte
	Signature   []byte
}

type header struct {
	Alg int64  `cbor:"1,keyasint,omitempty"`
	KID []byte `cbor:"4,keyasint"`
}

// complete reports whether payload and signature are byte strings: null reads as nil.
func (e envelope) complete() bool { return e.Payload != nil && e.Signature != nil }

// maxAlg bounds alg to the integers that JavaScript tells apart.
const maxAlg = 1 << 53

func (h header) inRange() bool { return len(h.KID) == 4 && h.Alg >= -maxAlg && h.Alg < maxAlg }

type claims struct {
	ID      []byte  `cbor:"1,keyasint"`
	Benefit string  `cbor:"2,keyasint"`
	Percent uint8   `cbor:"3,keyasint"`
	Fen     *uint32 `cbor:"4,keyasint,omitempty"`
	Kind    uint8   `cbor:"5,keyasint,omitempty"`
	Masked  string  `cbor:"6,keyasint"`
	Site    string  `cbor:"7,keyasint,omitempty"`
	Issued  uint64  `cbor:"8,keyasint"`
	Life    *uint16 `cbor:"9,keyasint,omitempty"`
	Offline *uint16 `cbor:"10,keyasint,omitempty"`
	Holder  []byte  `cbor:"11,keyasint"`
	Others  uint8   `cbor:"12,keyasint,omitempty"` // companions
}

type toBeSigned struct {
	_         struct{} `cbor:",toarray"`
	Context   string
	Protected []byte
	External  []byte
	Payload   []byte
}

var (
	encoding = sync.OnceValues(cbor.CoreDetEncOptions().EncMode)
	decoding = sync.OnceValues(cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, MaxNestedLevels: 4, MaxMapPairs: 16, MaxArrayElements: 16}.DecMode)
)

// strict reads b into v and refuses all encodings but the deterministic one.
func strict(b []byte, v any) error {
	dec, err := decoding()
	if err != nil {
		return err
	}
	if err := dec.Unmarshal(b, v); err != nil {
		return err
	}
	again, err := encode(v)
	if err != nil || !bytes.Equal(again, b) {
		return errFormat
	}
	return nil
}

func encode(v any) ([]byte, error) {
	enc, err := encoding()
	if err != nil {
		return nil, err
	}
	return enc.Marshal(v)
}

// verify checks 64 bytes of signature: Ed25519, or r and s of the others.
func (k key) verify(msg, sig []byte) bool {
	if len(sig) != 64 {
		return false
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	switch pub := k.public.(type) {
	case ed25519.PublicKey:
		return k.alg == "EdDSA" && ed25519.Verify(pub, msg, sig)
	case *ecdsa.PublicKey:
		if k.alg == "ES256" {
			sum := sha256.Sum256(msg)
			return ecdsa.Verify(pub, sum[:], r, s)
		}
		return k.alg == "SM2" && sm2.VerifyWithSM2(pub, nil, msg, r, s)
	}
	return false
}
