package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// An action is written as two words with a dot; so are the names of files.
var (
	dotted    = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)
	notAction = map[string]bool{".json": true, ".ndjson": true, ".yaml": true, ".xlsx": true, ".csv": true, ".txt": true, ".mjs": true, ".sock": true, "master.key": true, "vcs.revision": true}
)

// Whoever reads their access log reads a sentence: every action of the source has a text, and
// every text an action.
func TestActionTexts(t *testing.T) {
	found := map[string]string{}
	for _, room := range []string{"../service", "../cmd/xinyi"} {
		err := filepath.WalkDir(room, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && dotted.MatchString(s) && !notAction[s] && !notAction[path.Ext(s)] {
						found[s] = name
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 50 {
		t.Fatalf("only %d actions found", len(found))
	}
	for action, where := range found {
		if actionTexts[action] == "" {
			t.Errorf("%s: action %q has no text for the access log", where, action)
		}
	}
	for action := range actionTexts {
		if found[action] == "" {
			t.Errorf("the text of %q is for no action", action)
		}
	}
}
