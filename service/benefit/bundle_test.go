package benefit_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api/passverify"
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
	require.Len(t, first.Rules, 3, "60 and 80 percent of the same park, and its boat")
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

// device is a gate without a network: the bundle it has is all it knows.
type device struct {
	t      *testing.T
	bundle *passverify.Bundle
}

// raw is a bundle as a gate downloads it.
func (d *desk) raw(t *testing.T) []byte {
	t.Helper()
	d.house.Clock.Pass(6 * time.Second) // a new one
	signed, err := d.Bundle(t.Context(), gate)
	require.NoError(t, err)
	return wired(t, signed)
}

// wired is what was signed as it is sent.
func wired(t *testing.T, signed pass.SignedBundle) []byte {
	t.Helper()
	type signature struct {
		Protected string `json:"protected"`
		Signature string `json:"signature"`
	}
	out := struct {
		Payload    string      `json:"payload"`
		Signatures []signature `json:"signatures"`
	}{Payload: signed.Payload}
	for _, s := range signed.Signatures {
		out.Signatures = append(out.Signatures, signature(s))
	}
	raw, err := json.Marshal(out)
	require.NoError(t, err)
	return raw
}

func (v *device) judges(text string, at time.Time, want string) {
	v.t.Helper()
	got := v.bundle.Verify(text, site, at)
	require.Equal(v.t, want, got.Result+got.Reason)
}

// From one key to the next, as a gate sees it that was off in between: the new key is known
// before it is used, passes of the old one are good until they end, and nothing goes back.
func TestKeyRollOver_asAGateSeesIt(t *testing.T) {
	d := open(t)
	v := &device{t: t}
	var err error
	before := d.raw(t)
	v.bundle, err = passverify.Open(before, d.house.Clock.Now())
	require.NoError(t, err)
	_, err = d.house.Vault.Rotate(t.Context(), vault.UsePass)
	require.NoError(t, err)
	during := d.raw(t)
	next, err := v.bundle.Update(during, d.house.Clock.Now())
	require.NoError(t, err)

	d.house.Clock.Pass(14*time.Minute + 40*time.Second) // the last passes of the old key
	last := d.issue(t)
	lastAt := d.house.Clock.Now()
	d.house.Clock.Pass(20 * time.Second)
	first := d.issue(t)
	firstAt := d.house.Clock.Now()
	require.NotEqual(t, last[10:20], first[10:20], "another key")
	v.judges(first, firstAt, "retryunknown_key") // the bundle of before knows nothing of it
	v.bundle = next
	v.judges(first, firstAt.Add(9*time.Minute), "pass")
	v.judges(last, lastAt.Add(9*time.Minute), "pass")
	v.judges(last, lastAt.Add(10*time.Minute), "retryexpired")
	for _, text := range []string{first, last} { // online both are good for their minute
		c, err := d.Check(t.Context(), gate, text)
		require.NoError(t, err)
		require.Equal(t, "pass", c.Result)
	}
	after := d.raw(t)
	_, err = v.bundle.Update(before, d.house.Clock.Now())
	require.ErrorIs(t, err, passverify.ErrBundleRollback)
	// A gate that slept over the change knows the retired key, which still vouches.
	slept, err := passverify.OpenExpired(before)
	require.NoError(t, err)
	woken, err := slept.Update(after, d.house.Clock.Now())
	require.NoError(t, err)
	v.bundle = woken
	v.judges(first, firstAt.Add(time.Minute), "pass")
	d.house.Clock.Pass(32 * 24 * time.Hour)
	_, err = slept.Update(d.raw(t), d.house.Clock.Now())
	require.ErrorIs(t, err, passverify.ErrBundleSignature, "the old key is gone")
}

// What a bundle says is written down; a member that joins must be looked at.
func TestBundle_holdsNoSecret(t *testing.T) {
	d := open(t)
	signed, err := d.Bundle(t.Context(), gate)
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(raw, &all))
	known := map[string]bool{}
	for _, name := range []string{"type", "number", "issuedAt", "expiresAt", "sites", "keys", "rules", "revoked", "kid", "alg", "jwk", "notBefore", "notAfter",
		"kty", "crv", "x", "y", "benefitCode", "title", "siteId", "valueType", "value", "unit", "basePriceFen", "validFrom", "validTo"} {
		known[name] = true
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				require.True(t, known[name], name)
				walk(member)
			}
		case []any:
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(all)
	require.NotContains(t, string(raw), d.holder.Subject)
}
