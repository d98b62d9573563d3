package ingest

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"xinyi/model"
)

// Bounds of a workbook. Reading takes a few hundred KiB and a small text table, whatever
// the file says of itself; these bound the time.
const (
	maxDirectory = 1 << 20 // bytes of the archive's own directory
	maxPart      = 1 << 20 // of each small part, unpacked
	maxSheet     = 2 << 30 // of the sheet, unpacked
)

// errTooBig is a part that unpacks to more than its bound.
var errTooBig = errors.New("ingest: a part of the workbook is too big")

// book is an open workbook.
type book struct {
	file    *os.File
	sheet   io.ReadCloser
	texts   stringTable
	date904 bool // days count from 1904, as old Macs had it
	total   int64
}

// Close ends the book.
func (b *book) Close() error {
	if b.sheet != nil {
		_ = b.sheet.Close()
	}
	b.texts.close()
	return b.file.Close()
}

// openBook opens the first sheet of the workbook in f, which it closes. A big table of
// texts goes to a file in dir.
func openBook(f *os.File, dir string) (*book, error) {
	b := &book{file: f, texts: stringTable{dir: dir}}
	if err := b.open(); err != nil {
		_ = b.Close()
		return nil, badBook(err)
	}
	return b, nil
}

// badBook tells people what is wrong with a workbook.
func badBook(err error) error {
	var e *model.Error
	switch {
	case err == nil, errors.As(err, &e), errors.Is(err, io.EOF):
		return err
	case errors.Is(err, errTooBig):
		return model.Wrap(err, model.CodeInvalidRequest, "工作簿解压后过大，请分成几个文件提交。")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, zip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, errXML), strings.Contains(err.Error(), "flate: corrupt"):
		return model.Wrap(err, model.CodeInvalidRequest, "文件不是完整的 XLSX 工作簿，可能传输中断或已损坏，请重新另存为 XLSX 后提交。")
	}
	return err
}

// meter is an archive being opened: its directory may take so much and no more.
type meter struct {
	io.ReaderAt
	left int64
}

func (m *meter) ReadAt(p []byte, at int64) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, errTooBig
	}
	return m.ReaderAt.ReadAt(p, at)
}

func (b *book) open() error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	var start [8]byte
	if _, err := b.file.ReadAt(start[:], 0); err == nil && start == [8]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1} {
		return model.Errorf(model.CodeInvalidRequest, "文件已加密，或是旧版 XLS，请另存为不加密的 XLSX 后提交。")
	}
	bound := &meter{ReaderAt: b.file, left: maxDirectory}
	z, err := zip.NewReader(bound, info.Size())
	if err != nil {
		return err
	}
	bound.left = 1 << 62
	target, err := b.firstSheet(z)
	if err != nil {
		return err
	}
	if err := b.loadTexts(z); err != nil {
		return err
	}
	b.total = sheetRows(z, target)
	b.sheet, err = openPart(z, target, maxSheet)
	return err
}

// limited refuses what a part has over its bound.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooBig
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	return n, err
}

func openPart(z *zip.Reader, name string, limit int64) (io.ReadCloser, error) {
	for _, f := range z.File {
		if strings.EqualFold(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"), name) {
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			return &limited{r, limit}, nil
		}
	}
	return nil, fmt.Errorf("%w: a part is missing", zip.ErrFormat)
}

// elements calls do for each start tag of a small part.
func elements(z *zip.Reader, name string, do func(x *xmlScanner) (more bool)) error {
	part, err := openPart(z, name, maxPart)
	if err != nil {
		return err
	}
	defer part.Close()
	x := newXMLScanner(part)
	for {
		switch kind, err := x.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case kind == xmlStart && !do(x):
			return nil
		}
	}
}

// firstSheet gives the part of the first sheet.
func (b *book) firstSheet(z *zip.Reader) (target string, err error) {
	var id string
	err = elements(z, "xl/workbook.xml", func(x *xmlScanner) bool {
		switch string(x.name) {
		case "workbookPr":
			v := string(x.attr("date1904"))
			b.date904 = v == "1" || v == "true"
		case "sheet":
			id = string(x.attr("id"))
			return false
		}
		return true
	})
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", model.Errorf(model.CodeInvalidRequest, "工作簿中没有工作表。")
	}
	err = elements(z, "xl/_rels/workbook.xml.rels", func(x *xmlScanner) bool {
		if string(x.name) == "Relationship" && string(x.attr("Id")) == id {
			target = string(x.attr("Target"))
			return false
		}
		return true
	})
	if rest, ok := strings.CutPrefix(target, "/"); ok {
		return path.Clean(rest), err
	}
	return path.Join("xl", target), err
}

// loadTexts reads the text table; a workbook may have none.
func (b *book) loadTexts(z *zip.Reader) error {
	const name = "xl/sharedStrings.xml"
	part, err := openPart(z, name, maxStringTable)
	if errors.Is(err, zip.ErrFormat) && !has(z, name) {
		return nil
	}
	if err != nil {
		return err
	}
	defer part.Close()
	x := newXMLScanner(part)
	var text []byte
	inside, phonetic := false, 0
	for {
		kind, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch name := string(x.name); {
		case kind == xmlStart && name == "si":
			text = text[:0]
		case kind == xmlEnd && name == "si":
			if err := b.texts.add(text); err != nil {
				return err
			}
		case kind == xmlStart && name == "rPh":
			phonetic++
		case kind == xmlEnd && name == "rPh":
			phonetic--
		case name == "t" && kind != xmlText:
			inside = kind == xmlStart
		case kind == xmlText && inside && phonetic == 0:
			if text = append(text, x.text...); len(text) > maxString {
				return errTooBig
			}
		}
	}
}

func has(z *zip.Reader, name string) bool {
	for _, f := range z.File {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// sheetRows gives the number of rows that the sheet says it has, for progress only; 0 =
// unknown.
func sheetRows(z *zip.Reader, name string) int64 {
	part, err := openPart(z, name, maxSheet)
	if err != nil {
		return 0
	}
	defer part.Close()
	x := newXMLScanner(io.LimitReader(part, 4096))
	for {
		kind, err := x.next()
		if err != nil || kind == xmlStart && string(x.name) == "sheetData" {
			return 0
		}
		if kind != xmlStart || string(x.name) != "dimension" {
			continue
		}
		_, last, ok := bytes.Cut(x.attr("ref"), []byte(":"))
		if _, row := cellPlace(last); ok {
			return int64(row)
		}
		return 0
	}
}
