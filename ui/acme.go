package ui

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/certs/order"
)

var acmeSettings = []string{store.SettingACME, store.SettingACMECA, store.SettingACMENames, store.SettingACMEWay, store.SettingACMEAccount, store.SettingACMESecret}

// validACME accepts the https address of an authority's directory, or nothing.
func validACME(s string) bool {
	return s == "" || validRuntimeURL(s) && strings.HasPrefix(s, "https://")
}

// validACMENames accepts host names: an authority of the firm's is asked for no
// address, and for no name with a star, which neither challenge proves.
func validACMENames(s string) bool {
	if len(s) > 2000 {
		return false
	}
	for _, n := range strings.Fields(s) {
		if !askable(n) {
			return false
		}
	}
	return true
}

func askable(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && certs.ValidNames([]string{host}) && !strings.HasPrefix(host, "*") && host != "localhost"
}

func validACMEAccount(s string) bool {
	return len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// authority is what the settings say of whoever issues the certificate.
type authority struct {
	url, ca, account, secret string
	names, ways              []string
}

// readAuthority reads them; url is "" where nobody is asked.
func readAuthority(rec store.TenantRecord, v *store.View, addresses []string) authority {
	a := authority{
		url: v.Setting(store.SettingACME, ""), ca: v.Setting(store.SettingACMECA, ""),
		account: v.Setting(store.SettingACMEAccount, ""), secret: v.Setting(store.SettingACMESecret, ""),
		names: strings.Fields(strings.ToLower(v.Setting(store.SettingACMENames, ""))),
		ways:  challengeWays(v.Setting(store.SettingACMEWay, ""), addresses),
	}
	if len(a.names) == 0 {
		for _, h := range append(rec.Hosts, strings.Fields(v.Setting(SettingTLSNames, ""))...) {
			if h = strings.ToLower(h); askable(h) && !slices.Contains(a.names, h) {
				a.names = append(a.names, h)
			}
		}
	}
	slices.Sort(a.names)
	return a
}

// challengeWays are the challenges to try, by what somebody chose, else by the
// addresses that the box listens on, that of HTTPS first: an authority looks at
// port 443, or at port 80, of the names. With other ports somebody has to lead
// those here.
func challengeWays(chosen string, addresses []string) []string {
	if chosen != "" {
		return []string{chosen}
	}
	port := func(i int) string {
		if i >= len(addresses) {
			return ""
		}
		_, p, _ := net.SplitHostPort(addresses[i])
		return p
	}
	switch {
	case port(0) == "443" || port(1) == "":
		return []string{order.ALPN, order.HTTP}[:1+min(1, len(port(1)))]
	default:
		return []string{order.HTTP, order.ALPN}
	}
}

// roots are those by which the authority is believed, nil: the system's.
func (a authority) roots() *x509.CertPool {
	if a.ca == "" {
		return nil
	}
	p := x509.NewCertPool()
	p.AppendCertsFromPEM([]byte(a.ca))
	return p
}

// due tells when a certificate is to be asked for: at two thirds of the life of
// the one that is served, now where it isn't for all names or is the box's own.
func due(s certs.Status, names []string, now time.Time) time.Time {
	if s.Kind != certs.Installed || slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(s.Names, n) }) {
		return now
	}
	return s.Facts.From.Add(s.Facts.Until.Sub(s.Facts.From) * 2 / 3)
}

// pause is how long after the nth failure in a row the box asks again: an
// authority of the firm's own bears a request an hour, and a certificate of a day
// leaves eight of them.
func pause(n int) time.Duration { return min(time.Minute<<min(max(n-1, 0), 8), time.Hour) }

// mayOrder is the firm whose settings say who is asked: that of a box of its own.
// With several firms none speaks for the names of the others.
func (s *Server) mayOrder() (rec store.TenantRecord, ok bool) {
	all, err := s.Root.Tenants()
	if err != nil || len(all) != 1 {
		return rec, false
	}
	return all[0], true
}

// binding opens the external account for the order of a new one.
func (a authority) binding(ctx context.Context, t *store.Tenant, trust string) func(func(string, []byte) error) error {
	if a.account == "" && a.secret == "" {
		return nil
	}
	return func(use func(string, []byte) error) error {
		u := store.CredentialUse{ID: a.secret, Purpose: store.PurposeACME, Address: a.url, Trust: trust, Tool: "acme"}
		lease, err := t.LeaseCredential(ctx, acmeActor, u)
		if err != nil {
			return bindingFault(err)
		}
		defer lease.End()
		return lease.Open(func(value []byte) error {
			key, ok := store.DecodeHMAC(value)
			if !ok {
				return bindingFault(store.Fail(store.Invalid, "secret-hmac"))
			}
			defer clear(key)
			return use(a.account, key)
		})
	}
}

func bindingFault(err error) error {
	return &certs.Fault{Code: "acme-secret", Err: err}
}

// ask orders a certificate, enters it and serves it. Errors: certs.Fault.
func (s *Server) ask(ctx context.Context, t *store.Tenant, m *certs.Manager, a authority, trust string) error {
	if len(a.names) == 0 {
		return &certs.Fault{Code: "acme-nameless", Err: certs.ErrIssue}
	}
	account, err := m.AccountKey(a.url)
	if err != nil {
		return err
	}
	chain, key, err := order.Get(gate.As(ctx, t.ID), order.Wanted{
		Directory: a.url, Roots: a.roots(), Dial: s.Egress.Dial, Account: account, Names: a.names, Ways: a.ways,
		Answers: m.Answers(), Binding: a.binding(ctx, t, trust),
	})
	if err != nil {
		return err
	}
	handed, err := certs.Pair(chain, key)
	if err != nil {
		return err
	}
	c, err := m.Examine(handed)
	if err != nil {
		return err
	}
	f := c.Facts()
	if _, err := t.Record(ctx, acmeActor, renewed("acme", f)); err != nil {
		return err
	}
	return m.Install(c)
}

var acmeActor = store.System("acme")

// renewed is the entry of a certificate that came by itself.
func renewed(from string, f certs.Facts) chain.Event {
	return chain.Event{
		Action:  chain.CertificateRenew,
		Detail:  chain.Detail{"from": from, "fingerprint": f.Fingerprint, "until": f.Until.UTC().Format(time.RFC3339)},
		Private: chain.Detail{"hosts": strings.Join(f.Names, " ")},
	}
}
