package certs

import (
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// names are what a server certificate is made for, sorted.
type names struct {
	dns []string
	ips []netip.Addr
}

// At most this many addresses of the machine: one with hundreds of virtual
// interfaces would make a certificate that no browser takes.
const maxAddresses = 32

// wantedNames are the configured ones, those by which the machine is known, and
// its addresses. A configured host may be an address too.
func wantedNames(hosts []string, addresses []netip.Addr) names {
	var n names
	all := append([]string{"coffre.local", "localhost"}, hosts...)
	if h, err := os.Hostname(); err == nil {
		short, _, _ := strings.Cut(h, ".")
		all = append(all, h, short+".local")
	}
	for _, h := range all {
		h = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), "."))
		if a, err := netip.ParseAddr(h); err == nil {
			n.ips = append(n.ips, a.Unmap().WithZone(""))
		} else if isHostName(h) {
			n.dns = append(n.dns, h)
		}
	}
	n.ips = append(n.ips, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	for i, a := range addresses {
		if i < maxAddresses {
			n.ips = append(n.ips, a.Unmap().WithZone(""))
		}
	}
	slices.Sort(n.dns)
	slices.SortFunc(n.ips, netip.Addr.Compare)
	n.dns, n.ips = slices.Compact(n.dns), slices.Compact(n.ips)
	return n
}

// isHostName tells whether h may stand in a certificate: ASCII labels; names
// beyond that are configured in their xn-- form.
func isHostName(h string) bool {
	if h == "" || len(h) > 253 {
		return false
	}
	for label := range strings.SplitSeq(h, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

func (n names) coveredBy(c *x509.Certificate) bool {
	for _, d := range n.dns {
		if !slices.Contains(c.DNSNames, d) {
			return false
		}
	}
	for _, a := range n.ips {
		if !slices.ContainsFunc(c.IPAddresses, net.IP(a.AsSlice()).Equal) {
			return false
		}
	}
	return true
}

// interfaceAddresses are the machine's addresses by which others may call it:
// IPv4, and IPv6 of the local network (RFC 4193). Public IPv6 addresses change
// daily on most machines (RFC 8981), so nobody types them.
func interfaceAddresses() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, f := range found {
		p, err := netip.ParsePrefix(f.String())
		if err != nil {
			continue
		}
		a := p.Addr().Unmap()
		if a.IsGlobalUnicast() && (a.Is4() || a.IsPrivate()) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// ValidNames tells whether all are host names or addresses that a certificate may
// be for.
func ValidNames(all []string) bool {
	_, err := namesOf(all)
	return err == nil
}
