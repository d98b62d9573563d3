package handlers_test

import (
	"encoding/csv"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/handlers/contract"
	"xinyi/model"
	"xinyi/policy/access"
)

func permissions(t testing.TB) []string {
	t.Helper()
	compiled, err := contract.Load(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Permissions()
}

// everything mounts a handler for every operation: it is reached or it is not.
func everything(t testing.TB) handlers.Resource {
	compiled, err := contract.Load(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	return mount(func(r handlers.Router) {
		for _, op := range compiled.Operations() {
			if !slices.Contains([]string{"getHealth", "getReadiness", "getContract", "getDocs", "getHome"}, op.ID) {
				r.Handle(op.Method, op.GinPath(), func(*gin.Context) error {
					return model.Errorf(model.CodeUnavailable, "走到了处理程序。")
				})
			}
		}
	})
}

// TestMatrix asks every operation as every role. What is expected is written out in
// testdata/matrix.csv, which must name each operation and each role exactly once.
func TestMatrix(t *testing.T) {
	data, err := os.Open("testdata/matrix.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = data.Close() }()
	rows := csv.NewReader(data)
	rows.Comment = '#'
	matrix, err := rows.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var roles []string
	for _, role := range model.Roles() {
		roles = append(roles, string(role))
	}
	if head := matrix[0][1:]; !slices.Equal(head, roles) {
		t.Fatalf("the matrix names the roles %q, model %q", head, roles)
	}
	s := server(t, options(t, everything(t)))
	if missing := s.Unmounted(); len(missing) > 0 {
		t.Fatalf("operations without a handler: %q", missing)
	}
	expected := map[string][]string{}
	for _, row := range matrix[1:] {
		if expected[row[0]] != nil {
			t.Errorf("%s stands twice in the matrix", row[0])
		}
		expected[row[0]] = row[1:]
	}
	for _, op := range s.Contract().Operations() {
		row := expected[op.ID]
		delete(expected, op.ID)
		if row == nil {
			t.Errorf("%s is not in the matrix", op.ID)
			continue
		}
		for i, role := range model.Roles() {
			t.Run(op.ID+"/"+roles[i], func(t *testing.T) { ask(t, s, op, role, row[i]) })
		}
	}
	for id := range expected {
		t.Errorf("the matrix names %s, which is no operation", id)
	}
}

// ask sends a request that is refused by the contract, if it gets that far.
func ask(t *testing.T, s *handlers.Server, op *contract.Operation, role model.Role, want string) {
	var header []string
	if role != model.RolePublic {
		header = []string{"Authorization", "Bearer token-" + string(role)}
	}
	w := send(t, s, op.Method, strings.NewReplacer("{", "", "}", "").Replace(op.Path)+"?nothing=1", "", header...)
	got := "yes"
	switch {
	case w.Code == http.StatusForbidden, role == model.RolePublic && w.Code == http.StatusUnauthorized:
		got = "no"
	case w.Code == http.StatusUnauthorized:
		got = "unauthenticated"
	}
	if got != want {
		t.Errorf("%s as %s: %s (status %d), want %s", op.ID, role, got, w.Code, want)
	}
}

func TestRoutesEqualOperations(t *testing.T) {
	s := server(t, options(t, everything(t)))
	routes := map[string]bool{}
	for _, r := range s.Routes() {
		routes[r.Method+" "+r.Path] = true
	}
	for _, op := range s.Contract().Operations() {
		if key := op.Method + " " + op.GinPath(); !routes[key] {
			t.Errorf("%s has no route", key)
		} else {
			delete(routes, key)
		}
	}
	for key := range routes {
		t.Errorf("%s is not in the contract", key)
	}
}

// A policy that a process applies while it runs decides the very next request.
func TestAccess_policyChange(t *testing.T) {
	o := options(t, everything(t))
	current := access.NewCurrent(table(t))
	o.Access = current
	s := server(t, o)
	if w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen); w.Code != http.StatusServiceUnavailable {
		t.Fatalf("status %d before the change, want 503 from the handler", w.Code)
	}
	conf, _ := access.Seed()
	narrow, err := access.Load(conf, "p, citizen, session:end\n", permissions(t))
	if err != nil {
		t.Fatal(err)
	}
	current.Swap(narrow)
	if w := send(t, s, "GET", "/v1/me", "", "Authorization", citizen); w.Code != http.StatusForbidden {
		t.Errorf("status %d after the change, want 403", w.Code)
	}
}
