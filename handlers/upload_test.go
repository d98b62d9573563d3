package handlers_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"xinyi/handlers"
	"xinyi/model"
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

// So many uploads at once are enough for a unit, and for the process; one that ends makes
// room.
func TestUpload_seats(t *testing.T) {
	const ofUnit, ofAll = 2, 8
	entered, release := make(chan struct{}, ofAll), make(chan struct{})
	o := options(t, route("POST", "/v1/submissions", func(c *gin.Context) error {
		entered <- struct{}{}
		<-release
		c.Status(http.StatusNoContent)
		return nil
	}))
	o.Spool = func() (*os.File, error) { return os.CreateTemp(t.TempDir(), "") }
	s := server(t, o)
	body, media := form(t, "a", "kind", "permit")
	ask := func(caller, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/submissions", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer token-department/"+caller)
		r.Header.Set("Idempotency-Key", "upload-seats-"+caller+key)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	var running sync.WaitGroup
	for i := range ofAll {
		running.Go(func() {
			if code := ask(strconv.Itoa(i/ofUnit), strconv.Itoa(i)).Code; code != 204 {
				t.Errorf("upload %d: %d", i, code)
			}
		})
		<-entered
		if i == ofUnit-1 {
			refused := ask("0", "third")
			require.Equal(t, 429, refused.Code, "a third of one unit")
			require.NotEmpty(t, refused.Header().Get("Retry-After"))
		}
	}
	require.Equal(t, 429, ask("9", "ninth").Code, "one more of anybody")
	close(release)
	running.Wait()
	require.Equal(t, 204, ask("0", "again").Code)
}

// trickle gives a byte at a time, and time passes.
type trickle struct {
	in   io.Reader
	tick func()
}

func (r trickle) Read(p []byte) (int, error) {
	r.tick()
	return r.in.Read(p[:min(len(p), 1)])
}

// An upload that keeps trickling ends after half an hour.
func TestUpload_endless(t *testing.T) {
	o := options(t, route("POST", "/v1/submissions", func(c *gin.Context) error {
		c.Status(http.StatusNoContent)
		return nil
	}))
	o.Spool = func() (*os.File, error) { return os.CreateTemp(t.TempDir(), "") }
	at := now
	o.Clock = model.ClockFunc(func() time.Time { return at })
	s := server(t, o)
	body, media := form(t, strings.Repeat("a", 500), "kind", "permit")
	for pause, want := range map[time.Duration]int{time.Second: 204, 29 * time.Second: 400} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/submissions", trickle{strings.NewReader(body), func() { at = at.Add(pause) }})
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer token-department")
		r.Header.Set("Idempotency-Key", "upload-endless-"+pause.String())
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, pause)
	}
}
