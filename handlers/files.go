package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// file is a page or an asset that is served as it is.
type file struct {
	body  []byte
	tag   string
	media []string
	csp   []string
	cache []string
	coded []codedFile // the same, compressed by the build, best first
}

type codedFile struct {
	coding []string
	body   []byte
	tag    string
}

// codings are those that the build makes (miniprogram/scripts/squeeze.mjs), best first.
var codings = []struct{ suffix, name string }{{".br", "br"}, {".gz", "gzip"}}

const (
	docsCSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// The H5 sets styles from scripts (uni-app); its inline scripts are allowed by hash.
	homeCSP = "default-src 'none'; script-src 'self'%s; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

var noReferrer = []string{"no-referrer"} // for pages: an answer of the API leads nowhere

var varyCoding = []string{"Accept-Encoding"}

var immutable = []string{"public, max-age=31536000, immutable"}

// addFiles loads the contract, the reference page and the H5 into memory.
func (s *Server) addFiles() {
	s.addFile("/openapi.yaml", s.Options.Contract, "application/yaml", "default-src 'none'; frame-ancestors 'none'")
	s.addFile("/docs/openapi.json", s.contract.JSON(), "application/json", docsCSP)
	s.addTree(s.Docs, "/docs/", "/docs", docsCSP)
	if s.Home != nil {
		s.addTree(s.Home, "/", "/", homeCSP)
	}
	if s.files["/"] == nil {
		s.addFile("/", []byte(plainHome), "text/html; charset=utf-8", docsCSP)
	}
}

const plainHome = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>信易+</title></head>
<body><h1>信易+ 公共信用服务平台</h1><p>接口文档：<a href="/docs">/docs</a></p></body></html>
`

// addTree adds the files of a tree below prefix; its index.html is served at index.
func (s *Server) addTree(tree fs.FS, prefix, index, csp string) {
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isCoded(name) {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		at, policy := prefix+name, csp
		if name == "index.html" {
			at = index
		}
		if strings.Contains(policy, "%s") {
			policy = fmt.Sprintf(policy, scriptHashes(body))
		}
		s.addFile(at, body, mediaOf(name), policy)
		return s.addCoded(s.files[at], tree, name)
	})
	if err != nil {
		s.faults = append(s.faults, fmt.Errorf("handlers: read the files of %s: %w", index, err))
	}
}

func (s *Server) addFile(at string, body []byte, media, csp string) {
	sum := sha256.Sum256(body)
	f := &file{body: body, tag: etag(int64(len(body)), string(sum[:])), media: []string{media}, csp: []string{csp}, cache: revalidate}
	if strings.HasPrefix(at, "/assets/") { // the build puts a hash into these names
		f.cache = immutable
	}
	s.files[at] = f
}

func isCoded(name string) bool {
	return slices.ContainsFunc(codings, func(c struct{ suffix, name string }) bool { return strings.HasSuffix(name, c.suffix) })
}

// addCoded adds what the build compressed. Each form has a tag of its own (RFC 9110 §8.8.3.3).
func (s *Server) addCoded(f *file, tree fs.FS, name string) error {
	for _, c := range codings {
		body, err := fs.ReadFile(tree, name+c.suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		f.coded = append(f.coded, codedFile{coding: []string{c.name}, body: body, tag: strings.TrimSuffix(f.tag, `"`) + "-" + c.name + `"`})
	}
	return nil
}

// accepts reports whether a caller takes a coding (RFC 9110 §12.5.3).
func accepts(header []string, coding string) bool {
	star := false
	for _, list := range header {
		for item := range strings.SplitSeq(list, ",") {
			name, params, _ := strings.Cut(item, ";")
			q, found := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q=")
			taken := !found || strings.Trim(q, "0.") != ""
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, coding):
				return taken
			case name == "*":
				star = taken
			}
		}
	}
	return star
}

func mediaOf(name string) string {
	if media := mime.TypeByExtension(path.Ext(name)); media != "" {
		return media
	}
	return "application/octet-stream"
}

// screenPath is a screen of the H5. Its router works in the browser, so that all screens are
// answered with the same page; nothing else is, so that what is missing stays missing.
var screenPath = regexp.MustCompile(`^/pages/[a-z]+/index$`)

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

func scriptHashes(html []byte) string {
	var hashes strings.Builder
	for _, script := range inlineScript.FindAllSubmatch(html, -1) {
		sum := sha256.Sum256(script[1])
		fmt.Fprintf(&hashes, " 'sha256-%s'", base64.StdEncoding.EncodeToString(sum[:]))
	}
	return hashes.String()
}

// serveFile answers with the file of the path, if there is one; it is also what happens
// to paths without a route.
func (s *Server) serveFile(c *gin.Context) error {
	f, ok := s.files[c.Request.URL.Path]
	if !ok && s.Home != nil && screenPath.MatchString(c.Request.URL.Path) {
		f, ok = s.files["/"]
	}
	if !ok {
		return model.Errorf(model.CodeNotFound, "没有这个地址，请查看接口文档 /docs。")
	}
	h := c.Writer.Header()
	if c.Request.Method != http.MethodGet {
		h["Allow"] = []string{http.MethodGet}
		return methodNotAllowed(c)
	}
	h["Content-Security-Policy"], h["Cache-Control"], h["Referrer-Policy"] = f.csp, f.cache, noReferrer
	body, tag := f.body, f.tag
	if len(f.coded) > 0 {
		h["Vary"] = varyCoding
		for _, coded := range f.coded {
			if accepts(c.Request.Header["Accept-Encoding"], coded.coding[0]) {
				h["Content-Encoding"], body, tag = coded.coding, coded.body, coded.tag
				break
			}
		}
	}
	if unchanged(c, tag) {
		return nil
	}
	writeBody(c, http.StatusOK, f.media, body)
	return nil
}
