package handlers_test

import (
	"bytes"
	"strings"
	"testing"

	"xinyi/api"
)

func TestSecurityHeaders(t *testing.T) {
	s := server(t, options(t, route("GET", "/v1/me", me)))
	own := send(t, s, "GET", "/v1/me", "", "Authorization", citizen)
	if own.Header().Get("Cache-Control") != "no-store" || own.Header().Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(own.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers of a personal answer: %v", own.Header())
	}
	docs := send(t, s, "GET", "/docs", "")
	csp := docs.Header().Get("Content-Security-Policy")
	if docs.Code != 200 || !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") || strings.Contains(docs.Body.String(), "//") {
		t.Errorf("docs: status %d, CSP %q; no foreign host may stand in the page", docs.Code, csp)
	}
	for _, path := range []string{"/docs/reference.js", "/docs/reference.css", "/docs/openapi.json", "/assets/a-1.js"} {
		if w := send(t, s, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	if home := send(t, s, "GET", "/", ""); !strings.Contains(home.Header().Get("Content-Security-Policy"), "'sha256-") {
		t.Errorf("home: CSP %q does not allow its own inline script", home.Header().Get("Content-Security-Policy"))
	}
	first := send(t, s, "GET", "/openapi.yaml", "")
	again := send(t, s, "GET", "/openapi.yaml", "", "If-None-Match", `"other", W/`+first.Header().Get("ETag"))
	if first.Code != 200 || again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("openapi.yaml: status %d, then %d", first.Code, again.Code)
	}
	if !bytes.Equal(first.Body.Bytes(), api.OpenAPI()) {
		t.Error("openapi.yaml is not the contract")
	}
}

// What the build compressed is handed to who takes it, under a tag of its own.
func TestServer_compressedFiles(t *testing.T) {
	s := server(t, options(t))
	tags := map[string]string{}
	for _, c := range []struct{ accept, coding, body string }{
		{"", "", "plain"}, {"identity", "", "plain"}, {"deflate", "", "plain"}, {"gzip, deflate", "gzip", "gz"}, {"gzip, deflate, br", "br", "br"},
		{"GZIP;q=0.5", "gzip", "gz"}, {"br;q=0, gzip", "gzip", "gz"}, {"br; q=0.000, *", "gzip", "gz"}, {"*", "br", "br"}, {"*;q=0", "", "plain"}, {"br;q=0, *;q=0", "", "plain"},
	} {
		w := send(t, s, "GET", "/assets/b-1.js", "", "Accept-Encoding", c.accept)
		h := w.Header()
		if w.Code != 200 || w.Body.String() != c.body || h.Get("Content-Encoding") != c.coding || h.Get("Vary") != "Accept-Encoding" || !strings.Contains(h.Get("Content-Type"), "javascript") {
			t.Errorf("Accept-Encoding %q: %d %q %v", c.accept, w.Code, w.Body.String(), h)
		}
		if known, ok := tags[c.coding]; ok && known != h.Get("ETag") {
			t.Errorf("Accept-Encoding %q: tag %s, before %s", c.accept, h.Get("ETag"), known)
		}
		tags[c.coding] = h.Get("ETag")
		if w = send(t, s, "GET", "/assets/b-1.js", "", "Accept-Encoding", c.accept, "If-None-Match", h.Get("ETag")); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("Accept-Encoding %q: status %d for what the caller has", c.accept, w.Code)
		}
	}
	if len(tags) != 3 || tags[""] == tags["br"] || tags["br"] == tags["gzip"] {
		t.Errorf("tags %v, want one for each form", tags)
	}
	for _, path := range []string{"/assets/b-1.js.br", "/assets/b-1.js.gz"} {
		if w := send(t, s, "GET", path, ""); w.Code != 404 {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
	}
	if w := send(t, s, "GET", "/assets/a-1.js", "", "Accept-Encoding", "br"); w.Header().Get("Vary")+w.Header().Get("Content-Encoding") != "" {
		t.Error("a file without compressed forms varies")
	}
}

// A screen of the H5 is the same page everywhere; what is missing elsewhere stays missing.
func TestScreens(t *testing.T) {
	s := server(t, options(t))
	home := send(t, s, "GET", "/", "")
	for path, status := range map[string]int{
		"/pages/home/index": 200, "/pages/enterprise/index?uscc=91410203MADEMA019P": 200,
		"/?site=tt-park": 200, "/?site=tt-park&from=singlemessage&isappinstalled=0": 200, "/?site=tt-park&site=x": 200,
		"/?site=%zz": 400, "/docs?site=tt-park": 400, "/v1?site=tt-park": 404,
		"/pages/home": 404, "/pages/home/index.js": 404, "/pages/home/index/": 404, "/pages/a/b/index": 404, "/assets/gone-1.js": 404, "/v1/pages/home/index": 404, "/v1/gone": 404,
	} {
		w := send(t, s, "GET", path, "")
		if w.Code != status || (status == 200 && (w.Body.String() != home.Body.String() || w.Header().Get("Content-Security-Policy") != home.Header().Get("Content-Security-Policy"))) {
			t.Errorf("%s: status %d %s", path, w.Code, w.Body)
		}
	}
	if w := send(t, s, "POST", "/pages/home/index", ""); w.Code != 405 {
		t.Errorf("POST of a screen: status %d", w.Code)
	}
	o := options(t)
	o.Home = nil
	if w := send(t, server(t, o), "GET", "/pages/home/index", ""); w.Code != 404 {
		t.Errorf("a screen without the H5: status %d", w.Code)
	}
}
