package handlers

import (
	"net/http"
	"strings"
)

// requestID takes the id that a trusted proxy gave, else makes one.
func (s *Server) requestID(r *http.Request) string {
	if len(s.Proxies) > 0 {
		if given := r.Header["X-Request-Id"]; len(given) == 1 && goodRequestID(given[0]) && s.fromProxy(r) {
			return given[0]
		}
	}
	return s.ids.next()
}

func goodRequestID(id string) bool {
	return len(id) >= 8 && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// traceID gives the trace of a W3C traceparent (00-<32 hex>-<16 hex>-<2 hex>); "" when
// there is none or it is malformed, as the recommendation says.
func traceID(h http.Header) string {
	given := h["Traceparent"]
	if len(given) != 1 || len(given[0]) < 55 {
		return ""
	}
	value := given[0]
	if value[2] != '-' || value[35] != '-' || value[52] != '-' || !lowerHex(value[:2]) || value[:2] == "ff" ||
		(value[:2] == "00" && len(value) != 55) || !lowerHex(value[3:35]) || !lowerHex(value[36:52]) || !lowerHex(value[53:55]) ||
		strings.Trim(value[3:35], "0") == "" || strings.Trim(value[36:52], "0") == "" {
		return ""
	}
	return value[3:35]
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
