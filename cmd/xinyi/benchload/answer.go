package benchload

import (
	"bytes"
	"errors"
	"io"
)

// answerReader reads HTTP/1.1 answers from one keep-alive connection. It wants a
// Content-Length, as every answer of the product and of the bare handler has. After an error
// of a read it can be asked again: nothing of an answer is used before all of it is there.
type answerReader struct {
	from io.Reader
	buf  []byte
	r, w int // what is read but not used
}

var (
	errMalformed = errors.New("benchload: malformed answer")
	errChunked   = errors.New("benchload: answer without Content-Length")
	errTooBig    = errors.New("benchload: answer over 8 MiB")
)

const maxAnswer = 8 << 20

var headEnd, lineEnd = []byte("\r\n\r\n"), []byte("\r\n")

// next gives status and body of one answer; body is good until the next call.
func (a *answerReader) next() (status int, body []byte, err error) {
	end := -1
	for from := 0; ; {
		if i := bytes.Index(a.buf[a.r+from:a.w], headEnd); i >= 0 {
			end = from + i
			break
		}
		from = max(a.w-a.r-len(headEnd)+1, 0)
		if err := a.fill(); err != nil {
			return 0, nil, err
		}
	}
	status, size, err := parseHead(a.buf[a.r : a.r+end])
	if err != nil {
		return 0, nil, err
	}
	end += len(headEnd)
	for a.w-a.r < end+size {
		if err := a.fill(); err != nil {
			return 0, nil, err
		}
	}
	body = a.buf[a.r+end : a.r+end+size]
	a.r += end + size
	return status, body, nil
}

// fill reads more, making room first.
func (a *answerReader) fill() error {
	if a.r > 0 {
		a.w = copy(a.buf, a.buf[a.r:a.w])
		a.r = 0
	}
	if a.w == len(a.buf) {
		if a.w >= maxAnswer {
			return errTooBig
		}
		a.buf = append(a.buf, make([]byte, max(8<<10, len(a.buf)))...)
	}
	n, err := a.from.Read(a.buf[a.w:])
	a.w += n
	if n > 0 {
		return nil
	}
	if err == io.EOF { //nolint:errorlint // given bare; an answer was expected
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseHead reads "HTTP/1.1 200 OK" and Content-Length.
func parseHead(head []byte) (status, size int, err error) {
	line, rest, _ := bytes.Cut(head, lineEnd)
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, errMalformed
	}
	if status = number(line[9:12]); status < 100 {
		return 0, 0, errMalformed
	}
	if status == 204 || status == 304 {
		return status, 0, nil
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, lineEnd)
		const name = "content-length:"
		if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
			continue
		}
		if size = number(bytes.TrimSpace(line[len(name):])); size < 0 || size > maxAnswer {
			return 0, 0, errMalformed
		}
		return status, size, nil
	}
	return 0, 0, errChunked
}

// number reads decimal digits; -1 if there is anything else, or nothing.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 9 {
		return -1
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
