package handlers

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// plainPath reports whether a path may be routed: no dot segments, empty segments,
// backslashes, control characters, bad UTF-8, and no slash, dot or percent hidden by
// percent-encoding. Two ways to write one path are one too many for an access check.
func plainPath(u *url.URL) bool {
	path := u.Path
	if path == "" || path[0] != '/' {
		return false
	}
	plain := true
	for i := range len(path) {
		switch c := path[i]; {
		case c < ' ' || c == 0x7f || c == '\\':
			return false
		case c == '/' && i+1 < len(path) && (path[i+1] == '/' || path[i+1] == '.'):
			plain = false
		case c == '%' || c >= utf8.RuneSelf:
			plain = false
		}
	}
	if plain && u.RawPath == "" {
		return true
	}
	return carefulPath(path, u.EscapedPath())
}

func carefulPath(path, escaped string) bool {
	if !utf8.ValidString(path) || strings.Contains(path, "//") {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	lower := strings.ToLower(escaped)
	for _, hidden := range []string{"%2f", "%5c", "%2e", "%25", "%00"} {
		if strings.Contains(lower, hidden) {
			return false
		}
	}
	return true
}
