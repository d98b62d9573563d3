package repotest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrows: a package of the first pattern may import ours of the second, and no others.
// The first line that matches decides. "x" is x alone, "x/*" what lies directly or
// deeper under it, "x/…" both; "." is the package's own desk, its folder two deep.
var arrows = []struct {
	from string
	to   []string
}{
	{"cmd/…", []string{"…"}},
	{"model", nil},
	{"api/apitest", []string{"api"}},
	{"api/passverify", nil},
	{"api", nil},
	{"miniprogram", nil},
	{"handlers/…", []string{"handlers/*", "service/…", "policy/access", "policy/recent", "api", "model", "miniprogram"}},
	{"service/servicetest", []string{"service/credit", "service/ingest", "policy/…", "audit", "store", "store/enginetest", "vault", "model"}},
	// What a department hands in comes in by the importer, like everything else.
	{"service/submission", []string{"service/ingest", "policy/…", "model"}},
	{"service/rating", []string{"service/ingest", "policy/…", "model"}},
	{"service/…", []string{".", "service/pace", "policy/…", "model"}},
	{"policy/rulefile", []string{"model"}},
	{"policy/recent", nil},
	{"policy/…", []string{"policy/rulefile", "policy/recent", "model"}},
	{"gateway/…", []string{".", "service/…", "model"}},
	{"store/mongo/mongotest", []string{"store/mongo", "store/storetest", "store", "model"}},
	{"store/enginetest", []string{"store/embedded", "store/mongo/mongotest", "store", "model"}},
	{"store/*", []string{"store", "model"}},
	{"store", []string{"model"}},
	{"audit", []string{"model"}},
	{"vault", []string{"model"}},
}

// only: what lies under the foreign path is imported by these rooms alone. The longest
// path decides.
var only = map[string][]string{
	"github.com/gin-gonic/gin":               {"handlers/…"},
	"github.com/casbin":                      {"policy/access"},
	"go.mongodb.org/mongo-driver":            {"store/mongo/…"},
	"go.mongodb.org/mongo-driver/v2/bson":    {"store/…"},
	"go.mongodb.org/mongo-driver/v2/x/bsonx": {"store/…"},
	"github.com/cockroachdb":                 {"store/embedded"},
	"github.com/silenceper":                  {"gateway/wechat"},
	"github.com/getkin":                      {"handlers/…", "api/apitest"},
	"github.com/stretchr":                    {},
	"pgregory.net/rapid":                     {"store/storetest"},
	"testing":                                {"store/storetest", "store/mongo/mongotest", "store/enginetest", "service/servicetest", "api/apitest"},
	"github.com/prometheus":                  {"handlers", "cmd/…"},
	"xinyi/store/embedded":                   {"cmd/…", "store/enginetest"},
	"xinyi/store/mongo":                      {"cmd/…", "store/mongo/…"},
	"xinyi/store/mongo/mongotest":            {"store/enginetest"},
	"xinyi/cmd":                              {"cmd/…"},
	"xinyi/api/apitest":                      {},
	"xinyi/store/storetest":                  {"store/mongo/mongotest"},
	"xinyi/store/enginetest":                 {"service/servicetest"},
	"xinyi/service/servicetest":              {},
	"xinyi/gateway":                          {"cmd/…", "gateway/…"},
}

// fits reports whether a room is what the pattern says, seen from the package own.
func fits(pattern, path, own string) bool {
	switch base, under := strings.CutSuffix(pattern, "/…"); {
	case pattern == "…":
		return true
	case pattern == ".":
		return fits(desk(own)+"/…", path, own)
	case under:
		return path == base || strings.HasPrefix(path, base+"/")
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}

// desk is the folder two deep: service/ingest of service/ingest/synth.
func desk(path string) string {
	parts := strings.SplitN(path, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func fitsAny(patterns []string, path, own string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path, own) })
}

func TestArrows_pointDownward(t *testing.T) {
	for _, p := range packages(t) {
		own := room(p.ImportPath)
		at := slices.IndexFunc(arrows, func(a struct {
			from string
			to   []string
		}) bool {
			return fits(a.from, own, own)
		})
		if at < 0 {
			t.Errorf("%s: no room of docs and architecture; add its arrows to this test", own)
			continue
		}
		for _, imported := range p.Imports {
			if to := room(imported); to != "" && !fitsAny(arrows[at].to, to, own) {
				t.Errorf("%s imports %s, may import %v", own, to, arrows[at].to)
			}
		}
	}
}

func TestArrows_foreignStaysInItsRoom(t *testing.T) {
	for _, p := range packages(t) {
		own := room(p.ImportPath)
		for _, imported := range p.Imports {
			best := ""
			for path := range only {
				if (imported == path || strings.HasPrefix(imported, path+"/")) && len(path) > len(best) {
					best = path
				}
			}
			if best != "" && !fitsAny(only[best], own, own) {
				t.Errorf("%s imports %s, which only %v may", own, imported, only[best])
			}
		}
	}
}

// The nouns and the wire are read by everybody, so they bring nothing along.
func TestArrows_modelAndAPIStandOnTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if own := room(p.ImportPath); own != "model" && own != "api" {
			continue
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			require.NotContains(t, first, ".", "%s imports %s", p.ImportPath, imported)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		pattern, path, own string
		want               bool
	}{
		{"model", "model", "", true},
		{"model", "model/x", "", false},
		{"store/*", "store", "", false},
		{"store/*", "store/mongo/mongotest", "", true},
		{"policy/…", "policy", "", true},
		{"policy/…", "policyx", "", false},
		{".", "service/ingest", "service/ingest/synth", true},
		{".", "service/loan", "service/ingest/synth", false},
		{"…", "anything", "", true},
	} {
		require.Equal(t, c.want, fits(c.pattern, c.path, c.own), "%+v", c)
	}
}
