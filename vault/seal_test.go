package vault

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
)

func TestSealedValueOpensOnlyWhereItBelongs(t *testing.T) {
	for _, policy := range []Policy{PolicyGM, PolicyIntl} {
		r := newRoom(t, Options{Policy: policy})
		rapid.Check(t, func(t *rapid.T) {
			purpose, id := rapid.String().Draw(t, "purpose"), rapid.String().Draw(t, "id")
			plain := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "plain")
			sealed, err := r.Seal(purpose, id, plain)
			require.NoError(t, err)
			require.Len(t, sealed, len(plain)+sealOverhead)
			got, err := r.Open(purpose, id, sealed)
			require.NoError(t, err)
			require.True(t, bytes.Equal(plain, got))
			// Moving a byte from one to the other must not give the same context.
			for _, other := range [][2]string{{purpose + "x", id}, {purpose, id + "x"}, {purpose + id, ""}, {"", purpose + id}} {
				if other != [2]string{purpose, id} {
					_, err := r.Open(other[0], other[1], sealed)
					require.True(t, model.Is(err, model.CodeInternal))
				}
			}
			bit := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
			sealed[bit/8] ^= 1 << (bit % 8)
			_, err = r.Open(purpose, id, sealed)
			require.True(t, model.Is(err, model.CodeInternal))
		})
	}
}

func TestSealedValueIsRefusedByAnotherVault(t *testing.T) {
	sealed, err := newRoom(t, Options{}).Seal("p", "d", []byte("x"))
	require.NoError(t, err)
	_, err = newRoom(t, Options{}).Open("p", "d", sealed)
	require.True(t, model.Is(err, model.CodeInternal))
}

func TestStale(t *testing.T) {
	r := newRoom(t, Options{})
	sealed, err := r.Seal("p", "d", []byte("x"))
	require.NoError(t, err)
	require.False(t, r.Stale(sealed))
	_, err = r.RotateNow(t.Context(), UseSeal)
	require.NoError(t, err)
	require.True(t, r.Stale(sealed))
	require.True(t, r.Stale(nil))
}

// RFC 8998 appendix A.1.
func TestSM4GCMKnownAnswer(t *testing.T) {
	aead, err := newAEAD(SM4GCM, unhex("0123456789abcdeffedcba9876543210"))
	require.NoError(t, err)
	plain := strings.Repeat("aa", 8) + strings.Repeat("bb", 8) + strings.Repeat("cc", 8) + strings.Repeat("dd", 8) +
		strings.Repeat("ee", 8) + strings.Repeat("ff", 8) + strings.Repeat("ee", 8) + strings.Repeat("aa", 8)
	got := aead.Seal(nil, unhex("00001234567800000000abcd"), unhex(plain), unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
	require.Equal(t, "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"+
		"d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"+
		"83de3541e4c2b58177e065a9bf7b62ec", hex.EncodeToString(got))
}

// GM/T 0042-2015 appendix D.3.
func TestHMACSM3KnownAnswers(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
			hex.EncodeToString([]byte(strings.Repeat("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 2))),
			"ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"},
		{"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425", strings.Repeat("cd", 50),
			"220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"},
	} {
		mac := hmac.New(sm3.New, unhex(c.key))
		mac.Write(unhex(c.in))
		require.Equal(t, c.want, hex.EncodeToString(mac.Sum(nil)))
	}
}

func TestIndex(t *testing.T) {
	for _, policy := range []Policy{PolicyGM, PolicyIntl} {
		r := newRoom(t, Options{Policy: policy})
		id := r.Index("citizen_id", "410203190001010015")
		require.Regexp(t, `^v1\.[A-Za-z0-9_-]{22}$`, id)
		require.Equal(t, []string{id}, r.IndexAll("citizen_id", "410203190001010015"))
		require.Equal(t, id, r.again(t, Options{}).Index("citizen_id", "410203190001010015"))
		require.NotEqual(t, id, r.Index("passport", "410203190001010015"))
		require.NotEqual(t, r.Index("ab", "c"), r.Index("a", "bc"))

		_, err := r.Rotate(t.Context(), UseIndex)
		require.NoError(t, err)
		all := r.IndexAll("citizen_id", "410203190001010015")
		require.Len(t, all, 2)
		require.Equal(t, id, all[1], "newest first")
		require.Equal(t, id, r.Index("citizen_id", "410203190001010015"))
		r.clock.move(plans[UseIndex].lead)
		require.Equal(t, all[0], r.Index("citizen_id", "410203190001010015"))
		require.True(t, strings.HasPrefix(all[0], "v2."))
	}
}

func TestMAC(t *testing.T) {
	r := newRoom(t, Options{})
	mac, err := r.MAC("cursor", []byte("data"))
	require.NoError(t, err)
	require.True(t, r.CheckMAC("cursor", []byte("data"), mac))
	require.False(t, r.CheckMAC("refresh", []byte("data"), mac))
	require.False(t, r.CheckMAC("cursor", []byte("dat"), mac))
	require.False(t, r.CheckMAC("cursor", []byte("data"), nil))
	for i := range mac {
		bad := bytes.Clone(mac)
		bad[i] ^= 1
		require.False(t, r.CheckMAC("cursor", []byte("data"), bad))
	}
	_, err = r.RotateNow(t.Context(), UseCursor)
	require.NoError(t, err)
	require.True(t, r.CheckMAC("cursor", []byte("data"), mac), "valid across rotation")
	r.clock.move(plans[UseCursor].keep)
	require.False(t, r.CheckMAC("cursor", []byte("data"), mac))
}

func TestHolder(t *testing.T) {
	for _, policy := range []Policy{PolicyGM, PolicyIntl} {
		r := newRoom(t, Options{Policy: policy})
		pass, holder := [12]byte{1, 2, 3}, [16]byte{4, 5, 6}
		sealed, err := r.SealHolder(pass, holder)
		require.NoError(t, err)
		require.Len(t, sealed, HolderSize)
		got, err := r.OpenHolder(pass, sealed)
		require.NoError(t, err)
		require.Equal(t, holder, got)

		other, err := r.SealHolder([12]byte{9}, holder)
		require.NoError(t, err)
		require.NotEqual(t, sealed[1:], other[1:], "equal holders look unrelated")
		got, err = r.OpenHolder([12]byte{9}, sealed)
		require.NoError(t, err)
		require.NotEqual(t, holder, got, "moved to another pass it is nobody")
		for i := 1; i < HolderSize; i++ {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			got, err := r.OpenHolder(pass, bad)
			require.NoError(t, err)
			require.NotEqual(t, holder[8:], got[8:], "a changed bit changes the whole block")
		}
		for _, bad := range [][]byte{nil, sealed[:16], append(bytes.Clone(sealed), 0), append([]byte{7}, sealed[1:]...)} {
			_, err := r.OpenHolder(pass, bad)
			require.True(t, model.Is(err, model.CodePassInvalid))
		}
	}
}

func FuzzOpen(f *testing.F) {
	r := newRoom(f, Options{})
	sealed, err := r.Seal("p", "d", []byte("text"))
	require.NoError(f, err)
	f.Add([]byte(sealed))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1, 1, 0, 1}, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := r.Open("p", "d", b)
		if (err == nil) != bytes.Equal(b, sealed) {
			t.Fatalf("opened %x to %q, error %v", b, plain, err)
		}
		r.Stale(b)
		r.CheckMAC("p", nil, b)
		r.OpenHolder([12]byte{}, b)
	})
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func BenchmarkVault(b *testing.B) {
	for _, policy := range []Policy{PolicyGM, PolicyIntl} {
		r := newRoom(b, Options{Policy: policy})
		plain := []byte(`{"name":"王小明","idNo":"410203190001010015"}`)
		sealed, _ := r.Seal("subject.identity", "p_abcdefghijklmnopqrstuvwxyz", plain)
		run := func(name string, f func()) {
			b.Run(string(policy)+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
		run("seal", func() { r.Seal("subject.identity", "p_abcdefghijklmnopqrstuvwxyz", plain) })
		run("open", func() { r.Open("subject.identity", "p_abcdefghijklmnopqrstuvwxyz", sealed) })
		run("index", func() { r.Index("citizen_id", "410203190001010015") })
		run("mac", func() { r.MAC("cursor", plain) })
		run("holder", func() { r.SealHolder([12]byte{1}, [16]byte{2}) })
	}
}
