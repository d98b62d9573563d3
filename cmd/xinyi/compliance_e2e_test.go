package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/compliance"
)

// TestComplianceApply publishes other checks while the server runs: the next batch is judged by
// them, also after a restart.
func TestComplianceApply(t *testing.T) {
	w := startDemo(t)
	raw, err := fs.ReadFile(compliance.Seed(), "compliance.yaml")
	require.NoError(t, err)
	apply := func(old, next string) []string {
		text := strings.Replace(string(raw), old, next, 1)
		require.NotEqual(t, string(raw), text)
		path := filepath.Join(t.TempDir(), "checks.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		verb := []string{"policy", "apply", "--kind", complianceKind, "--by", "office1", path, "--data", w.cfg.Data}
		if w.cfg.Store != "" {
			verb = append(verb, "--store", w.cfg.Store, "--allow-standalone-mongodb")
		}
		return verb
	}
	today, period := model.DateOf(time.Now()), 2000
	errors := func() []api.FieldError { // of a rating without a legal basis
		period++
		return as[api.RatingBatchAnswer](w.do("department", "POST", "/v1/ratings", api.RatingBatch{Ratings: []api.RatingEntry{{USCC: w.demo.Enterprises[0].USCC,
			Sector: "urban_mgmt", Grade: "B", Period: fmt.Sprint(period), DecidedOn: string(today)}}}).want(200)).Ratings[0].Errors
	}
	require.Empty(t, errors())
	const old, stricter = "refuse: [sector, grade]", "refuse: [sector, grade, legalBasis]"
	require.Contains(t, failed(t, exitFailed, apply(old, "refuse: [magic]")...), "magic")
	require.Contains(t, failed(t, exitFailed, apply("validFrom: 2020-05-01", "validFrom: "+string(today.AddDays(1)))...), "立即生效")
	require.Empty(t, errors())
	require.Contains(t, okay(t, apply(old, stricter)...), "compliance@2020-05-01#")
	require.Eventually(t, func() bool { return len(errors()) == 1 }, 2*time.Second, 50*time.Millisecond)
	w.restart()
	require.Equal(t, "/basis", errors()[0].Pointer)
	require.Len(t, w.entries(audit.Filter{Action: "policy.publish"}), 2, "the personal model of the demo, and this one")
}
