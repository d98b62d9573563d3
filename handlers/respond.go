package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

var (
	jsonMedia    = []string{"application/json"}
	problemMedia = []string{"application/problem+json"}
)

type encoder struct {
	buffer bytes.Buffer
	json   *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.json = json.NewEncoder(&e.buffer)
	e.json.SetEscapeHTML(false)
	return e
}}

// respond answers with v as JSON.
func respond(c *gin.Context, status int, v any) error { return writeJSON(c, status, jsonMedia, v) }

func writeJSON(c *gin.Context, status int, media []string, v any) error {
	e, _ := encoders.Get().(*encoder)
	defer e.giveBack()
	if err := e.encode(v); err != nil {
		return err
	}
	writeBody(c, status, media, e.body())
	return nil
}

func (e *encoder) encode(v any) error {
	e.buffer.Reset()
	return model.Wrap(e.json.Encode(v), model.CodeInternal, "")
}

// body is what encode wrote, without the line end; good until the encoder is given back.
func (e *encoder) body() []byte { return e.buffer.Bytes()[:e.buffer.Len()-1] }

// giveBack keeps e for the next answer. A big buffer is left to the collector.
func (e *encoder) giveBack() {
	if e.buffer.Cap() <= 64<<10 {
		encoders.Put(e)
	}
}

// writeSpliced answers 200 with JSON that make puts together.
func writeSpliced(c *gin.Context, make func(b *bytes.Buffer) error) error {
	e, _ := encoders.Get().(*encoder)
	defer e.giveBack()
	e.buffer.Reset()
	if err := make(&e.buffer); err != nil {
		return err
	}
	writeBody(c, http.StatusOK, jsonMedia, e.buffer.Bytes())
	return nil
}

// writeText writes s as a JSON string, as the encoder would.
func writeText(b *bytes.Buffer, s string) error {
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			text, err := encode(s)
			b.Write(text)
			return err
		}
	}
	b.WriteByte('"')
	b.WriteString(s)
	b.WriteByte('"')
	return nil
}

// encode gives the JSON that respond would write.
func encode(v any) ([]byte, error) {
	e, _ := encoders.Get().(*encoder)
	defer e.giveBack()
	if err := e.encode(v); err != nil {
		return nil, err
	}
	return bytes.Clone(e.body()), nil // it may be kept: no spare room
}

// selfMeasured is the length below which net/http counts a body itself; with that header
// of ours most answers have more than eight, and maps of up to eight are much cheaper.
const selfMeasured = 2048

// writeBody writes a whole answer. A failed write means that the caller has gone.
func writeBody(c *gin.Context, status int, media []string, body []byte) {
	call := callOf(c)
	h := c.Writer.Header()
	h["Content-Type"] = media
	if len(body) >= selfMeasured {
		call.head[1] = strconv.Itoa(len(body))
		h["Content-Length"] = call.head[1:2:2]
	}
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(body)
}

// noContent answers 204.
func noContent(c *gin.Context) error {
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// instant writes t as RFC 3339 in Asia/Shanghai; "" for the zero time.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(model.Shanghai).Format(time.RFC3339)
}

// nullable gives nil for the zero time, where the contract says null.
func nullable(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := instant(t)
	return &text
}

// list gives items, never null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
