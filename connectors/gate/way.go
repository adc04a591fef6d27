package gate

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Way is one host and port that may be reached, by the connections of one firm.
// Host is a name, or an IP address in its usual form; Why is a short word for
// those who look at the list, such as "llm".
type Way struct {
	Owner string // id of the firm, "" for the program's own
	Host  string
	Port  int // 1 to 65535
	Why   string
}

// ErrWay is wrapped where a host and port can't be a way.
var ErrWay = errors.New("not a host and port that can be reached")

// WayTo returns the way to a URL's server; http and https have their ports.
func WayTo(rawURL, why string) (Way, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" {
		return Way{}, fmt.Errorf("parse address: %w", ErrWay)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return Way{}, fmt.Errorf("parse address: %w", ErrWay)
	}
	return Way{Host: u.Hostname(), Port: n, Why: why}.clean()
}

// Clean brings a way to the form in which it is compared. Error: ErrWay.
func (w Way) Clean() (Way, error) { return w.clean() }

func (w Way) key() wayKey { return wayKey{w.Owner, w.Host, w.Port} }

func (w Way) same(o Way) bool { return w.key() == o.key() }

// literal returns the IP address that a clean way names.
func (w Way) literal() (netip.Addr, bool) {
	a, err := netip.ParseAddr(w.Host)
	return a, err == nil
}

// Inside tells whether a way never leads out of this machine and the given
// networks: it is a literal address, or localhost. Of other names nobody can know
// without asking a name server, who may be outside.
func (w Way) Inside(lan []netip.Prefix) bool {
	w, err := w.clean()
	if err != nil {
		return false
	}
	a, literal := w.literal()
	if !literal {
		return isLocalhost(w.Host)
	}
	if reachOf(a) == reachHere && inner(a) == a.WithZone("") {
		return true
	}
	for _, p := range lan {
		if p.Contains(a.WithZone("")) {
			return true
		}
	}
	return false
}

// Here tells whether a way ends on this machine.
func (w Way) Here() bool { return w.Inside(nil) }

// clean brings a host to the one form in which it is compared and dialled. It
// refuses what resolvers and kernels read in more than one way: numbers that are
// no dotted quad, octal and hexadecimal parts, the unspecified address.
func (w Way) clean() (Way, error) {
	bad := fmt.Errorf("host %.80q, port %d: %w", w.Host, w.Port, ErrWay)
	if w.Port < 1 || w.Port > 65535 {
		return w, bad
	}
	host := strings.TrimSuffix(strings.TrimPrefix(w.Host, "["), "]")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		var form [64]byte
		if usual := ip.AppendTo(form[:0]); string(usual) != w.Host {
			w.Host = string(usual)
		}
		if ip.IsUnspecified() || ip.IsMulticast() {
			return w, bad
		}
		return w, nil
	}
	name, ok := asciiName(strings.TrimSuffix(host, "."))
	if !ok || !isName(name) {
		return w, bad
	}
	w.Host = name
	return w, nil
}

// asciiName does as net/http does before it dials: IDNA for names beyond ASCII
// only, so that an underscore, which Windows hosts have, passes.
func asciiName(host string) (string, bool) {
	for _, c := range []byte(host) {
		if c >= 0x80 {
			name, err := idna.Lookup.ToASCII(host)
			return name, err == nil
		}
	}
	return strings.ToLower(host), true
}

// isName tells whether host is a DNS name in ASCII that no resolver takes for a
// number: its last label is not all digits and does not start with 0x
// (url.spec.whatwg.org, "ends in a number").
func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

// isLocalhost follows RFC 6761, section 6.3: these names are the machine itself,
// and no resolver is asked.
func isLocalhost(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
