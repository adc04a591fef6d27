package syslog_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"coffre/connectors/syslog"
	"coffre/connectors/syslog/syslogtest"
)

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

func roots(a *syslogtest.Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.PEM)
	return pool
}

func target(r *syslogtest.Receiver, a *syslogtest.Authority) syslog.Target {
	if a == nil {
		return syslog.Target{Host: "127.0.0.1", Port: r.Port, Clear: true}
	}
	return syslog.Target{Host: "127.0.0.1", Port: r.Port, Roots: roots(a)}
}

func TestSend(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	for name, a := range map[string]*syslogtest.Authority{"TLS": ca, "clear": nil} {
		r := syslogtest.Start(t, syslogtest.Options{By: a})
		c, err := syslog.Open(t.Context(), dial, target(r, a))
		if err != nil {
			t.Fatal(name, err)
		}
		// Line ends and the counting's own digits inside a message break nothing.
		texts := []string{"un\n12 <13>1 - - - - - -", strings.Repeat("é", 200_000), "fin"}
		for _, s := range texts {
			if n, err := c.Send(syslog.Message{Text: s}); err != nil || n < len(s) {
				t.Fatal(name, n, err)
			}
		}
		until(t, func() bool { return len(r.Got()) == len(texts) })
		if r.Stop(); name == "TLS" {
			until(t, func() bool { _, ok := c.ClosedByReceiver(); return ok })
		}
		c.Close()
		for i, p := range r.Got() {
			if p.Text != texts[i] || !p.BOM {
				t.Errorf("%s: message %d has %d bytes", name, i, len(p.Text))
			}
		}
	}
}

// until waits for what happens on another goroutine.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never happened")
}

func TestFaults(t *testing.T) {
	ca, other := syslogtest.NewAuthority(t), syslogtest.NewAuthority(t)
	good := syslogtest.Start(t, syslogtest.Options{By: ca})
	named := syslogtest.Start(t, syslogtest.Options{By: ca, Names: []string{"siem.firme.lan"}})
	expired := syslogtest.Start(t, syslogtest.Options{By: ca, Ends: time.Now().Add(-time.Hour)})
	bare := syslogtest.Start(t, syslogtest.Options{Deaf: true})
	gone := syslogtest.Start(t, syslogtest.Options{})
	gone.Stop()
	stranger := target(good, ca)
	stranger.Roots = roots(other)
	system := target(good, ca)
	system.Roots = nil
	right := target(named, ca)
	right.ServerName = "siem.firme.lan"
	name := target(good, ca)
	name.Host = "nowhere.invalid"
	lookup := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}
	}
	for _, c := range []struct {
		name   string
		target syslog.Target
		dial   syslog.Dial
		want   string
	}{
		{"sound", target(good, ca), dial, ""},
		{"sound by its own name", right, dial, ""},
		{"another authority", stranger, dial, syslog.FaultCertificate},
		{"authorities of the system", system, dial, syslog.FaultCertificate},
		{"another name", target(named, ca), dial, syslog.FaultOther},
		{"expired", target(expired, ca), dial, syslog.FaultCertificate},
		{"nobody listens", target(gone, ca), dial, syslog.FaultRefused},
		{"no such name", name, lookup, syslog.FaultName},
	} {
		conn, err := syslog.Open(t.Context(), c.dial, c.target)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != (c.want == "") || err != nil && syslog.FaultOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := syslog.Open(ctx, dial, syslog.Target{Host: "127.0.0.1", Port: bare.Port}); syslog.FaultOf(err) != syslog.FaultSlow {
		t.Errorf("no handshake: %v", err)
	}
}

func TestReceiverThatDoesNotRead(t *testing.T) {
	r := syslogtest.Start(t, syslogtest.Options{Deaf: true})
	to := target(r, nil)
	to.WriteTimeout = 100 * time.Millisecond
	c, err := syslog.Open(t.Context(), dial, to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	big := syslog.Message{Text: strings.Repeat("x", 1<<20)}
	for range 200 {
		if _, err = c.Send(big); err != nil {
			break
		}
	}
	if syslog.FaultOf(err) != syslog.FaultSlow {
		t.Errorf("error %v", err)
	}
}

func TestReceiverThatCuts(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	r := syslogtest.Start(t, syslogtest.Options{By: ca, Cut: 100})
	c, err := syslog.Open(t.Context(), dial, target(r, ca))
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if _, err = c.Send(syslog.Message{Text: "quarante octets, à peu de chose près"}); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err == nil || syslog.FaultOf(err) != syslog.FaultClosed || c.Alive() == nil {
		t.Errorf("error %v", err)
	}
	c.Close()
}

// TestClientCertificate connects to receivers that only take clients whose
// certificate their authority signed: with TLS 1.3 they say no after the
// handshake, with 1.2 within it.
func TestClientCertificate(t *testing.T) {
	ca, clients, other := syslogtest.NewAuthority(t), syslogtest.NewAuthority(t), syslogtest.NewAuthority(t)
	pair := func(a *syslogtest.Authority, end time.Time) *tls.Certificate {
		b := a.IssueClient(t, end, "coffre")
		p, err := tls.X509KeyPair(b, b)
		if err != nil {
			t.Fatal(err)
		}
		return &p
	}
	for _, old := range []bool{false, true} {
		r := syslogtest.Start(t, syslogtest.Options{By: ca, Clients: clients, OldTLS: old})
		for name, c := range map[string]struct {
			cert *tls.Certificate
			want string
		}{
			"known":             {pair(clients, time.Time{}), ""},
			"none":              {nil, syslog.FaultClient},
			"another authority": {pair(other, time.Time{}), syslog.FaultClient},
			"expired":           {pair(clients, time.Now().Add(-time.Hour)), syslog.FaultClient},
		} {
			to := target(r, ca)
			if to.Certificate = c.cert; old && c.cert == nil {
				c.want = syslog.FaultTLS // handshake_failure, which may be anything
			}
			before := len(r.Got())
			conn, err := syslog.Open(t.Context(), dial, to)
			if err == nil && c.want != "" {
				<-conn.Ended()
				err = conn.Alive()
			}
			if (err == nil) != (c.want == "") || err != nil && syslog.FaultOf(err) != c.want {
				t.Errorf("%s, old TLS %v: %v", name, old, err)
			}
			if err == nil {
				if _, err := conn.Send(syslog.Message{Text: "oui"}); err != nil {
					t.Error(name, err)
				}
				until(t, func() bool { return len(r.Got()) == before+1 })
			}
			if conn != nil {
				conn.Close()
			}
		}
		if n := len(r.Got()); n != 1 {
			t.Errorf("old TLS %v: %d messages arrived", old, n)
		}
	}
}
