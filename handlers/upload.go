package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// Bounds of an upload.
const (
	defaultMaxUpload = 200 << 20
	uploadSlack      = 64 << 10 // what the form takes around the file
	maxFormFields    = 8
	maxFormField     = 256
	// uploadPause is how long a caller may send nothing; answerTime is what is left for the
	// answer after the last byte.
	uploadPause = 30 * time.Second
	answerTime  = 2 * time.Minute
)

// upload is a form with one file, which lies on disk under no name.
type upload struct {
	file   *os.File
	name   string
	size   int64
	digest string
	fields map[string]string
	leave  func()
}

func (u *upload) close() {
	_ = u.file.Close()
	u.leave()
}

// isUpload reports whether the request brings a form where the operation takes one.
func isUpload(call *call, h http.Header) bool {
	if !call.route.op.Upload() {
		return false
	}
	given := h["Content-Type"]
	return len(given) == 1 && strings.HasPrefix(strings.ToLower(given[0]), "multipart/form-data")
}

// receive reads the form, the file to disk as it comes in, so that neither memory nor the
// usual time for a request bounds it. What tells two forms apart becomes the call's body, for
// its idempotency.
func (s *Server) receive(c *gin.Context, call *call) (err error) {
	r := c.Request
	if s.Spool == nil {
		return model.Errorf(model.CodeUnsupportedMediaType, "本服务没有启用文件上传，请以 JSON 提交。")
	}
	if r.ContentLength > s.MaxUpload+uploadSlack {
		return s.uploadTooLarge()
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || len(r.Header["Content-Encoding"]) > 0 {
		return model.Errorf(model.CodeUnsupportedMediaType, "文件须以 multipart/form-data 上传，不压缩。")
	}
	u := &upload{fields: map[string]string{}}
	if u.leave, err = s.seats.take(&call.principal); err != nil {
		return err
	}
	if u.file, err = s.Spool(); err != nil {
		u.leave()
		return model.Wrap(err, model.CodeUnavailable, "暂时不能接收文件，请稍后重试。")
	}
	call.upload = u // closed at the end of the call
	body := &patient{in: io.LimitReader(r.Body, s.MaxUpload+uploadSlack+1), server: s, control: controllerOf(call), end: s.Clock.Now().Add(uploadTime)}
	defer body.settle()
	digest := sha256.New()
	form := multipart.NewReader(body, params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s.badForm(err, body)
		}
		if err := s.formPart(u, part, digest); err != nil {
			return s.badForm(err, body)
		}
	}
	if u.digest == "" {
		return model.Invalid("/file", "required", "请在 file 中上传文件。")
	}
	call.body = append(call.body, "form\x00"+u.fields["kind"]+"\x00"+u.fields["mode"]+"\x00"+u.digest...)
	_, err = u.file.Seek(0, io.SeekStart)
	return err
}

func (s *Server) uploadTooLarge() error {
	return model.Errorf(model.CodePayloadTooLarge, "文件超过 %d MB，请分成几个文件提交。", s.MaxUpload>>20)
}

// badForm tells a form that is too big from one that is cut off or malformed.
func (s *Server) badForm(err error, body *patient) error {
	var e *model.Error
	switch {
	case errors.As(err, &e):
		return err
	case body.read > s.MaxUpload+uploadSlack:
		return s.uploadTooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return badRead(err)
	}
	var onDisk *os.PathError
	if errors.As(err, &onDisk) {
		return model.Wrap(err, model.CodeUnavailable, "暂时不能接收文件，请稍后重试。")
	}
	return badRead(err)
}

// formPart takes one part of the form: the file or a short text.
func (s *Server) formPart(u *upload, part *multipart.Part, digest hash.Hash) error {
	name := part.FormName()
	if name == "file" {
		if u.digest != "" {
			return model.Invalid("/file", "repeated", "一次只能上传一个文件。")
		}
		n, err := io.Copy(io.MultiWriter(u.file, digest), io.LimitReader(part, s.MaxUpload+1))
		if err != nil {
			return err
		}
		if n > s.MaxUpload {
			return s.uploadTooLarge()
		}
		u.name, u.size, u.digest = part.FileName(), n, hex.EncodeToString(digest.Sum(nil))
		return nil
	}
	pointer := "/" + name
	if name != "kind" && name != "mode" {
		pointer = ""
	}
	text, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
	if err != nil {
		return err
	}
	_, twice := u.fields[name]
	switch {
	case pointer == "" || len(u.fields) == maxFormFields:
		return model.Invalid("", "unknown_property", "表单中有多余的字段。")
	case twice:
		return model.Invalid(pointer, "repeated", "只能给一次。")
	case len(text) > maxFormField:
		return model.Invalid(pointer, "max_length", "文字过长。")
	}
	u.fields[name] = string(text)
	return nil
}

// controllerOf leads to the connection, past the wrappers; nil where there is none.
func controllerOf(call *call) *http.ResponseController {
	if w, ok := call.answer.ResponseWriter.(interface{ Unwrap() http.ResponseWriter }); ok {
		return http.NewResponseController(w.Unwrap())
	}
	return nil
}

// patient reads a long body: the connection stays open as long as bytes come, until end.
type patient struct {
	in      io.Reader
	server  *Server
	control *http.ResponseController
	read    int64
	until   time.Time
	end     time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	now := p.server.Clock.Now()
	if now.After(p.end) {
		return 0, os.ErrDeadlineExceeded
	}
	if p.control != nil {
		if now.After(p.until.Add(-uploadPause / 2)) {
			p.until = now.Add(uploadPause)
			if p.until.After(p.end) {
				p.until = p.end
			}
			_ = p.control.SetReadDeadline(p.until) // a recorder in a test has none
		}
	}
	n, err := p.in.Read(b)
	p.read += int64(n)
	return n, err
}

// settle leaves time for the answer.
func (p *patient) settle() {
	if p.control != nil {
		until := p.server.Clock.Now().Add(answerTime)
		_ = p.control.SetReadDeadline(until)
		_ = p.control.SetWriteDeadline(until)
	}
}
