package main

import (
	"fmt"
	"net/netip"
)

// How many addresses may be believed about who a caller is. Whoever calls from one of them
// chooses the address that is counted and the id of the request: a network of a cluster or an
// office would let every caller in it escape the rates and the lock-outs.
const (
	widestIPv4, wideIPv4 = 16, 24 // bits: refused below the first, a hint below the second
	widestIPv6, wideIPv6 = 48, 64
)

// prefixes reads the trusted proxies.
func prefixes(cidrs []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, cidr := range cidrs {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p.Addr().Is4In6() {
			return nil, fmt.Errorf("trusted-proxies: %q 不是有效的 CIDR（例如 192.0.2.10/32），请填写反向代理的地址", cidr)
		}
		if p.Bits() < widest(p, widestIPv4, widestIPv6) {
			return nil, fmt.Errorf("trusted-proxies: %s 太宽（IPv4 至少 /%d，IPv6 至少 /%d）：其中任何一台机器都能冒充别的来源地址，请只写反向代理的地址", cidr, widestIPv4, widestIPv6)
		}
		out = append(out, p)
	}
	return out, nil
}

// wideProxies are hints about networks that are wider than a few proxies need.
func wideProxies(cidrs []string) (hints []string) {
	list, _ := prefixes(cidrs) // what is wrong has been told
	for _, p := range list {
		if p.Bits() < widest(p, wideIPv4, wideIPv6) {
			hints = append(hints, fmt.Sprintf("trusted-proxies: %s 较宽，其中每台机器都能冒充别的来源地址；请确认只有反向代理能从这里访问本服务", p))
		}
	}
	return hints
}

func widest(p netip.Prefix, v4, v6 int) int {
	if p.Addr().Is4() {
		return v4
	}
	return v6
}
