package passverify_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api/passverify"
)

type vectors struct {
	Bundles map[string]json.RawMessage
	Updates []struct {
		Name, From, To, Fault string
		At                    int64
	}
	Passes []struct {
		Name, Bundle, Site, Pass, Result, Reason string
		At                                       int64
		PayFen                                   *int64
		Companions                               int
	}
}

func load(t testing.TB) vectors {
	raw, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

// issued is the instant of most bundles in the vectors.
var issued = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

func TestVectors_updates(t *testing.T) {
	v := load(t)
	for _, u := range v.Updates {
		open := passverify.Open
		if u.From != "" {
			from, err := passverify.Open(v.Bundles[u.From], issued)
			require.NoError(t, err, u.Name)
			open = from.Update
		}
		_, err := open(v.Bundles[u.To], time.UnixMilli(u.At))
		if u.Fault == "" {
			require.NoError(t, err, u.Name)
		} else {
			require.EqualError(t, err, u.Fault, u.Name)
		}
	}
}

func TestVectors_passes(t *testing.T) {
	v := load(t)
	for _, p := range v.Passes {
		b, err := passverify.Open(v.Bundles[p.Bundle], issued)
		require.NoError(t, err, p.Name)
		got := b.Verify(p.Pass, p.Site, time.UnixMilli(p.At))
		require.Equal(t, []string{p.Result, p.Reason}, []string{got.Result, got.Reason}, p.Name)
		require.Equal(t, p.PayFen, got.PayFen, p.Name)
		require.Equal(t, p.Companions, got.Companions, p.Name)
		switch got.Result {
		case "pass":
			require.Len(t, got.ID, 24, p.Name)
		case "standard":
			require.Equal(t, 100, got.PayPercent, p.Name)
		default: // one neutral answer, whatever is wrong
			got.Reason = ""
			require.Equal(t, passverify.Pass{Result: "retry", PayPercent: 100}, got, p.Name)
		}
	}
}

// The JavaScript beside us agrees with every vector.
func TestVectors_javascript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: node is not installed, so the JavaScript verifier was not tried")
	}
	out, err := exec.CommandContext(t.Context(), node, "testdata/vectors.mjs").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Log(string(bytes.TrimSpace(out)))
}

func BenchmarkVerify(b *testing.B) {
	v := load(b)
	for _, p := range v.Passes {
		if p.Name != "EdDSA" && p.Name != "ES256" && p.Name != "SM2" {
			continue
		}
		bundle, err := passverify.Open(v.Bundles[p.Bundle], issued)
		require.NoError(b, err)
		b.Run(p.Name, func(b *testing.B) {
			for b.Loop() {
				bundle.Verify(p.Pass, p.Site, time.UnixMilli(p.At))
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	v := load(f)
	bundle, err := passverify.Open(v.Bundles["today"], issued)
	require.NoError(f, err)
	for _, p := range v.Passes {
		f.Add(p.Pass)
	}
	f.Fuzz(func(t *testing.T, text string) { bundle.Verify(text, "tieta", issued) })
}

func FuzzOpen(f *testing.F) {
	for _, b := range load(f).Bundles {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { _, _ = passverify.Open(raw, issued) })
}
