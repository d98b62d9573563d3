package access_test

import (
	"slices"
	"strings"
	"testing"

	"xinyi/model"
	"xinyi/policy/access"
)

// FuzzLoad: a policy that loads grants what its lines say and nothing else.
func FuzzLoad(f *testing.F) {
	conf, _ := access.Seed()
	permissions := []string{access.Public, "session:end", "credit:read_own", "quality:read"}
	f.Add("p, citizen, credit:read_own\n# office\np, office, quality:read\n")
	f.Add("p,bank,session:end\r\n  p , bank , quality:read  ")
	f.Add("p, bank, session:end\np, bank, session:end\n")
	f.Add("p, *, session:end\ng, bank, office\np, bank, public\np, bank, \"session:end\"\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, policy string) {
		table, err := access.Load(conf, policy, permissions)
		if err != nil {
			return
		}
		var granted []string
		for line := range strings.Lines(policy) {
			fields := strings.Split(line, ",")
			for i := range fields {
				fields[i] = strings.TrimSpace(fields[i])
			}
			granted = append(granted, strings.Join(fields, ","))
		}
		for _, role := range append(model.Roles(), "nobody") {
			for _, permission := range append(permissions, "no:such") {
				known := slices.Contains(model.Roles(), role)
				want := slices.Contains(granted, "p,"+string(role)+","+permission) || permission == access.Public && known
				if got := table.Allowed(role, permission); got != want {
					t.Fatalf("%s %s: %t, want %t by %q", role, permission, got, want, policy)
				}
			}
		}
		if again, err := access.Load(conf, policy, permissions); err != nil || again.Version() != table.Version() {
			t.Fatalf("loaded again: %v", err)
		}
	})
}
