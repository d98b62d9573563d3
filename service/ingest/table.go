package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"xinyi/model"
)

// Layout says how people laid a table out. The zero Layout takes column names as they are,
// from the first row on.
type Layout struct {
	// Column gives the column of Row that a header means; "" = a column to pass over.
	Column func(header string) (column string, known bool)
	// Cell brings a text into the form of its column; a fault rejects the row. May be nil.
	Cell func(column, text string) (value string, fault *Fault)
	// Above is how many rows (titles, notes) may stand above the header.
	Above int
	// Passed tells rows that are no data, such as examples; may be nil.
	Passed func(cells []string) bool
}

// table reads rows of cells under a header of column names: CSV and XLSX alike.
type table struct {
	// next gives the cells of the next row and its line; io.EOF at the end.
	next   func() (cells []string, line int, err error)
	layout Layout
	fields []int // field of Row per column, or one of the two below
	names  []string
	// tidy brings cell i of the row into the form of its column; may be nil.
	tidy func(i int, column, cell string) string
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

// header finds the header and refuses unknown and repeated names, so that a misspelt
// column is not silently lost.
func (t *table) header() error {
	for above := 0; ; above++ {
		cells, _, err := t.next()
		if errors.Is(err, io.EOF) {
			return model.Errorf(model.CodeInvalidRequest, "文件为空或没有表头，请按模板填写表头和数据。")
		}
		var bad *RowError
		if errors.As(err, &bad) {
			return model.Errorf(model.CodeInvalidRequest, "表头无法读取：%s", bad.Fault.Reason)
		}
		if err != nil {
			return err
		}
		if above < t.layout.Above && t.known(cells) < 2 { // a title or a note
			continue
		}
		return t.name(cells)
	}
}

func (t *table) column(cell string) (string, bool) {
	header := strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
	if t.layout.Column != nil {
		return t.layout.Column(header)
	}
	return header, true
}

// known counts the cells that name a column.
func (t *table) known(cells []string) (n int) {
	for _, cell := range cells {
		if _, ok := t.column(cell); ok && strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

func (t *table) name(cells []string) error {
	seen := map[string]bool{}
	for i, cell := range cells {
		name, ok := t.column(cell)
		field := unnamed
		if t.layout.Column != nil && strings.TrimSpace(cell) == "" {
			name, ok = "", true // cells merged with another: whoever fills them hears of it
		} else if ok && (name != "" || t.layout.Column == nil) {
			if ok = Takes(name); ok && strings.HasPrefix(name, model.DetailColumn) {
				field = detail
			} else {
				field = columns()[name]
			}
		} else if ok {
			field = passedOver
		}
		if !ok || name != "" && seen[name] {
			return model.Errorf(model.CodeInvalidRequest, "表头第 %d 列无法识别或重复，请使用模板的列名。", i+1)
		}
		seen[name] = true
		t.fields, t.names = append(t.fields, field), append(t.names, name)
	}
	return nil
}

// What a column can be besides a field of Row.
const (
	unnamed    = -1 // has no header: nobody may write there
	passedOver = -2 // is of no interest
	detail     = -3 // goes to Row.Details
)

// Next reads one row of cells into row; blank ones are passed over.
func (t *table) Next(row *Row) (int, error) {
	for {
		cells, line, err := t.next()
		if err != nil {
			return line, err
		}
		if !blank(cells) && (t.layout.Passed == nil || !t.layout.Passed(cells)) {
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
		if i >= len(t.fields) || t.fields[i] == unnamed {
			return rowError(line, "", "columns", "该行有内容写在没有表头的列中，请按模板填写，不要合并表头。")
		}
		if t.fields[i] == passedOver {
			continue
		}
		if !utf8.ValidString(cell) {
			return rowError(line, t.names[i], "encoding", "该单元格不是有效的 UTF-8 文本，请将文件另存为 UTF-8 编码。")
		}
		if t.tidy != nil {
			cell = t.tidy(i, t.names[i], cell)
		}
		if t.layout.Cell != nil {
			value, fault := t.layout.Cell(t.names[i], cell)
			if fault != nil {
				at := *fault
				at.Line, at.Column = line, t.names[i]
				return &RowError{Fault: at}
			}
			cell = value
		}
		if t.fields[i] == detail {
			row.Details = append(row.Details, model.Detail{Key: strings.TrimPrefix(t.names[i], model.DetailColumn), Value: cell})
			continue
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
func NewCSV(r io.Reader) (Reader, error) { return newCSV(r, Layout{}) }

func newCSV(r io.Reader, layout Layout) (Reader, error) {
	comma := ','
	if layout.Column != nil {
		in := bufio.NewReaderSize(r, 16<<10)
		r, comma = in, separator(in, layout.Above+1)
	}
	limit := &rowLimit{in: r, left: maxCSVRow}
	cr := csv.NewReader(limit)
	cr.Comma = comma
	cr.FieldsPerRecord = -1
	t := &table{layout: layout}
	first, line, last := 0, 0, 0 // of a row whose quote took in the lines behind it
	t.next = func() ([]string, int, error) {
		if line < last { // each of them may have been a row: none is lost unseen
			line++
			return nil, line, rowError(line, "", "csv", fmt.Sprintf("第 %d 行的引号不成对，该行被当作其单元格的内容而没有读取；请改正引号后重新提交整个文件。", first))
		}
		limit.left = maxCSVRow
		cells, err := cr.Read()
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			first, line, last = bad.StartLine, bad.StartLine, bad.Line
			return nil, line, rowError(line, "", "csv", "该行的引号或分隔符不成对。")
		}
		if err != nil {
			return nil, 0, err
		}
		at, _ := cr.FieldPos(0)
		return cells, at, nil
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
