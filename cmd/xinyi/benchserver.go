package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"xinyi/cmd/xinyi/benchload"
	"xinyi/policy/benefit"
	"xinyi/store/embedded"
)

// start starts generator and server, and takes the time until it is ready.
func (m *meter) start(ctx context.Context, r *report) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "bench", "load")
	cmd.Stderr = m.progress
	if m.gen, err = benchload.Start(cmd); err != nil {
		return err
	}
	rules, err := uncappedRules(m.work)
	if err != nil {
		return err
	}
	data, err := m.copyOf(ctx, m.o)
	if err != nil {
		return err
	}
	args := []string{"--data", data, "--base-url", benchIssuer, "--rules-dir", rules, "--client-rate", "1000000", "--address-rate", "1000000"}
	if m.o.store != "" {
		args = append(args, "--store", m.o.store)
	}
	m.serving = data
	if m.server, err = startChild(ctx, "serve", args...); err != nil {
		return err
	}
	if r.coldStart, err = m.server.ready(ctx, "/readyz"); err != nil {
		return err
	}
	s, err := m.server.sample(ctx, true)
	r.startRSS = s.rss
	return err
}

// copyOf gives a folder with the county's data that ends with the run: what one run logs
// must not weigh on the next. Tables become links, so that it costs next to nothing.
func (m *meter) copyOf(ctx context.Context, o benchOptions) (dir string, err error) {
	if o.store != "" {
		return o.data, nil
	}
	if m.data, err = os.MkdirTemp(o.data, "run-"); err != nil {
		return "", err
	}
	if err := os.Symlink(filepath.Join(o.data, "keys"), filepath.Join(m.data, "keys")); err != nil {
		return "", err
	}
	err = os.CopyFS(checkpointsDir(m.data), os.DirFS(checkpointsDir(o.data)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return m.data, embedded.Clone(ctx, storeDir(o.data), storeDir(m.data))
}

var caps = regexp.MustCompile(`(?m)^(per|cooldownMinutes|timeWindow|budget):.*\n`)

// anyLevel is the condition that nobody of the bench county meets, since joining the
// incentive level is a choice; adults do instead, so that most gates say pass and count.
var anyLevel = strings.NewReplacer("cel: level in param.levels\n    needs: [level]",
	"cel: adult || size(param.levels) == 0\n    needs: [adult]")

// uncappedRules writes the seed rules without caps: the same holder may come again.
func uncappedRules(work string) (string, error) {
	files, err := readAll(benefit.Seed())
	if err != nil {
		return "", err
	}
	dir := filepath.Join(work, "rules")
	if err := os.MkdirAll(filepath.Join(dir, "benefit"), 0o700); err != nil {
		return "", err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "benefit", name), []byte(anyLevel.Replace(string(caps.ReplaceAll(text, nil)))), 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func (m *meter) end(ctx context.Context, r *report) error {
	s, err := m.server.sample(ctx, false)
	if err != nil {
		return err
	}
	r.endRSS = s.rss
	return m.server.stop()
}

func (m *meter) close() error {
	var errs []error
	for _, p := range []*child{m.bare, m.server} {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	if m.gen != nil {
		errs = append(errs, m.gen.Close())
	}
	if m.data != "" {
		errs = append(errs, os.RemoveAll(m.data))
	}
	return errors.Join(errs...)
}
