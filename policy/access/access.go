package access

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	casbinmodel "github.com/casbin/casbin/v2/model"

	"xinyi/model"
)

// Public is the permission that every caller has, also the anonymous one.
const Public = "public"

//go:embed model.conf
var seedModel string

//go:embed policy.csv
var seedPolicy string

// Seed gives the model and policy that travel in the binary.
func Seed() (modelConf, policyCSV string) { return seedModel, seedPolicy }

// Table is who may do what, computed once; it never changes.
type Table struct {
	allowed map[model.Role]map[string]bool
	version string
}

// Load computes the table of all roles × permissions. permissions are those of the
// contract. All faults are reported together: a line that is not "p, role, permission",
// an unknown role or permission, a line twice, a grant of Public (it needs none).
func Load(modelConf, policyCSV string, permissions []string) (*Table, error) {
	rules, err := parse(policyCSV, permissions)
	if err != nil {
		return nil, err
	}
	conf, err := casbinmodel.NewModelFromString(modelConf)
	if err != nil {
		return nil, fmt.Errorf("access: model: %w", err)
	}
	enforcer, err := casbin.NewEnforcer(conf)
	if err != nil {
		return nil, fmt.Errorf("access: model: %w", err)
	}
	if _, err = enforcer.AddPolicies(rules); err != nil {
		return nil, fmt.Errorf("access: policy: %w", err)
	}
	sum := sha256.Sum256([]byte(modelConf + "\x00" + policyCSV))
	table := &Table{allowed: map[model.Role]map[string]bool{}, version: hex.EncodeToString(sum[:])}
	for _, role := range model.Roles() {
		table.allowed[role] = map[string]bool{Public: true}
		for _, permission := range permissions {
			if permission == Public {
				continue
			}
			ok, err := enforcer.Enforce(string(role), permission)
			if err != nil {
				return nil, fmt.Errorf("access: decide %s for %s: %w", permission, role, err)
			}
			if ok {
				table.allowed[role][permission] = true
			}
		}
	}
	return table, nil
}

// Allowed reports whether role has permission; unknown = no. The zero role is anonymous.
func (t *Table) Allowed(role model.Role, permission string) bool {
	if role == "" {
		role = model.RolePublic
	}
	return t.allowed[role][permission]
}

// Version is the SHA-256 (hex) of model and policy.
func (t *Table) Version() string { return t.version }

// parse reads the lines; comments start with #.
func parse(policyCSV string, permissions []string) ([][]string, error) {
	var rules [][]string
	var faults []error
	seen := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(policyCSV))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, ",")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if len(fields) != 3 || fields[0] != "p" {
			faults = append(faults, fmt.Errorf("line %d: want p, role, permission", n))
			continue
		}
		role, permission := fields[1], fields[2]
		switch {
		case !slices.Contains(model.Roles(), model.Role(role)):
			faults = append(faults, fmt.Errorf("line %d: unknown role %q", n, role))
		case permission == Public:
			faults = append(faults, fmt.Errorf("line %d: %s needs no grant", n, Public))
		case !slices.Contains(permissions, permission):
			faults = append(faults, fmt.Errorf("line %d: unknown permission %q", n, permission))
		case seen[role+"\x00"+permission]:
			faults = append(faults, fmt.Errorf("line %d: %s has %s already", n, role, permission))
		default:
			seen[role+"\x00"+permission] = true
			rules = append(rules, []string{role, permission})
		}
	}
	faults = append(faults, lines.Err())
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("access: policy: %w", err)
	}
	if len(rules) == 0 {
		return nil, errors.New("access: policy: no line grants anything")
	}
	return rules, nil
}

// Current holds the table in force; a published policy replaces it while requests run.
// Safe for concurrent use.
type Current struct{ table atomic.Pointer[Table] }

// NewCurrent starts with t.
func NewCurrent(t *Table) *Current {
	c := &Current{}
	c.table.Store(t)
	return c
}

// Swap puts t in force and gives the table before.
func (c *Current) Swap(t *Table) *Table { return c.table.Swap(t) }

// Table gives the one in force.
func (c *Current) Table() *Table { return c.table.Load() }

// Allowed asks the table in force.
func (c *Current) Allowed(role model.Role, permission string) bool {
	return c.table.Load().Allowed(role, permission)
}
