package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"unicode/utf8"
)

// maxLine bounds one NDJSON line, bytes.
const maxLine = 1 << 20

// ndjsonReader reads one JSON object per line; empty lines are passed over.
type ndjsonReader struct {
	in   *bufio.Reader
	line int
}

// NewNDJSON reads rows from newline-delimited JSON. Unknown keys reject their line.
func NewNDJSON(r io.Reader) Reader {
	return &ndjsonReader{in: bufio.NewReaderSize(r, maxLine)}
}

func (r *ndjsonReader) Next(row *Row) (int, error) {
	for {
		text, err := r.in.ReadSlice('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) && !errors.Is(err, bufio.ErrBufferFull) {
			return r.line, err
		}
		r.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			return r.line, r.skipLine()
		}
		if r.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return r.line, r.decode(text, row)
		}
	}
}

// skipLine passes over the rest of a line that is too long.
func (r *ndjsonReader) skipLine() error {
	for {
		switch _, err := r.in.ReadSlice('\n'); {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			return err
		default:
			return rowError(r.line, "", "length", "该行过长，请检查换行是否丢失。")
		}
	}
}

func (r *ndjsonReader) decode(text []byte, row *Row) error {
	if !utf8.Valid(text) {
		return rowError(r.line, "", "encoding", "该行不是有效的 UTF-8 文本。")
	}
	if quickRow(string(text), row) {
		return nil
	}
	*row = Row{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(row)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	return rowError(r.line, jsonColumn(err), "json", "该行不是有效的 JSON 对象，或含有未知的字段。")
}

func jsonColumn(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return typ.Field
	}
	return ""
}

func rowError(line int, column, code, reason string) error {
	return &RowError{Fault: Fault{Line: line, Column: column, Code: code, Reason: reason}}
}

// quickRow reads the plain form of a row, as programs write it: one flat object of
// strings without escapes, integers and booleans. false leaves row half filled and the
// text to encoding/json, which takes five times as long and also says what is wrong.
// The strings share the memory of text, which is valid UTF-8.
func quickRow(text string, row *Row) bool {
	q := quick{text: text}
	fields := reflect.ValueOf(row).Elem()
	if !q.take('{') {
		return false
	}
	for first := true; !q.take('}'); first = false {
		if !first && !q.take(',') {
			return false
		}
		key, ok := q.str()
		index, known := columns()[key]
		if !ok || !known || !q.take(':') || !q.value(fields.Field(index)) {
			return false
		}
	}
	return q.at == len(text)
}

// quick is a place in the text of a row.
type quick struct {
	text string
	at   int
}

// take passes over spaces and the character c, if that stands there.
func (q *quick) take(c byte) bool {
	for q.at < len(q.text) && q.text[q.at] == ' ' {
		q.at++
	}
	if q.at == len(q.text) || q.text[q.at] != c {
		return false
	}
	q.at++
	return true
}

func (q *quick) str() (string, bool) {
	if !q.take('"') {
		return "", false
	}
	for i := q.at; i < len(q.text); i++ {
		switch c := q.text[i]; {
		case c == '"':
			s := q.text[q.at:i]
			q.at = i + 1
			return s, true
		case c == '\\' || c < ' ':
			return "", false
		}
	}
	return "", false
}

// value reads a value of the kind of v.
func (q *quick) value(v reflect.Value) bool {
	if v.Kind() == reflect.String {
		s, ok := q.str()
		v.SetString(s)
		return ok
	}
	start := q.at
	for q.at < len(q.text) && q.text[q.at] != ',' && q.text[q.at] != '}' {
		q.at++
	}
	word := q.text[start:q.at]
	if v.Kind() == reflect.Bool {
		v.SetBool(word == "true")
		return word == "true" || word == "false"
	}
	return isNumber(word) && setCell(v, word) == nil
}

// isNumber reports whether JSON takes word as an integer.
func isNumber(word string) bool {
	if len(word) > 1 && word[0] == '-' {
		word = word[1:]
	}
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return word != "" && (len(word) == 1 || word[0] != '0')
}
