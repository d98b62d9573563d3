package access_test

import (
	"strings"
	"sync"
	"testing"

	"xinyi/model"
	"xinyi/policy/access"
)

// permissionsOf lists what the seed policy names; the contract's own list is compared in handlers.
func permissionsOf(policy string) []string {
	permissions := []string{access.Public}
	for line := range strings.Lines(policy) {
		if fields := strings.Split(strings.TrimSpace(line), ","); fields[0] == "p" {
			permissions = append(permissions, strings.TrimSpace(fields[2]))
		}
	}
	return permissions
}

func TestAllowed(t *testing.T) {
	conf, policy := access.Seed()
	table, err := access.Load(conf, policy, permissionsOf(policy))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		role       model.Role
		permission string
		want       bool
	}{
		{"a citizen reads the own file", model.RoleCitizen, "credit:read_own", true},
		{"a bank does not read own files", model.RoleBank, "credit:read_own", false},
		{"anyone uses what is public", "", access.Public, true},
		{"the role public uses what is public", model.RolePublic, access.Public, true},
		{"an auditor uses what is public", model.RoleAuditor, access.Public, true},
		{"anonymous has nothing else", "", "credit:query", false},
		{"an unknown permission is denied", model.RoleOffice, "everything", false},
		{"an empty permission is denied", model.RoleOffice, "", false},
		{"an unknown role is denied, also what is public", "root", access.Public, false},
		{"the security admin sees no credit data", model.RoleSecurityAdmin, "credit:query", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := table.Allowed(c.role, c.permission); got != c.want {
				t.Errorf("Allowed(%q, %q) = %v, want %v", c.role, c.permission, got, c.want)
			}
		})
	}
}

func TestLoad_reportsAllFaults(t *testing.T) {
	conf, _ := access.Seed()
	bad := "p, citizen, a:b\np, king, a:b\np, citizen, c:d\np, citizen, a:b\np, citizen, public\ng, citizen, office\np, citizen\n"
	_, err := access.Load(conf, bad, []string{access.Public, "a:b"})
	if err == nil {
		t.Fatal("a bad policy was accepted")
	}
	for _, want := range []string{`line 2: unknown role "king"`, `line 3: unknown permission "c:d"`, "line 4: citizen has a:b already",
		"line 5: public needs no grant", "line 6: want p", "line 7: want p"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
	for name, policy := range map[string]string{"empty": "", "comments only": "# nothing\n"} {
		if _, err := access.Load(conf, policy, []string{"a:b"}); err == nil {
			t.Errorf("%s policy was accepted", name)
		}
	}
	if _, err := access.Load("nonsense", "p, citizen, a:b", []string{"a:b"}); err == nil {
		t.Error("a broken model was accepted")
	}
}

func TestCurrent_swapsWhileAsked(t *testing.T) {
	conf, _ := access.Seed()
	load := func(policy string) *access.Table {
		table, err := access.Load(conf, policy, []string{"a:b", "c:d"})
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	first, second := load("p, citizen, a:b\n"), load("p, citizen, c:d\n")
	if first.Version() == second.Version() {
		t.Error("two policies have one version")
	}
	current := access.NewCurrent(first)
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for range 1000 {
				table := current.Table()
				if table.Allowed(model.RoleCitizen, "a:b") == table.Allowed(model.RoleCitizen, "c:d") {
					t.Error("a mixed table was seen")
				}
			}
		})
	}
	if before := current.Swap(second); before != first {
		t.Error("Swap did not give the table before")
	}
	askers.Wait()
	if current.Allowed(model.RoleCitizen, "a:b") || !current.Allowed(model.RoleCitizen, "c:d") {
		t.Error("the second table is not in force")
	}
}

func BenchmarkAllowed(b *testing.B) {
	conf, policy := access.Seed()
	table, err := access.Load(conf, policy, permissionsOf(policy))
	if err != nil {
		b.Fatal(err)
	}
	current := access.NewCurrent(table)
	for b.Loop() {
		if !current.Allowed(model.RoleBank, "whitelist:check") {
			b.Fatal("denied")
		}
	}
}
