package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"xinyi/model"
)

// sniffed is how much of a text decides on its encoding.
const sniffed = 256 << 10

// Open reads rows of a file laid out by people and closes it at the end: format is xlsx,
// csv or ndjson. A text may be UTF-8, UTF-16 with its mark, or GB18030 (which GBK and GB2312
// are part of). What reading needs on disk goes to dir.
func Open(f *os.File, dir, format string, layout Layout) (Reader, io.Closer, error) {
	if format == "xlsx" {
		return newXLSX(f, dir, layout)
	}
	r, err := newText(f, format, layout)
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return r, f, nil
}

func newText(in io.Reader, format string, layout Layout) (Reader, error) {
	utf, err := decoded(in)
	if err != nil {
		return nil, err
	}
	if format == "ndjson" {
		return NewNDJSON(utf), nil
	}
	return newCSV(utf, layout)
}

// decoded gives a text as UTF-8.
func decoded(in io.Reader) (io.Reader, error) {
	buf := bufio.NewReaderSize(in, sniffed)
	start, err := buf.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i, mark := range utf16Mark {
		if bytes.HasPrefix(start, mark) {
			order := []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian}[i]
			return transform.NewReader(buf, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), nil
		}
	}
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return nil, model.Errorf(model.CodeInvalidRequest, "文件内容不是文本，而像是 XLSX 工作簿，请检查扩展名。")
	case bytes.IndexByte(start, 0) >= 0:
		return nil, model.Errorf(model.CodeInvalidRequest, "文件不是文本，或是没有标记的 UTF-16 编码，请另存为 UTF-8 编码后重试。")
	case utf8.Valid(whole(start)):
		return buf, nil
	case isGB18030(start):
		return transform.NewReader(buf, simplifiedchinese.GB18030.NewDecoder()), nil
	}
	return buf, nil // the rows that are not UTF-8 are rejected one by one
}

// whole cuts off a last character that the sniffing cut in two.
func whole(b []byte) []byte {
	if len(b) < sniffed {
		return b
	}
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// isGB18030 reports whether b reads as GB18030 without a fault, its cut end aside.
func isGB18030(b []byte) bool {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil && !errors.Is(err, encoding.ErrInvalidUTF8) {
		return false
	}
	at := bytes.IndexRune(text, utf8.RuneError)
	return at < 0 || len(b) == sniffed && at >= len(text)-4
}
