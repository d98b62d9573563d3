package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/emmansun/gmsm/sm3"

	"xinyi/model"
)

// derive gives n bytes for one purpose: HKDF (RFC 5869) with SM3.
func (m Master) derive(purpose string, n int) []byte {
	b, err := hkdf.Key(sm3.New, m.key[:], nil, "xinyi master "+purpose, n)
	if err != nil {
		panic(err) // n is a small constant, HKDF gives up to 255 blocks
	}
	return b
}

// wrapper encrypts keys under one master key.
type wrapper struct {
	id   string
	alg  Alg
	aead cipher.AEAD
}

// newWrapper makes the wrapper of m. SM4 takes 16 of the derived bytes, AES-256 all.
func newWrapper(m Master, alg Alg) (wrapper, error) {
	key := m.derive("wrap "+string(alg), specs[alg].size)
	defer clear(key)
	aead, err := newAEAD(alg, key)
	return wrapper{id: m.ID(), alg: alg, aead: aead}, err
}

func (w wrapper) wrap(k WrappedKey, secret []byte) WrappedKey {
	nonce := make([]byte, nonceSize, 1+nonceSize+len(secret)+tagSize)
	rand.Read(nonce)
	sealed := w.aead.Seal(nonce, nonce, secret, wrapContext(k))
	k.Master = w.id
	k.Wrapped = append([]byte{specs[w.alg].code}, sealed...)
	return k
}

// wrappers are the master keys at hand under both algorithms, so that the policy may
// change over the life of a ring.
type wrappers map[string]wrapper

func newWrappers(masters ...Master) (wrappers, error) {
	ws := wrappers{}
	for _, m := range masters {
		for _, alg := range []Alg{SM4GCM, AES256GCM} {
			w, err := newWrapper(m, alg)
			if err != nil {
				return nil, err
			}
			ws[w.id+string(specs[alg].code)] = w
		}
	}
	return ws, nil
}

// unwrap gives the secret of k; the caller clears it.
func (ws wrappers) unwrap(k WrappedKey) ([]byte, error) {
	if len(k.Wrapped) < 1+nonceSize+tagSize {
		return nil, fmt.Errorf("vault: key %s: wrapped secret is cut short", k.ID)
	}
	w, ok := ws[k.Master+string(k.Wrapped[0])]
	if !ok {
		return nil, model.Errorf(model.CodeUnavailable, "vault: key %s is wrapped under master key %s, which was not given", k.ID, k.Master)
	}
	nonce, box := k.Wrapped[1:1+nonceSize], k.Wrapped[1+nonceSize:]
	secret, err := w.aead.Open(nil, nonce, box, wrapContext(k))
	if err != nil {
		return nil, fmt.Errorf("vault: key %s was changed in the store or belongs to another installation", k.ID)
	}
	return secret, nil
}

// wrapContext is what the master key authenticates beside the secret, so that nobody
// who can only write documents can prolong, swap or repurpose a key.
func wrapContext(k WrappedKey) []byte {
	b := []byte("xinyi wrapped key 1")
	for _, s := range []string{k.ID, string(k.Use), string(k.Alg)} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b = binary.AppendUvarint(b, uint64(k.Number))
	b = binary.AppendVarint(b, k.CreatedAt.UnixMilli())
	return binary.AppendVarint(b, k.ActiveFrom.UnixMilli())
}
