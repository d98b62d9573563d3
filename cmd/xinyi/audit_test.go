package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

// xinyi runs the program in this process.
func xinyi(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, nil, strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// dataFolder gives a short new folder: the path of a unix socket is bounded.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "xinyi-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func openTest(t *testing.T, data string) *platform {
	t.Helper()
	cfg := defaultConfig()
	cfg.Data, cfg.CacheMB = data, 8
	p, err := openPlatform(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return p
}

// work writes n entries, half of them with a change, as services do.
func work(t *testing.T, p *platform, n int) {
	t.Helper()
	for i := range n {
		subject := model.SubjectID(fmt.Sprintf("p_%026d", i%10))
		event := model.AuditEvent{ActorID: "clerk1", ActorRole: model.RoleClerk, UnitName: "窗口", Action: "test.look", Outcome: "shown", Subjects: []model.SubjectID{subject}}
		if i%2 == 0 {
			require.NoError(t, p.audit.Record(t.Context(), event))
			continue
		}
		entry, err := p.audit.Begin(event)
		require.NoError(t, err)
		id := fmt.Sprintf("%016x", rand.Uint64())
		body, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "noise", Value: rand.Perm(60)}})
		require.NoError(t, err)
		err = p.driver.Apply(t.Context(), append(store.AuditOps(entry), store.Op{Kind: store.OpInsert, Coll: "records", ID: id, Body: body}))
		p.audit.End(entry, err)
		require.NoError(t, err)
	}
}

// settled waits until all entries are in the tree and its checkpoint stands outside.
func settled(t *testing.T, p *platform) {
	t.Helper()
	require.Eventually(t, func() bool {
		outside, err := audit.ReadOutside(checkpointsDir(p.cfg.Data))
		origin, errOrigin := store.NewAuditLog(p.driver).Origin(t.Context(), p.audit.Stats().Origin)
		return err == nil && errOrigin == nil && p.audit.Stats().Unfolded == 0 && slices.Contains(outside[origin.Name], origin.Note)
	}, 20*time.Second, 20*time.Millisecond)
}

// folders gives a data folder at rest and one as kill -9 leaves it, with two tables each
// and, in the latter, the rest in the log.
func folders(t *testing.T) (closed, killed string) {
	t.Helper()
	closed, killed = dataFolder(t), dataFolder(t)
	for range 2 {
		p := openTest(t, closed)
		work(t, p, 300)
		require.NoError(t, p.close(context.Background()))
	}
	p := openTest(t, closed)
	work(t, p, 300)
	settled(t, p)
	copyData(t, closed, killed)
	require.NoError(t, p.close(context.Background()))
	return closed, killed
}

func copyData(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	for _, dir := range []string{"", "keys"} {
		require.NoError(t, os.Chmod(filepath.Join(to, dir), 0o700))
	}
	for _, name := range []string{"keys/master.key"} {
		require.NoError(t, os.Chmod(filepath.Join(to, name), 0o600))
	}
}

// contents are all documents of a store that does not run.
func contents(t *testing.T, data string) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, embedded.Clone(t.Context(), storeDir(data), dir))
	d, err := embedded.Open(dir, embedded.Options{Clock: model.ClockFunc(time.Now)})
	require.NoError(t, err)
	defer d.Close()
	all := map[string]string{}
	for _, coll := range []string{"records", "audit_entries", "audit_access", "audit_tree", "audit_origins", "control"} {
		q := store.Query{Limit: 1000}
		for {
			page, err := d.Find(t.Context(), coll, q)
			require.NoError(t, err)
			for _, doc := range page.Docs {
				all[coll+"/"+doc.ID] = fmt.Sprint(doc.Rev, doc.At, doc.Body)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return all
}

// TestAuditVerify_flippedByte flips single bytes of every file of a data folder: each is
// reported with a place, or nothing of what is stored has changed.
func TestAuditVerify_flippedByte(t *testing.T) {
	perFile := 3
	if os.Getenv("XINYI_TEST_FLIPS") != "" { // the figures of docs/audit.md
		_, err := fmt.Sscan(os.Getenv("XINYI_TEST_FLIPS"), &perFile)
		require.NoError(t, err)
	}
	closed, killed := folders(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for state, data := range map[string]string{"closed": closed, "killed": killed} {
		status, out, errs := xinyi(t, "audit", "verify", "--data", data, "--cache-mb", "8")
		require.Equal(t, exitOK, status, "%s%s", out, errs)
		want := contents(t, data)
		files, err := filepath.Glob(filepath.Join(data, "*", "*"))
		require.NoError(t, err)
		for _, file := range files {
			name, err := filepath.Rel(data, file)
			require.NoError(t, err)
			good, err := os.ReadFile(file)
			require.NoError(t, err)
			if len(good) == 0 {
				continue
			}
			t.Run(state+"/"+name, func(t *testing.T) {
				reported, harmless := 0, 0
				for range perFile {
					at := rng.IntN(len(good))
					bad := bytes.Clone(good)
					bad[at] ^= 1 << rng.IntN(8)
					dir := dataFolder(t)
					copyData(t, data, dir)
					require.NoError(t, os.WriteFile(filepath.Join(dir, name), bad, 0o600))
					status, out, errs := xinyi(t, "audit", "verify", "--data", dir, "--cache-mb", "8")
					switch {
					case status == exitFailed:
						reported++
						if !strings.Contains(out+errs, filepath.Base(name)) && !strings.Contains(out, "o001") {
							t.Errorf("byte %d: no place in %s%s", at, out, errs)
						}
					case status == exitOK && same(want, contents(t, dir)):
						harmless++
					default:
						t.Errorf("byte %d of %d, %#x → %#x: status %d, yet the content changed:\n%s%s", at, len(good), good[at], bad[at], status, out, errs)
					}
					require.NoError(t, os.RemoveAll(filepath.Dir(dir)))
				}
				t.Logf("%d bytes: %d flips reported, %d without effect", len(good), reported, harmless)
				if ext := filepath.Ext(name); (ext == ".sst" || state == "closed" && ext != ".log") && harmless > 0 {
					t.Errorf("%d flips not reported", harmless)
				}
			})
		}
	}
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// TestAuditVerify_lostData cuts, deletes and puts back what is older.
func TestAuditVerify_lostData(t *testing.T) {
	older := dataFolder(t)
	p := openTest(t, older)
	work(t, p, 200)
	require.NoError(t, p.close(context.Background()))
	newer := dataFolder(t)
	copyData(t, older, newer)
	p = openTest(t, newer)
	work(t, p, 200)
	settled(t, p)
	killed := dataFolder(t)
	copyData(t, newer, killed)
	require.NoError(t, p.close(context.Background()))

	verify := func(data string) (string, string) {
		status, out, errs := xinyi(t, "audit", "verify", "--data", data)
		require.Equal(t, exitFailed, status, "%s%s", out, errs)
		return out, errs
	}
	t.Run("older snapshot put back", func(t *testing.T) {
		data := dataFolder(t)
		copyData(t, newer, data)
		require.NoError(t, os.RemoveAll(storeDir(data)))
		require.NoError(t, os.CopyFS(storeDir(data), os.DirFS(storeDir(older))))
		out, _ := verify(data)
		require.Contains(t, out, string(audit.TailCut))
		require.Contains(t, out, "外部检查点已到 400 片")
	})
	t.Run("cut log", func(t *testing.T) {
		logs, err := filepath.Glob(filepath.Join(storeDir(killed), "*.log"))
		require.NoError(t, err)
		last := slices.MaxFunc(logs, func(a, b string) int { return int(size(t, a) - size(t, b)) })
		// The very last write may be a lease's renewal, which takes nothing with it.
		for _, kept := range []int64{size(t, last) / 2, 40_000, 1, 0} {
			data := dataFolder(t)
			copyData(t, killed, data)
			require.NoError(t, os.Truncate(filepath.Join(storeDir(data), filepath.Base(last)), kept))
			out, errs := verify(data)
			require.Contains(t, out+errs, string(audit.TailCut), "%d bytes kept", kept)
		}
	})
	t.Run("deleted files", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(storeDir(newer), "*"))
		require.NoError(t, err)
		for _, file := range files {
			name := filepath.Base(file)
			if filepath.Ext(name) == ".log" || name == "LOCK" || name == "CLEAN" {
				continue // hold nothing after a clean end
			}
			data := dataFolder(t)
			copyData(t, newer, data)
			require.NoError(t, os.Remove(filepath.Join(storeDir(data), name)))
			out, errs := verify(data)
			require.Contains(t, out+errs, strings.TrimSuffix(name, ".sst"), name)
		}
	})
	t.Run("lost checkpoints", func(t *testing.T) {
		data := dataFolder(t)
		copyData(t, newer, data)
		require.NoError(t, os.RemoveAll(checkpointsDir(data)))
		status, out, _ := xinyi(t, "audit", "verify", "--data", data)
		require.Equal(t, exitOK, status)
		require.Contains(t, out, "没有外部检查点")
	})
	t.Run("original untouched, copy removed", func(t *testing.T) {
		data := dataFolder(t)
		copyData(t, killed, data)
		before := listing(t, data)
		status, out, errs := xinyi(t, "audit", "verify", "--data", data)
		require.Equal(t, exitOK, status, "%s%s", out, errs)
		require.Equal(t, before, listing(t, data))
	})
	t.Run("no folder", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "nothing")
		status, _, errs := xinyi(t, "audit", "verify", "--data", data)
		require.Equal(t, exitUsage, status)
		require.Contains(t, errs, "--data")
		require.NoDirExists(t, data)
	})
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}

// listing gives every file with its bytes.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			files[path] = "folder"
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	}))
	return files
}
