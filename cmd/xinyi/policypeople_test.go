package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"xinyi/audit"
	"xinyi/model"
)

// rulePeople are those who change rules in a test, each with an account of their own.
type rulePeople struct {
	t     *testing.T
	flags []string // of every verb: where the store is
	files map[model.Role]string
	otp   map[model.Role]string
	ahead time.Duration
}

var staffSecret = regexp.MustCompile(`：([A-Za-z0-9]+)\n`)

// rulePeople adds them to a running demo.
func (w *world) rulePeople(t *testing.T) *rulePeople {
	t.Helper()
	flags := []string{"--data", w.cfg.Data}
	if w.cfg.Store != "" {
		flags = append(flags, "--store", w.cfg.Store, "--allow-standalone-mongodb")
	}
	return newRulePeople(t, flags...)
}

// newRulePeople adds the accounts.
func newRulePeople(t *testing.T, flags ...string) *rulePeople {
	t.Helper()
	r := &rulePeople{t: t, flags: flags, files: map[model.Role]string{}, otp: map[model.Role]string{}}
	for _, role := range []model.Role{model.RoleOffice, model.RoleReviewer, model.RoleSecurityAdmin} {
		out := okay(t, append([]string{"staff", "add", "rules_" + string(role), "--role", string(role), "--unit", "11410203005412346P", "--unit-name", "信用办", "--by", "ops1"}, flags...)...)
		secrets := staffSecret.FindAllStringSubmatch(out, -1)
		r.files[role] = filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(r.files[role], []byte(secrets[0][1]+"\n"), 0o600))
		if len(secrets) > 1 {
			r.otp[role] = secrets[1][1]
		}
	}
	return r
}

// as gives a verb done by somebody of a role.
func (r *rulePeople) as(role model.Role, verb ...string) []string {
	verb = append(verb, "--by", "rules_"+string(role), "--password-file", r.files[role])
	if r.otp[role] != "" {
		code, err := totp.GenerateCode(r.otp[role], time.Now().Add(r.ahead))
		require.NoError(r.t, err)
		verb = append(verb, "--otp", code)
	}
	return append(verb, r.flags...)
}

// laterCode has the next one-time passwords be of the next step: each is good once.
func (r *rulePeople) laterCode() { r.ahead += 30 * time.Second }

func (r *rulePeople) propose(kind, path string) []string {
	role := model.RoleOffice
	if kind == accessPolicyKind {
		role = model.RoleSecurityAdmin
	}
	return r.as(role, "policy", "propose", "--kind", kind, path)
}

var proposedVersion = regexp.MustCompile(`已提出 (\S+)。`)

// publish has the two of them publish a file, and gives what they were told.
func (r *rulePeople) publish(kind, path string) string {
	r.t.Helper()
	out := okay(r.t, r.propose(kind, path)...)
	found := proposedVersion.FindStringSubmatch(out)
	require.NotNil(r.t, found, out)
	return out + okay(r.t, r.as(model.RoleReviewer, "policy", "approve", found[1])...)
}

// TestPolicy_twoPeople: what one proposes another approves; nobody does both, and nothing is
// in force in between.
func TestPolicy_twoPeople(t *testing.T) {
	data := prepared(t)
	r := newRulePeople(t, "--data", data)
	raw, err := os.ReadFile(filepath.Join("..", "..", "policy", "compliance", "rules", "compliance.yaml"))
	require.NoError(t, err)
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "compliance.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	version := func(out string) string { return proposedVersion.FindStringSubmatch(out)[1] }
	approve := func(role model.Role, v string, more ...string) []string {
		return r.as(role, append([]string{"policy", "approve", v}, more...)...)
	}
	first := write(string(raw) + "# 一\n")
	require.Contains(t, failed(t, exitFailed, r.as(model.RoleReviewer, "policy", "propose", "--kind", complianceKind, first)...), "岗位不能提出")
	require.Contains(t, failed(t, exitFailed, r.as(model.RoleSecurityAdmin, "policy", "propose", "--kind", complianceKind, first)...), "岗位不能提出")
	one := version(okay(t, r.propose(complianceKind, first)...))
	require.Contains(t, okay(t, "policy", "show", "--data", data), one)
	require.Equal(t, string(raw)+"# 一\n", okay(t, "policy", "show", one, "--data", data))
	require.Contains(t, failed(t, exitFailed, approve(model.RoleOffice, one)...), "岗位不能批准")
	require.Contains(t, failed(t, exitFailed, approve(model.RoleReviewer, "compliance@2020-05-01#00000000")...), "没有待批准")

	// Another proposal takes its place: who read the first cannot approve the second by it.
	two := version(okay(t, r.propose(complianceKind, write(string(raw)+"# 二\n"))...))
	require.Contains(t, failed(t, exitFailed, approve(model.RoleReviewer, one)...), "没有待批准")
	okay(t, approve(model.RoleReviewer, two, "--reject")...)
	require.Contains(t, okay(t, "policy", "show", "--data", data), "没有待批准")
	require.Contains(t, r.publish(complianceKind, first), "已公布 "+one)
	require.Contains(t, okay(t, r.propose(complianceKind, first)...), "没有改动")

	// A wrong password proves nobody, and who became a reviewer does not approve their own.
	require.NoError(t, os.WriteFile(r.files[model.RoleOffice], []byte("wrong"), 0o600))
	require.Contains(t, failed(t, exitFailed, r.propose(complianceKind, first)...), "不正确")
	p := openTest(t, data)
	defer func() { require.NoError(t, p.close(t.Context())) }()
	own := ruleProposal{ruleChange: ruleChange{Kind: complianceKind, Name: "current", Body: raw}, Version: "v", By: "staff_1"}
	err = p.decide(t.Context(), model.Principal{ID: "staff_1", Role: model.RoleReviewer}, own, 0, false)
	require.True(t, model.Is(err, model.CodeSecondPerson), err)
	require.Equal(t, []string{"policy.propose office", "policy.propose office", "policy.reject reviewer", "policy.propose office", "policy.publish reviewer"}, ruleEntries(t, p))
}

// ruleEntries are who did what to rules, in order.
func ruleEntries(t *testing.T, p *platform) (list []string) {
	t.Helper()
	entries, _, err := p.audit.List(t.Context(), audit.Filter{}, 500, "")
	require.NoError(t, err)
	slices.Reverse(entries)
	for _, e := range entries {
		if strings.HasPrefix(e.Event.Action, "policy.") {
			list = append(list, fmt.Sprint(e.Event.Action, " ", e.Event.ActorRole))
		}
	}
	return list
}
