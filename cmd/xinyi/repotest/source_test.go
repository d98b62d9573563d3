package repotest

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// panics are the places that may panic, and why that can never be an input's doing.
var panics = map[string]string{
	"audit/edge.go":         "the tree reader is asked only for hashes it holds",
	"handlers/chain.go":     "http.ErrAbortHandler is passed on to net/http",
	"policy/pass/claims.go": "CBOR options are constants",
	"vault/jwk.go":          "a JWK set is strings",
	"vault/wrap.go":         "lengths are constants",
}

func TestSource_neitherInitNorPanic(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s:%d: init() works behind the caller's back; wire it", s.name, s.line(f.Pos()))
			}
		}
		if panics[s.name] != "" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "panic" {
					t.Errorf("%s:%d: panic; return an error, or give the reason in this test", s.name, s.line(call.Pos()))
				}
			}
			return true
		})
	}
}

// Time comes from an injected clock (model.Clock); only the wiring hands out the real one.
func TestSource_readsNoWallClock(t *testing.T) {
	for _, s := range sources(t) {
		if fitsAny([]string{"cmd/…", "store/storetest", "store/mongo/mongotest"}, s.room, s.room) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Now", "Since", "Until"}, x.Sel.Name) {
				if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == "time" {
					t.Errorf("%s:%d: time.%s reads the wall clock", s.name, s.line(x.Pos()), x.Sel.Name)
				}
			}
			return true
		})
	}
}

// vague names say nothing about what is inside.
var vague = []string{"util", "utils", "common", "base", "manager", "helper", "helpers", "misc", "shared"}

func TestSource_packagesAreNamedAndDocumented(t *testing.T) {
	for _, p := range packages(t) {
		require.False(t, slices.Contains(vague, p.Name), "package %s says nothing", p.ImportPath)
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// documented are the rooms whose exported names are read by other rooms.
var documented = []string{"model", "api/…", "store/…", "service/…", "policy/…"}

func TestSource_exportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if !fitsAny(documented, s.room, s.room) {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s:%d: %s has no doc comment", s.name, s.line(name.Pos()), name.Name)
			}
		}
	}
}

// obvious methods do what their interfaces say.
var obvious = []string{"Error", "Unwrap", "String"}

// undocumented are the exported names of a declaration that nothing is said about. A
// comment on a group, at the end of a line, or on the type of a constant counts.
func undocumented(decl ast.Decl) (names []*ast.Ident) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && (d.Recv == nil || !slices.Contains(obvious, d.Name.Name)) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if _, typed := s.Type.(*ast.Ident); typed && d.Tok == token.CONST && d.Lparen.IsValid() {
					continue
				}
				for _, name := range s.Names {
					if name.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	receiver := f.Recv.List[0].Type
	for {
		switch x := receiver.(type) {
		case *ast.StarExpr:
			receiver = x.X
		case *ast.IndexExpr:
			receiver = x.X
		case *ast.IndexListExpr:
			receiver = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// machine finds what belongs to one person's machine or network: home folders, package
// mirrors. Spelt so that this file does not find itself.
var machine = regexp.MustCompile(`(^|[^A-Za-z0-9_.…-])/(ro` + `ot|ho` + `me|wo` + `rk)/|GOPRO` + `XY=http|regis` + `try *[=:] *"?http|"res` + `olved": *"http`)

func TestSource_namesNoMachine(t *testing.T) {
	for _, name := range tracked(t) {
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) { // removed, not committed yet
			continue
		}
		require.NoError(t, err)
		if bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		if at := machine.FindIndex(text); at != nil {
			t.Errorf("%s:%d: names a machine: %q", name, 1+bytes.Count(text[:at[0]], []byte("\n")), text[at[0]:at[1]])
		}
	}
}

// longFile is where a file should be looked at again; it is told, not refused.
const longFile = 400

func TestSource_longFiles(t *testing.T) {
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			continue
		}
		if lines := bytes.Count(text, []byte("\n")); lines > longFile {
			t.Logf("%s: %d lines", name, lines)
		}
	}
}
