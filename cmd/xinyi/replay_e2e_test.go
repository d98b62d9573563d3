package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// TestReplay decides a redemption again with the server running and stopped, and a day that
// nobody kept anything of.
func TestReplay(t *testing.T) {
	w := startDemo(t)
	operate := func(args ...string) []string {
		args = append([]string{"replay", "--data", w.cfg.Data}, args...)
		if w.cfg.Store != "" {
			args = append(args, "--store", w.cfg.Store, "--allow-standalone-mongodb")
		}
		return args
	}
	pass := as[api.Pass](w.do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-60"}).want(201))
	used := as[api.Redemption](w.do("gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: pass.Pass}).want(201))
	require.Equal(t, "pass", used.Result)
	asked := operate("--redemption", used.RedemptionNo, "--by", "office1")
	running := okay(t, asked...)
	require.Contains(t, running, "逐字节一致")
	require.Contains(t, running, `"outcome": "eligible"`)
	require.Len(t, w.entries(audit.Filter{Action: "benefit.replay"}), 1)

	holder, yesterday := string(w.subject(1)), string(model.DateOf(time.Now()).AddDays(-1))
	moment := operate("--subject", holder, "--benefit", "TT-PARK-60", "--at", time.Now().Add(-time.Second).Format(time.RFC3339), "--by", "office1")
	require.NotContains(t, okay(t, moment...), "一致")
	require.Contains(t, failed(t, exitUsage, operate("--redemption", used.RedemptionNo)...), "--by")
	require.Contains(t, failed(t, exitUsage, operate("--benefit", "TT-PARK-60", "--by", "office1")...), "--redemption")
	require.Contains(t, failed(t, exitUsage, operate("--subject", holder, "--benefit", "X", "--at", "soon", "--by", "office1")...), "--at")
	require.Contains(t, failed(t, exitFailed, operate("--subject", holder, "--benefit", "NOTHING", "--at", yesterday, "--by", "office1")...), "没有这项优惠")
	w.stop()
	require.Equal(t, running, okay(t, asked...))
}
