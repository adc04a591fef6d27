package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

func init() {
	// A server must not make the box hold more than this for one answer.
	ber.MaxPacketLengthBytes = 16 << 20
	goldap.Logger(slog.NewLogLogger(slog.DiscardHandler, slog.LevelError))
}

// Conn is one connection to one server, of the service account or of nobody yet.
// It ends with the context of Connect. Not for use by two goroutines.
type Conn struct {
	cfg    *Config
	server Server
	raw    net.Conn
	l      *goldap.Conn
	stop   func() bool
	kind   Kind
	root   *goldap.Entry
	said   dialect
	cert   *x509.Certificate
	// elsewhere are the places that the server pointed to and nobody went to.
	elsewhere map[string]bool
}

// Connect opens a connection to the first server that answers and binds the
// service account. The error is the last server's, unless an earlier one answered
// no: a wrong password isn't tried elsewhere, since each try may lock an account.
func (c *Config) Connect(ctx context.Context) (*Conn, error) {
	if len(c.Servers) == 0 {
		return nil, fault(StepName, "no-server", nil)
	}
	var last error
	for _, s := range c.Servers {
		conn, err := c.open(ctx, s)
		if err == nil {
			if err = conn.bindService(ctx); err == nil {
				return conn, nil
			}
			conn.Close()
		}
		last = err
		if !Unreachable(err) || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, last
}

// open connects to one server, encrypted as the settings want it, and binds
// nobody.
func (c *Config) open(ctx context.Context, s Server) (*Conn, error) {
	if !s.TLS && !c.StartTLS && !c.Clear {
		return nil, fault(StepTLS, "clear", nil)
	}
	dialCtx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	raw, err := c.Dial(dialCtx, "tcp", s.Address())
	if err != nil {
		return nil, dialFault(err)
	}
	conn := &Conn{cfg: c, server: s, elsewhere: map[string]bool{}}
	if err := conn.secure(dialCtx, raw); err != nil {
		raw.Close()
		return nil, err
	}
	conn.l = goldap.NewConn(conn.raw, s.TLS || c.StartTLS)
	conn.l.SetTimeout(c.patience())
	conn.l.Start()
	conn.stop = context.AfterFunc(ctx, func() { conn.raw.Close() })
	return conn, nil
}

// secure encrypts the connection, with StartTLS where the server isn't LDAPS.
func (conn *Conn) secure(ctx context.Context, raw net.Conn) error {
	c, s := conn.cfg, conn.server
	conn.raw = raw
	if !s.TLS && !c.StartTLS {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = raw.SetDeadline(deadline)
	}
	if !s.TLS {
		if err := askTLS(raw); err != nil {
			return err
		}
	}
	t := tls.Client(raw, &tls.Config{RootCAs: c.Roots, ServerName: s.Host, MinVersion: tls.VersionTLS12})
	if err := t.HandshakeContext(ctx); err != nil {
		var failed *tls.CertificateVerificationError
		var seen *x509.Certificate
		if errors.As(err, &failed) && len(failed.UnverifiedCertificates) > 0 {
			seen = failed.UnverifiedCertificates[0]
		}
		return tlsFault(err, s, seen)
	}
	_ = raw.SetDeadline(time.Time{})
	conn.raw, conn.cert = t, t.ConnectionState().PeerCertificates[0]
	return nil
}

// startTLS is the extended request of RFC 4511, section 4.14.
const startTLS = "1.3.6.1.4.1.1466.20037"

// askTLS asks for encryption on a bare connection. It reads the one answer byte
// by byte from the connection itself, so that nothing which somebody injected
// behind it is taken for a later answer.
func askTLS(raw net.Conn) error {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(1), ""))
	x := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationExtendedRequest, nil, "")
	x.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLS, ""))
	p.AppendChild(x)
	if _, err := raw.Write(p.Bytes()); err != nil {
		return dialFault(err)
	}
	answer, err := ber.ReadPacket(raw)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return fault(StepTLS, "timeout", err)
		}
		return fault(StepTLS, "no-start-tls", err)
	}
	if err := goldap.GetLDAPError(answer); err != nil {
		return fault(StepTLS, "no-start-tls", err)
	}
	return nil
}

// bindService binds as the service account.
func (conn *Conn) bindService(ctx context.Context) error {
	if conn.cfg.BindDN == "" {
		return nil
	}
	if conn.cfg.Secret == nil {
		return fault(StepBind, "no-secret", nil)
	}
	err := conn.cfg.Secret(ctx, conn.server, func(password []byte) error {
		if len(password) == 0 {
			return fault(StepBind, "no-secret", nil)
		}
		return conn.l.Bind(conn.cfg.BindDN, string(password))
	})
	if err == nil {
		return nil
	}
	var refused *goldap.Error
	var known *Fault
	if !errors.As(err, &refused) && !errors.As(err, &known) {
		return fault(StepBind, "secret", err)
	}
	f := answerFault(StepBind, err)
	if f.Code == "wrong-password" {
		if r, ok := reasons[SubCode(diagnostic(err))]; ok && r != Wrong {
			f = fault(StepBind, "service-"+string(r), err)
		}
	}
	return f
}

// Server is the one that answered.
func (conn *Conn) Server() Server { return conn.server }

// Close ends the connection.
func (conn *Conn) Close() {
	if conn.stop != nil {
		conn.stop()
	}
	if conn.l != nil {
		_ = conn.l.Close()
		return
	}
	_ = conn.raw.Close()
}
