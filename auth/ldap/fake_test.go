package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"

	"coffre/auth/ldap/ldaptest"
)

// listen serves connections with fn until the test ends.
func listen(t *testing.T, fn func(net.Conn)) Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); fn(c) }()
		}
	}()
	return Server{TLS: true, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

// certificate makes one for a name, signed by itself.
func certificate(t *testing.T, name string, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	c, pool := ldaptest.Certificate(t, name, from, until), x509.NewCertPool()
	pool.AddCert(c.Leaf)
	return c, pool
}

func handshake(c tls.Certificate) func(net.Conn) {
	return func(raw net.Conn) {
		t := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{c}})
		if t.Handshake() == nil {
			_, _ = t.Read(make([]byte, 1))
		}
	}
}

func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func TestConnectFaults(t *testing.T) {
	now := time.Now()
	ours, pool := certificate(t, "127.0.0.1", now.Add(-time.Hour), now.Add(time.Hour))
	other, otherPool := certificate(t, "dc.example", now.Add(-time.Hour), now.Add(time.Hour))
	old, oldPool := certificate(t, "127.0.0.1", now.Add(-2*time.Hour), now.Add(-time.Hour))
	early, earlyPool := certificate(t, "127.0.0.1", now.Add(time.Hour), now.Add(2*time.Hour))
	silent := func(c net.Conn) { _, _ = c.Read(make([]byte, 1<<10)); time.Sleep(time.Second) }
	gone := listen(t, func(net.Conn) {})
	gone.Port = 1
	for _, x := range []struct {
		name, code string
		server     Server
		roots      *x509.CertPool
	}{
		{"unknown CA", "unknown-ca", listen(t, handshake(ours)), otherPool},
		{"wrong name", "wrong-name", listen(t, handshake(other)), otherPool},
		{"expired", "expired", listen(t, handshake(old)), oldPool},
		{"not yet valid", "not-yet-valid", listen(t, handshake(early)), earlyPool},
		{"clear text on the port", "not-tls", listen(t, func(c net.Conn) { _, _ = c.Write([]byte("0\x0c\x02\x01\x01a\x07\n\x01\x00\x04\x00\x04\x00")) }), pool},
		{"silent", "timeout", listen(t, silent), pool},
		{"dead", "refused", gone, pool},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := &Config{Servers: []Server{x.server}, Roots: x.roots, Dial: dialTCP, Patience: 300 * time.Millisecond}
			_, err := c.SignIn(t.Context(), "alice", "secret")
			f := AsFault(err, "")
			if f.Code != x.code {
				t.Fatalf("%s: %v", f.Code, f.Err)
			}
			if !Unreachable(err) {
				t.Error("counts as an answer")
			}
			if x.code == "unknown-ca" && f.Params["fingerprint"] != Fingerprint(ours.Leaf) {
				t.Errorf("fingerprint %q", f.Params["fingerprint"])
			}
		})
	}
}

func TestNameFaults(t *testing.T) {
	for code, cause := range map[string]error{
		"unknown-name":   &net.DNSError{IsNotFound: true},
		"no-name-server": &net.DNSError{IsTimeout: true},
		"closed-way":     errors.New("dial 10.0.0.1:636: the way out is closed"),
		"unreachable":    errors.New("no route to host"),
	} {
		c := &Config{Servers: []Server{{TLS: true, Host: "dc.example", Port: 636}}, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, cause }}
		if _, err := c.SignIn(t.Context(), "alice", "secret"); AsFault(err, "").Code != code {
			t.Errorf("%v is %v", cause, err)
		}
	}
}

// TestNothingIsDialled: what is no name, and an empty password.
func TestNothingIsDialled(t *testing.T) {
	c := &Config{Servers: []Server{{TLS: true, Host: "dc.example", Port: 636}}, Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, errors.New("no")
	}}
	for _, x := range []struct {
		login, password string
		want            Reason
	}{{"alice", "", Empty}, {"", "x", Unknown}, {"a\x00b", "x", Unknown}, {`CORP\`, "x", Unknown}, {"@corp", "x", Unknown}, {strings.Repeat("a", 300), "x", Unknown}} {
		if o, err := c.SignIn(t.Context(), x.login, x.password); err != nil || o.Reason != x.want {
			t.Errorf("%q: %q %v", x.login, o.Reason, err)
		}
	}
	c.Servers = []Server{{Host: "dc.example", Port: 389}}
	if _, err := c.SignIn(t.Context(), "alice", "secret"); AsFault(err, "").Code != "clear" {
		t.Errorf("clear text: %v", err)
	}
}

// TestFailOver: a dead and a silent server before a good one, and a no that is
// not asked for twice.
func TestFailOver(t *testing.T) {
	cert, pool := certificate(t, "127.0.0.1", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	binds := make(chan struct{}, 10)
	refusing := listen(t, func(raw net.Conn) {
		c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}})
		for {
			p, err := ber.ReadPacket(c)
			if err != nil {
				return
			}
			binds <- struct{}{}
			id := p.Children[0].Value.(int64)
			_, _ = c.Write(bindAnswer(id, 49).Bytes())
		}
	})
	dead := Server{TLS: true, Host: "127.0.0.1", Port: 1}
	slow := listen(t, func(c net.Conn) { time.Sleep(time.Second) })
	c := &Config{
		Servers: []Server{dead, slow, refusing, refusing}, Roots: pool, Dial: dialTCP, Patience: 200 * time.Millisecond, BindDN: "cn=svc",
		Secret: func(_ context.Context, _ Server, use func([]byte) error) error { return use([]byte("x")) },
	}
	_, err := c.SignIn(t.Context(), "alice", "secret")
	if f := AsFault(err, ""); f.Step != StepBind || f.Code != "wrong-password" || Unreachable(err) {
		t.Fatalf("%v", err)
	}
	if len(binds) != 1 {
		t.Errorf("the service account's wrong password was sent %d times", len(binds))
	}
}

func bindAnswer(id int64, code int64) *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 1, nil, "")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	p.AppendChild(r)
	return p
}
