package audit

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// TestReadOutside_flippedBits flips bits of every byte of a folder of checkpoints: none
// leaves a folder that reads as well as before.
func TestReadOutside_flippedBits(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, "audit.test")
	require.NoError(t, err)
	signer, err := note.NewSigner(secret)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(public)
	require.NoError(t, err)
	dir := t.TempDir()
	w, err := NewFiles(dir)
	require.NoError(t, err)
	c := Checkpoint{Origin: "o001", At: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Generation: 1}
	for range 2 {
		c.Size, c.At = c.Size+7, c.At.Add(historyEvery)
		require.NoError(t, c.sign(signer))
		require.NoError(t, w.Save(c))
	}
	good := func() bool {
		outside, err := ReadOutside(dir)
		require.NoError(t, err)
		for _, signed := range outside["o001"] {
			if _, err := ParseCheckpoint(signed, note.VerifierList(verifier)); err != nil {
				return false
			}
		}
		return len(outside) == 1 && len(outside["o001"]) == 3
	}
	require.True(t, good())
	for _, name := range []string{"o001", "o001.history"} {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for i := range content {
			for _, bit := range []int{0, 5, i % 8} { // the last bits of base64, the case of a letter, any
				content[i] ^= 1 << bit
				require.NoError(t, os.WriteFile(path, content, 0o600))
				if good() {
					t.Errorf("%s: nobody noticed bit %d of byte %d (%q)", name, bit, i, content[i])
				}
				content[i] ^= 1 << bit
			}
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	// A crash may cut the last line; then the lines before it count.
	path := filepath.Join(dir, "o001.history")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content[:len(content)-20], 0o600))
	outside, err := ReadOutside(dir)
	require.NoError(t, err)
	require.Len(t, outside["o001"], 2)
	// A whole line without its end is a whole line.
	require.NoError(t, os.WriteFile(path, content[:len(content)-1], 0o600))
	require.True(t, good())
}
