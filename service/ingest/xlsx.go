package ingest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// NewXLSX reads rows from the first sheet of a workbook with a header of column names.
// The workbook is opened from path, because the format needs random access; rows are
// streamed, in memory that does not grow with the file. Close ends it.
func NewXLSX(path string) (Reader, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return newXLSX(f, filepath.Dir(path), Layout{})
}

func newXLSX(f *os.File, dir string, layout Layout) (Reader, io.Closer, error) {
	b, err := openBook(f, dir)
	if err != nil {
		return nil, nil, err
	}
	t := newSheet(b)
	t.layout = layout
	if err := t.header(); err != nil {
		_ = b.Close()
		return nil, nil, err
	}
	return t, b, nil
}

// dateColumns hold days; a date cell of a workbook is a count of days since 1899-12-30.
var dateColumns = map[string]bool{"establishedOn": true, "decisionDate": true, "validFrom": true, "validTo": true, "dutyFulfilledOn": true}

// firstSerial is 1949-10-01: no fact is older, but a plain year (2026) would be.
const firstSerial = 18_172

// dayOf reads a number as a count of days since 1899-12-30, shifted. Some programs write
// the time, too.
func dayOf(column, cell string, shift int) string {
	if !dateColumns[column] {
		return cell
	}
	whole, clock, _ := strings.Cut(cell, ".")
	days, err := strconv.Atoi(whole)
	if err != nil || days+shift < firstSerial || days > 99_999 || strings.Trim(clock, "0123456789") != "" {
		return cell
	}
	return time.Date(1899, 12, 30+days+shift, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Columns gives the keys of the columns in their order, "" for those that are passed over.
func (t *table) Columns() []string { return t.names }

// Total gives how many rows the table says it has; 0 = not known.
func (t *table) Total() int64 { return t.total }

// Cell names the cell of a fault, such as C17; "" for a whole row.
func (t *table) Cell(f *Fault) string { return CellOf(t.names, f) }

// CellOf names the cell of a fault under columns; "" for a whole row.
func CellOf(columns []string, f *Fault) string {
	if f.Column == "" {
		return ""
	}
	i := slices.Index(columns, f.Column)
	name, err := excelize.CoordinatesToCellName(i+1, f.Line)
	if i < 0 || err != nil {
		return ""
	}
	return name
}

// WriteFaults writes what was found in rows to an XLSX workbook, whole or not at all: line,
// cell, column, code, reason, compliance check and level. cell names the cell of a fault.
func WriteFaults(path string, faults []*Fault, cell func(*Fault) string) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".rejected-*.xlsx")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	if err := EncodeFaults(part, faults, cell, nil); err != nil {
		part.Close()
		return err
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// EncodeFaults is WriteFaults to w. label gives the name of a column that people know; nil =
// its key.
func EncodeFaults(w io.Writer, faults []*Fault, cell func(*Fault) string, label func(column string) string) error {
	f := excelize.NewFile()
	defer f.Close()
	out, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	put := func(row int, cells ...any) {
		if err == nil {
			err = out.SetRow(fmt.Sprintf("A%d", row), cells)
		}
	}
	put(1, "行 line", "单元格 cell", "列 column", "错误码 code", "原因 reason", "校验 check", "级别 level")
	for i, ft := range faults {
		column := ft.Column
		if label != nil {
			column = label(column)
		}
		level := "拒收"
		if ft.Warning {
			level = "提示"
		}
		put(i+2, ft.Line, inert(cell(ft)), inert(column), inert(ft.Code), inert(ft.Reason), ft.Check, level)
	}
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

// inert keeps a text from being read as a formula when the cell is copied elsewhere.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
