package ingest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
)

// columns gives the field of Row by column name.
var columns = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for i := range reflect.TypeFor[Row]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[Row]().Field(i).Tag.Get("json"), ",")
		m[name] = i
	}
	return m
})

// table reads rows of cells under a header of column names: CSV and XLSX alike.
type table struct {
	next   func() ([]string, error) // io.EOF at the end
	fields []int                    // field of Row per column
	names  []string
	line   int
}

// header reads the first row and refuses unknown and repeated names, so that a
// misspelt column is not silently lost.
func (t *table) header() error {
	cells, err := t.next()
	if errors.Is(err, io.EOF) {
		return model.Errorf(model.CodeInvalidRequest, "文件为空，请按模板填写表头和数据。")
	}
	if err != nil {
		return err
	}
	t.line = 1
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

// Next reads one row of cells into row.
func (t *table) Next(row *Row) (int, error) {
	for {
		cells, err := t.next()
		if err != nil {
			return t.line, err
		}
		t.line++
		if blank(cells) {
			continue
		}
		return t.line, t.fill(row, cells)
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

func (t *table) fill(row *Row, cells []string) error {
	v := reflect.ValueOf(row).Elem()
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		if i >= len(t.fields) {
			return rowError(t.line, "", "columns", "该行的列数多于表头。")
		}
		if err := setCell(v.Field(t.fields[i]), cell); err != nil {
			return rowError(t.line, t.names[i], "format", "该单元格的格式与列不符，请按模板填写。")
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

// NewCSV reads rows from UTF-8 CSV with a header of column names.
func NewCSV(r io.Reader) (Reader, error) {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord = -1
	t := &table{}
	t.next = func() ([]string, error) {
		cells, err := cr.Read()
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, rowError(t.line+1, "", "csv", "该行的引号或分隔符不成对。")
		}
		return cells, err
	}
	return t, t.header()
}

// maxCells bounds the columns of a sheet row.
const maxCells = 256

// NewXLSX reads rows from the first sheet of a workbook with a header of column names.
// The workbook is opened from path, because the format needs random access; rows are
// streamed. Close ends it.
func NewXLSX(path string) (Reader, io.Closer, error) {
	f, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: 2 << 30, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return nil, nil, model.Wrap(err, model.CodeInvalidRequest, "文件不是有效的 XLSX 工作簿。")
	}
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		f.Close()
		return nil, nil, model.Errorf(model.CodeInvalidRequest, "工作簿中没有工作表。")
	}
	rows, err := f.Rows(sheets[0])
	if err != nil {
		f.Close()
		return nil, nil, model.Wrap(err, model.CodeInvalidRequest, "工作表无法读取，请另存为 XLSX 后重试。")
	}
	t := &table{next: func() ([]string, error) {
		if !rows.Next() {
			if err := rows.Error(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err == nil && len(cells) > maxCells {
			return nil, model.Errorf(model.CodeInvalidRequest, "工作表的列数过多，请使用模板。")
		}
		return cells, err
	}}
	if err := t.header(); err != nil {
		f.Close()
		return nil, nil, err
	}
	return t, f, nil
}

// WriteFaults writes rejected rows to an XLSX workbook: line, column, code and reason.
func WriteFaults(path string, faults []Fault) error {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	put := func(row int, cells ...any) {
		if err == nil {
			err = w.SetRow(fmt.Sprintf("A%d", row), cells)
		}
	}
	put(1, "行 line", "列 column", "错误码 code", "原因 reason")
	for i, ft := range faults {
		put(i+2, ft.Line, ft.Column, ft.Code, ft.Reason)
	}
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(path)
}
