package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// today is the time by which handshakes of these tests verify.
var today = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// machine is what a Manager sees of the world.
type machine struct {
	mu    sync.Mutex
	at    time.Time
	addrs []netip.Addr
}

func (m *machine) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *machine) addresses() []netip.Addr {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.addrs)
}

func (m *machine) change(d time.Duration, addrs ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
	for _, a := range addrs {
		m.addrs = append(m.addrs, netip.MustParseAddr(a))
	}
}

func (m *machine) options() Options {
	return Options{Now: m.now, Addresses: m.addresses, Hosts: []string{"Coffre.firme.lan.", "192.168.1.9", "bad host"}}
}

func newManager(t *testing.T, dir string, o Options) *Manager {
	t.Helper()
	m, err := New(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shake connects to m's server as a browser that trusts roots would.
func shake(t *testing.T, m *Manager, roots *x509.CertPool, name string, at time.Time, most uint16) (tls.ConnectionState, error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go tls.Server(b, m.TLSConfig()).Handshake()
	c := tls.Client(a, &tls.Config{RootCAs: roots, ServerName: name, MaxVersion: most, Time: func() time.Time { return at }})
	err := c.Handshake()
	return c.ConnectionState(), err
}

func trust(t *testing.T, m *Manager) *x509.CertPool {
	t.Helper()
	b, err := os.ReadFile(m.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(b) {
		t.Fatal("authority can't be read")
	}
	served, print := m.CA()
	if string(served) != string(b) || len(print) != 95 {
		t.Errorf("downloaded authority differs, fingerprint %q", print)
	}
	return roots
}

func TestOwnCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	box := &machine{at: today, addrs: []netip.Addr{netip.MustParseAddr("10.1.2.3")}}
	m := newManager(t, dir, box.options())
	roots := trust(t, m)
	for _, name := range []string{"coffre.local", "localhost", "coffre.firme.lan", "127.0.0.1", "::1", "192.168.1.9", "10.1.2.3"} {
		st, err := shake(t, m, roots, name, today, 0)
		if err != nil || st.Version != tls.VersionTLS13 {
			t.Errorf("%s: %v, version %x", name, err, st.Version)
		}
	}
	if _, err := shake(t, m, roots, "example.org", today, 0); err == nil {
		t.Error("a name of somebody else's")
	}
	if st, err := shake(t, m, roots, "localhost", today, tls.VersionTLS12); err != nil || st.Version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: %v", err)
	}
	if _, err := shake(t, m, roots, "localhost", today, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
	leaf := m.current.Leaf
	if d := leaf.NotAfter.Sub(leaf.NotBefore); d > 398*24*time.Hour {
		t.Errorf("valid for %v", d)
	}
	for _, name := range []string{"ca.key", "server.pem"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	ca, _ := readCertificate(m.CAFile())
	if !ca.IsCA || ca.MaxPathLen != 0 || !ca.MaxPathLenZero || ca.Issuer.String() != ca.Subject.String() {
		t.Errorf("authority %+v", ca.Subject)
	}
	again := newManager(t, dir, box.options())
	if again.current.Leaf.SerialNumber.Cmp(leaf.SerialNumber) != 0 {
		t.Error("a restart made another certificate")
	}
}

func TestOwnCertificateIsRenewed(t *testing.T) {
	box := &machine{at: today}
	m := newManager(t, t.TempDir(), box.options())
	roots := trust(t, m)
	serial := func() string { return m.certificate().Leaf.SerialNumber.String() }
	first := serial()

	box.change(366 * 24 * time.Hour)
	if serial() != first {
		t.Error("renewed too early")
	}
	box.change(2 * 24 * time.Hour)
	second := serial()
	if second == first {
		t.Error("not renewed with 30 days left")
	}
	box.change(time.Minute, "10.9.9.9")
	third := serial()
	if third == second {
		t.Error("not renewed for a new address")
	}
	if _, err := shake(t, m, roots, "10.9.9.9", box.now(), 0); err != nil {
		t.Error(err)
	}
	box.addrs = nil
	box.change(time.Minute)
	if serial() != third {
		t.Error("renewed for an address that went")
	}
	m.SetHosts([]string{"wissen.firma.lan"})
	if _, err := shake(t, m, roots, "wissen.firma.lan", box.now(), 0); err != nil {
		t.Error(err)
	}
	// Ten years on the authority itself is a new one, and everything still works.
	box.change(3650 * 24 * time.Hour)
	m.certificate()
	if _, err := shake(t, m, trust(t, m), "localhost", box.now(), 0); err != nil || m.Status().Problem != nil {
		t.Errorf("%v, %v", err, m.Status().Problem)
	}
	if s := m.Status(); !s.Own || !slices.Contains(s.Names, "localhost") || !s.Expires.After(box.now()) {
		t.Errorf("status %+v", s)
	}
}

func TestDamagedAuthority(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"key gone":        func(d string) error { return os.Remove(filepath.Join(d, "ca.key")) },
		"key empty":       func(d string) error { return os.WriteFile(filepath.Join(d, "ca.key"), nil, 0o600) },
		"certificate bad": func(d string) error { return os.WriteFile(filepath.Join(d, "ca.pem"), []byte("x"), 0o600) },
		"other key": func(d string) error {
			k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			return writeKey(filepath.Join(d, "ca.key"), k)
		},
	} {
		dir := t.TempDir()
		box := &machine{at: today}
		m := newManager(t, dir, box.options())
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := New(dir, box.options()); !errors.Is(err, ErrAuthority) {
			t.Errorf("%s: %v", name, err)
		}
		// One that runs goes on serving and says why it can't renew.
		box.change(380 * 24 * time.Hour)
		if m.certificate() == nil || !errors.Is(m.Status().Problem, ErrAuthority) {
			t.Errorf("%s: running box says %v", name, m.Status().Problem)
		}
	}
}

func TestKilledHalfWay(t *testing.T) {
	dir := t.TempDir()
	box := &machine{at: today}
	newManager(t, dir, box.options())
	for _, gone := range []string{"ca.pem", "server.pem"} {
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
		m := newManager(t, dir, box.options())
		if _, err := shake(t, m, trust(t, m), "localhost", today, 0); err != nil {
			t.Errorf("without %s: %v", gone, err)
		}
	}
}

func TestInterfaceAddresses(t *testing.T) {
	for _, a := range interfaceAddresses() {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || a.Zone() != "" {
			t.Errorf("address %s", a)
		}
	}
}

func FuzzPEM(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseCertificate(b); err == nil && c == nil {
			t.Error("no certificate and no error")
		}
		if k, err := parseKey(b); err == nil && k == nil {
			t.Error("no key and no error")
		}
	})
}
