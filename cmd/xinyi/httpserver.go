package main

import (
	"crypto/tls"
	"net/http"
	"time"
)

// newHTTPServer bounds what a caller may take: time, header bytes. HTTP/1.1 only; TLS
// and HTTP/2 are the ingress's.
func newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 120 * time.Second,
		IdleTimeout: 120 * time.Second, MaxHeaderBytes: 32 << 10, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
}
