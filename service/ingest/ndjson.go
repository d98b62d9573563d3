package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// maxLine bounds one NDJSON line, bytes.
const maxLine = 1 << 20

// ndjsonReader reads one JSON object per line; empty lines are passed over.
type ndjsonReader struct {
	sc   *bufio.Scanner
	line int
}

// NewNDJSON reads rows from newline-delimited JSON. Unknown keys reject their line.
func NewNDJSON(r io.Reader) Reader {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	return &ndjsonReader{sc: sc}
}

func (r *ndjsonReader) Next(row *Row) (int, error) {
	for r.sc.Scan() {
		r.line++
		text := bytes.TrimSpace(r.sc.Bytes())
		if len(text) == 0 {
			continue
		}
		if !utf8.Valid(text) {
			return r.line, rowError(r.line, "", "encoding", "该行不是有效的 UTF-8 文本。")
		}
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(row); err != nil || dec.More() {
			return r.line, rowError(r.line, jsonColumn(err), "json", "该行不是有效的 JSON 对象，或含有未知的字段。")
		}
		return r.line, nil
	}
	if err := r.sc.Err(); err != nil {
		return r.line, err
	}
	return r.line, io.EOF
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
