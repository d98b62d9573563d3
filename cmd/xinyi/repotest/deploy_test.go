package repotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"gopkg.in/yaml.v3"

	"xinyi/model"
)

// texts are the tracked or new files under dir, by path.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root(t), dir), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root(t), path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	require.NoError(t, err)
	return found
}

func TestDeploy_parses(t *testing.T) {
	for name, text := range texts(t, "deploy") {
		switch filepath.Ext(name) {
		case ".yaml":
			for dec := yaml.NewDecoder(strings.NewReader(text)); ; {
				var document any
				err := dec.Decode(&document)
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, name)
				require.NotNil(t, document, name)
			}
		case ".json":
			require.True(t, json.Valid([]byte(text)), name)
		}
	}
}

var secretFile = regexp.MustCompile(`(?m)^( *[a-z]+-secret-file: ).*`)

// checkConfig has the program read a configuration, with secret files that exist.
func checkConfig(t *testing.T, name, text string) {
	t.Helper()
	out, err := configCheck(t, text)
	require.NoError(t, err, "%s: %s", name, out)
}

func configCheck(t *testing.T, text string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	secret, file := filepath.Join(dir, "secret"), filepath.Join(dir, "xinyi.yaml")
	require.NoError(t, os.WriteFile(secret, []byte("made-up\n"), 0o600))
	require.NoError(t, os.WriteFile(file, []byte(secretFile.ReplaceAllString(text, "${1}"+secret)), 0o600))
	cmd := exec.CommandContext(t.Context(), program(t), "config", "check", "--config", file)
	cmd.Env = clean()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// In a cluster only the ingress reaches the API: a neighbour that could would be believed
// about whom it speaks for. Images have tags, and uploads have room.
func TestDeploy_kubernetes(t *testing.T) {
	kinds, images := map[string]bool{}, 0
	for dec := yaml.NewDecoder(strings.NewReader(page(t, "deploy/kubernetes/xinyi.yaml"))); ; {
		var document struct {
			Kind string
			Spec struct {
				Ingress  []struct{ From, Ports []any }
				Template struct {
					Spec struct {
						Containers     []struct{ Image string }
						InitContainers []struct{ Image string } `yaml:"initContainers"`
					}
				}
				VolumeClaimTemplates []struct {
					Spec struct {
						Resources struct{ Requests struct{ Storage string } }
					}
				} `yaml:"volumeClaimTemplates"`
			}
		}
		err := dec.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		kinds[document.Kind] = true
		for _, rule := range document.Spec.Ingress {
			require.NotEmpty(t, rule.From, "%v", rule.Ports)
		}
		pod := document.Spec.Template.Spec
		for _, c := range append(pod.Containers, pod.InitContainers...) {
			require.Contains(t, c.Image, ":")
			images++
		}
		for _, claim := range document.Spec.VolumeClaimTemplates {
			require.Equal(t, "5Gi", claim.Spec.Resources.Requests.Storage)
		}
	}
	require.True(t, kinds["NetworkPolicy"] && kinds["StatefulSet"])
	require.Equal(t, 2, images)
}

func TestDeploy_configurationIsAccepted(t *testing.T) {
	checkConfig(t, "xinyi.example.yaml", page(t, "deploy/xinyi.example.yaml"))
	found := false
	for dec := yaml.NewDecoder(strings.NewReader(page(t, "deploy/kubernetes/xinyi.yaml"))); ; {
		var document struct {
			Kind string
			Data map[string]string
		}
		err := dec.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if document.Kind == "ConfigMap" {
			found = true
			text := document.Data["xinyi.yaml"]
			out, err := configCheck(t, text)
			require.Error(t, err, "the placeholder must not be accepted")
			require.Contains(t, out, "trusted-proxies")
			checkConfig(t, "the ConfigMap", strings.ReplaceAll(text, "INGRESS-CIDR", "192.0.2.10/32"))
		}
	}
	require.True(t, found)
}

// Every key stands in the example, set or commented out.
func TestDeploy_exampleHasEveryKey(t *testing.T) {
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^(?:# )?([a-z-]+):(?: |$)`).FindAllStringSubmatch(page(t, "deploy/xinyi.example.yaml"), -1) {
		named = append(named, m[1])
	}
	for _, key := range keys(t) {
		require.Contains(t, named, key)
	}
}

// A faulty configuration ends the unit: systemd looks at the status of serve, not at that of
// what runs before it.
func TestDeploy_systemdEndsOnFaults(t *testing.T) {
	unit := page(t, "deploy/systemd/xinyi.service")
	require.Contains(t, unit, "\nRestartPreventExitStatus=2\n")
	require.NotContains(t, unit, "\nExecStartPre=")
}

// The image is built as the Makefile builds, which is what was measured.
func TestDeploy_imageIsBuiltWithC(t *testing.T) {
	require.Contains(t, page(t, "Makefile"), "export CGO_ENABLED ?= 1\n")
	require.Contains(t, page(t, "deploy/Dockerfile"), "\nENV CGO_ENABLED=1 ")
}

var (
	variable = regexp.MustCompile(`XINYI_[A-Z_]+`)
	flagLine = regexp.MustCompile(`(?m)^ +-([a-z-]+)\b`)
)

// keys are the configuration keys, from the program's own help.
func keys(t *testing.T) []string {
	t.Helper()
	text, ok := help(t, "serve")
	require.True(t, ok, text)
	var list []string
	for _, m := range flagLine.FindAllStringSubmatch(text, -1) {
		if m[1] != "config" {
			list = append(list, m[1])
		}
	}
	require.NotEmpty(t, list)
	return list
}

func TestDeploy_variablesExist(t *testing.T) {
	known := []string{"XINYI_CONFIG"}
	for _, key := range keys(t) {
		known = append(known, "XINYI_"+strings.ToUpper(strings.ReplaceAll(key, "-", "_")))
	}
	for name, text := range texts(t, "deploy") {
		for _, v := range variable.FindAllString(text, -1) {
			if v != "XINYI_PORT" { // what the cluster would set; the file says so
				require.Contains(t, known, v, name)
			}
		}
	}
}

var commandLine = regexp.MustCompile(`^(?: {4}|bin/|ExecStart(?:Pre)?=/usr/local/bin/)xinyi ([^#]+)`)

// Commands in pages and units name verbs and flags that exist.
func TestPages_commandsExist(t *testing.T) {
	pages := texts(t, "deploy")
	for name, text := range texts(t, "docs") {
		if filepath.Ext(name) == ".md" {
			pages[name] = text
		}
	}
	for name, text := range pages {
		for i, line := range strings.Split(text, "\n") {
			if m := commandLine.FindStringSubmatch(line); m != nil {
				require.NoError(t, checkCall(t, strings.Fields(m[1])), "%s:%d", name, i+1)
			}
		}
	}
}

var metricName = regexp.MustCompile(`\b(?:xinyi_[A-Za-z0-9_]+|process_[a-z_]+|go_[a-z_]+)\b`)

// exported are the names a running demo exports, histograms with their parts.
func exported(t *testing.T, d demo) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.metrics, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var names []string
	for _, line := range bytes.Split(text, []byte("\n")) {
		name, _, _ := strings.Cut(string(line), " ")
		name, _, _ = strings.Cut(name, "{")
		names = append(names, name, strings.TrimSuffix(name, "_bucket"))
	}
	return names
}

// checkMetrics compares the names in alerts, dashboard and pages with those of servers on
// both engines.
func checkMetrics(t *testing.T, names []string) {
	for _, file := range []string{"deploy/prometheus/alerts.yaml", "deploy/grafana/xinyi.json", "docs/operations.md"} {
		for _, name := range metricName.FindAllString(page(t, file), -1) {
			if !strings.HasSuffix(name, "_") && !slices.Contains(names, name) {
				t.Errorf("%s: no engine exports %s", file, name)
			}
		}
	}
}

// Every alert has its section in the runbook, and no section is left over.
func TestAlerts_haveRunbooks(t *testing.T) {
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(page(t, "deploy/prometheus/alerts.yaml")), &rules))
	runbook := page(t, "deploy/runbook.md")
	var names []string
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, r.Expr, r.Alert)
			require.Equal(t, "deploy/runbook.md#"+strings.ToLower(r.Alert), r.Annotations["runbook"])
			require.Contains(t, runbook, "\n### "+r.Alert+"\n")
			names = append(names, r.Alert)
		}
	}
	require.Equal(t, len(names), strings.Count(runbook, "\n### Xinyi"))
}

var (
	collConst = regexp.MustCompile(`\bcoll[A-Z]\w* *= "(\w+)"`)
	quoted    = regexp.MustCompile(`'(\w+)'`)
)

func TestSharding_knowsEveryCollection(t *testing.T) {
	var collections []string
	for name, text := range texts(t, "store") {
		if filepath.Dir(name) == "store" && !strings.HasSuffix(name, "_test.go") {
			for _, m := range collConst.FindAllStringSubmatch(text, -1) {
				collections = append(collections, m[1])
			}
		}
	}
	script, _, _ := strings.Cut(page(t, "deploy/mongodb/sharding.js"), "const name")
	var named []string
	for _, m := range quoted.FindAllStringSubmatch(script[strings.Index(script, "const sharded"):], -1) {
		named = append(named, m[1])
	}
	slices.Sort(collections)
	slices.Sort(named)
	require.Equal(t, collections, named)
}

func TestDependencies_areExplained(t *testing.T) {
	mod, err := modfile.Parse("go.mod", []byte(page(t, "go.mod")), nil)
	require.NoError(t, err)
	var direct, rows []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Mod.Path)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z.]+\.[a-z]+/\S+) \|`).FindAllStringSubmatch(page(t, "docs/decisions/0001-dependencies.md"), -1) {
		rows = append(rows, m[1])
	}
	slices.Sort(direct)
	slices.Sort(rows)
	require.Equal(t, direct, rows)
}

// longestDecision is in lines; the table of dependencies has its own measure.
const longestDecision = 15

func TestDecisions_areShort(t *testing.T) {
	for name, text := range texts(t, "docs/decisions") {
		require.Regexp(t, `^docs/decisions/\d{4}-[a-z0-9-]+\.md$`, name)
		require.True(t, strings.HasPrefix(text, "# "+filepath.Base(name)[:4]+" "), "%s: the title starts with its number", name)
		if !strings.HasSuffix(name, "0001-dependencies.md") {
			require.LessOrEqual(t, strings.Count(text, "\n"), longestDecision, name)
		}
	}
}

var (
	problemRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (\\d{3}) \\|")
	meaningRow = regexp.MustCompile(`(?m)^\tmodel\.(Code\w+): +\{(\d{3}),`)
	codeConst  = regexp.MustCompile(`(?m)^\t(Code\w+) +Code = "([a-z_]+)"`)
)

// The page of errors has every code with the status that handlers give it.
func TestErrorPage_listsEveryCode(t *testing.T) {
	status := map[string]string{}
	for _, m := range meaningRow.FindAllStringSubmatch(page(t, "handlers/problem.go"), -1) {
		status[m[1]] = m[2]
	}
	want := map[string]string{}
	for _, m := range codeConst.FindAllStringSubmatch(page(t, "model/error.go"), -1) {
		want[m[2]] = status[m[1]]
	}
	require.Len(t, want, len(model.Codes()))
	got := map[string]string{}
	for _, m := range problemRow.FindAllStringSubmatch(page(t, "docs/error-handling.md"), -1) {
		got[m[1]] = m[2]
	}
	require.Equal(t, want, got)
}
