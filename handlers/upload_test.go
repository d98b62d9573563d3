package handlers_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"xinyi/handlers"
)

// form writes a multipart form of a file and fields in pairs.
func form(t *testing.T, file string, fields ...string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(t, m.WriteField(fields[i], fields[i+1]))
	}
	part, err := m.CreateFormFile("file", "a.csv")
	require.NoError(t, err)
	_, err = part.Write([]byte(file))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return b.String(), m.FormDataContentType()
}

// An upload goes to a file and not to memory, within its own limit; the limit of other
// bodies does not hold for it.
func TestUpload(t *testing.T) {
	var got string
	var spooled []*os.File
	o := options(t, route("POST", "/v1/submissions", func(c *gin.Context) error {
		u := handlers.UploadOf(c)
		data, err := io.ReadAll(u)
		got = string(data)
		c.Status(http.StatusNoContent)
		return err
	}))
	o.Spool = func() (*os.File, error) {
		f, err := os.CreateTemp(t.TempDir(), "")
		spooled = append(spooled, f)
		return f, err
	}
	o.MaxBody, o.MaxUpload = 1000, 100_000
	s := server(t, o)
	ask := func(body, media string, length int64) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/submissions", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer token-department")
		r.Header.Set("Idempotency-Key", t.Name()+media[len(media)-20:])
		r.ContentLength = length
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	body, media := form(t, strings.Repeat("a", 100_000), "kind", "permit")
	require.Equal(t, 204, ask(body, media, int64(len(body))).Code)
	require.Len(t, got, 100_000)
	require.Equal(t, 204, ask(body, media, -1).Code, "in chunks")
	big, bigMedia := form(t, strings.Repeat("a", 100_001), "kind", "permit")
	require.Equal(t, 413, ask(big, bigMedia, int64(len(big))).Code)
	huge, hugeMedia := form(t, strings.Repeat("a", 300_000))
	require.Equal(t, 413, ask(huge, hugeMedia, int64(len(huge))).Code, "refused by its length")
	require.Equal(t, 413, ask(huge, hugeMedia, -1).Code, "refused when it has come that far")
	require.Equal(t, 400, ask(body[:len(body)/2], media, -1).Code, "cut off")
	long, longMedia := form(t, "a", "kind", strings.Repeat("a", 300))
	require.Equal(t, 400, ask(long, longMedia, -1).Code, "a field too long")
	for _, f := range spooled {
		require.True(t, errors.Is(f.Close(), os.ErrClosed), "the file ends with the call")
	}
	o.Spool = func() (*os.File, error) { return nil, os.ErrPermission }
	s = server(t, o)
	require.Equal(t, 503, ask(body, media, -1).Code)
	o.Spool = nil
	s = server(t, o)
	require.Equal(t, 415, ask(body, media, -1).Code)
}
