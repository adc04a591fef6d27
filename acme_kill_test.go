package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/ui/certs"
	"coffre/ui/certs/acmetest"
)

// deathbed kills a box at an answer of the authority's, before the box has it.
type deathbed struct {
	mu       sync.Mutex
	left     int                  // answers until the kill; 0: none is wanted
	at       func(*http.Response) // called instead of the count, if not nil
	kill     func()
	accounts int // that the authority made
	answers  int
}

func (d *deathbed) answered(res *http.Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers++
	if strings.Contains(res.Request.URL.Path, "sign-me-up") && res.StatusCode == http.StatusCreated {
		d.accounts++
	}
	if d.at != nil {
		d.at(res)
		return
	}
	if d.left > 0 {
		if d.left--; d.left == 0 {
			d.kill()
		}
	}
}

func (d *deathbed) next(left int, at func(*http.Response), kill func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.at, d.kill, d.answers = left, at, kill, 0
}

// between stands before an authority and shows what it answers, in its order, before
// whoever asked has it. Links in answers lead here too.
func between(t *testing.T, a acmetest.Authority, answered func(*http.Response)) acmetest.Authority {
	t.Helper()
	to, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.Root)
	m, err := certs.New(t.TempDir(), certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
		// The authority makes its links of the host that it is asked as.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host
		},
		ModifyResponse: func(res *http.Response) error { answered(res); return nil },
		ErrorLog:       log.New(io.Discard, "", 0), // of those that were killed
	})
	s.TLS = m.TLSConfig()
	s.StartTLS()
	t.Cleanup(s.Close)
	root, _ := m.CA()
	return acmetest.Authority{URL: s.URL + to.Path, Root: root}
}

// acmeState is what `tls acme show --json` prints of interest.
type acmeState struct {
	Serving bool
	Asking  bool
	Tries   int
	Code    string
}

func (b *firmBox) acme(t *testing.T, args ...string) (s acmeState) {
	t.Helper()
	o := command(t, append(append([]string{"tls", "acme"}, args...), "--json", "--data", b.dir)...)
	if err := json.Unmarshal([]byte(o.out), &s); err != nil {
		t.Fatalf("tls acme: %+v", o)
	}
	return s
}

// shows waits until a handshake shows a certificate of the authority.
func (b *firmBox) shows(t *testing.T, name string) {
	t.Helper()
	said := ""
	for range 300 {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", b.listen, &tls.Config{InsecureSkipVerify: true, ServerName: name})
		if err == nil {
			c := conn.ConnectionState().PeerCertificates[0]
			conn.Close()
			if said = c.Issuer.CommonName; strings.Contains(said, "Pebble") && c.VerifyHostname(name) == nil {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the box shows a certificate of %q; it said:\n%s", said, b.stderr)
}

// TestKilledOrders kills the box, kill -9, at each answer of a real authority in the
// middle of an order, and around the moment in which the certificate is put in place:
// it comes up again, asks by itself, with the account that it had, and nobody's hands
// are wanted.
func TestKilledOrders(t *testing.T) {
	random := seeded(t)
	secure := acmetest.FreePort(t)
	bed := &deathbed{}
	pebble := acmetest.Start(t, acmetest.FreePort(t), secure, nil, "PEBBLE_WFE_NONCEREJECT=0")
	front := between(t, pebble, bed.answered)
	const name = "coffre.firm.lan"
	b := newBox(t)
	b.listen = "127.0.0.1:" + strconv.Itoa(secure)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, front.Root, 0o600); err != nil {
		t.Fatal(err)
	}
	b.acme(t, "set", front.URL, "--ca", ca, "--name", name)

	at := 1
	for ; ; at++ {
		if at > 60 {
			t.Fatal("the order has no end")
		}
		bed.next(at, nil, b.now)
		b.launch(t) // it may not live to be ready
		if !b.diesOr(t, func() bool { return exists(b.keyFile("firm.pem")) }) {
			break
		}
		if exists(b.keyFile("firm.pem")) {
			t.Fatalf("killed at answer %d, and yet there is a certificate", at)
		}
	}
	if at < 8 {
		t.Errorf("only %d answers make an order", at)
	}
	b.shows(t, name)
	if s := b.acme(t, "show"); s.Code != "" || s.Tries > 0 {
		t.Errorf("after the last kill: %+v", s)
	}

	for range 6 {
		wait := time.Duration(random.Int64N(int64(12 * time.Millisecond)))
		kill := b.now
		bed.next(0, func(res *http.Response) {
			if strings.HasPrefix(res.Header.Get("Content-Type"), "application/pem-certificate-chain") {
				time.AfterFunc(wait, kill)
			}
		}, kill)
		b.acme(t, "now")
		if !b.diesOr(t, func() bool { return false }) {
			t.Fatal("no certificate comes")
		}
		bed.next(0, nil, nil)
		b.start(t)
		b.shows(t, name)
		if left, _ := filepath.Glob(b.keyFile(".*")); len(left) > 0 {
			t.Errorf("killed %v after the answer: %q lie about", wait, left)
		}
		if s := b.acme(t, "show"); s.Code != "" || s.Tries > 0 {
			t.Errorf("killed %v after the answer: %+v", wait, s)
		}
	}
	if bed.accounts != 1 {
		t.Errorf("the authority knows the box by %d accounts", bed.accounts)
	}
	b.stop(t)
	for _, tenant := range []string{b.tenant, "box"} {
		if o := command(t, "audit", "verify", "--tenant", tenant, "--data", b.dir); o.code != 0 {
			t.Errorf("audit verify of %s: %+v", tenant, o)
		}
	}
	t.Logf("killed at each of %d answers of an order", at-1)
}

func (b *firmBox) keyFile(name string) string { return filepath.Join(b.dir, "keys", name) }

// now sends SIGKILL and doesn't wait.
func (b *firmBox) now() { b.cmd.Process.Kill() }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// diesOr waits until the box is killed, true, or something is so.
func (b *firmBox) diesOr(t *testing.T, so func() bool) bool {
	t.Helper()
	for range 600 {
		select {
		case <-b.ended:
			return true
		case <-time.After(50 * time.Millisecond):
		}
		if so() {
			return false
		}
	}
	t.Fatalf("neither; the box said:\n%s", b.stderr)
	return false
}
