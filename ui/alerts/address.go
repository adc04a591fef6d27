package alerts

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"coffre/connectors"
	"coffre/store"
)

// address is where the firm's people reach the box, as far as it knows: what the
// settings say, else a host name of the firm, else one of the machine, with the
// port that the box listens on. host is its name alone.
func (a *Teller) address(t *store.Tenant, p connectors.MailPlan) (link, host string) {
	if u, err := url.Parse(p.Link); err == nil && u.Hostname() != "" {
		return p.Link, u.Hostname()
	}
	host = a.host(t)
	at, _ := a.d.Health.Address()
	_, port, _ := net.SplitHostPort(at)
	if port == "" || port == "443" {
		return "https://" + bracketed(host), host
	}
	return "https://" + net.JoinHostPort(host, port), host
}

func (a *Teller) host(t *store.Tenant) string {
	if rec, err := a.d.Root.Registered(t.ID); err == nil && len(rec.Hosts) > 0 {
		return rec.Hosts[0]
	}
	names := ""
	t.View(func(v *store.View) error { names = v.Setting("tls.names", ""); return nil })
	if all := strings.Fields(names); len(all) > 0 {
		return all[0]
	}
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return strings.ToLower(name)
	}
	return "coffre.local"
}

func bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}
