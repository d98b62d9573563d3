package miniprogram

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestH5_hasIndex(t *testing.T) {
	tree, _, err := H5()
	require.NoError(t, err)
	page, err := fs.ReadFile(tree, "index.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "信易+")
}

func TestPick_prefersTheBuild(t *testing.T) {
	both := fstest.MapFS{"placeholder/index.html": {Data: []byte("p")}, "h5/index.html": {Data: []byte("h")}, "h5/assets/_plugin.js": {}}
	tree, built, err := pick(both)
	require.NoError(t, err)
	require.True(t, built)
	_, err = fs.Stat(tree, "assets/_plugin.js")
	require.NoError(t, err)
	delete(both, "h5/index.html")
	_, built, err = pick(both)
	require.NoError(t, err)
	require.False(t, built)
}

// The page must work under the strict policy of handlers: nothing inline, nothing foreign.
func TestPlaceholder_needsNoScript(t *testing.T) {
	page, err := fs.ReadFile(files, "placeholder/index.html")
	require.NoError(t, err)
	for _, banned := range []string{"<script", "style=", "http://", "https://", "onclick"} {
		require.False(t, strings.Contains(string(page), banned), banned)
	}
}
