package rulefile_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

type sample struct {
	Name string     `yaml:"name"`
	From model.Date `yaml:"from"`
	N    int        `yaml:"n"`
}

func load(files map[string]string) ([]sample, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var faults rulefile.Faults
	var out []sample
	for _, f := range rulefile.Read(fsys, &faults) {
		var s sample
		if rulefile.Decode(f, &s, &faults) {
			out = append(out, s)
		}
	}
	return out, faults.Err()
}

func TestEveryFaultOfEveryFileIsReported(t *testing.T) {
	_, err := load(map[string]string{
		"a.yaml": "name: x\nfrom: 2026-04-01\ncolour: red\nsize: 3\n",
		"b.yaml": "name: y\nn: many\n",
		"c.yaml": "name: z\n---\nname: again\n",
		"d.yaml": "name: [unclosed\n",
		"e.yaml": "name: x\nname: y\n",
		"f.yaml": "",
	})
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.CodeInvalidRequest {
		t.Fatalf("err = %v", err)
	}
	perFile := map[string]int{}
	for _, f := range e.Fields {
		perFile[f.Pointer]++
	}
	for file, want := range map[string]int{"a.yaml": 2, "b.yaml": 1, "c.yaml": 1, "d.yaml": 1, "e.yaml": 1, "f.yaml": 1} {
		if perFile[file] != want {
			t.Errorf("%s: %d faults, want %d\n%v", file, perFile[file], want, err)
		}
	}
	if !strings.Contains(err.Error(), "colour") || !strings.Contains(err.Error(), "size") {
		t.Errorf("unknown keys are not named: %v", err)
	}
}

func TestUnquotedDatesStayText(t *testing.T) {
	got, err := load(map[string]string{"a.yaml": "name: x\nfrom: 2026-04-01\nn: 3\n"})
	if err != nil || len(got) != 1 || got[0] != (sample{"x", "2026-04-01", 3}) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestAnEmptyFolderIsAFault(t *testing.T) {
	if _, err := load(nil); !model.Is(err, model.CodeInvalidRequest) {
		t.Fatalf("err = %v", err)
	}
}

func TestVersionNamesContent(t *testing.T) {
	a := rulefile.Version("x", "2026-04-01", []byte("a"))
	if a != "x@2026-04-01#ca978112" {
		t.Errorf("version = %s", a)
	}
	if a == rulefile.Version("x", "2026-04-01", []byte("b")) {
		t.Error("other content, same version")
	}
}
