package pass

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api/passverify"
)

// onePercent are the revoked ones among a million passes.
func onePercent() (places []uint32, revoked map[uint32]bool) {
	random := rand.New(rand.NewPCG(1, 2))
	revoked = map[uint32]bool{}
	for i := range uint32(1_000_000) {
		if random.IntN(100) == 0 {
			places = append(places, 1_000_000_000+i)
			revoked[1_000_000_000+i] = true
		}
	}
	return places, revoked
}

// One percent of a million passes revoked: exact, and far below 64 KiB also inside the
// bundle, where it is in base64 twice.
func TestRevocationListIsSmall(t *testing.T) {
	places, _ := onePercent()
	list := EncodePlaces(places)
	inBundle := base64.RawURLEncoding.EncodedLen(len(list))
	t.Logf("%d revoked of 1,000,000: %d bytes, %d in the bundle, %d as sent", len(places), base64.RawURLEncoding.DecodedLen(len(list)), len(list), inBundle)
	require.Less(t, inBundle, 64<<10)
}

// A gate with that list takes every pass that is not revoked, and no other: of each revoked
// place and its neighbours.
func TestRevocationListIsExact(t *testing.T) {
	c, keys := newCodec(t, "ES256", 0)
	places, revoked := onePercent()
	k := keys.all[keys.signing]
	public, err := NewBundleKey(keys.signing, k.alg, k.key.Public(), now.Add(-time.Hour), time.Time{})
	require.NoError(t, err)
	signed, err := SignBundle(Bundle{Number: 1, IssuedAt: now.Unix(), ExpiresAt: now.Add(time.Hour).Unix(), Sites: []string{usual().Site}, Keys: []BundleKey{public},
		Rules: []BundleRule{{BenefitCode: usual().Benefit, ValidFrom: "2026-01-01"}}, Revoked: EncodePlaces(places)}, []BundleSigner{{keys.signing, k.alg, k.key}})
	require.NoError(t, err)
	raw, err := json.Marshal(map[string]any{"payload": signed.Payload, "signatures": signed.Signatures})
	require.NoError(t, err)
	require.Less(t, len(raw), 64<<10, "the whole bundle")
	bundle, err := passverify.Open(raw, now)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		for _, beside := range []uint32{0, 1, 2} {
			claims := usual()
			place := places[random.IntN(len(places))] + beside - 1
			claims.ID = NewIDAt(place)
			want := map[bool]string{false: "pass", true: "retryrevoked"}[revoked[place]]
			got := bundle.Verify(mint(t, c, claims), claims.Site, now)
			require.Equal(t, want, got.Result+got.Reason, place)
		}
	}
}
