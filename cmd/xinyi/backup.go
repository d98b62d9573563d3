package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"xinyi/model"
	"xinyi/vault"
)

// What stands in a backup folder.
const (
	backupFormat   = 1
	manifestName   = "manifest.json"
	manifestSum    = "manifest.json.sha256" // as sha256sum writes it
	keysNote       = "keys.txt"
	masterInBackup = "keys/master.key"
)

// backupManifest says what a backup holds.
type backupManifest struct {
	Format int       `json:"format"`
	MadeAt time.Time `json:"madeAt"`
	// Masters are the ids of the master keys that the backed-up keys are wrapped under.
	Masters []string     `json:"masters"`
	Files   []backupFile `json:"files"`
}

type backupFile struct {
	Path   string `json:"path"` // slashes, relative to the backup
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
}

// backup copies one instant of a data folder.
func backup(ctx context.Context, c command) error {
	var to string
	var withMaster bool
	t := tool{name: "backup", keys: []string{"data", "keys-dir"},
		brief: "备份数据目录的一个瞬间（服务运行或停止均可）：存储、检查点、密钥清单，附 SM3 与 SHA-256 摘要。主密钥不在其中，请另行保管。\n" +
			"Backs up one instant of a data folder, with the server running or stopped. MongoDB: use mongodump.",
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&to, "to", "", "new or empty folder for the backup 备份目录（新建或空）")
			fs.BoolVar(&withMaster, "with-master-key", false, "put the master key in too: whoever has the backup can then read everything 连同主密钥")
		}}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if isMongo(cfg.Store) {
		return usageError{errors.New("MongoDB 存储请用 mongodump --uri=<store> --oplog --out=<目录> 备份（地址里去掉库名，只留“/?…”：--oplog 不接受库名；账号建在该库时另加 authSource=库名），用 mongorestore --oplogReplay 恢复；另请复制数据目录中的 checkpoints，并单独保管主密钥")}
	}
	if to == "" {
		return usageError{errors.New("请用 --to 指定备份目录")}
	}
	if to, err = filepath.Abs(to); err != nil {
		return err
	}
	if err := errors.Join(cfg.checkData(), emptyFolder(to), apart(cfg.Data, to)); err != nil {
		return usageError{err}
	}
	started := time.Now()
	b := &backupWriter{to: to, manifest: backupManifest{Format: backupFormat, MadeAt: started.UTC().Truncate(time.Second)}}
	if err := b.write(ctx, cfg, withMaster); err != nil {
		return fmt.Errorf("备份未完成，请删除 %s 后重试: %s", to, explain(err))
	}
	var size int64
	for _, f := range b.manifest.Files {
		size += f.Size
	}
	fmt.Fprintf(c.stdout, "已备份 %d 个文件、%.1f MiB 到 %s，用时 %.1f 秒。\n", len(b.manifest.Files), float64(size)/(1<<20), to, time.Since(started).Seconds())
	if !withMaster {
		fmt.Fprintf(c.stdout, "主密钥 %s 不在备份中：没有它，备份无法读取。请确认它已另行保管。\n", strings.Join(b.manifest.Masters, ", "))
	}
	return nil
}

// emptyFolder refuses a target that holds anything but the names in except.
func emptyFolder(dir string, except ...string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(except, e.Name()) {
			return fmt.Errorf("目录 %s 不是空的（有 %s），请换一个新目录", dir, e.Name())
		}
	}
	return nil
}

// apart refuses a backup inside the data folder.
func apart(data, to string) error {
	if rel, err := filepath.Rel(data, to); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("备份目录不能在数据目录 %s 之内", data)
	}
	return nil
}

// backupWriter writes a backup and keeps its manifest.
type backupWriter struct {
	to       string
	manifest backupManifest
}

func (b *backupWriter) write(ctx context.Context, cfg Config, withMaster bool) error {
	// Checkpoints first: the store then holds all that they speak of.
	if err := b.addFolder(ctx, checkpointsDir(cfg.Data), "checkpoints"); err != nil {
		return err
	}
	copied, err := copyStore(ctx, cfg.Data)
	if copied.dir != "" {
		defer copied.remove()
	}
	if err != nil {
		return err
	}
	if err := b.addFolder(ctx, storeDir(copied.dir), "store"); err != nil {
		return err
	}
	if err := b.addKeys(ctx, cfg, copied.dir, withMaster); err != nil {
		return err
	}
	return b.finish()
}

// addFolder copies the files of a folder that may not be there. Copies are files of
// their own, never links: damage of one must not be damage of the other.
func (b *backupWriter) addFolder(ctx context.Context, from, name string) error {
	if err := os.MkdirAll(filepath.Join(b.to, name), 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".new") || e.Name() == "LOCK" {
			continue
		}
		if err := b.add(filepath.Join(from, e.Name()), name+"/"+e.Name()); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Join(b.to, name))
}

func (b *backupWriter) add(from, path string) error {
	f, err := copyFile(from, filepath.Join(b.to, filepath.FromSlash(path)))
	f.Path = path
	b.manifest.Files = append(b.manifest.Files, f)
	return err
}

// addKeys writes which keys the copy of the store holds, and the master key if asked for.
// It opens the copy, which is at our disposal once it was copied on.
func (b *backupWriter) addKeys(ctx context.Context, cfg Config, copied string, withMaster bool) error {
	p := &platform{cfg: cfg.at(copied), clock: model.ClockFunc(time.Now), log: newLogger(io.Discard, "error")}
	if err := p.open(ctx, p.openStore, p.openControl); err != nil {
		return err
	}
	keys, err := controlRing{p.control}.Load(ctx)
	if err = errors.Join(err, p.close(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	note := keyNote(keys)
	for _, k := range keys {
		if len(k.Wrapped) > 0 && !slices.Contains(b.manifest.Masters, k.Master) {
			b.manifest.Masters = append(b.manifest.Masters, k.Master)
		}
	}
	if err := b.addBytes(keysNote, note); err != nil || !withMaster {
		return err
	}
	if err := os.MkdirAll(filepath.Join(b.to, "keys"), 0o700); err != nil {
		return err
	}
	if err := b.add(cfg.masterFile(), masterInBackup); err != nil {
		return err
	}
	return syncFolder(filepath.Join(b.to, "keys"))
}

// keyNote lists wrapped keys for people: which master key opens the backup.
func keyNote(keys []vault.WrappedKey) []byte {
	var b bytes.Buffer
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "编号 id\t算法 alg\t生成 created\t启用 active from\t主密钥 master key")
	slices.SortFunc(keys, func(x, y vault.WrappedKey) int { return strings.Compare(x.ID, y.ID) })
	for _, k := range keys {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Alg, instant(k.CreatedAt), instant(k.ActiveFrom), k.Master)
	}
	tw.Flush() // into memory: cannot fail
	return b.Bytes()
}

func (b *backupWriter) addBytes(path string, content []byte) error {
	sums := newSums()
	sums.Write(content)
	f := sums.file(int64(len(content)))
	f.Path = path
	b.manifest.Files = append(b.manifest.Files, f)
	return writeFileSynced(filepath.Join(b.to, path), content)
}

// finish writes the manifest last: a backup without one is no backup.
func (b *backupWriter) finish() error {
	text, err := json.MarshalIndent(b.manifest, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(text), manifestName)
	if err := errors.Join(writeFileSynced(filepath.Join(b.to, manifestSum), []byte(sum)),
		writeFileSynced(filepath.Join(b.to, manifestName), text)); err != nil {
		return err
	}
	return syncFolder(b.to)
}

func writeFileSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// sums computes both digests of what is written to it.
type sums struct {
	io.Writer
	sha256, sm3 interface{ Sum([]byte) []byte }
}

func newSums() sums {
	a, b := sha256.New(), sm3.New()
	return sums{io.MultiWriter(a, b), a, b}
}

func (s sums) file(size int64) backupFile {
	return backupFile{Size: size, SHA256: hex.EncodeToString(s.sha256.Sum(nil)), SM3: hex.EncodeToString(s.sm3.Sum(nil))}
}

// copyFile copies to a new file of mode 0600, durably, and digests what it copied.
func copyFile(from, to string) (backupFile, error) {
	in, err := os.Open(from)
	if err != nil {
		return backupFile{}, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return backupFile{}, err
	}
	s := newSums()
	n, err := io.Copy(io.MultiWriter(out, s), in)
	return s.file(n), errors.Join(err, out.Sync(), out.Close())
}

// restore brings a backup back into a new data folder and verifies it.
func restore(ctx context.Context, c command) error {
	var from string
	t := tool{name: "restore", keys: []string{"data", "keys-dir"},
		brief: "把备份恢复到新的数据目录：核对每个文件的摘要，再校验审计日志。目标目录只能为空，或只有放好主密钥的 keys 目录。\n" +
			"Restores a backup into a new data folder, checks every digest, then verifies the audit log.",
		flags: func(fs *flag.FlagSet) { fs.StringVar(&from, "from", "", "folder of the backup 备份目录") }}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	if isMongo(cfg.Store) {
		return usageError{errors.New("MongoDB 存储请用 mongorestore --uri=<store> --oplogReplay <目录> 恢复，然后运行 xinyi audit verify --store <store>")}
	}
	if from == "" {
		return usageError{errors.New("请用 --from 指定备份目录")}
	}
	if err := emptyFolder(cfg.Data, "keys"); err != nil {
		return usageError{err}
	}
	manifest, err := readManifest(from)
	if err != nil {
		return err
	}
	if err := manifest.complete(from); err != nil {
		return err
	}
	if err := manifest.masterAtHand(from, cfg); err != nil {
		return usageError{err}
	}
	if err := manifest.copyTo(ctx, from, cfg); err != nil {
		return fmt.Errorf("恢复未完成，请清空 %s 后重试: %w", cfg.Data, err)
	}
	fmt.Fprintf(c.stdout, "已恢复 %d 个文件，摘要全部相符（备份于 %s）。\n", len(manifest.Files), instant(manifest.MadeAt))
	v := auditCheck{cfg: cfg, checkpoints: checkpointsDir(cfg.Data), log: toolLog(c, cfg), out: c.stdout}
	return v.run(ctx)
}

func readManifest(from string) (backupManifest, error) {
	var m backupManifest
	text, err := os.ReadFile(filepath.Join(from, manifestName))
	if err != nil {
		return m, fmt.Errorf("%s 不是完整的备份: %w", from, err)
	}
	want, err := os.ReadFile(filepath.Join(from, manifestSum))
	if err != nil {
		return m, fmt.Errorf("%s 不是完整的备份: %w", from, err)
	}
	if string(want) != fmt.Sprintf("%x  %s\n", sha256.Sum256(text), manifestName) {
		return m, fmt.Errorf("%s 已损坏：摘要不符", filepath.Join(from, manifestName))
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestName, err)
	}
	if m.Format != backupFormat {
		return m, fmt.Errorf("备份格式为 %d，本程序只认识 %d", m.Format, backupFormat)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return m, fmt.Errorf("备份清单中的路径 %q 不在备份之内", f.Path)
		}
	}
	return m, nil
}

// complete compares the names in the backup with the manifest: the engine must not find
// files that nobody vouches for.
func (m backupManifest) complete(from string) error {
	listed := map[string]bool{manifestName: true, manifestSum: true}
	for _, f := range m.Files {
		listed[f.Path] = true
	}
	var errs []error
	err := fs.WalkDir(os.DirFS(from), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[path] {
			errs = append(errs, fmt.Errorf("备份中有清单之外的文件 %s", path))
		}
		delete(listed, path)
		return err
	})
	for _, path := range slices.Sorted(maps.Keys(listed)) {
		errs = append(errs, fmt.Errorf("备份中缺少文件 %s", path))
	}
	return errors.Join(append(errs, err)...)
}

// masterAtHand makes sure, before anything is copied, that the backup can be read.
func (m backupManifest) masterAtHand(from string, cfg Config) error {
	have := []string{}
	for _, path := range []string{cfg.masterFile(), filepath.Join(from, filepath.FromSlash(masterInBackup))} {
		master, err := vault.LoadMaster(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		have = append(have, master.ID())
	}
	others, err := otherMasters(cfg)
	if err != nil {
		return err
	}
	for _, master := range others {
		have = append(have, master.ID())
	}
	for _, id := range m.Masters {
		if !slices.Contains(have, id) {
			return fmt.Errorf("缺少主密钥 %s：请先把它放到 %s（权限 0600，目录 0700），再恢复", id, cfg.masterFile())
		}
	}
	return nil
}

func (m backupManifest) copyTo(ctx context.Context, from string, cfg Config) error {
	for _, dir := range []string{cfg.Data, storeDir(cfg.Data), checkpointsDir(cfg.Data)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := filepath.Join(cfg.Data, filepath.FromSlash(f.Path))
		switch f.Path {
		case masterInBackup:
			if err := os.MkdirAll(cfg.keysDir(), 0o700); err != nil {
				return err
			}
			if to = cfg.masterFile(); exists(to) {
				to += ".restored" // known beside the one that is there: otherMasters
			}
		case keysNote:
			to = filepath.Join(cfg.Data, "restored-"+keysNote)
		}
		got, err := copyFile(filepath.Join(from, filepath.FromSlash(f.Path)), to)
		if got.Path = f.Path; err == nil && got != f {
			err = fmt.Errorf("备份文件 %s 已损坏：摘要与清单不符", f.Path)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(syncFolder(storeDir(cfg.Data)), syncFolder(checkpointsDir(cfg.Data)), syncFolder(cfg.Data))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
