package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"coffre/auth/ldap"
	"coffre/store"
)

// maxCAFile bounds a file of certificates, in bytes.
const maxCAFile = 1 << 20

var errNoDialler = errors.New("this box has no way out")

// directoryOf reads a firm's directory from its settings, ready to connect: over
// the egress gate, with the service account's password from the vault.
func (s *Service) directoryOf(t *store.Tenant) (d directory, err error) {
	var caFile, secret, trust string
	err = t.View(func(v *store.View) error {
		d, caFile, secret = readDirectory(v)
		trust = v.CredentialTrust(store.PurposeDirectory)
		return nil
	})
	if err != nil {
		return d, err
	}
	if caFile != "" {
		d.caFault = d.addAuthorities(caFile)
	}
	d.cfg.Now = s.now
	d.cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		switch {
		case d.caFault != nil:
			return nil, &ldap.Fault{Step: ldap.StepTLS, Code: "ca-file", Err: d.caFault}
		case s.opts.Dial == nil:
			return nil, errNoDialler
		case s.opts.As != nil:
			ctx = s.opts.As(ctx, t.ID)
		}
		return s.opts.Dial(ctx, network, address)
	}
	if secret != "" {
		d.cfg.Secret = func(ctx context.Context, to ldap.Server, use func([]byte) error) error {
			u := store.CredentialUse{ID: secret, Purpose: store.PurposeDirectory, Address: to.String(), Trust: trust, Tool: Directory}
			return t.UseCredential(ctx, store.System(Directory), u, func(_ context.Context, value []byte) error { return use(value) })
		}
	}
	return d, nil
}

// addAuthorities adds the certificates of a file to those that are pasted.
func (d *directory) addAuthorities(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read authorities: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxCAFile {
		return errors.New("read authorities: not a small file")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read authorities: %w", err)
	}
	if d.cfg.Roots == nil {
		d.cfg.Roots = x509.NewCertPool()
	}
	if !d.cfg.Roots.AppendCertsFromPEM(b) {
		return errors.New("read authorities: no certificate in PEM form")
	}
	return nil
}
