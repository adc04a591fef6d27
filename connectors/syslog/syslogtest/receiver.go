package syslogtest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options of a Receiver. The zero value is a well-behaved one over bare TCP.
type Options struct {
	// By signs its certificate; nil: bare TCP.
	By    *Authority
	Names []string  // of the certificate; none: 127.0.0.1
	Ends  time.Time // of the certificate; zero: in a day
	// Clients signs the certificates of those who may connect; nil: anybody may.
	Clients *Authority
	OldTLS  bool // at most 1.2, where a client is refused within the handshake
	// Cut breaks each connection after so many bytes, mostly inside a message; 0: never.
	Cut int64
	// Deaf accepts connections and reads nothing.
	Deaf bool
	Addr string // where it listens; "": a free port of 127.0.0.1
}

// Receiver listens, and parses each message that comes whole.
type Receiver struct {
	Port     int
	listener net.Listener
	o        Options

	mu     sync.Mutex
	got    []Parsed
	faults []error
	conns  int
	over   bool
	open   map[net.Conn]bool
	deaf   chan struct{}
	wg     sync.WaitGroup
}

// Start listens until the test ends. What breaks the grammar fails the test then.
func Start(t testing.TB, o Options) *Receiver {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		t.Fatal(err)
	}
	r := &Receiver{Port: l.Addr().(*net.TCPAddr).Port, o: o, open: map[net.Conn]bool{}, deaf: make(chan struct{})}
	if o.By != nil {
		if len(o.Names) == 0 {
			o.Names = []string{"127.0.0.1"}
		}
		pair, err := tls.X509KeyPair(o.By.Issue(t, o.Ends, o.Names...))
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(l, o.tls(pair))
	}
	r.listener = l
	r.wg.Go(r.accept)
	t.Cleanup(func() {
		r.Stop()
		for _, err := range r.faults {
			t.Error(err)
		}
	})
	return r
}

func (o Options) tls(own tls.Certificate) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{own}}
	if o.Clients != nil {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		c.ClientCAs.AppendCertsFromPEM(o.Clients.PEM)
	}
	if o.OldTLS {
		c.MaxVersion = tls.VersionTLS12
	}
	return c
}

// Stop closes the receiver and everything that is connected to it.
func (r *Receiver) Stop() {
	r.listener.Close()
	r.mu.Lock()
	if !r.over {
		r.over = true
		close(r.deaf)
	}
	for c := range r.open {
		c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
}

// Got returns what has come so far.
func (r *Receiver) Got() []Parsed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Parsed(nil), r.got...)
}

// Connections is how often somebody connected.
func (r *Receiver) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns
}

func (r *Receiver) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.conns++
		r.open[c] = true
		r.mu.Unlock()
		r.wg.Go(func() {
			defer func() {
				c.Close()
				r.mu.Lock()
				delete(r.open, c)
				r.mu.Unlock()
			}()
			if r.o.Deaf {
				if s, ok := c.(*tls.Conn); ok && s.Handshake() != nil {
					return
				}
				<-r.deaf
				return
			}
			var from io.Reader = c
			if r.o.Cut > 0 {
				from = io.LimitReader(c, r.o.Cut)
			}
			r.read(bufio.NewReader(from))
		})
	}
}

func (r *Receiver) read(from *bufio.Reader) {
	for {
		p, err := readFrame(from)
		r.mu.Lock()
		switch {
		case err == nil:
			r.got = append(r.got, p)
		case errors.Is(err, errGrammar):
			r.faults = append(r.faults, err)
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// readFrame reads MSG-LEN SP SYSLOG-MSG (RFC 5425, section 4.3).
func readFrame(from *bufio.Reader) (Parsed, error) {
	length, err := from.ReadString(' ')
	if err != nil {
		return Parsed{}, fmt.Errorf("read length: %w", err)
	}
	length = strings.TrimSuffix(length, " ")
	n, err := strconv.ParseUint(length, 10, 31)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != length {
		return Parsed{}, fmt.Errorf("%w: length %q", errGrammar, length)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(from, b); err != nil {
		return Parsed{}, fmt.Errorf("read message: %w", err)
	}
	return Parse(string(b))
}
