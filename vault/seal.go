package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"xinyi/model"
)

// A sealed value is
//
//	0      format, 1
//	1      algorithm: 1 SM4-GCM, 2 AES-256-GCM
//	2–3    number of the seal key, big-endian
//	4–15   random nonce
//	16–    ciphertext, then the 16-byte tag
//
// The tag also covers the first four bytes, the purpose and the id of the document, so
// that a value does not open in another field or another document.
const (
	sealFormat   = 1
	sealHeader   = 4
	sealOverhead = sealHeader + nonceSize + tagSize
)

// sealKey is the cipher of one seal key, made once: the key schedule costs as much as
// opening a small field.
type sealKey struct {
	header [sealHeader]byte
	aead   cipher.AEAD
}

func newSealKey(alg Alg, number uint16, secret []byte) (*sealKey, error) {
	aead, err := newAEAD(alg, secret)
	if err != nil {
		return nil, err
	}
	k := &sealKey{aead: aead}
	k.header[0], k.header[1] = sealFormat, specs[alg].code
	binary.BigEndian.PutUint16(k.header[2:], number)
	return k, nil
}

// Seal encrypts plain for one field of one document. purpose names the field
// ("subject.identity"), id the document; Open must be given the same two.
func (v *Vault) Seal(purpose, id string, plain []byte) (model.Sealed, error) {
	k, ok := v.now.Load().seal.active(v.clock.Now())
	if !ok {
		return nil, noActiveKey(UseSeal)
	}
	out := make([]byte, sealHeader+nonceSize, sealOverhead+len(plain))
	copy(out, k.key.header[:])
	nonce := out[sealHeader:]
	rand.Read(nonce)
	var buf [contextSize]byte
	return k.key.aead.Seal(out, nonce, plain, sealContext(buf[:0], k.key.header, purpose, id)), nil
}

// Open decrypts a sealed value with whichever key sealed it.
//
// Errors: CodeInternal if the value was changed, belongs to another purpose or
// document, or its key is gone.
func (v *Vault) Open(purpose, id string, sealed model.Sealed) ([]byte, error) {
	if len(sealed) < sealOverhead {
		return nil, errSealed("cut short")
	}
	k, ok := v.sealKeyOf(sealed)
	if !ok {
		return nil, errSealed("unknown key or format")
	}
	var buf [contextSize]byte
	plain, err := k.aead.Open(nil, sealed[sealHeader:sealHeader+nonceSize], sealed[sealHeader+nonceSize:],
		sealContext(buf[:0], k.header, purpose, id))
	if err != nil {
		return nil, errSealed("does not authenticate")
	}
	return plain, nil
}

// Stale reports whether the value should be sealed anew: it is not under the active key.
func (v *Vault) Stale(sealed model.Sealed) bool {
	k, ok := v.now.Load().seal.active(v.clock.Now())
	return ok && (len(sealed) < sealHeader || [sealHeader]byte(sealed[:sealHeader]) != k.key.header)
}

func (v *Vault) sealKeyOf(sealed []byte) (*sealKey, bool) {
	header := [sealHeader]byte(sealed[:sealHeader])
	for _, k := range v.now.Load().seal {
		if k.key.header == header {
			return k.key, true
		}
	}
	return nil, false
}

// contextSize is room for the associated data of usual purposes and ids on the stack.
const contextSize = 128

func sealContext(b []byte, header [sealHeader]byte, purpose, id string) []byte {
	b = append(b, header[:]...)
	b = append(binary.AppendUvarint(b, uint64(len(purpose))), purpose...)
	return append(b, id...)
}

func errSealed(why string) error {
	return &model.Error{Code: model.CodeInternal, Detail: "加密数据无法打开，请联系系统管理员。",
		Err: errors.New("vault: sealed value: " + why)}
}

func noActiveKey(use Use) error {
	return &model.Error{Code: model.CodeUnavailable, Detail: "密钥尚未就绪，请稍后重试。",
		Err: errors.New("vault: no active key for " + string(use))}
}
