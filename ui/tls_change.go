package ui

import (
	"errors"
	"net"
	"strings"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/certs"
)

// mayChangeTLS: the certificate is that of all firms of a box, like the master
// identity.
func (q *request) mayChangeTLS() (*certs.Manager, error) {
	m := q.s.certificates()
	if m == nil {
		return nil, store.Fail(store.Unavailable, "tls-off")
	}
	if q.p.UserID == "" {
		return m, nil
	}
	all, err := q.s.Root.Tenants()
	if err == nil && len(all) > 1 {
		err = store.Fail(store.Denied, "tls-many")
	}
	return m, err
}

// tlsError makes a store's error of a Fault.
func tlsError(err error) error {
	var f *certs.Fault
	if !errors.As(err, &f) {
		return err
	}
	return store.Fail(store.Invalid, f.Code, f.Params...).Because(err)
}

// usedHosts are the names by which the firm's people reach the box now.
func (q *request) usedHosts() (out []string) {
	host, _, err := net.SplitHostPort(q.r.Host)
	if err != nil {
		host = q.r.Host
	}
	if q.p.UserID != "" {
		out = append(out, host)
	}
	if rec, err := q.s.Root.Registered(q.t.ID); err == nil {
		out = append(out, rec.Hosts...)
	}
	return out
}

// installCertificate checks what was handed in, enters it, and serves it.
func (q *request) installCertificate(h certs.Handed) (*certs.Candidate, error) {
	m, err := q.mayChangeTLS()
	if err != nil {
		return nil, err
	}
	h.Hosts = q.usedHosts()
	c, err := m.Examine(h)
	if err != nil {
		return c, tlsError(err)
	}
	f := c.Facts()
	ev := q.event(chain.CertificateInstall)
	ev.Detail = chain.Detail{"fingerprint": f.Fingerprint, "until": f.Until.UTC().Format(time.RFC3339), "request": c.Request}
	ev.Private = chain.Detail{"hosts": strings.Join(f.Names, " ")}
	return c, q.enterThen(ev, func() error { return m.Install(c) })
}

// enterThen enters an act and then does it; where that fails, a second entry
// says so.
func (q *request) enterThen(ev chain.Event, do func() error) error {
	if _, err := q.t.Record(q.r.Context(), q.p.Actor, ev); err != nil {
		return err
	}
	err := do()
	if err != nil {
		ev.Outcome = "error"
		if _, rerr := q.t.Record(q.r.Context(), q.p.Actor, ev); rerr != nil {
			q.s.Log.Error("a change that failed can't be entered", "request", q.id, "err", rerr)
		}
	}
	return err
}

func (q *request) removeCertificate() error {
	m, err := q.mayChangeTLS()
	if err != nil {
		return err
	}
	if m.Kind() == certs.FromFile {
		return store.Fail(store.Invalid, "tls-by-file")
	}
	if !m.HasInstalled() {
		return store.Fail(store.Invalid, "tls-not-installed")
	}
	return q.enterThen(q.event(chain.CertificateRemove), m.Remove)
}

// requestCertificate makes a key and a signing request for it.
func (q *request) requestCertificate(hosts []string, kind string) error {
	m, err := q.mayChangeTLS()
	if err != nil {
		return err
	}
	if kind == "" {
		kind = certs.KeyRSA
	}
	n := certs.NewRequest{Names: hosts, Key: kind}
	if err := q.view(func(v *store.View) error {
		facts, err := v.Facts()
		n.Firm = facts.Firm
		return err
	}); err != nil {
		return err
	}
	if err := n.Check(); err != nil {
		return tlsError(err)
	}
	ev := q.event(chain.CertificateRequest)
	ev.Detail = chain.Detail{"key": kind}
	ev.Private = chain.Detail{"hosts": strings.Join(hosts, " ")}
	return tlsError(q.enterThen(ev, func() error { _, err := m.Request(n); return err }))
}

func (q *request) dropRequest() error {
	m, err := q.mayChangeTLS()
	if err != nil {
		return err
	}
	if csr, _ := m.Pending(); csr == nil {
		return store.Fail(store.Invalid, "tls-no-request")
	}
	ev := q.event(chain.CertificateRequest)
	ev.Detail = chain.Detail{"dropped": true}
	return q.enterThen(ev, m.DropRequest)
}
