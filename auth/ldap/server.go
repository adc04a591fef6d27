package ldap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// MaxServers is how many addresses a directory may have.
const MaxServers = 8

// Server is one address of a directory.
type Server struct {
	TLS  bool   // LDAPS: encrypted from the first byte
	Host string // a name in lower case, or an IP address
	Port int
}

// ErrServer is what isn't an ldap:// or ldaps:// address (RFC 4516, host and port
// only).
var ErrServer = errors.New("not the address of a directory")

// ParseServers reads addresses between spaces, in the order in which they are
// tried. Errors wrap ErrServer.
func ParseServers(text string) ([]Server, error) {
	var out []Server
	for _, raw := range strings.Fields(text) {
		s, err := parseServer(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if len(out) > MaxServers {
		return nil, fmt.Errorf("%w: more than %d", ErrServer, MaxServers)
	}
	return out, nil
}

func parseServer(raw string) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || len(raw) > 300 {
		return Server{}, ErrServer
	}
	s := Server{Host: strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")}
	switch strings.ToLower(u.Scheme) {
	case "ldaps":
		s.TLS, s.Port = true, 636
	case "ldap":
		s.Port = 389
	default:
		return Server{}, ErrServer
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Server{}, ErrServer
		}
		s.Port = int(n)
	} else if strings.HasSuffix(u.Host, ":") {
		return Server{}, ErrServer
	}
	if !validHost(s.Host) {
		return Server{}, ErrServer
	}
	return s, nil
}

// validHost accepts an IP address without a zone, or a name of letters, digits,
// hyphens, underscores and dots whose last label isn't a number.
func validHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	if host == "" || len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	return last[0] < '0' || last[0] > '9'
}

// Address is host and port, as a dialler takes them.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// String is the server's URL, without the scheme's own port.
func (s Server) String() string {
	scheme, own := "ldap", 389
	if s.TLS {
		scheme, own = "ldaps", 636
	}
	host := s.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if s.Port == own {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + strconv.Itoa(s.Port)
}
