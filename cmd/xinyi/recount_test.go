package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A recount finds what an import counted, names who did it, and wants the operator's account.
func TestRecount_command(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	rows := writeFile(t, filepath.Join(dir, "rows.csv"), "kind,uscc,name,title,authority,source,decisionDate,docNo\n"+
		"enterprise,91410203MA40AB1C3C,开封样例有限公司,,,,,\n"+
		"permit,91410203MA40AB1C3C,,许可,某局,某局,2026-01-01,顺〔2026〕1号\n")
	status, _, errs := runHere(t, t.Context(), "import", "--create", "--data", data, rows)
	require.Equal(t, exitOK, status, errs)
	status, out, errs := runHere(t, t.Context(), "quality", "recount", "--data", data, "--by", "office1")
	require.Equal(t, exitOK, status, errs)
	require.Contains(t, out, "1 个主体（其中 0 个此前已计），1 条记录")
	require.Contains(t, out, "0 项与原来不同")

	for name, args := range map[string][]string{
		"without a name": {"--data", data},
		"no store":       {"--data", filepath.Join(dir, "nothing"), "--by", "office1"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, errs := runHere(t, t.Context(), append([]string{"quality", "recount"}, args...)...)
			require.Equal(t, exitUsage, status)
			require.NotEmpty(t, errs)
		})
	}
}
