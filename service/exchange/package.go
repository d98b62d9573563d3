package exchange

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"xinyi/model"
)

// Format names the files of a package and their rules; see docs/upstream.md.
const Format = "xinyi-upstream/1"

// Manifest is manifest.json of a package.
type Manifest struct {
	Format    string `json:"format"`
	PackageNo string `json:"packageNo"`
	CreatedAt string `json:"createdAt"`
	// Previous is the SM3 of the manifest before: who misses a package sees it.
	Previous string               `json:"previous,omitempty"`
	Files    []model.ExchangeFile `json:"files"`
}

func manifestOf(p *model.ExchangePackage) ([]byte, error) {
	m, err := json.MarshalIndent(Manifest{Format: Format, PackageNo: p.ID, CreatedAt: p.CreatedAt.In(model.Shanghai).Format(time.RFC3339), Previous: p.Previous, Files: p.Files}, "", "  ")
	return append(m, '\n'), err
}

// Digest is the SM3 of b, in hex.
func Digest(b []byte) string {
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

// closePackage ends the open package: from now on it never changes.
func (s *Service) closePackage(ctx context.Context, by string, st *model.ExchangeState) (*model.ExchangePackage, error) {
	p := &model.ExchangePackage{ID: number(st.Package), CreatedAt: s.Clock.Now().UTC().Truncate(time.Millisecond), Previous: st.Manifest}
	for _, file := range files {
		if st.Rows[file] == 0 {
			continue
		}
		f, err := s.render(ctx, p.ID, file, io.Discard)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, f)
	}
	manifest, err := manifestOf(p)
	if err != nil {
		return nil, err
	}
	p.Manifest = Digest(manifest)
	next := *st
	next.Package, next.Rows, next.Manifest = st.Package+1, nil, p.Manifest
	ev := s.event(by, "upstream.package", p.ID, strconv.Itoa(total(st.Rows)))
	if err := s.commit(ctx, &model.ExchangeBatch{State: &next, Package: p}, ev); err != nil {
		return nil, err
	}
	*st = next
	return p, nil
}

// measured counts and digests what goes through it.
type measured struct {
	w    io.Writer
	n    int64
	hash hash.Hash
}

func (m *measured) Write(p []byte) (int, error) {
	m.n += int64(len(p))
	m.hash.Write(p)
	return m.w.Write(p)
}

// render writes one file of a package from its rows.
func (s *Service) render(ctx context.Context, pkg, file string, to io.Writer) (model.ExchangeFile, error) {
	m := &measured{w: to, hash: sm3.New()}
	t, err := newTable(m, file)
	if err != nil {
		return model.ExchangeFile{}, err
	}
	f := model.ExchangeFile{Name: file + ".csv"}
	err = s.Store.EachRow(ctx, pkg+"/"+file+"/", func(r *model.ExchangeRow) error {
		text, err := s.Vault.Open(model.SealExchange, r.ID, r.Cells)
		if err != nil {
			return model.Wrap(err, model.CodeInternal, "数据包的内容无法解密，请检查密钥后重试。")
		}
		var cells []string
		if err := json.Unmarshal(text, &cells); err != nil {
			return model.Wrap(err, model.CodeInternal, "数据包的内容无法解读，请联系管理员。")
		}
		f.Rows++
		return t.add(cells[1:])
	})
	if err = errors.Join(err, t.end()); err != nil {
		return f, err
	}
	f.Bytes, f.SM3 = m.n, hex.EncodeToString(m.hash.Sum(nil))
	return f, nil
}

// Write puts a closed package into dir as a folder of its own, readable by its owner only,
// and gives its path. The same package is the same bytes each time; one that stands there
// already is left alone if it is the same, and refused if it is not. The audit log says
// that it was given out, before it is.
func (s *Service) Write(ctx context.Context, by, no, dir string) (string, error) {
	p, err := s.Store.Package(ctx, no)
	if err != nil {
		if model.Is(err, model.CodeNotFound) {
			return "", model.Wrap(err, model.CodeNotFound, "没有这个编号的数据包，请核对后重试。")
		}
		return "", err
	}
	manifest, err := manifestOf(p)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, p.ID)
	there, err := os.ReadFile(filepath.Join(target, "manifest.json"))
	switch {
	case err == nil && slices.Equal(there, manifest):
		return target, nil
	case err == nil || !errors.Is(err, os.ErrNotExist):
		return "", model.Errorf(model.CodeExists, "%s 已存在，内容与该数据包不同；请换一个目录。", target)
	}
	if err := s.commit(ctx, &model.ExchangeBatch{}, s.event(by, "upstream.write", p.ID, "written")); err != nil {
		return "", err
	}
	return target, s.write(ctx, p, manifest, dir, target)
}

// write fills a folder beside the target and renames it: a package is there whole or not.
func (s *Service) write(ctx context.Context, p *model.ExchangePackage, manifest []byte, dir, target string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part, err := os.MkdirTemp(dir, "."+p.ID+"-") // 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	for _, want := range p.Files {
		err := writeFile(filepath.Join(part, want.Name), func(w io.Writer) error {
			got, err := s.render(ctx, p.ID, want.Name[:len(want.Name)-len(".csv")], w)
			if err == nil && got != want {
				err = model.Errorf(model.CodeInternal, "数据包 %s 的 %s 与封存时的摘要不符，已停止；请保留现场并联系管理员。", p.ID, want.Name)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for name, body := range map[string][]byte{"manifest.json": manifest, "manifest.json.sm3": []byte(p.Manifest + "  manifest.json\n")} {
		err := writeFile(filepath.Join(part, name), func(w io.Writer) error {
			_, err := w.Write(body)
			return err
		})
		if err != nil {
			return err
		}
	}
	return os.Rename(part, target)
}

func writeFile(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Sync(), f.Close())
}
