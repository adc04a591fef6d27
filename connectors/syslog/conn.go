package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// Target is a receiver and how it is reached.
type Target struct {
	Host string
	Port int
	// Clear sends over bare TCP: anybody on the way can read and forge.
	Clear bool
	// Roots are the authorities that may have signed the receiver's
	// certificate; nil: those of the system.
	Roots *x509.CertPool
	// ServerName is what the certificate must be for; "" means Host.
	ServerName string
	// Certificate is shown to a receiver that asks for one, with its private key;
	// nil for none (RFC 5425, section 4.2.1).
	Certificate *tls.Certificate
	// WriteTimeout bounds one write to a receiver that doesn't read; 0: 30 s.
	WriteTimeout time.Duration
}

// Dial is net.Dialer's DialContext; the egress gate's is meant.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

const (
	handshakeTimeout = 15 * time.Second
	writeTimeout     = 30 * time.Second
)

// Conn is a connection to a receiver. One goroutine writes; the others' methods
// may be called beside it.
type Conn struct {
	net     net.Conn
	timeout time.Duration
	buf     []byte
	ended   chan struct{} // the receiver has closed, or the connection broke
	endedAt time.Time     // set before ended is closed, and
	orderly bool          // by the receiver's own close
	why     error         // else
	once    sync.Once
}

// Open connects to a receiver and, unless the target is Clear, proves by its
// certificate that it is the one. Errors: the dialer's, those of crypto/tls and
// crypto/x509; FaultOf names them.
func Open(ctx context.Context, dial Dial, t Target) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	raw, err := dial(ctx, "tcp", net.JoinHostPort(t.Host, strconv.Itoa(t.Port)))
	if err != nil {
		return nil, fmt.Errorf("connect to receiver: %w", err)
	}
	c := &Conn{net: raw, timeout: t.WriteTimeout, ended: make(chan struct{})}
	if c.timeout <= 0 {
		c.timeout = writeTimeout
	}
	if !t.Clear {
		name := t.ServerName
		if name == "" {
			name = t.Host
		}
		config := &tls.Config{RootCAs: t.Roots, ServerName: name, MinVersion: tls.VersionTLS12}
		own := t.Certificate
		if own != nil {
			// Shown whatever authorities the receiver names: else it would only be told
			// that there is none, and nobody that it is another's.
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
		}
		secure := tls.Client(raw, config)
		err := secure.HandshakeContext(ctx)
		if own != nil {
			own = &tls.Certificate{} // the connection holds the configuration, and needs the key no more
		}
		if err != nil {
			raw.Close()
			return nil, fmt.Errorf("secure connection to receiver: %w", err)
		}
		c.net = secure
	}
	go c.watch()
	return c, nil
}

// watch reads what a receiver never sends, and so hears at once that it has
// gone. With TLS 1.3 the refusal of a client's certificate comes this way too.
func (c *Conn) watch() {
	_, err := io.Copy(io.Discard, c.net)
	// Not every receiver says over TLS that it is about to close.
	c.endedAt, c.orderly = time.Now(), err == nil || errors.Is(err, io.ErrUnexpectedEOF)
	if !c.orderly {
		c.why = err
	}
	close(c.ended)
}

// ErrClosed is returned for a connection that the receiver has closed.
var ErrClosed = errors.New("the receiver closed the connection")

// Alive returns ErrClosed once the receiver has gone, with what it said last.
func (c *Conn) Alive() error {
	select {
	case <-c.ended:
		if c.why != nil {
			return fmt.Errorf("%w: %w", ErrClosed, c.why)
		}
		return ErrClosed
	default:
		return nil
	}
}

// ClosedByReceiver tells when the receiver closed in order: a machine that has
// bytes unread when it closes breaks the connection instead. ok is false while
// the connection stands, and where it broke.
func (c *Conn) ClosedByReceiver() (at time.Time, ok bool) {
	if c.Alive() == nil || !c.orderly {
		return time.Time{}, false
	}
	return c.endedAt, true
}

// Ended is closed when the receiver has gone.
func (c *Conn) Ended() <-chan struct{} { return c.ended }

// Send writes messages, each with its length before it (RFC 5425, section 4.3),
// and returns once all have been handed to the network; n is their length in
// bytes. After an error the connection is of no use, since a message may be cut.
// A receiver that doesn't read for the target's WriteTimeout is an error too.
func (c *Conn) Send(all ...Message) (n int, err error) {
	if err := c.Alive(); err != nil {
		return 0, err
	}
	c.buf = c.buf[:0]
	var one []byte
	for _, m := range all {
		if one, err = m.Append(one[:0]); err != nil {
			return 0, err
		}
		c.buf = strconv.AppendInt(c.buf, int64(len(one)), 10)
		c.buf = append(append(c.buf, ' '), one...)
	}
	for rest := c.buf; len(rest) > 0; {
		part := rest[:min(len(rest), 64<<10)]
		c.net.SetWriteDeadline(time.Now().Add(c.timeout))
		if _, err := c.net.Write(part); err != nil {
			return 0, c.broke(err)
		}
		rest = rest[len(part):]
	}
	return len(c.buf), nil
}

// lastWord is how long a write that failed waits for what the receiver said
// before it went: that may be on its way still, and says more.
const lastWord = 200 * time.Millisecond

func (c *Conn) broke(err error) error {
	select {
	case <-c.ended:
		if FaultOf(c.why) == FaultClient {
			err = c.why
		}
	case <-time.After(lastWord):
	}
	return fmt.Errorf("write to receiver: %w", err)
}

// Close ends the connection; over TLS it says so first.
func (c *Conn) Close() {
	c.once.Do(func() {
		c.net.Close()
		<-c.ended
	})
}
