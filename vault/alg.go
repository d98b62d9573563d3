package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Alg names an algorithm.
type Alg string

const (
	SM4GCM     Alg = "SM4-GCM"
	AES256GCM  Alg = "AES-256-GCM"
	HMACSM3    Alg = "HMAC-SM3"
	HMACSHA256 Alg = "HMAC-SHA-256"
	SM4XEX     Alg = "SM4-XEX"
	AES256XEX  Alg = "AES-256-XEX"
	EdDSA      Alg = "EdDSA" // Ed25519
	ES256      Alg = "ES256" // ECDSA over P-256 with SHA-256
	SM2        Alg = "SM2"   // SM2 with SM3 and the default user id
)

// Policy says which family new keys belong to. Existing keys keep their algorithm.
type Policy string

const (
	PolicyGM   Policy = "gm"   // 国密: SM4, SM3
	PolicyIntl Policy = "intl" // AES, SHA-256
)

const (
	nonceSize = 12
	tagSize   = 16
)

// spec is what key making needs to know of an algorithm: bytes of its secret, and its
// code in sealed bytes.
type spec struct {
	size int
	code byte
}

var specs = map[Alg]spec{
	SM4GCM: {16, 1}, AES256GCM: {32, 2},
	HMACSM3: {32, 3}, HMACSHA256: {32, 4},
	SM4XEX: {32, 5}, AES256XEX: {64, 6},
	EdDSA: {32, 7}, ES256: {32, 8}, SM2: {32, 9},
}

// algFor gives the algorithm of a new key. Tokens and checkpoints are always Ed25519:
// their readers (JOSE libraries, note verifiers) know it.
func (o Options) algFor(use Use) Alg {
	gm := o.Policy != PolicyIntl
	pick := func(a, b Alg) Alg {
		if gm {
			return a
		}
		return b
	}
	switch use {
	case UseSeal:
		return pick(SM4GCM, AES256GCM)
	case UseIndex, UseCursor:
		return pick(HMACSM3, HMACSHA256)
	case UseHolder:
		return pick(SM4XEX, AES256XEX)
	case UsePass:
		return o.PassAlg
	}
	return EdDSA
}

func newBlock(alg Alg, key []byte) (cipher.Block, error) {
	switch alg {
	case SM4GCM, SM4XEX:
		return sm4.NewCipher(key)
	case AES256GCM, AES256XEX:
		return aes.NewCipher(key)
	}
	return nil, fmt.Errorf("vault: %q is no block cipher", alg)
}

func newAEAD(alg Alg, key []byte) (cipher.AEAD, error) {
	block, err := newBlock(alg, key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func newHash(alg Alg) (func() hash.Hash, error) {
	switch alg {
	case HMACSM3:
		return sm3.New, nil
	case HMACSHA256:
		return sha256.New, nil
	}
	return nil, fmt.Errorf("vault: %q is no keyed hash", alg)
}
