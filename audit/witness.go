package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"xinyi/model"
)

// Witness keeps checkpoints outside the store, so that a store that lost its tail or
// was rolled back is seen. It is given a checkpoint only after the store holds it.
type Witness interface {
	// Last gives the newest signed checkpoint of origin: CodeNotFound if there is none.
	Last(origin string) (string, error)
	// Save keeps c durably. CodeConflict if c is smaller than the last one.
	Save(c Checkpoint) error
}

// historyEvery spaces the lines of a history, which only grows.
const historyEvery = 10 * time.Minute

// Files is the Witness in a folder: <origin> holds the last checkpoint, replaced in one
// step; <origin>.history has one line of JSON each ten minutes and is only appended to.
// Safe for concurrent use by one process.
type Files struct {
	dir  string
	mu   sync.Mutex
	last map[string]sizeAt // what this process saved
}

type sizeAt struct {
	size int64
	line time.Time // of the last history line
}

type historyLine struct {
	At   time.Time `json:"at"`
	Size int64     `json:"size"`
	Note string    `json:"note"`
}

// NewFiles keeps checkpoints in dir, which it makes if needed.
func NewFiles(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, model.Wrap(err, model.CodeUnavailable, "无法建立检查点目录，请检查数据目录的权限。")
	}
	return &Files{dir: dir, last: map[string]sizeAt{}}, nil
}

// Last gives the newest signed checkpoint of origin.
func (w *Files) Last(origin string) (string, error) {
	b, err := os.ReadFile(filepath.Join(w.dir, fileName(origin)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", &model.Error{Code: model.CodeNotFound, Detail: "没有这个日志的外部检查点。"}
	}
	if err != nil {
		return "", model.Wrap(err, model.CodeUnavailable, "无法读取外部检查点，请检查数据目录。")
	}
	return string(b), nil
}

// Save keeps c durably.
func (w *Files) Save(c Checkpoint) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.last[c.Origin]
	if c.Size < last.size {
		return &model.Error{Code: model.CodeConflict, Detail: "新的检查点比已保存的外部检查点小，请运行审计校验。"}
	}
	if err := w.replace(fileName(c.Origin), []byte(c.Note)); err != nil {
		return model.Wrap(err, model.CodeUnavailable, "无法写入外部检查点，请检查磁盘。")
	}
	last.size = c.Size
	if c.At.Sub(last.line) >= historyEvery {
		if err := w.appendHistory(c); err != nil {
			return model.Wrap(err, model.CodeUnavailable, "无法写入外部检查点的历史，请检查磁盘。")
		}
		last.line = c.At
	}
	w.last[c.Origin] = last
	return nil
}

// replace writes name in one step: the old content stays whole until the new one is on disk.
func (w *Files) replace(name string, content []byte) error {
	tmp := filepath.Join(w.dir, name+".new")
	if err := writeSynced(tmp, os.O_CREATE|os.O_TRUNC, content); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(w.dir, name)); err != nil {
		return err
	}
	return syncDir(w.dir)
}

func (w *Files) appendHistory(c Checkpoint) error {
	line, err := json.Marshal(historyLine{At: c.At, Size: c.Size, Note: c.Note})
	if err != nil {
		return err
	}
	path := filepath.Join(w.dir, fileName(c.Origin)+".history")
	if err := dropCutLine(path); err != nil {
		return err
	}
	return writeSynced(path, os.O_CREATE|os.O_APPEND, append(line, '\n'))
}

// dropCutLine removes what a crash left of the last line, so that every line is whole.
func dropCutLine(path string) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(content, '\n') + 1
	if whole == len(content) {
		return nil
	}
	return os.Truncate(path, int64(whole))
}

func writeSynced(path string, flag int, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flag, 0o600)
	if err != nil {
		return err
	}
	_, errWrite := f.Write(content)
	return errors.Join(errWrite, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// fileName keeps an origin's name inside the folder.
func fileName(origin string) string { return filepath.Base(filepath.Clean("/" + origin)) }

// Outside is what a Files folder held at one moment, per origin: every checkpoint, oldest first.
type Outside map[string][]string

// ReadOutside reads a folder of checkpoints. Read it before the copy of the store is
// taken that is verified: a checkpoint is kept outside after the store holds it.
// A folder that does not exist is an empty Outside. A history line that a crash cut
// is left out.
func ReadOutside(dir string) (Outside, error) {
	outside := Outside{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return outside, nil
	}
	if err != nil {
		return nil, model.Wrap(err, model.CodeUnavailable, "无法读取检查点目录。")
	}
	for _, entry := range entries { // by name: o001 comes before o001.history
		name := entry.Name()
		if entry.IsDir() || strings.HasSuffix(name, ".new") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, model.Wrap(err, model.CodeUnavailable, "无法读取外部检查点。")
		}
		if origin, ok := strings.CutSuffix(name, ".history"); ok {
			outside[origin] = append(readHistory(content), outside[origin]...)
			continue
		}
		outside[name] = append(outside[name], string(content))
	}
	return outside, nil
}

// readHistory gives the notes of whole lines; a line that is not exactly what Save writes
// gives itself, to be reported as forged.
func readHistory(content []byte) []string {
	var notes []string
	for raw := range strings.Lines(string(content)) {
		text, whole := strings.CutSuffix(raw, "\n")
		var line historyLine
		err := json.NewDecoder(strings.NewReader(text)).Decode(&line)
		if !whole && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
			break // cut by a crash
		}
		if exact, errExact := json.Marshal(line); err != nil || errExact != nil || string(exact) != text || !line.agrees() {
			line.Note = raw
		}
		notes = append(notes, line.Note)
	}
	return notes
}

// agrees reports whether size and time, which nobody signed, are those of the note.
func (l historyLine) agrees() bool {
	lines := strings.Split(l.Note, "\n")
	return len(lines) > 3 && lines[1] == strconv.FormatInt(l.Size, 10) && lines[3] == "time "+l.At.UTC().Format(leafTime)
}
