package vault

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzParseMaster: a key that is read is the same in every form it may be written in, and a
// refusal does not repeat what was given.
func FuzzParseMaster(f *testing.F) {
	key := strings.Repeat("\x01\x9f", 16)
	for _, seed := range []string{base64.StdEncoding.EncodeToString([]byte(key)), base64.RawStdEncoding.EncodeToString([]byte(key)) + "\n", hex.EncodeToString([]byte(key)),
		strings.ToUpper(hex.EncodeToString([]byte(key))), strings.Repeat("A", 43), strings.Repeat("0", 64), strings.Repeat("=", 64), "", "short"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMaster(text)
		if err != nil {
			if m != (Master{}) || len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Fatal("a refusal gives a key, or what was given")
			}
			return
		}
		if m == (Master{}) {
			t.Fatal("the zero key was taken")
		}
		for _, form := range []string{base64.StdEncoding.EncodeToString(m.key[:]), base64.RawStdEncoding.EncodeToString(m.key[:]), hex.EncodeToString(m.key[:]), " " + text + "\n"} {
			if again, err := ParseMaster(form); err != nil || again != m {
				t.Fatalf("another form is another key: %v", err)
			}
		}
		if strings.Contains(m.String()+m.LogValue().String()+m.ID(), strings.TrimSpace(text)) {
			t.Fatal("the key is told")
		}
	})
}
