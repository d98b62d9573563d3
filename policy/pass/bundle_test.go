package pass

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// One percent of a million passes revoked: exact, and far below 64 KiB also inside the
// bundle, where it is in base64 twice.
func TestRevocationListIsSmall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var places []uint32
	for i := range uint32(1_000_000) {
		if random.IntN(100) == 0 {
			places = append(places, 1_000_000_000+i)
		}
	}
	list := EncodePlaces(places)
	inBundle := base64.RawURLEncoding.EncodedLen(len(list))
	t.Logf("%d revoked of 1,000,000: %d bytes, %d in the bundle, %d as sent", len(places), base64.RawURLEncoding.DecodedLen(len(list)), len(list), inBundle)
	require.Less(t, inBundle, 64<<10)
}
