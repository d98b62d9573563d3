// Package repotest proves what the repository says of itself: which room may import
// which, how source is written, that the README's commands work, and that deploy/ names
// only flags, metrics and collections that exist. It has tests only.
package repotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "no go.mod above the test")
		dir = parent
	}
}

// command runs a program in the repository's folder and gives what it printed.
func command(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), stderr.String())
	return out
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath, Name, Dir, Doc string
	Imports, GoFiles           []string
	TestGoFiles, XTestGoFiles  []string
}

// room is the import path inside the module; "" for a foreign path.
func room(path string) string {
	inside, ok := strings.CutPrefix(path, "xinyi/")
	if !ok {
		return ""
	}
	return inside
}

var listed struct {
	once     sync.Once
	packages []goPackage
}

// packages are all packages of the module.
func packages(t *testing.T) []goPackage {
	t.Helper()
	listed.once.Do(func() {
		out := command(t, "go", "list", "-json=ImportPath,Name,Dir,Doc,Imports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p goPackage
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			listed.packages = append(listed.packages, p)
		}
	})
	require.NotEmpty(t, listed.packages)
	return listed.packages
}

// source is one parsed file that goes into a program.
type source struct {
	room string
	name string // path in the repository
	fset *token.FileSet
	file *ast.File
}

func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

// sources are all files of all packages but tests.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			require.NoError(t, err)
			all = append(all, source{room(p.ImportPath), room(p.ImportPath) + "/" + name, fset, file})
		}
	}
	return all
}

// tracked are the files in git.
func tracked(t *testing.T) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(string(command(t, "git", "ls-files", "-z")), "\x00"), "\x00")
}
