package benefit_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

// oneKey is an issuer with one key.
type oneKey struct {
	alg string
	key crypto.Signer
}

func (k oneKey) PassSigner() ([4]byte, string, crypto.Signer) { return [4]byte{1}, k.alg, k.key }

func (k oneKey) PassKey([4]byte) (alg string, key crypto.PublicKey, from, until time.Time, ok bool) {
	return k.alg, k.key.Public(), from, until, true
}

func issuers(t *testing.T) []oneKey {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	es, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	gm, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return []oneKey{{"EdDSA", ed}, {"ES256", es}, {"SM2", gm}}
}

// The usual pass of every benefit for persons in the demo district, deposits too, keeps 5
// bytes away from the 160 of the goal, whatever signs it. Three characters of base45 are two bytes.
func TestIssue_usualPassesAreShort(t *testing.T) {
	d := open(t)
	issued := 0
	for _, by := range issuers(t) {
		codec := pass.NewCodec(by, d.house.Vault, 0)
		d.Passes = codec
		for _, r := range d.Rules.Book().Published(d.house.Clock.Now()) {
			if r.SubjectType != "person" {
				continue
			}
			pass, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: r.Code, Companions: r.Companions}, nil)
			require.NoError(t, err, r.Code)
			text := len(pass.Text) - len("XY1:")
			signed := text/3*2 + text%3/2
			t.Logf("%s %s: %d bytes", by.alg, r.Code, signed)
			require.LessOrEqual(t, signed, 155, r.Code)
			issued++
		}
	}
	require.GreaterOrEqual(t, issued, 27)
}

// What the rules let through as code and site has room in a pass of 160 bytes.
func TestIssue_longestCodesFit(t *testing.T) {
	d := open(t)
	const code = "TT-PARK-60-SPRING"
	require.Len(t, code+site, 27)
	d.Rules = inForce{book(t, "code: TT-PARK-60", "code: "+code)}
	for _, by := range issuers(t) {
		codec := pass.NewCodec(by, d.house.Vault, 0)
		d.Passes = codec
		pass, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: code}, nil)
		require.NoError(t, err)
		text := len(pass.Text) - len("XY1:")
		require.LessOrEqual(t, text/3*2+text%3/2, 160, by.alg)
	}
}
