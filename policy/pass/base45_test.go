package pass

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzBase45(f *testing.F) {
	f.Add("BB8")
	f.Add("%69 VD92EX0")
	f.Add("GGW")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := decodeBase45(s)
		if err == nil && string(appendBase45(nil, b)) != s {
			t.Fatalf("%q has a second spelling", s)
		}
		text := string(appendBase45(nil, []byte(s)))
		if back, err := decodeBase45(text); err != nil || string(back) != s || len(text) != base45Len(len(s)) {
			t.Fatalf("%q does not come back: %v", s, err)
		}
	})
}

// RFC 9285 §4.3, §4.4 and the refusals of §6.
func TestBase45KnownAnswers(t *testing.T) {
	for plain, text := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": ""} {
		require.Equal(t, text, string(appendBase45(nil, []byte(plain))))
		b, err := decodeBase45(text)
		require.NoError(t, err)
		require.Equal(t, plain, string(b))
	}
	for _, bad := range []string{"GGW", ":::", "A", "BB8A", "::", "U6", "bb8", "B\x00", "世"} {
		_, err := decodeBase45(bad)
		require.Error(t, err, bad)
	}
}
