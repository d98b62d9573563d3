package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/access"
	"xinyi/policy/benefit"
	"xinyi/store"
)

// Control kinds of what can change while servers run.
const (
	benefitRuleKind  = store.BenefitRuleKind // name: file, body: YAML of one version
	accessPolicyKind = "access_policy"       // name: "current", body: policy.csv
	loanBatchKind    = "loan_batch"          // name: "current", body: batch number
)

// liveRules is the benefit rule book in force: files first, then published versions of
// the control collection over them.
type liveRules struct {
	book  atomic.Pointer[benefit.Book]
	files map[string][]byte
	log   *slog.Logger
}

// newLiveRules starts with the files and follows what is published.
func newLiveRules(rulesDir string, control *store.Control, log *slog.Logger) (*liveRules, error) {
	files, err := ruleFiles(rulesDir)
	if err != nil {
		return nil, err
	}
	l := &liveRules{files: files, log: log}
	if err := l.load(control); err != nil {
		return nil, err
	}
	control.Watch(benefitRuleKind, func(store.ControlDoc) {
		if err := l.load(control); err != nil { // the book in force stays
			log.Error("benefit rules refused", "error", explain(err))
		}
	})
	return l, nil
}

// ruleFiles are the seed, or every *.yaml of <rulesDir>/benefit instead.
func ruleFiles(rulesDir string) (map[string][]byte, error) {
	source := benefit.Seed()
	if rulesDir != "" {
		source = os.DirFS(filepath.Join(rulesDir, "benefit"))
	}
	return readAll(source)
}

func readAll(source fs.FS) (map[string][]byte, error) {
	names, err := fs.Glob(source, "*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, model.Errorf(model.CodeInvalidRequest, "规则目录中没有 benefit/*.yaml 文件。")
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = fs.ReadFile(source, name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (l *liveRules) load(control *store.Control) error {
	book, err := bookOf(l.files, control)
	if err != nil {
		return err
	}
	l.book.Store(book)
	return nil
}

// bookOf is the book of files, of what is published over them and of more over that.
func bookOf(files map[string][]byte, control *store.Control, more ...store.ControlDoc) (*benefit.Book, error) {
	all := maps.Clone(files)
	for _, d := range append(control.List(benefitRuleKind), more...) {
		all[d.Name] = d.Body
	}
	source, err := fileSystem(all)
	if err != nil {
		return nil, err
	}
	return benefit.Load(source)
}

// fileSystem holds files in memory: a zip archive is one.
func fileSystem(files map[string][]byte) (fs.FS, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, body := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(body); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
}

// whole says why the book would not load with one more version in it.
func (l *liveRules) whole(control *store.Control) func(code string, from model.Date, raw []byte) error {
	return func(code string, from model.Date, raw []byte) error {
		_, err := bookOf(l.files, control, store.ControlDoc{Name: store.BenefitRuleFile(code, from), Body: raw})
		return err
	}
}

// Book gives the book in force.
func (l *liveRules) Book() *benefit.Book { return l.book.Load() }

// liveAccess follows the published access policy; the embedded one is the seed. A published
// one that does not load stops the start: the seed may grant what two people took away.
func liveAccess(permissions []string, control *store.Control, log *slog.Logger) (*access.Current, error) {
	conf, policy := access.Seed()
	seed := policy
	if d, err := control.Get(accessPolicyKind, "current"); err == nil {
		policy = string(d.Body)
	}
	table, err := access.Load(conf, policy, permissions)
	if err != nil {
		return nil, model.Wrap(err, model.CodeInvalidRequest,
			"本版本程序装载不了现行的访问策略，因此没有启动：请改用能装载它的版本，或用 xinyi policy propose 和 approve 公布一份本版本能装载的策略，再启动。")
	}
	current := access.NewCurrent(table)
	control.Watch(accessPolicyKind, func(d store.ControlDoc) {
		policy := string(d.Body)
		if d.Deleted {
			policy = seed
		}
		next, err := access.Load(conf, policy, permissions)
		if err != nil { // the policy in force stays
			log.Error("access policy refused", "error", explain(err))
			return
		}
		current.Swap(next)
		log.Info("access policy applied", "version", next.Version())
	})
	return current, nil
}

// loanBatch names the published screening batch.
type loanBatch struct{ control *store.Control }

func (b loanBatch) BatchNo() string {
	d, err := b.control.Get(loanBatchKind, "current")
	if err != nil {
		return ""
	}
	return string(d.Body)
}
