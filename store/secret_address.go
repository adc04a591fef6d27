package store

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// syslog is RFC 5425's: over TLS. smtp is a relay's port for submission (RFC 6409),
// smtps the one with TLS from the first byte (RFC 8314, section 3.3).
var defaultPorts = map[string]string{"http": "80", "https": "443", "ldap": "389", "ldaps": "636", "syslog": "6514", "smtp": "587", "smtps": "465"}

// CredentialAddress is the place that a URL leads to, as credentials are bound to
// it: scheme, host in lower case and port, the port left out where it is the
// scheme's own; the origin of RFC 6454, section 4. A path doesn't count, since
// whoever answers at a host and port gets the value on every path. Schemes are
// http, https, ldap, ldaps, syslog, smtp and smtps. Error: Invalid "secret-address-form".
//
// A directory may have several servers for the same password: ldap and ldaps
// addresses, between spaces, are the places that it may be sent to.
func CredentialAddress(raw string) (string, error) {
	all := strings.Fields(raw)
	if len(all) < 2 || len(all) > maxAddresses {
		return oneAddress(raw)
	}
	for i, one := range all {
		a, err := oneAddress(one)
		if err != nil {
			return "", err
		}
		if !strings.HasPrefix(a, "ldap") {
			return "", Fail(Invalid, "secret-address-form", "name", "address")
		}
		all[i] = a
	}
	return strings.Join(all, " "), nil
}

// maxAddresses is how many servers one password may be for.
const maxAddresses = 8

// leadsTo tells whether a credential for address may be sent to one place.
func leadsTo(address, place string) bool {
	return place == address || !strings.Contains(place, " ") && slices.Contains(strings.Fields(address), place)
}

func oneAddress(raw string) (string, error) {
	bad := Fail(Invalid, "secret-address-form", "name", "address")
	u, err := url.Parse(raw)
	if err != nil || len(raw) > 300 || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return "", bad
	}
	own, known := defaultPorts[u.Scheme]
	host, ok := plainHost(u.Hostname())
	if !known || !ok {
		return "", bad
	}
	port := u.Port()
	if port == "" && strings.HasSuffix(u.Host, ":") {
		return "", bad
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", bad
		}
		port = strconv.FormatUint(n, 10)
	}
	if port == "" || port == own {
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + port, nil
}

// plainHost is a name of letters, digits, hyphens and dots in lower case, or an
// IP address in its one written form. Numbers in odd forms (0x7f.1, 127.1) are
// neither: resolvers disagree on what they are.
func plainHost(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", false
		}
		if ip = ip.Unmap(); ip.Is6() {
			return "[" + ip.String() + "]", true
		}
		return ip.String(), true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || len(host) > 253 || last[0] >= '0' && last[0] <= '9' {
		return "", false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", false
			}
		}
	}
	return host, true
}
