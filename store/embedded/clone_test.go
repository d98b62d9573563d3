package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xinyi/model"
)

// TestClone: the copy holds the same documents, also those in the log only, and the
// original is as it was.
func TestClone(t *testing.T) {
	for name, dir := range both(damageFolder(t)) {
		before, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "copy")
		if err := Clone(t.Context(), dir, to); err != nil {
			t.Fatal(name, err)
		}
		if damage := survey(t, to); damage != nil {
			t.Fatal(name, damage)
		}
		after, err := os.ReadDir(dir)
		if err != nil || len(after) != len(before) {
			t.Fatalf("%s: %d files, then %d, %v", name, len(before), len(after), err)
		}
		if err := Clone(t.Context(), dir, to); !model.Is(err, model.CodeExists) {
			t.Fatal(name, err)
		}
		d := open(t, dir, Options{})
		if err := Clone(t.Context(), dir, to+"2"); !model.Is(err, model.CodeUnavailable) {
			t.Fatal(name, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := Clone(t.Context(), filepath.Join(t.TempDir(), "none"), t.TempDir()+"/x"); !model.Is(err, model.CodeUnavailable) {
		t.Fatal(err)
	}
}

func both(closed, killed string) map[string]string {
	return map[string]string{"closed": closed, "killed": killed}
}

// TestCheckFiles names every damaged table at once.
func TestCheckFiles(t *testing.T) {
	closed, _ := damageFolder(t)
	d := open(t, closed, Options{})
	defer d.Close()
	apply(t, d, insertOp(t, "one more"))
	if err := errors.Join(d.db.Flush(), d.CheckFiles(t.Context())); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(closed, "*.sst"))
	if err != nil || len(tables) < 2 {
		t.Fatal(tables, err)
	}
	half := filepath.Join(closed, "999999.sst") // as a flush that has only begun leaves it
	if err := errors.Join(os.WriteFile(half, []byte("half"), 0o600), d.CheckFiles(t.Context()), os.Remove(half)); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		content, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		if err := os.WriteFile(table, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = d.CheckFiles(t.Context())
	var damage *CorruptionError
	if !model.Is(err, model.CodeInternal) || !errors.As(err, &damage) {
		t.Fatal(err)
	}
	for _, table := range tables {
		if !strings.Contains(damage.Error(), filepath.Base(table)) {
			t.Errorf("%s is not named: %v", filepath.Base(table), damage)
		}
	}
}
