package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"xinyi/cmd/xinyi/benchload"
)

// Phases of the five jobs at once.
const (
	mixedSeconds = 20
	mixedRounds  = 2
)

// wholeServe takes the time of a start and the memory of a server that does all five jobs at
// once.
func wholeServe(ctx context.Context, m *meter, f *wholeFigure) error {
	r := &report{}
	if err := m.start(ctx, r); err != nil {
		return err
	}
	f.target("cold start until /readyz is 200", "≤ 2 s", fmt.Sprintf("%.2f s", r.coldStart.Seconds()), r.coldStart <= 2*time.Second)
	s := &stage{meter: m, job: job{name: "mixed", make: mixedRequests}}
	var lines []string
	for _, conns := range []int{64, 256} {
		for range mixedRounds {
			if _, err := s.make(ctx, poolPasses); err != nil { // passes live a minute
				return err
			}
			fig, err := s.phase(ctx, m.server, benchload.Phase{Conns: conns, Seconds: mixedSeconds})
			if err != nil {
				return err
			}
			rss, err := rssOf(m.server.cmd.Process.Pid)
			if err != nil {
				return err
			}
			fmt.Fprintf(m.progress, "  mixed     %4d conns  %8.0f/s  p99 %.1f ms  %.0f MiB\n", conns, fig.perSecond, fig.p99, mib(rss))
			lines = append(lines, fmt.Sprintf("%d connections: %.0f/s, p99 %.1f ms, %.0f MiB", conns, fig.perSecond, fig.p99, mib(rss)))
		}
	}
	redeem := &stage{meter: m, job: job{name: "redeem", make: redeemRequests, used: true, first: checkOf}, expect: 3000}
	fig, err := redeem.phase(ctx, m.server, benchload.Phase{Conns: 64, Seconds: mixedSeconds, Rate: 1000})
	if err != nil {
		return err
	}
	lines = append(lines, fmt.Sprintf("redemptions, %.0f/s: p99 %.1f ms", fig.perSecond, fig.p99))
	peak, err := statusOf(m.server.cmd.Process.Pid, "VmHWM")
	if err != nil {
		return err
	}
	f.target("resident memory, five jobs under load", "≤ 1.5 GiB", fmt.Sprintf("%.2f GiB", float64(peak)/(1<<30)), peak <= 3<<29)
	f.say("From the start of the process to the first 200 of `/readyz`: **%.2f s**; resident then %.0f MiB. Public files, own files, whitelist checks, gate checks and searches mixed evenly, %d s each, then redemptions:\n\n- %s",
		r.coldStart.Seconds(), mib(r.startRSS), mixedSeconds, strings.Join(lines, "\n- "))
	f.say("Peak of the whole run: **%.0f MiB**.", mib(peak))
	return nil
}

// mixedRequests are those of the five jobs, as many of each.
func mixedRequests(ctx context.Context, c *county, n int) ([][]byte, error) {
	var all [][]byte
	for _, makeOne := range []func(context.Context, *county, int) ([][]byte, error){fileRequests, ownRequests, bankRequests, gateRequests, searchRequests} {
		requests, err := makeOne(ctx, c, n)
		if err != nil {
			return nil, err
		}
		// Files and whitelist checks come for all organisations: any of them will do.
		dice(4).Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
		all = append(all, requests[:min(n, len(requests))]...)
	}
	return all, nil
}

// statusOf reads a size from /proc/pid/status, bytes: VmRSS now, VmHWM its peak.
func statusOf(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("bench: no " + name)
}

// forgetPeak makes VmHWM start over from what is resident now.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o200) //nolint:gosec // a file of the kernel
}
