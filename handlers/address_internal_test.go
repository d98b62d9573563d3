package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// FuzzClientAddress: what is counted is an address and never a header; only a trusted peer is
// listened to, and then to nobody further away than the first stranger.
func FuzzClientAddress(f *testing.F) {
	for _, seed := range [][2]string{
		{"192.0.2.1:80", "203.0.113.9"}, {"192.0.2.1:80", "6.6.6.6, 203.0.113.9"}, {"192.0.2.1:80", "203.0.113.9, 192.0.2.1"}, {"198.51.100.7:80", "203.0.113.9"},
		{"[2001:db8::1]:80", "2001:db8:1:2:3:4:5:6"}, {"[::ffff:192.0.2.1]:80", "::ffff:203.0.113.9"}, {"192.0.2.1:80", "fe80::1%eth0"}, {"192.0.2.1:80", "203.0.113.9:443"},
		{"192.0.2.1:80", ",,"}, {"192.0.2.1:80", "unknown"}, {"@", ""}, {"", "\x00"}, {"192.0.2.1:80", strings.Repeat("192.0.2.1,", 99)},
	} {
		f.Add(seed[0], seed[1])
	}
	s := &Server{Options: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/64")}}}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{}}
		alone := s.clientAddress(r)
		r.Header["X-Forwarded-For"] = []string{forwarded}
		got := s.clientAddress(r)
		peer, err := netip.ParseAddrPort(remote)
		if err != nil {
			if got != "unknown" {
				t.Fatalf("%q of a peer without an address", got)
			}
			return
		}
		counted, err := netip.ParseAddr(got)
		if err != nil || counted.Zone() != "" || counted.Is4In6() {
			t.Fatalf("%q is counted: %v", got, err)
		}
		if p, err := counted.Prefix(64); counted.Is6() && (err != nil || p.Addr() != counted) {
			t.Fatalf("%s is not the beginning of a /64", got)
		}
		if !s.trusted(peer.Addr().Unmap()) && got != alone {
			t.Fatalf("a stranger is counted as %s, not as %s", got, alone)
		}
		r.Header["X-Forwarded-For"] = []string{"203.0.113.99, " + forwarded} // what a caller sends before the proxies add to it
		if with := s.clientAddress(r); counted.IsValid() && with != got && !s.onlyTrusted(forwarded) {
			t.Fatalf("a word before %q makes %s of %s", forwarded, with, got)
		}
	})
}

// onlyTrusted reports whether every hop is one of ours: then who stands before them counts.
func (s *Server) onlyTrusted(forwarded string) bool {
	for hop := range strings.SplitSeq(forwarded, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !s.trusted(a.Unmap()) {
			return false
		}
	}
	return true
}

// FuzzTraceID: a trace is 32 hex digits out of a traceparent, or nothing.
func FuzzTraceID(f *testing.F) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for _, seed := range []string{"00-" + trace + "-00f067aa0ba902b7-01", "01-" + trace + "-00f067aa0ba902b7-01-more", "00-" + trace + "-00f067aa0ba902b7-01-more", "ff-" + trace + "-00f067aa0ba902b7-01",
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", "00-" + strings.ToUpper(trace) + "-00f067aa0ba902b7-01", "", strings.Repeat("-", 55)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got := traceID(http.Header{"Traceparent": {given}})
		if got == "" {
			return
		}
		if len(got) != 32 || !lowerHex(got) || got == strings.Repeat("0", 32) || !strings.HasPrefix(given[3:], got+"-") {
			t.Fatalf("%q of %q", got, given)
		}
		if again := traceID(http.Header{"Traceparent": {"00-" + got + given[35:55]}}); again != got {
			t.Fatalf("%q is not read again: %q", got, again)
		}
	})
}

// FuzzRequestID: an id that is taken is short and plain; any other is made anew.
func FuzzRequestID(f *testing.F) {
	for _, seed := range []string{"abcdefgh", "ABC-def_123", "short", strings.Repeat("a", 64), strings.Repeat("a", 65), "with space", "换行\n"} {
		f.Add(seed)
	}
	s := &Server{Options: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, ids: newRequestIDs()}
	f.Fuzz(func(t *testing.T, given string) {
		for remote, trusted := range map[string]bool{"192.0.2.1:80": true, "192.0.2.2:80": false} {
			got := s.requestID(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Request-Id": {given}}})
			if !goodRequestID(got) || got == given && !trusted {
				t.Fatalf("%q of %q from %s", got, given, remote)
			}
		}
	})
}
