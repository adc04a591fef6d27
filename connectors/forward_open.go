package connectors

import (
	"context"
	"crypto/tls"

	"coffre/connectors/gate"
	"coffre/connectors/syslog"
	"coffre/store"
)

// open connects to a firm's receiver, with the certificate that the target names.
// end closes the connection; so do the end of ctx, so that a write that hangs ends
// with the box, and the end of the credential: revoked, expired, or replaced
// (store.RotateGrace later). Errors: those of syslog.Open, and of
// store.LeaseCredential.
func (f *Forwarder) open(ctx context.Context, owner string, to store.ForwardTarget) (c *syslog.Conn, end func(), err error) {
	target, err := targetOf(to, f.pace.write)
	if err != nil {
		return nil, nil, err
	}
	release := func() {}
	if to.ClientSecret != "" {
		var lease *store.CredentialLease
		if lease, release, err = f.lease(ctx, owner, to); err != nil {
			return nil, nil, err
		}
		ctx = lease.Context()
		err = lease.Open(func(value []byte) error {
			pair, err := tls.X509KeyPair(value, value)
			target.Certificate = &pair
			return err
		})
		if err != nil {
			release()
			return nil, nil, err
		}
	}
	if c, err = syslog.Open(gate.As(ctx, owner), f.dial, target); err != nil {
		release()
		return nil, nil, err
	}
	unhook := context.AfterFunc(ctx, c.Close)
	return c, func() {
		unhook()
		c.Close()
		release()
	}, nil
}

// lease takes the certificate for as long as a connection lasts.
func (f *Forwarder) lease(ctx context.Context, owner string, to store.ForwardTarget) (*store.CredentialLease, func(), error) {
	t, free, err := f.root.Acquire(owner)
	if err != nil {
		return nil, nil, err
	}
	lease, err := t.LeaseCredential(ctx, store.System("forward"), store.CredentialUse{
		ID: to.ClientSecret, Purpose: store.PurposeSIEM, Address: forwardURL(to), Tool: "siem",
	})
	if err != nil {
		free()
		return nil, nil, err
	}
	return lease, func() {
		lease.End()
		free()
	}, nil
}

// CheckForwardCertificate tells whether a target may show the credential that it
// names: Invalid "forward-client-clear", "forward-client-none", "secret-address",
// each with name "client_secret". One that has ended since may stay.
func CheckForwardCertificate(v *store.View, to store.ForwardTarget) error {
	if to.ClientSecret == "" || to.Host == "" {
		return nil
	}
	bad := func(code string, pairs ...string) error {
		return store.Fail(store.Invalid, code, append(pairs, "name", "client_secret")...)
	}
	c, err := v.Credential(to.ClientSecret)
	at, aerr := store.CredentialAddress(forwardURL(to))
	switch {
	case to.Clear:
		return bad("forward-client-clear")
	case err != nil || c.Purpose != store.PurposeSIEM:
		return bad("forward-client-none")
	case aerr != nil || at != c.Address:
		return bad("secret-address", "secret", c.Name, "address", c.Address)
	}
	return nil
}
