package pass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"
)

// ring is an issuer with a key that signs now and others.
type ring struct {
	now [4]byte
	all map[[4]byte]issuerKey
}

func (r ring) PassSigner() ([4]byte, string, crypto.Signer) {
	return r.now, r.all[r.now].alg, r.all[r.now].key
}

func (r ring) PassKey(kid [4]byte) (alg string, public crypto.PublicKey, from, until time.Time, ok bool) {
	k, ok := r.all[kid]
	if !ok {
		return "", nil, from, until, false
	}
	return k.alg, k.key.Public(), from, until, true
}

var (
	kidEd, kidES, kidGM = [4]byte{1, 0, 0, 1}, [4]byte{2, 0, 0, 2}, [4]byte{3, 0, 0, 3}
	kidOld, kidNext     = [4]byte{4, 0, 0, 4}, [4]byte{5, 0, 0, 5}
	kidStranger         = [4]byte{9, 0, 0, 9}
)

// vectorKeys are derived from fixed text: test keys that everybody knows.
func vectorKeys(t *testing.T) map[[4]byte]issuerKey {
	t.Helper()
	seed := func(name string) []byte { sum := sha256.Sum256([]byte("xinyi test vector " + name)); return sum[:] }
	es, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed("es256"))
	require.NoError(t, err)
	gm, err := sm2.NewPrivateKey(seed("sm2"))
	require.NoError(t, err)
	ed := func(name string) issuerKey { return issuerKey{"EdDSA", ed25519.NewKeyFromSeed(seed(name))} }
	return map[[4]byte]issuerKey{kidEd: ed("ed"), kidES: {"ES256", es}, kidGM: {"SM2", gm}, kidOld: ed("old"), kidNext: ed("next"), kidStranger: ed("stranger")}
}

func vectorBundle(t *testing.T, keys map[[4]byte]issuerKey, number int64, change func(*Bundle), signers ...[4]byte) json.RawMessage {
	t.Helper()
	price := int64(4000)
	b := Bundle{Number: number, IssuedAt: now.Unix() - 60, ExpiresAt: now.Unix() + 86400, Sites: []string{"tieta"}, Revoked: EncodePlaces([]uint32{0x01020305, 7, 1<<32 - 1}),
		Rules: []BundleRule{{BenefitCode: "TOUR-TIETA", Title: "铁塔公园八折", SiteID: "tieta", ValueType: "percent", Value: 80, BasePriceFen: &price, ValidFrom: "2026-01-01"},
			{BenefitCode: "OVER", Title: "已结束", SiteID: "tieta", ValueType: "free", ValidFrom: "2026-01-01", ValidTo: "2026-11-21"}}}
	for _, kid := range [][4]byte{kidEd, kidES, kidGM, kidOld, kidNext} {
		from, until := now.Add(-240*time.Hour), time.Time{}
		switch kid {
		case kidOld:
			until = now.Add(-time.Hour)
		case kidNext:
			from = now.Add(15 * time.Minute)
		}
		k, err := NewBundleKey(kid, keys[kid].alg, keys[kid].key.Public(), from, until)
		require.NoError(t, err)
		b.Keys = append(b.Keys, k)
	}
	if change != nil {
		change(&b)
	}
	var by []BundleSigner
	for _, kid := range signers {
		by = append(by, BundleSigner{kid, keys[kid].alg, keys[kid].key})
	}
	signed, err := SignBundle(b, by)
	require.NoError(t, err)
	raw, err := json.Marshal(map[string]any{"payload": signed.Payload, "signatures": func() (out []map[string]string) {
		for _, s := range signed.Signatures {
			out = append(out, map[string]string{"protected": s.Protected, "signature": s.Signature})
		}
		return out
	}()})
	require.NoError(t, err)
	return raw
}

// signedAs gives the usual pass with a header that Mint would not write.
func signedAs(t *testing.T, by issuerKey, kid [4]byte, head protected) string {
	return resigned(t, by, kid, func(e *envelope) {
		var err error
		e.Protected, err = modes.enc.Marshal(head)
		require.NoError(t, err)
	})
}

// resigned gives the usual pass, changed as Mint would not, under a good signature.
func resigned(t *testing.T, by issuerKey, kid [4]byte, change func(*envelope)) string {
	c := NewCodec(ring{kid, map[[4]byte]issuerKey{kid: by}}, turned{}, 0)
	var e envelope
	require.NoError(t, decodeStrict(bytesOf(t, mint(t, c, usual())), &e))
	change(&e)
	msg, err := sigStructure(e.Protected, e.Payload)
	require.NoError(t, err)
	e.Signature, err = sign(by.alg, by.key, msg)
	require.NoError(t, err)
	b, err := modes.enc.Marshal(e)
	require.NoError(t, err)
	return textOf(b)
}

// signedWithout gives a pass whose signature does not cover the prefix.
func signedWithout(t *testing.T, key crypto.Signer) string {
	c := NewCodec(ring{kidEd, map[[4]byte]issuerKey{kidEd: {"EdDSA", key}}}, turned{}, 0)
	var e envelope
	require.NoError(t, decodeStrict(bytesOf(t, mint(t, c, usual())), &e))
	msg, err := modes.enc.Marshal(toBeSigned{Context: "Signature1", Protected: e.Protected, External: []byte{}, Payload: e.Payload})
	require.NoError(t, err)
	e.Signature, err = sign("EdDSA", key, msg)
	require.NoError(t, err)
	b, err := modes.enc.Marshal(e)
	require.NoError(t, err)
	return textOf(b)
}
