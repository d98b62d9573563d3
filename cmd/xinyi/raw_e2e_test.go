package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// raw sends a request line (and more) as it stands, which http.Client would mend.
func (w *world) raw(head string) *http.Response {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.server.baseURL, "http://"), 5*time.Second)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	if _, err := fmt.Fprintf(conn, "%s\r\nHost: x\r\nConnection: close\r\n\r\n", head); err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.t.Fatalf("%s: %v", head, err)
	}
	resp.Body.Close()
	return resp
}
