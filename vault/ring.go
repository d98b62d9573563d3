package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xinyi/model"
)

// WrappedKey is a key as it is stored: its secret is encrypted under the master key,
// which also authenticates the other fields.
type WrappedKey struct {
	ID         string    `bson:"_id" json:"id"`
	Use        Use       `bson:"use" json:"use"`
	Number     uint16    `bson:"number" json:"number"`
	Alg        Alg       `bson:"alg" json:"alg"`
	CreatedAt  time.Time `bson:"createdAt" json:"createdAt"`   // UTC milliseconds
	ActiveFrom time.Time `bson:"activeFrom" json:"activeFrom"` // UTC milliseconds
	// Master names the master key that wraps this one.
	Master string `bson:"master" json:"master"`
	// Wrapped is empty once the key was forgotten.
	Wrapped  []byte    `bson:"wrapped,omitempty" json:"wrapped,omitempty"`
	ForgotAt time.Time `bson:"forgotAt,omitempty" json:"forgotAt,omitzero"`
	// Rev is the revision that Load saw; 0 = not stored yet.
	Rev int64 `bson:"-" json:"-"`
}

// Ring keeps wrapped keys where every process sees them. A Load after a Save, good or
// refused, sees what decided it. Load must not wait for anything that waits for Refresh.
type Ring interface {
	// Load gives all keys, in any order, each with its Rev (≥ 1).
	Load(ctx context.Context) ([]WrappedKey, error)
	// Save writes one key durably. Rev 0 creates: CodeExists if the id is taken.
	// Otherwise it replaces revision Rev: CodeConflict if the stored one differs.
	Save(ctx context.Context, k WrappedKey) error
}

// FileRing keeps keys as JSON files in one directory, for tools and tests. Several
// processes may use it: revision N+1 of a key is a new file that only one of them can
// create.
type FileRing struct{ Dir string }

// Load reads the newest revision of every key. A directory that is not there is empty.
func (r FileRing) Load(ctx context.Context) ([]WrappedKey, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("vault: read key folder: %w", err)
	}
	newest := map[string]WrappedKey{}
	for _, e := range entries {
		rev, ok := fileRev(e.Name())
		if !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(filepath.Join(r.Dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // an older revision that was just removed
		}
		if err != nil {
			return nil, fmt.Errorf("vault: read key file: %w", err)
		}
		k := WrappedKey{}
		if err := json.Unmarshal(b, &k); err != nil {
			return nil, fmt.Errorf("vault: key file %s: %w", e.Name(), err)
		}
		if k.Rev = rev; k.Rev > newest[k.ID].Rev {
			newest[k.ID] = k
		}
	}
	keys := make([]WrappedKey, 0, len(newest))
	for _, k := range newest {
		keys = append(keys, k)
	}
	return keys, nil
}

// Save writes revision k.Rev+1 and removes the one before it.
func (r FileRing) Save(ctx context.Context, k WrappedKey) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return fmt.Errorf("vault: make key folder: %w", err)
	}
	now, err := r.Load(ctx)
	if err != nil {
		return err
	}
	rev := int64(0)
	for _, old := range now {
		if old.ID == k.ID {
			rev = old.Rev
		}
	}
	lost := model.Errorf(model.CodeExists, "vault: key %s is there already", k.ID)
	if k.Rev > 0 {
		lost = model.Errorf(model.CodeConflict, "vault: key %s changed meanwhile", k.ID)
	}
	if rev != k.Rev {
		return lost
	}
	b, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("vault: encode key: %w", err)
	}
	err = createFile(r.file(k.ID, k.Rev+1), append(b, '\n'))
	if errors.Is(err, fs.ErrExist) {
		return lost
	}
	if err != nil {
		return err
	}
	if k.Rev > 0 {
		return os.Remove(r.file(k.ID, k.Rev))
	}
	return nil
}

func (r FileRing) file(id string, rev int64) string {
	return filepath.Join(r.Dir, fmt.Sprintf("%s.r%d.key", id, rev))
}

// fileRev reads the revision out of "seal.1.r2.key".
func fileRev(name string) (int64, bool) {
	base, ok := strings.CutSuffix(name, ".key")
	at := strings.LastIndex(base, ".r")
	if !ok || at < 0 {
		return 0, false
	}
	var rev int64
	if _, err := fmt.Sscanf(base[at+2:], "%d", &rev); err != nil || rev < 1 {
		return 0, false
	}
	return rev, true
}

// createFile writes a new file of mode 0600 durably and whole: it appears under its
// name with all its bytes, or fs.ErrExist is returned and the other file stays.
func createFile(path string, b []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".new-*") // CreateTemp gives mode 0600
	if err != nil {
		return fmt.Errorf("vault: create file: %w", err)
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(b); err != nil {
		tmp.Close()
		return fmt.Errorf("vault: write file: %w", err)
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("vault: write file: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return fmt.Errorf("vault: create file: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("vault: open folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
