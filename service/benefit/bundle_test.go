package benefit_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/vault"
)

func (d *desk) bundle(t *testing.T, p model.Principal) (pass.Bundle, int) {
	t.Helper()
	signed, err := d.Bundle(t.Context(), p)
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	require.NoError(t, err)
	var b pass.Bundle
	require.NoError(t, json.Unmarshal(raw, &b))
	return b, len(signed.Signatures)
}

func TestBundle(t *testing.T) {
	d := open(t)
	nobody := gate
	nobody.Sites = nil
	_, err := d.Bundle(t.Context(), nobody)
	require.True(t, model.Is(err, model.CodeForbidden), err)
	first, _ := d.bundle(t, gate)
	require.Len(t, first.Rules, 2, "60 and 80 percent of the same park")
	require.Empty(t, first.Revoked)
	again, _ := d.bundle(t, gate)
	require.Equal(t, first.Number, again.Number, "handed out again for a moment")

	text := d.issue(t)
	require.LessOrEqual(t, len(text), len("XY1:")+240, "160 bytes signed")
	claims, err := d.Passes.Verify(text, d.house.Clock.Now())
	require.NoError(t, err)
	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err)
	d.house.Clock.Pass(6 * time.Second)
	next, _ := d.bundle(t, gate)
	require.Greater(t, next.Number, first.Number)
	require.Equal(t, pass.EncodePlaces([]uint32{claims.ID.Place()}), next.Revoked)
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	other, _ := d.bundle(t, elsewhere)
	require.Empty(t, other.Rules)
	require.Empty(t, other.Revoked)
	d.house.Clock.Pass(12 * time.Minute)
	last, _ := d.bundle(t, gate)
	require.Empty(t, last.Revoked, "expired passes need no place")

	d.house.Clock.Set(d.house.Clock.Now().Add(-time.Hour)) // a restored backup, a clock set back
	back, _ := d.bundle(t, gate)
	require.Greater(t, back.Number, last.Number)
}

// While keys change, a bundle is vouched for by the old and the new key.
func TestBundle_keyRollOver(t *testing.T) {
	d := open(t)
	_, signatures := d.bundle(t, gate)
	require.Equal(t, 1, signatures)
	_, err := d.house.Vault.Rotate(t.Context(), vault.UsePass)
	require.NoError(t, err)
	d.house.Clock.Pass(time.Minute)
	b, signatures := d.bundle(t, gate)
	require.Len(t, b.Keys, 2, "the next key is known before it signs")
	require.Equal(t, 1, signatures)
	d.house.Clock.Pass(15 * time.Minute)
	b, signatures = d.bundle(t, gate)
	require.Equal(t, 2, signatures)
	require.NotZero(t, b.Keys[1].NotAfter)
	d.house.Clock.Pass(32 * 24 * time.Hour)
	b, signatures = d.bundle(t, gate)
	require.Len(t, b.Keys, 1)
	require.Equal(t, 1, signatures)
}
