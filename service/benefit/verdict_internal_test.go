package benefit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/policy/benefit"
)

// A rule book that is no longer used is not kept by what was found by it.
func TestVerdicts_letGoOfOldBooks(t *testing.T) {
	var v verdicts
	old, book := new(benefit.Book), new(benefit.Book)
	first := v.number(finding{asked: asked{book: old, code: "a"}})
	second := v.number(finding{asked: asked{book: old, code: "b"}})
	for _, number := range []uint32{first, second} {
		_, ok := v.findings.Value(number)
		require.True(t, ok)
	}
	now := v.number(finding{asked: asked{book: book, code: "a"}})
	for _, number := range []uint32{first, second} {
		_, ok := v.findings.Value(number)
		require.False(t, ok)
	}
	f, ok := v.findings.Value(now)
	require.True(t, ok)
	require.Same(t, book, f.book)
}
