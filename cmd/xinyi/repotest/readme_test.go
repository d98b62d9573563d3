package repotest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a fenced block of a page.
type block struct {
	lang, text string
	line       int
}

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	require.NoError(t, err)
	return string(text)
}

func blocks(t *testing.T, name string) (list []block) {
	t.Helper()
	open := false
	for i, line := range strings.Split(page(t, name), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && open:
			open = false
		case strings.HasPrefix(line, "```"):
			open = true
			list = append(list, block{lang: strings.TrimPrefix(line, "```"), line: i + 1})
		case open:
			list[len(list)-1].text += line + "\n"
		}
	}
	require.False(t, open, "%s: a fence is not closed", name)
	return list
}

var readmes = []string{"README.md", "README.en.md"}

var shellComment = regexp.MustCompile(` *# .*`)

func TestReadme_isTheSameInBothLanguages(t *testing.T) {
	var texts [2][]string
	for i, name := range readmes {
		for _, b := range blocks(t, name) {
			texts[i] = append(texts[i], b.lang+"\n"+shellComment.ReplaceAllString(b.text, ""))
		}
	}
	require.Equal(t, texts[0], texts[1])
}

// check looks at a command without running it; ok is false for one that is to be run.
func check(t *testing.T, b block) (ok bool) {
	t.Helper()
	words := strings.Fields(b.text)
	switch words[0] {
	case "make":
		targets := page(t, "Makefile")
		for _, target := range words[1:] {
			require.Regexp(t, `(?m)^`+regexp.QuoteMeta(target)+`:`, targets, "line %d", b.line)
		}
	case "bin/xinyi":
		require.NoError(t, checkCall(t, words[1:]), "line %d", b.line)
	default:
		return false
	}
	return true
}

var (
	flagWord = regexp.MustCompile(`^--([a-z0-9-]+)`)
	verbLine = regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)*) +[^a-z ]`)
)

// checkCall reports a verb, or a flag of it, that the program does not have.
func checkCall(t *testing.T, words []string) error {
	t.Helper()
	text, _ := help(t)
	call := strings.Join(words, " ") + " "
	for _, m := range verbLine.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(call, m[1]+" ") {
			continue
		}
		flags, _ := help(t, strings.Fields(m[1])...)
		for _, w := range words {
			f := flagWord.FindStringSubmatch(w)
			if f != nil && f[1] != "help" && !regexp.MustCompile(`(?m)^ +--?`+f[1]+`\b`).MatchString(flags) {
				return fmt.Errorf("xinyi %s has no flag --%s", m[1], f[1])
			}
		}
		return nil
	}
	return fmt.Errorf("xinyi has no verb %q", call)
}

// runLookups runs every other command of a README in one shell and compares the answers.
func runLookups(t *testing.T, name string, d demo) {
	out := t.TempDir()
	var script strings.Builder
	script.WriteString("set -u\n")
	want := map[string]block{}
	for list := blocks(t, name); len(list) > 0; list = list[1:] {
		b := list[0]
		if b.lang != "sh" || check(t, b) {
			continue
		}
		text := strings.NewReplacer("http://127.0.0.1:8080", d.base, "./data", d.data).Replace(b.text)
		file := filepath.Join(out, fmt.Sprint(b.line))
		fmt.Fprintf(&script, "{\n%s} >%s\n", text, file)
		require.True(t, len(list) > 1 && list[1].lang == "json", "%s:%d: a command without its answer", name, b.line)
		want[file] = list[1]
	}
	require.Len(t, want, 5, "%s: the five look-ups", name)
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	cmd.Env = clean()
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	for file, b := range want {
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, fault := range compare(t, []byte(b.text), got) {
			t.Errorf("%s:%d: %s\nanswer: %s", name, b.line, fault, got)
		}
	}
}

// The look-ups answer as printed, on both engines, and what the pages call metrics is
// exported by one of them.
func TestReadme_lookupsAnswerAsPrinted(t *testing.T) {
	embedded := startDemo(t)
	for _, name := range readmes {
		runLookups(t, name, embedded)
	}
	if testing.Short() {
		t.Skip("builds FerretDB")
	}
	mongo := startDemo(t, "--store", startFerret(t)+"xinyi", "--allow-standalone-mongodb")
	runLookups(t, readmes[0], mongo)
	checkMetrics(t, append(exported(t, embedded), exported(t, mongo)...))
}

// compare gives what differs between the answer as printed and as it came. "…" stands
// for anything: as a whole value, within a text, as the last element for any further
// elements, as a key for any further members.
func compare(t *testing.T, printed, came []byte) []string {
	t.Helper()
	var want, got any
	require.NoError(t, json.Unmarshal(printed, &want), "%s", printed)
	require.NoError(t, json.Unmarshal(came, &got), "%s", came)
	return differences("", want, got)
}

const anything = "…"

func differences(at string, want, got any) (list []string) {
	if want == anything {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, not an object", at, got)}
		}
		for k, v := range w {
			if k == anything {
				continue
			}
			if _, ok := g[k]; !ok {
				list = append(list, at+"/"+k+" is missing")
				continue
			}
			list = append(list, differences(at+"/"+k, v, g[k])...)
		}
		if _, open := w[anything]; open {
			return list
		}
		for k := range g {
			if _, ok := w[k]; !ok {
				list = append(list, at+"/"+k+" is not in the text")
			}
		}
		return list
	case []any:
		g, ok := got.([]any)
		open := len(w) > 0 && w[len(w)-1] == anything
		if open {
			w = w[:len(w)-1]
		}
		if !ok || len(g) < len(w) || len(g) > len(w) && !open {
			return []string{fmt.Sprintf("%s is %v, not %d elements", at, got, len(w))}
		}
		for i := range w {
			list = append(list, differences(fmt.Sprintf("%s/%d", at, i), w[i], g[i])...)
		}
		return list
	case string:
		g, ok := got.(string)
		pattern := strings.ReplaceAll(regexp.QuoteMeta(w), anything, "(?s:.*)")
		if ok && regexp.MustCompile("^"+pattern+"$").MatchString(g) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %#v, printed %#v", at, got, want)}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		printed, came string
		faults        int
	}{
		{`{"a":1,"b":"x…z"}`, `{"b":"xyz","a":1}`, 0},
		{`{"a":1}`, `{"a":2}`, 1},
		{`{"a":1}`, `{"a":1,"b":2}`, 1},
		{`{"a":1,"…":"…"}`, `{"a":1,"b":2}`, 0},
		{`{"a":1,"b":2}`, `{"a":1}`, 1},
		{`["a","…"]`, `["a",2,3]`, 0},
		{`["a"]`, `["a",2]`, 1},
		{`["a","b","…"]`, `["a"]`, 1},
		{`{"a":"…"}`, `{"a":null}`, 0},
		{`{"a":"x"}`, `{"a":null}`, 1},
		{`{"a":"x.z"}`, `{"a":"xyz"}`, 1},
	} {
		require.Len(t, compare(t, []byte(c.printed), []byte(c.came)), c.faults, "%s %s", c.printed, c.came)
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestPages_linksLead(t *testing.T) {
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(root(t), filepath.Dir(name), filepath.FromSlash(m[1])))
			require.NoError(t, err, "%s links to %s", name, m[1])
		}
	}
}

func TestReadme_namesEveryRoom(t *testing.T) {
	for _, name := range readmes {
		text := page(t, name)
		for _, file := range tracked(t) {
			dir, _, nested := strings.Cut(file, "/")
			if !nested || strings.HasPrefix(dir, ".") {
				continue
			}
			require.Contains(t, text, "| ["+dir, "%s: no row for %s", name, dir)
		}
	}
}

func TestCheckCall(t *testing.T) {
	for call, ok := range map[string]bool{
		"serve --demo": true, "serve --nope": false, "audit verify --data x": true, "audit": false, "nope": false, "keys rotate jwt --by ops1": true,
	} {
		require.Equal(t, ok, checkCall(t, strings.Fields(call)) == nil, call)
	}
}
