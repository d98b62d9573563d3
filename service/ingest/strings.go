package ingest

import (
	"os"

	"xinyi/model"
)

// Bounds of the text table of a workbook (共享字符串).
const (
	maxStringTable = 1 << 30 // bytes, also the XML of it
	maxStrings     = 16 << 20
	maxString      = 32_767 * 3 // bytes of one: a spreadsheet's own limit, of characters with three
	maxTold        = 2 << 30    // bytes of all cells that point into it, as of a sheet that holds its own
	stringsInCore  = 8 << 20
	offsetsPerPage = 64 << 10
)

// stringTable keeps the texts that the cells of a workbook point to: a small table in
// memory, a big one in a file that has no name any more, so that nothing of it stays.
type stringTable struct {
	dir   string
	mem   []byte // what is not in the file yet
	file  *os.File
	filed uint32 // bytes in the file
	// ends hold where each text ends, in pages, so that growing copies nothing.
	ends  [][]uint32
	count int
	told  int64 // bytes that cells got
	buf   []byte
}

// errTold is a small table that very many cells point to.
var errTold = model.Errorf(model.CodeInvalidRequest, "工作表的文字合计超过 2 GB，请删除重复填充的内容，或分成几个文件提交。")

// add takes the next text.
func (t *stringTable) add(text []byte) error {
	if t.count == maxStrings || int64(t.filed)+int64(len(t.mem))+int64(len(text)) > maxStringTable {
		return errTooBig
	}
	t.mem = append(t.mem, text...)
	if t.count%offsetsPerPage == 0 {
		t.ends = append(t.ends, make([]uint32, 0, offsetsPerPage))
	}
	page := &t.ends[len(t.ends)-1]
	*page = append(*page, t.filed+uint32(len(t.mem))) //nolint:gosec // at most maxStringTable
	t.count++
	if len(t.mem) >= stringsInCore {
		return t.spill()
	}
	return nil
}

// spill moves the texts in memory to the file.
func (t *stringTable) spill() (err error) {
	if t.file == nil {
		if t.file, err = NamelessFile(t.dir); err != nil {
			return err
		}
	}
	if _, err = t.file.Write(t.mem); err != nil {
		return err
	}
	t.filed += uint32(len(t.mem)) //nolint:gosec // at most maxStringTable
	t.mem = t.mem[:0]
	return nil
}

func (t *stringTable) end(i int) uint32 { return t.ends[i/offsetsPerPage][i%offsetsPerPage] }

// appendTo appends text i; false when there is none.
func (t *stringTable) appendTo(to []byte, i int) ([]byte, bool, error) {
	if i < 0 || i >= t.count {
		return to, false, nil
	}
	start, end := uint32(0), t.end(i)
	if i > 0 {
		start = t.end(i - 1)
	}
	if t.told += int64(end - start); t.told > maxTold {
		return to, false, errTold
	}
	if start >= t.filed {
		return append(to, t.mem[start-t.filed:end-t.filed]...), true, nil
	}
	if n := int(end - start); cap(t.buf) < n {
		t.buf = make([]byte, n)
	}
	t.buf = t.buf[:end-start]
	if _, err := t.file.ReadAt(t.buf, int64(start)); err != nil {
		return to, false, err
	}
	return append(to, t.buf...), true, nil
}

func (t *stringTable) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
}

// NamelessFile gives a file in dir, or where temporary files go, that ends with the process
// however that ends: its name is removed at once.
func NamelessFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".xinyi-*")
	if err != nil && dir != "" {
		f, err = os.CreateTemp("", ".xinyi-*")
	}
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
