package connectors

import (
	"context"
	"crypto/x509"
	"errors"

	"coffre/connectors/gate"
	"coffre/connectors/relay"
	"coffre/store"
)

// Mailer opens sessions with firms' own mail relays, through the gate.
type Mailer struct{ dial relay.Dial }

// NewMailer makes one. dial is the egress gate's.
func NewMailer(dial relay.Dial) *Mailer { return &Mailer{dial} }

// Open connects to a firm's relay and signs in with its credential, which is open
// for no longer than that. hello is the box's own name. Error: a store.Error with
// a code for people, and params host and, where the relay said something, reply.
func (m *Mailer) Open(ctx context.Context, t *store.Tenant, p MailPlan, hello string) (*relay.Session, error) {
	target := relay.Target{Host: p.Host, Port: p.Port, Security: p.Security, Hello: hello, Account: p.Account}
	if p.CA != "" {
		target.Roots = x509.NewCertPool()
		target.Roots.AppendCertsFromPEM([]byte(p.CA))
	}
	ctx = gate.As(ctx, t.ID)
	var s *relay.Session
	open := func(password []byte) (err error) {
		target.Password = password
		s, err = relay.Open(ctx, m.dial, target)
		return err
	}
	var err error
	if p.Account == "" {
		err = open(nil)
	} else {
		use := store.CredentialUse{ID: p.Secret, Purpose: store.PurposeMail, Address: p.URL(), Trust: p.Trust, Tool: "mail"}
		err = t.UseCredential(ctx, store.System("alerts"), use, func(_ context.Context, value []byte) error { return open(value) })
	}
	if err != nil {
		return nil, MailError(p, err)
	}
	return s, nil
}

// MailError is a failure of a session as people read it.
func MailError(p MailPlan, err error) error {
	if own := (*store.Error)(nil); errors.As(err, &own) {
		return own
	}
	e := store.Error{Kind: store.Unavailable, Code: "mail-failed", Params: map[string]string{"host": p.Host}}
	var f *relay.Fault
	switch {
	case errors.Is(err, gate.ErrRefused):
		e.Code = "mail-gate"
	case errors.As(err, &f):
		if e.Code = f.Code; f.Reply != "" {
			e.Params["reply"] = f.Reply
		}
	}
	return e.Because(err)
}
