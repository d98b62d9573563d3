package vault

import (
	"crypto/cipher"
	"crypto/subtle"

	"xinyi/model"
)

// HolderSize is the length of a sealed holder: one byte of key number, one block.
const HolderSize = 17

// holderKey is a tweakable block cipher (XEX): the block is whitened before and after
// with the encrypted pass id. One block needs no nonce of its own, and under a pass id
// that is used once equal holders give unrelated bytes.
//
// There is no tag. The pass signature covers the bytes, and a block that was changed or
// moved to another pass opens to 16 random bytes, which are nobody's id.
type holderKey struct {
	number       uint16
	tweak, block cipher.Block
}

func newHolderKey(alg Alg, number uint16, secret []byte) (*holderKey, error) {
	tweak, err := newBlock(alg, secret[:len(secret)/2])
	if err != nil {
		return nil, err
	}
	block, err := newBlock(alg, secret[len(secret)/2:])
	return &holderKey{number: number, tweak: tweak, block: block}, err
}

func (k *holderKey) mask(pass [12]byte) (m [16]byte) {
	copy(m[:], pass[:])
	k.tweak.Encrypt(m[:], m[:])
	return m
}

// SealHolder hides the 16 bytes of a person's id inside the pass with that id. The pass
// id must be random and used once.
func (v *Vault) SealHolder(pass [12]byte, holder [16]byte) ([]byte, error) {
	k, ok := v.now.Load().holder.active(v.clock.Now())
	if !ok {
		return nil, noActiveKey(UseHolder)
	}
	out := make([]byte, HolderSize)
	out[0] = byte(k.key.number)
	mask, b := k.key.mask(pass), out[1:]
	subtle.XORBytes(b, holder[:], mask[:])
	k.key.block.Encrypt(b, b)
	subtle.XORBytes(b, b, mask[:])
	return out, nil
}

// OpenHolder gives the person's id back. Call it only after the pass signature was
// verified: it is what makes the bytes true.
//
// Errors: CodePassInvalid if the length is wrong or the key is gone.
func (v *Vault) OpenHolder(pass [12]byte, sealed []byte) (holder [16]byte, err error) {
	if len(sealed) != HolderSize {
		return holder, errHolder
	}
	now := v.clock.Now()
	for _, k := range v.now.Load().holder {
		if byte(k.key.number) != sealed[0] || k.info.goneAt(now) {
			continue
		}
		mask := k.key.mask(pass)
		subtle.XORBytes(holder[:], sealed[1:], mask[:])
		k.key.block.Decrypt(holder[:], holder[:])
		subtle.XORBytes(holder[:], holder[:], mask[:])
		return holder, nil
	}
	return holder, errHolder
}

var errHolder = &model.Error{Code: model.CodePassInvalid, Detail: "通行码无效，请让持码人刷新后重试。"}
