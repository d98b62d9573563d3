package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xinyi/model"
	"xinyi/store"
)

const damageDocs = 300

// damageFolder makes a data folder at rest, and a copy as kill -9 would have left it,
// with half of the documents in the log only.
func damageFolder(t *testing.T) (closed, killed string) {
	t.Helper()
	closed, killed = filepath.Join(t.TempDir(), "closed"), filepath.Join(t.TempDir(), "killed")
	d := open(t, closed, Options{})
	if err := d.EnsureIndexes(t.Context(), "things", []store.Index{{Name: "n", Fields: []string{"n"}}, store.FeedIndex}); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range damageDocs {
		if i == damageDocs/2 {
			if err := d.db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		noise := make([]byte, 300)
		for j := range noise {
			noise[j] = byte(rng.Uint32())
		}
		id := fmt.Sprintf("%04d", i)
		op := store.Op{Kind: store.OpInsert, Coll: "things", ID: id, Body: body(t, id, "noise", noise, "n", i)}
		if err := d.Apply(t.Context(), []store.Op{op}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(killed, os.DirFS(closed)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return closed, killed
}

// survey opens a folder and reads every document. It gives the damage met, nil if all
// documents are there; a document that is silently gone fails the test.
func survey(t *testing.T, dir string) *CorruptionError {
	t.Helper()
	var damage *CorruptionError
	d, err := Open(dir, Options{Clock: wall})
	if err != nil {
		if !errors.As(err, &damage) {
			t.Fatalf("open: %v (%v)", err, errors.Unwrap(err))
		}
		return damage
	}
	defer d.Close()
	for i := range damageDocs {
		_, err := d.Get(t.Context(), "things", fmt.Sprintf("%04d", i))
		if err != nil && !errors.As(err, &damage) {
			t.Fatalf("document %d: %v", i, err)
		}
		if err != nil && !model.Is(err, model.CodeInternal) {
			t.Fatalf("document %d: damage with code %s", i, model.CodeOf(err))
		}
	}
	_, err = d.Verify(t.Context())
	if (err == nil) != (damage == nil) && !errors.As(err, &damage) {
		t.Fatalf("reading met %v, verify says %v", damage, err)
	}
	return damage
}

// TestDamage_oneFlippedByte flips single bytes all over the files: each is either
// harmless (all documents are there) or comes back as an error that names the file.
func TestDamage_oneFlippedByte(t *testing.T) {
	closed, killed := damageFolder(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for name, dir := range map[string]string{"closed": closed, "killed": killed} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			good, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil || len(good) == 0 || name == "killed" && (filepath.Ext(f.Name()) == ".log" && len(good) <= 32<<10 || strings.HasPrefix(f.Name(), "OPTIONS")) {
				continue // what the options say is for people: ours come from the program
			}
			size := len(good)
			if name == "killed" && filepath.Ext(f.Name()) == ".log" {
				// In its last block a damaged record cannot always be told from one that
				// was being written. A clean end or the audit log's witness covers that.
				size -= 32 << 10
			}
			t.Run(name+"/"+f.Name(), func(t *testing.T) {
				found := 0
				for range 12 {
					bad := append([]byte(nil), good...)
					bad[rng.IntN(size)] ^= 1 << rng.IntN(8)
					where := filepath.Join(t.TempDir(), "data")
					if err := os.CopyFS(where, os.DirFS(dir)); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(where, f.Name()), bad, 0o600); err != nil {
						t.Fatal(err)
					}
					if damage := survey(t, where); damage != nil {
						found++
						if filepath.Base(damage.File) != f.Name() {
							t.Errorf("damage is said to be in %q: %v", damage.File, damage.Err)
						}
					}
				}
				if filepath.Ext(f.Name()) == ".sst" && found != 12 {
					t.Errorf("%d of 12 flips in a table found", found)
				}
			})
		}
	}
}

func TestVerify(t *testing.T) {
	closed, _ := damageFolder(t)
	d := open(t, closed, Options{})
	v, err := d.Verify(t.Context())
	if err != nil || v.Docs != damageDocs || v.Entries != 2*damageDocs || v.Tables == 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// An entry too many, as a bug would leave it.
	if err := d.db.Set(append(appendInt(appendIndexPrefix(nil, "things", "n"), tagInt, 7), "0008"...), nil, nil); err != nil {
		t.Fatal(err)
	}
	var damage *CorruptionError
	if _, err := d.Verify(t.Context()); !errors.As(err, &damage) || !strings.Contains(damage.Error(), "things") {
		t.Fatal(err)
	}
}
