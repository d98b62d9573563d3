package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The usual pass of every benefit for persons in the demo district, deposits too, has 160
// bytes at most. Three characters of base45 are two bytes.
func TestIssue_usualPassesAreShort(t *testing.T) {
	d := open(t)
	issued := 0
	for _, r := range d.Rules.Book().Published(d.house.Clock.Now()) {
		if r.SubjectType != "person" {
			continue
		}
		pass, err := d.Issue(t.Context(), d.holder, r.Code, nil)
		require.NoError(t, err, r.Code)
		text := len(pass.Text) - len("XY1:")
		signed := text/3*2 + text%3/2
		t.Logf("%s: %d bytes", r.Code, signed)
		require.LessOrEqual(t, signed, 160, r.Code)
		issued++
	}
	require.GreaterOrEqual(t, issued, 9)
}
