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
func NewXLSX(path string) (Reader, io.Closer, error) { return newXLSX(path, Layout{}) }

func newXLSX(path string, layout Layout) (Reader, io.Closer, error) {
	b, err := openBook(path)
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

func sheetDate(column, cell string) string { return dayOf(column, cell, 0) }

func sheetDate1904(column, cell string) string { return dayOf(column, cell, 1462) }

// dayOf reads a count of days since 1899-12-30, shifted. Some programs write the time, too.
func dayOf(column, cell string, shift int) string {
	if !dateColumns[column] {
		return cell
	}
	whole, _, _ := strings.Cut(cell, ".")
	days, err := strconv.Atoi(whole)
	if err != nil || days < 1 || days > 99_999 {
		return cell
	}
	return time.Date(1899, 12, 30+days+shift, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Cell names the cell of a fault, such as C17; "" for a whole row.
func (t *table) Cell(f *Fault) string {
	i := slices.Index(t.names, f.Column)
	name, err := excelize.CoordinatesToCellName(i+1, f.Line)
	if i < 0 || err != nil {
		return ""
	}
	return name
}

// WriteFaults writes rejected rows to an XLSX workbook, whole or not at all: line, cell,
// column, code and reason. cell names the cell of a fault.
func WriteFaults(path string, faults []*Fault, cell func(*Fault) string) error {
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
	put(1, "行 line", "单元格 cell", "列 column", "错误码 code", "原因 reason")
	for i, ft := range faults {
		put(i+2, ft.Line, inert(cell(ft)), inert(ft.Column), inert(ft.Code), inert(ft.Reason))
	}
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".rejected-*.xlsx")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	if _, err := f.WriteTo(part); err != nil {
		part.Close()
		return err
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// inert keeps a text from being read as a formula when the cell is copied elsewhere.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
