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
	"xinyi/model"
	"xinyi/policy/grading"
)

// TestJudgeAgain publishes another threshold while the server runs: look-ups follow, then
// everybody is judged again, and past days stay as they were.
func TestJudgeAgain(t *testing.T) {
	w := startDemo(t)
	operate := func(verb ...string) []string {
		verb = append(verb, "--data", w.cfg.Data)
		if w.cfg.Store != "" {
			verb = append(verb, "--store", w.cfg.Store, "--allow-standalone-mongodb")
		}
		return verb
	}
	last := w.lastEnterprise().USCC
	who := fmt.Sprintf("citizen%d", demoRepresentative+1)
	w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: last})
	credit := func() api.EnterpriseCredit {
		return as[api.EnterpriseCredit](w.do(who, "GET", "/v1/me/enterprises/"+last+"/credit", nil).want(200))
	}
	before, today := credit(), model.DateOf(time.Now())
	require.Contains(t, okay(t, operate("judge", "all")...), "已完成")

	raw, err := fs.ReadFile(grading.Seed(), "enterprise.yaml")
	require.NoError(t, err)
	write := func(name string, from model.Date) string {
		text := strings.NewReplacer("validFrom: 2020-09-01", "validFrom: "+string(from),
			"{grade: A, min: 850}", "{grade: A, min: 999}", "{grade: B, min: 700}", "{grade: B, min: 998}").Replace(string(raw))
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	people := w.rulePeople(t)
	apply := func(path string) []string { return people.propose(gradingModelKind, path) }
	require.Contains(t, failed(t, exitFailed, apply(write("yesterday.yaml", today.AddDays(-1)))...), "不能改写")
	require.Contains(t, failed(t, exitFailed, apply(write("enterprise.yaml", today))...), "不能改写")
	require.Contains(t, people.publish(gradingModelKind, write("next.yaml", today)), "enterprise@"+string(today)+"#")

	var after api.EnterpriseCredit
	require.Eventually(t, func() bool { after = credit(); return after.RuleVersion != before.RuleVersion }, 2*time.Second, 20*time.Millisecond,
		"look-ups follow without any run")
	require.Equal(t, "B", before.Grade)
	require.Equal(t, "C", after.Grade)
	require.Equal(t, before.Score, after.Score)
	require.Contains(t, okay(t, operate("judge", "all")...), "已完成")
	state := okay(t, operate("judge", "state")...)
	require.Contains(t, state, "enterprise@"+string(today))
	require.NotContains(t, state, "重新评价 0 个")

	now := okay(t, operate("judge", "--subject", last, "--by", "office1")...)
	require.Contains(t, now, "等级 C")
	require.Contains(t, now, "起评分（汴政办〔2020〕46号）")
	require.Contains(t, now, "与档案所存的评价一致")
	past := okay(t, operate("judge", "--subject", last, "--as-of", string(today.AddDays(-1)), "--by", "office1")...)
	require.Contains(t, past, "等级 B")
	require.Contains(t, past, before.RuleVersion)
	require.Contains(t, failed(t, exitUsage, operate("judge", "--subject", last)...), "--by")
	require.Contains(t, failed(t, exitFailed, operate("judge", "--subject", last, "--as-of", "2019-01-01", "--by", "office1")...), "没有适用的评价模型")
}
