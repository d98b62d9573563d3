package pass

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/recent"
)

// What is remembered of a pass is what it says, to the last claim.
func TestKept_isWhatWasVerified(t *testing.T) {
	code := rapid.StringMatching(`[!-~]{0,23}`)
	rapid.Check(t, func(rt *rapid.T) {
		issued := time.Unix(rapid.Int64Range(1, 1<<40).Draw(rt, "issued"), 0).UTC()
		within := rapid.IntRange(1, int(MaxLife/time.Second))
		c := Claims{ID: ID(rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(rt, "id")), Benefit: code.Draw(rt, "benefit"), Site: code.Draw(rt, "site"),
			PayPercent: rapid.IntRange(0, 100).Draw(rt, "percent"), Kind: rapid.SampledFrom([]Kind{KindPrice, KindDeposit, KindPriority, KindQuota}).Draw(rt, "kind"),
			Companions: rapid.IntRange(0, MaxCompanions).Draw(rt, "companions"), HolderMasked: cutText(rapid.StringMatching(`[王小*a]{0,6}`).Draw(rt, "masked"), MaxMasked),
			IssuedAt: issued, ExpiresAt: issued.Add(time.Duration(within.Draw(rt, "life")) * time.Second),
			subject: model.NewPersonID([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "holder"))),
			KID:     [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(rt, "kid"))}
		if rapid.Bool().Draw(rt, "offline") {
			c.OfflineUntil = issued.Add(time.Duration(within.Draw(rt, "offline life")) * time.Second)
		}
		if rapid.Bool().Draw(rt, "amount") {
			c.PayFen = new(rapid.Int64Range(0, 1<<32-1).Draw(rt, "fen"))
		}
		var shared recent.Shared[terms]
		k, ok := keep(c, &shared)
		require.True(rt, ok)
		got, ok := k.claims(&shared)
		require.True(rt, ok)
		require.Equal(rt, c, got)
		_, ok = k.claims(new(recent.Shared[terms]))
		require.False(rt, ok, "its terms are no longer kept")
	})
}

// A pass whose holder could not be opened is verified again each time.
func TestKept_needsItsHolder(t *testing.T) {
	for _, subject := range []model.SubjectID{"", model.NewPersonID([16]byte{})[:27]} {
		_, ok := keep(Claims{subject: subject}, new(recent.Shared[terms]))
		require.False(t, ok, subject)
	}
}
