package ingest

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
)

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
	t, err := sheet(f)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	t.total = sheetRows(path)
	return t, f, nil
}

// dimension stands near the start of a sheet, as most programs write it.
var dimension = regexp.MustCompile(`<dimension ref="[A-Z]+[0-9]+:[A-Z]+([0-9]{1,7})"`)

// sheetRows gives the number of rows that the first sheet says it has, for progress
// only; 0 = unknown. excelize would load the whole sheet for that.
func sheetRows(path string) int64 {
	z, err := zip.OpenReader(path)
	if err != nil {
		return 0
	}
	defer z.Close()
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		return 0
	}
	defer f.Close()
	start, err := io.ReadAll(io.LimitReader(f, 4096))
	found := dimension.FindSubmatch(start)
	if err != nil || found == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(found[1]), 10, 64) // digits only
	return n
}

func sheet(f *excelize.File) (*table, error) {
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, model.Errorf(model.CodeInvalidRequest, "工作簿中没有工作表。")
	}
	rows, err := f.Rows(sheets[0])
	if err != nil {
		return nil, model.Wrap(err, model.CodeInvalidRequest, "工作表无法读取，请另存为 XLSX 后重试。")
	}
	line := 0
	t := &table{tidy: sheetDate}
	t.next = func() ([]string, int, error) {
		if !rows.Next() {
			if err := rows.Error(); err != nil {
				return nil, line, err
			}
			return nil, line, io.EOF
		}
		line++
		t.read.Store(int64(line))
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, line, err
		}
		if len(cells) > maxCells {
			return nil, line, model.Errorf(model.CodeInvalidRequest, "工作表的列数过多，请使用模板。")
		}
		return cells, line, nil
	}
	return t, t.header()
}

// dateColumns hold days; a date cell of a workbook is a count of days since 1899-12-30.
var dateColumns = map[string]bool{"establishedOn": true, "decisionDate": true, "validFrom": true, "validTo": true, "dutyFulfilledOn": true}

func sheetDate(column, cell string) string {
	if !dateColumns[column] {
		return cell
	}
	days, err := strconv.Atoi(cell)
	if err != nil || days < 1 || days > 99_999 {
		return cell
	}
	return time.Date(1899, 12, 30+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
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
