package vault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

func TestTokensSignAndVerifyWithGolangJWT(t *testing.T) {
	r := newRoom(t, Options{})
	kid, key := r.JWTSigner()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"sub": "acct_1"})
	token.Header["kid"] = kid
	text, err := token.SignedString(key)
	require.NoError(t, err)
	_, err = jwt.Parse(text, func(tok *jwt.Token) (any, error) {
		pub, ok := r.JWTKey(tok.Header["kid"].(string))
		require.True(t, ok)
		return pub, nil
	}, jwt.WithValidMethods([]string{"EdDSA"}))
	require.NoError(t, err)
	_, ok := r.JWTKey("")
	require.False(t, ok)
}

// RFC 8037 appendix A.3.
func TestThumbprintKnownAnswer(t *testing.T) {
	k := jwk{KTY: "OKP", CRV: "Ed25519", X: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
	sum := k.thumbprint()
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", b64(sum[:]))
}

func TestJWKSHoldsPublicKeysOnly(t *testing.T) {
	r := newRoom(t, Options{})
	set := struct{ Keys []map[string]string }{}
	require.NoError(t, json.Unmarshal(r.JWKS(), &set))
	require.Len(t, set.Keys, 1)
	require.NotContains(t, set.Keys[0], "d")
	kid, key := r.JWTSigner()
	require.Equal(t, kid, set.Keys[0]["kid"])
	x, err := base64.RawURLEncoding.DecodeString(set.Keys[0]["x"])
	require.NoError(t, err)
	require.Equal(t, []byte(key.Public().(ed25519.PublicKey)), x)
}

func TestPassKeys(t *testing.T) {
	r := newRoom(t, Options{})
	old, alg, _ := r.PassSigner()
	require.Equal(t, "EdDSA", alg)
	for i, want := range []Alg{ES256, SM2} {
		v := r.again(t, Options{PassAlg: want})
		info, err := v.RotateNow(t.Context(), UsePass)
		require.NoError(t, err)
		require.Equal(t, want, info.Alg)
		kid, alg, key := v.PassSigner()
		require.Equal(t, string(want), alg)
		_, pub, _, _, ok := v.PassKey(kid)
		require.True(t, ok)
		require.Equal(t, want == SM2, sm2.IsSM2PublicKey(pub))
		require.True(t, key.Public().(*ecdsa.PublicKey).Equal(pub))
		var algs []string
		var ends []time.Time
		v.EachPassKey(func(_ [4]byte, alg string, _ crypto.PublicKey, _, until time.Time) {
			algs, ends = append(algs, alg), append(ends, until)
		})
		require.Len(t, algs, i+2)
		require.Equal(t, alg, algs[0])
		require.False(t, ends[1].IsZero())
		_, _, _, _, ok = v.PassKey(old)
		require.True(t, ok)
	}
	_, _, _, _, ok := r.PassKey([4]byte{})
	require.False(t, ok)
}

func TestCheckpointsSignAsNotes(t *testing.T) {
	r := newRoom(t, Options{})
	sign := func() []byte {
		signer, err := r.NoteSigner("xinyi/origin-1")
		require.NoError(t, err)
		msg, err := note.Sign(&note.Note{Text: "xinyi/origin-1\n42\nhash\n"}, signer)
		require.NoError(t, err)
		return msg
	}
	before := sign()
	_, err := r.RotateNow(t.Context(), UseAudit)
	require.NoError(t, err)
	for _, msg := range [][]byte{before, sign()} {
		known, err := r.NoteVerifiers("xinyi/origin-1", "xinyi/origin-2")
		require.NoError(t, err)
		_, err = note.Open(msg, known)
		require.NoError(t, err)
		other, err := r.NoteVerifiers("xinyi/origin-2")
		require.NoError(t, err)
		_, err = note.Open(msg, other)
		require.Error(t, err)
	}
	texts, err := r.NoteKeys("xinyi/origin-1")
	require.NoError(t, err)
	require.Len(t, texts, 2)
	_, err = r.NoteSigner("two words")
	require.Error(t, err)
}
