package handlers

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// readBody reads the body into the call's buffer, within the limit and with a media
// type that the operation takes.
func (s *Server) readBody(c *gin.Context, call *call) error {
	r := c.Request
	if r.ContentLength > s.MaxBody {
		return s.tooLarge()
	}
	if r.ContentLength != 0 || len(r.Header["Content-Type"]) > 0 {
		if err := checkMedia(r.Header, call.route.op.Form()); err != nil {
			return err
		}
	}
	if r.ContentLength == 0 || r.Body == nil {
		return nil
	}
	from := io.Reader(r.Body)
	if r.ContentLength < 0 { // else the server gives no more than was announced
		from = io.LimitReader(from, s.MaxBody+1)
	}
	body, err := readAll(from, call.body, r.ContentLength)
	call.body = body
	if err != nil {
		return badRead(err)
	}
	if int64(len(body)) > s.MaxBody {
		return s.tooLarge()
	}
	return nil
}

func (s *Server) tooLarge() error {
	return model.Errorf(model.CodePayloadTooLarge, "请求正文超过 %d 字节，请分批提交。", s.MaxBody)
}

// badRead: the body ended early or came too slowly; nobody may be listening any more.
func badRead(err error) error {
	detail := "请求正文没有传完，请重试。"
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return model.Wrap(err, model.CodePayloadTooLarge, detail)
	}
	return &model.Error{Code: model.CodeInvalidRequest, Detail: detail, Err: err,
		Fields: []model.FieldError{{Pointer: "", Code: "incomplete", Detail: "正文不完整。"}}}
}

func readAll(from io.Reader, buffer []byte, size int64) ([]byte, error) {
	if size > 0 && int64(cap(buffer)) < size+1 {
		buffer = make([]byte, 0, size+1)
	}
	for {
		if len(buffer) == cap(buffer) {
			buffer = append(buffer, 0)[:len(buffer)]
		}
		n, err := from.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if errors.Is(err, io.EOF) {
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
	}
}

// checkMedia wants application/json in UTF-8 (or a form), not encoded otherwise.
func checkMedia(h http.Header, form bool) error {
	want := "application/json"
	if form {
		want = "application/x-www-form-urlencoded"
	}
	given := h["Content-Type"]
	if len(given) == 1 && len(h["Content-Encoding"]) == 0 && isMedia(given[0], want) {
		return nil
	}
	return model.Errorf(model.CodeUnsupportedMediaType, "请求正文须为 %s（UTF-8），不压缩。", want)
}

func isMedia(given, want string) bool {
	if given == want {
		return true
	}
	media, params, err := mime.ParseMediaType(given)
	if err != nil || media != want {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}
