package handlers

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress gives whom the rate limit of anonymous callers counts: the peer, or who
// a trusted proxy says it speaks for. IPv6 callers count by their /64.
func (s *Server) clientAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	address := peer.Addr().Unmap()
	if len(s.Proxies) > 0 && s.trusted(address) {
		address = s.forwarded(r.Header["X-Forwarded-For"], address)
	}
	if address.Is6() {
		if prefix, err := address.WithZone("").Prefix(64); err == nil {
			address = prefix.Addr()
		}
	}
	return address.String()
}

// forwarded walks the list from the nearest hop; the first that is not ours counts.
func (s *Server) forwarded(values []string, address netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(values, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
		if !s.trusted(address) {
			break
		}
	}
	return address
}

func (s *Server) trusted(address netip.Addr) bool {
	for _, proxy := range s.Proxies {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}

func (s *Server) fromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.trusted(peer.Addr().Unmap())
}
