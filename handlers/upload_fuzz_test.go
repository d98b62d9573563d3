package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"xinyi/handlers"
)

// FuzzUpload sends anything as a form: it is taken whole or refused by a closed code, and
// nothing stays on disk.
func FuzzUpload(f *testing.F) {
	dir := f.TempDir()
	var taken int
	o := options(f, route("POST", "/v1/submissions", func(c *gin.Context) error {
		n, err := io.Copy(io.Discard, handlers.UploadOf(c))
		taken = int(n)
		c.Status(http.StatusNoContent)
		return err
	}))
	o.MaxUpload = 2000
	o.Spool = func() (*os.File, error) {
		file, err := os.CreateTemp(dir, "")
		if err == nil {
			err = os.Remove(file.Name())
		}
		return file, err
	}
	s := server(f, o)
	const part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n甲,乙\r\n"
	field := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for _, seed := range [][2]string{
		{"multipart/form-data; boundary=b", part + field("kind", "permit") + "--b--\r\n"}, {"multipart/form-data; boundary=b", part + part + "--b--"},
		{"multipart/form-data; boundary=b", field("kind", "a") + field("kind", "a") + part + "--b--"}, {"multipart/form-data; boundary=b", field("other", "a") + "--b--"},
		{"multipart/form-data; boundary=b", strings.Replace(part, "甲", strings.Repeat("a", 3000), 1) + "--b--"}, {"multipart/form-data; boundary=b", part[:40]},
		{"multipart/form-data", part}, {"multipart/form-data; boundary=\"\"", part}, {"multipart/form-data; boundary=b; boundary=c", part}, {"Multipart/Form-Data;boundary=b", part + "--b--"},
	} {
		f.Add(seed[0], seed[1])
	}
	n := 0
	f.Fuzz(func(t *testing.T, media, body string) {
		n++
		taken = -1
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/submissions", strings.NewReader(body))
		r.Header["Content-Type"] = []string{media}
		r.Header.Set("Authorization", "Bearer token-department")
		r.Header.Set("Idempotency-Key", "k"+strings.Repeat("x", n%60))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusNoContent:
			if taken > len(body) || taken > 2000 {
				t.Fatalf("%d bytes out of %d", taken, len(body))
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
			if taken >= 0 {
				t.Fatalf("refused with %d after it was taken", w.Code)
			}
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Fatalf("left on disk: %v", left)
		}
	})
}
