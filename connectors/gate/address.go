package gate

import "net/netip"

// reach is how far an address is away.
type reach string

const (
	reachHere   reach = "here"   // this machine
	reachLAN    reach = "lan"    // private ranges
	reachPublic reach = "public" // anything else
)

// shared is the carriers' range (RFC 6598): not on the internet, so near.
var shared = netip.MustParsePrefix("100.64.0.0/10")

func reachOf(a netip.Addr) reach {
	a = inner(a)
	switch {
	case a.IsLoopback():
		return reachHere
	case a.IsPrivate(), a.IsLinkLocalUnicast(), shared.Contains(a):
		return reachLAN
	}
	return reachPublic
}

// Ranges of IPv6 addresses that carry an IPv4 address, with the byte at which it
// begins: what they lead to is that.
var carriers = []struct {
	in netip.Prefix
	at int
}{
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible, RFC 4291 2.5.5.1
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated, RFC 2765
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64, RFC 6052
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},  // NAT64 of a network's own, RFC 8215; with its usual /96
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4, RFC 3056
}

// teredo addresses (RFC 4380) carry it inverted, at the end.
var teredo = netip.MustParsePrefix("2001::/32")

// inner is the IPv4 address that an address carries, or the address itself,
// without a zone.
func inner(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() || a == netip.IPv6Loopback() || a.IsUnspecified() {
		return a
	}
	b := a.As16()
	for _, c := range carriers {
		if c.in.Contains(a) {
			return netip.AddrFrom4([4]byte(b[c.at : c.at+4]))
		}
	}
	if teredo.Contains(a) {
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	}
	// ISATAP, RFC 5214: in the interface's identifier, under any prefix.
	if b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe {
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return a
}

// thisNetwork is 0.0.0.0/8 (RFC 1122): kernels take its first address for the
// machine itself.
var thisNetwork = netip.MustParsePrefix("0.0.0.0/8")

// isElsewhere tells whether a name may lead to this address.
func isElsewhere(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	for _, a := range []netip.Addr{a, inner(a)} {
		if a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() ||
			thisNetwork.Contains(a) || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			return false
		}
	}
	return true
}
