package ingest

import (
	"errors"
	"io"
	"strconv"
)

const (
	maxCells     = 256       // columns that are read
	maxSheetCols = 16_384    // that a sheet can have
	maxSheetRows = 1 << 20   // that a sheet can have
	maxRowText   = 256 << 10 // bytes
)

// sheetReader reads the rows of one sheet.
type sheetReader struct {
	x     *xmlScanner
	texts *stringTable
	line  int
	text  []byte // of the row's cells, one after the other
	ends  []int  // where each cell ends
	cells []string
	// numeric tells which cells of the row hold numbers: 2026.05.11 as a text is none.
	numeric []bool
	data    bool // inside sheetData
	value   []byte
}

// cellPlace reads a reference such as AB12: column from 1 and row; 0 for none.
func cellPlace(ref []byte) (col, row int) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		if col = col*26 + int(ref[i]-'A') + 1; col > 1<<20 {
			return 0, 0
		}
	}
	row, err := strconv.Atoi(string(ref[i:]))
	if err != nil || row < 1 || row > maxSheetRows {
		return col, 0
	}
	return col, row
}

// next gives the cells of the next row and its number; io.EOF after the last one. A
// *RowError is one bad row.
func (s *sheetReader) next() ([]string, int, error) {
	for {
		kind, err := s.x.next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // the end of the data did not come
		}
		if err != nil {
			return nil, s.line, badBook(err)
		}
		switch name := string(s.x.name); {
		case kind == xmlText:
		case name == "sheetData":
			if kind == xmlEnd {
				return nil, s.line, io.EOF
			}
			s.data = true
		case name == "row" && kind == xmlStart && s.data:
			return s.row()
		}
	}
}

func (s *sheetReader) row() ([]string, int, error) {
	s.line++
	if ref := s.x.attr("r"); ref != nil {
		n, err := strconv.Atoi(string(ref))
		if err != nil || n < s.line {
			return nil, s.line, badBook(errXML)
		}
		s.line = n
	}
	if s.line > maxSheetRows {
		return nil, s.line, badBook(errTooBig)
	}
	s.text, s.ends, s.cells, s.numeric = s.text[:0], s.ends[:0], s.cells[:0], s.numeric[:0]
	var bad error
	for col := 0; ; {
		kind, err := s.x.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, s.line, badBook(err)
		}
		switch name := string(s.x.name); {
		case kind == xmlEnd && name == "row":
			return s.split(), s.line, bad
		case kind == xmlStart && name == "c":
			col++
			if ref := s.x.attr("r"); ref != nil {
				at, _ := cellPlace(ref)
				if at < col {
					return nil, s.line, badBook(errXML)
				}
				col = at
			}
			code, err := s.cell(col)
			if err != nil {
				return nil, s.line, badBook(err)
			}
			if code != "" && bad == nil {
				bad = rowError(s.line, "", code, cellFaults[code])
			}
		}
	}
}

// cellFaults are why a row's cells cannot be read.
var cellFaults = map[string]string{
	"columns": "该行的列数过多，请使用模板，并删除右侧多余的单元格。",
	"length":  "该行文字过长，请按模板的长度填写。",
	"formula": "该行有公式没有结果或结果有误，请改为直接填写数值或文字。",
	"format":  "该行有单元格指向不存在的文字，文件可能已损坏，请重新另存后提交。",
}

// split gives the cells of the row that was read; they share one string.
func (s *sheetReader) split() []string {
	all, start := string(s.text), 0
	for _, end := range s.ends {
		s.cells = append(s.cells, all[start:end])
		start = end
	}
	return s.cells
}

// cell reads one cell to its end. code says why it makes its row a bad one.
func (s *sheetReader) cell(col int) (code string, err error) {
	kind := string(s.x.attr("t"))
	s.value = s.value[:0]
	inside, formula, phonetic := false, false, 0
	for {
		token, err := s.x.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		name := string(s.x.name)
		if token == xmlEnd && name == "c" {
			break
		}
		switch {
		case token == xmlText:
			if inside && phonetic == 0 && len(s.value) <= maxString {
				s.value = append(s.value, s.x.text...)
			}
		case name == "v" || name == "t":
			inside = token == xmlStart
		case name == "f":
			formula = true
		case name == "rPh" && token == xmlStart:
			phonetic++
		case name == "rPh":
			phonetic--
		case name == "row" || name == "sheetData":
			return "", errXML
		}
	}
	switch {
	case len(s.value) == 0 && !formula:
		return "", nil
	case len(s.value) == 0 || kind == "e":
		return "formula", nil
	case kind == "" || kind == "n":
		s.value = plainNumber(s.value)
	}
	switch {
	case len(s.value) > maxString || len(s.text)+len(s.value) > maxRowText:
		return "length", nil
	case col > maxCells || col > maxSheetCols:
		return "columns", nil
	}
	return s.put(col, kind)
}

// put keeps the value of a cell.
func (s *sheetReader) put(col int, kind string) (code string, err error) {
	for len(s.ends) < col-1 {
		s.ends, s.numeric = append(s.ends, len(s.text)), append(s.numeric, false)
	}
	start := len(s.text)
	if kind != "s" {
		s.text = append(s.text, s.value...)
	} else {
		i, bad := strconv.Atoi(string(s.value))
		known := false
		if bad == nil {
			s.text, known, err = s.texts.appendTo(s.text, i)
		}
		if err == nil && !known {
			code = "format"
		}
	}
	if len(s.text) > maxRowText {
		s.text, code = s.text[:start], "length"
	}
	s.ends, s.numeric = append(s.ends, len(s.text)), append(s.numeric, kind == "" || kind == "n")
	return code, err
}

// newSheet gives the rows of a book as a table without header yet.
func newSheet(b *book) *table {
	s := &sheetReader{x: newXMLScanner(b.sheet), texts: &b.texts}
	shift := 0
	if b.date904 {
		shift = 1462
	}
	t := &table{total: b.total, tidy: func(i int, column, cell string) string {
		if !s.numeric[i] {
			return cell
		}
		return dayOf(column, cell, shift)
	}}
	t.next = func() ([]string, int, error) {
		cells, line, err := s.next()
		t.read.Store(int64(line))
		return cells, line, err
	}
	return t
}
