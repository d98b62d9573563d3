package benefit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/benefit"
)

const attemptKey = "attempt-1"

// evening is the account of the next shift.
func evening() model.Principal {
	p := gate
	p.ID = "gate-2"
	return p
}

// The answer of an attempt was lost, and another account of the site asks again, before or long
// after the pass has expired: it is the same redemption, which can still be reversed in time.
func TestRedeem_lostAnswerByAnotherAccount(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "after the pass": 2 * time.Minute, "after the answer": 30 * time.Hour, "at the end": 72 * time.Hour} {
		d := open(t)
		scan := benefit.Scan{Pass: d.offlinePass(t), Key: attemptKey}
		first, err := d.Service.Redeem(t.Context(), gate, scan, nil)
		require.NoError(t, err, name)
		require.False(t, first.Replayed, name)
		d.house.Clock.Pass(after)
		for _, by := range []model.Principal{evening(), gate} {
			again, err := d.Service.Redeem(t.Context(), by, scan, nil)
			require.NoError(t, err, name)
			require.True(t, again.Replayed, name)
			require.Equal(t, []any{first.No, first.Result, *first.PayFen, first.At}, []any{again.No, again.Result, *again.PayFen, again.At}, name)
		}
		require.Equal(t, 1, d.usage(t).Total, name)
		seen := d.house.Log.Seen("gate.redeem")
		require.Equal(t, []string{"pass", "replayed", "replayed"}, []string{seen[0].Outcome, seen[1].Outcome, seen[2].Outcome}, name)
		require.Equal(t, first.No, seen[1].Ref, name)
		_, err = d.Reverse(t.Context(), evening(), first.No, "客人走了", nil)
		if after > 30*time.Minute {
			require.True(t, model.Is(err, model.CodeNotReady), "%s: %v", name, err)
			continue
		}
		require.NoError(t, err, name)
		require.Zero(t, d.usage(t).Total, name)
	}
}

// Nobody else is told of a use: another key, another pass, another site, or no key at all.
func TestRedeem_otherAttempts(t *testing.T) {
	d := open(t)
	text, other := d.offlinePass(t), d.offlinePass(t)
	_, err := d.Service.Redeem(t.Context(), gate, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.NoError(t, err)
	elsewhere, both := evening(), evening()
	elsewhere.Sites, both.Sites = []string{"other-park"}, []string{"other-park", site}
	refused := func(by model.Principal, scan benefit.Scan, code model.Code) {
		t.Helper()
		_, err := d.Service.Redeem(t.Context(), by, scan, nil)
		require.True(t, model.Is(err, code), err)
	}
	refused(evening(), benefit.Scan{Pass: text, Key: "attempt-2"}, model.CodePassUsed)
	refused(evening(), benefit.Scan{Pass: text}, model.CodePassUsed)
	d.house.Clock.Pass(2 * time.Minute)
	refused(evening(), benefit.Scan{Pass: text, Key: "attempt-2"}, model.CodePassExpired)
	refused(evening(), benefit.Scan{Pass: other, Key: attemptKey}, model.CodePassExpired)
	refused(elsewhere, benefit.Scan{Pass: text, Key: attemptKey}, model.CodePassExpired)
	refused(evening(), benefit.Scan{Pass: text[:len(text)-3], Key: attemptKey}, model.CodePassInvalid)
	again, err := d.Service.Redeem(t.Context(), both, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, 1, d.usage(t).Total)
	d.house.Log.Broken.Store(true)
	_, err = d.Service.Redeem(t.Context(), both, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
}

// The gate got no answer, let the holder in and hands the use in with the key of its attempt: it
// is the redemption that was counted. Any other use of the pass is a duplicate.
func TestUpload_afterALostAnswer(t *testing.T) {
	d := open(t)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	first, err := d.Service.Redeem(t.Context(), gate, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.NoError(t, err)
	d.house.Clock.Pass(30 * time.Hour)
	use := benefit.OfflineUse{Pass: text, AcceptedAt: at.Add(20 * time.Second), Device: "north", AttemptKey: attemptKey}
	both := evening()
	both.Sites = []string{"other-park", site}
	for _, by := range []model.Principal{evening(), gate, both} {
		out := d.upload(t, by, use)[0]
		require.Equal(t, []any{"accepted", first.No, "pass", int64(0)}, []any{out.Outcome, out.Redemption.No, out.Redemption.Result, out.DifferenceFen})
	}
	require.Equal(t, 1, d.usage(t).Total)
	s, err := d.Settle(t.Context(), gate, "", model.DateOf(at), nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, []int{s.Totals.Uses, s.Totals.Duplicates})

	use.AttemptKey = "attempt-2"
	require.Equal(t, "duplicate", d.upload(t, gate, use)[0].Outcome)
	use.AttemptKey = ""
	require.Equal(t, "duplicate", d.upload(t, gate, use)[0].Outcome, "the same use once more")
	elsewhere := evening()
	elsewhere.Sites = []string{"other-park"}
	use.AttemptKey = attemptKey
	require.Equal(t, "rejected", d.upload(t, elsewhere, use)[0].Outcome)
	s, err = d.Settle(t.Context(), gate, "", model.DateOf(at), nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{s.Totals.Uses, s.Totals.Duplicates})
}

// A request that was on its way while its use was handed in comes late: it is that use.
func TestRedeem_afterTheUpload(t *testing.T) {
	d := open(t)
	text := d.offlinePass(t)
	use := benefit.OfflineUse{Pass: text, AcceptedAt: d.house.Clock.Now(), Device: "north", AttemptKey: attemptKey}
	in := d.upload(t, gate, use)[0]
	again, err := d.Service.Redeem(t.Context(), gate, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, in.Redemption.No, again.No)
}

// The standard price was due online, and the gate that did not hear it took the price of the pass.
func TestUpload_standardAfterALostAnswer(t *testing.T) {
	d := open(t)
	useOnce(t, d)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	first, err := d.Service.Redeem(t.Context(), gate, benefit.Scan{Pass: text, Key: attemptKey}, nil)
	require.NoError(t, err)
	require.Equal(t, "standard", first.Result)
	use := benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north", AttemptKey: attemptKey}
	for range 2 {
		out := d.upload(t, evening(), use)[0]
		require.Equal(t, []any{"accepted", first.No, "standard", int64(1600)}, []any{out.Outcome, out.Redemption.No, out.Redemption.Result, out.DifferenceFen})
	}
	s, err := d.Settle(t.Context(), gate, "", "", nil)
	require.NoError(t, err)
	require.Equal(t, int64(1600), s.Totals.Difference, "once, however often it is handed in")
	require.Len(t, d.house.Log.Seen("gate.upload"), 1)
	_, err = d.Reverse(t.Context(), gate, first.No, "客人走了", nil)
	require.NoError(t, err)
	s, err = d.Settle(t.Context(), gate, "", "", nil)
	require.NoError(t, err)
	require.Equal(t, []any{1, int64(0)}, []any{s.Totals.Reversed, s.Totals.Difference})
}
