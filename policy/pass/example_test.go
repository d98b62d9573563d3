package pass

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exampleKey is test 1 of RFC 8032 §7.1; its kid is the start of the RFC 8037 A.3
// thumbprint of the same key.
type exampleKey struct{}

func (exampleKey) seed() []byte {
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		panic(err)
	}
	return seed
}

func (k exampleKey) PassSigner() ([4]byte, string, crypto.Signer) {
	return [4]byte{0x90, 0xfa, 0xca, 0xfe}, "EdDSA", ed25519.NewKeyFromSeed(k.seed())
}

func (k exampleKey) PassKey(kid [4]byte) (alg string, public crypto.PublicKey, from, until time.Time, ok bool) {
	want, alg, key := k.PassSigner()
	return alg, key.Public(), from, until, kid == want
}

// The pass printed in docs/pass-format.md, byte for byte.
func TestExampleOfTheFormatPage(t *testing.T) {
	c := NewCodec(exampleKey{}, turned{}, 0)
	text := mint(t, c, usual())
	page, err := os.ReadFile("../../docs/pass-format.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "\n    "+text+"\n")
	b := hex.EncodeToString(bytesOf(t, text))
	for len(b) > 0 {
		line := b[:min(64, len(b))]
		require.Contains(t, string(page), "\n    "+line+"\n")
		b = b[len(line):]
	}
	claims, err := c.Verify(text, now)
	require.NoError(t, err)
	require.Equal(t, 10*time.Minute, claims.OfflineUntil.Sub(claims.IssuedAt))
}
