package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"xinyi/model"
)

// table reads rows of cells under a header of column names: CSV and XLSX alike.
type table struct {
	// next gives the cells of the next row and its line; io.EOF at the end.
	next   func() (cells []string, line int, err error)
	fields []int // field of Row per column
	names  []string
	// tidy brings a cell into the form of its column; may be nil.
	tidy func(column, cell string) string
	// read and total count rows, for progress; total 0 = unknown.
	read  atomic.Int64
	total int64
}

// Share gives how much of the table was read, 0–1; 0 when that is not known.
func (t *table) Share() float64 {
	if t.total == 0 {
		return 0
	}
	return min(float64(t.read.Load())/float64(t.total), 1)
}

// header reads the first row and refuses unknown and repeated names, so that a
// misspelt column is not silently lost.
func (t *table) header() error {
	cells, _, err := t.next()
	if errors.Is(err, io.EOF) {
		return model.Errorf(model.CodeInvalidRequest, "文件为空，请按模板填写表头和数据。")
	}
	var bad *RowError
	if errors.As(err, &bad) {
		return model.Errorf(model.CodeInvalidRequest, "表头无法读取：%s", bad.Fault.Reason)
	}
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, cell := range cells {
		name := strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
		field, ok := columns()[name]
		if !ok || seen[name] {
			return model.Errorf(model.CodeInvalidRequest, "表头第 %d 列无法识别或重复，请使用模板的列名。", i+1)
		}
		seen[name] = true
		t.fields, t.names = append(t.fields, field), append(t.names, name)
	}
	return nil
}

// Next reads one row of cells into row; blank ones are passed over.
func (t *table) Next(row *Row) (int, error) {
	for {
		cells, line, err := t.next()
		if err != nil {
			return line, err
		}
		if !blank(cells) {
			return line, t.fill(row, cells, line)
		}
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (t *table) fill(row *Row, cells []string, line int) error {
	v := reflect.ValueOf(row).Elem()
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		if i >= len(t.fields) {
			return rowError(line, "", "columns", "该行的列数多于表头。")
		}
		if !utf8.ValidString(cell) {
			return rowError(line, t.names[i], "encoding", "该单元格不是有效的 UTF-8 文本，请将文件另存为 UTF-8 编码。")
		}
		if t.tidy != nil {
			cell = t.tidy(t.names[i], cell)
		}
		if err := setCell(v.Field(t.fields[i]), cell); err != nil {
			return rowError(line, t.names[i], "format", "该单元格的格式与列不符，请按模板填写。")
		}
	}
	return nil
}

func setCell(v reflect.Value, cell string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(cell)
	case reflect.Bool:
		b, err := strconv.ParseBool(cell)
		if err != nil {
			return err
		}
		v.SetBool(b)
	default:
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return err
		}
		v.SetInt(n)
	}
	return nil
}

// maxCSVRow bounds one row of CSV, bytes: a quote that is never closed takes in all
// that follows.
const maxCSVRow = 4 << 20

var errCSVRow = model.Errorf(model.CodeInvalidRequest, "CSV 中有一行过长，请检查引号是否成对。")

// rowLimit fails when too much is read for one row.
type rowLimit struct {
	in   io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errCSVRow
	}
	n, err := l.in.Read(p)
	l.left -= n
	return n, err
}

// NewCSV reads rows from UTF-8 CSV with a header of column names.
func NewCSV(r io.Reader) (Reader, error) {
	limit := &rowLimit{in: r, left: maxCSVRow}
	cr := csv.NewReader(limit)
	cr.FieldsPerRecord = -1
	t := &table{}
	t.next = func() ([]string, int, error) {
		limit.left = maxCSVRow
		cells, err := cr.Read()
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, bad.StartLine, rowError(bad.StartLine, "", "csv", "该行的引号或分隔符不成对。")
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := cr.FieldPos(0)
		return cells, line, nil
	}
	return t, t.header()
}

// utf16Mark are the byte order marks of UTF-16, which spreadsheets write as "Unicode text".
var utf16Mark = [][]byte{{0xFF, 0xFE}, {0xFE, 0xFF}}

// CheckText refuses text that starts like another encoding than UTF-8, before it is
// read row by row.
func CheckText(start []byte) error {
	for _, mark := range utf16Mark {
		if bytes.HasPrefix(start, mark) {
			return model.Errorf(model.CodeInvalidRequest, "文件是 UTF-16 编码，请另存为 UTF-8 编码后重试。")
		}
	}
	return nil
}
