package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
)

const realPassword = "Us3r-Pass-2026!"

// realAD and realSlapd are Samba and slapd as .ci/directories.sh starts them.
func realAD(t *testing.T) (*Config, *calls) {
	return real(t, "COFFRE_TEST_AD", "127.0.10.1", "svc-bind@lab.coffre.test", realPassword, "DC=lab,DC=coffre,DC=test")
}

func realSlapd(t *testing.T) (*Config, *calls) {
	return real(t, "COFFRE_TEST_SLAPD", "127.0.10.2", "uid=svc,ou=people,dc=lab,dc=test", "Svc-Pass", "dc=lab,dc=test")
}

// calls are the addresses that were dialled.
type calls struct {
	mu  sync.Mutex
	all []string
}

func (c *calls) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	c.all = append(c.all, address)
	c.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func (c *calls) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

func real(t *testing.T, env, host, dn, password, base string) (*Config, *calls) {
	t.Helper()
	dir := os.Getenv(env)
	if dir == "" {
		t.Skipf("needs %s, the directory of a running server: bash .ci/directories.sh says how to get one", env)
	}
	pem, err := os.ReadFile(filepath.Join(dir, "pki", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c := &calls{}
	return &Config{
		Servers: []Server{{TLS: true, Host: host, Port: 636}}, StartTLS: true, Roots: pool, BindDN: dn, BaseDN: base, Dial: c.dial,
		Secret: func(_ context.Context, _ Server, use func([]byte) error) error { return use([]byte(password)) },
	}, c
}

// admin is a connection that may write.
func admin(t *testing.T, c *Config, dn, password string) *goldap.Conn {
	t.Helper()
	raw, err := net.Dial("tcp", c.Servers[0].Address())
	if err != nil {
		t.Fatal(err)
	}
	conn := goldap.NewConn(tls.Client(raw, &tls.Config{RootCAs: c.Roots, ServerName: c.Servers[0].Host}), true)
	conn.Start()
	t.Cleanup(func() { conn.Close() })
	if err := conn.Bind(dn, password); err != nil {
		t.Fatal(err)
	}
	return conn
}

func adminAD(t *testing.T, c *Config) *goldap.Conn {
	conn := admin(t, c, "Administrator@lab.coffre.test", "Adm1n-Pass-2026!")
	for _, name := range []string{"Alice", "Bob", "Carol", "Dave", "Eve"} { // without the failures of another run
		modify(t, conn, "CN="+name+" Test,CN=Users,"+c.BaseDN, "lockoutTime", "0")
	}
	return conn
}

func adminSlapd(t *testing.T, c *Config) *goldap.Conn {
	return admin(t, c, "cn=admin,dc=lab,dc=test", "admin-pass")
}

// modify sets an attribute, or removes it where there are no values.
func modify(t *testing.T, conn *goldap.Conn, dn, attr string, values ...string) {
	t.Helper()
	m := goldap.NewModifyRequest(dn, nil)
	m.Replace(attr, values)
	if err := conn.Modify(m); err != nil {
		t.Fatalf("set %s of %s: %v", attr, dn, err)
	}
}

// ensure adds an entry unless it is there.
func ensure(t *testing.T, conn *goldap.Conn, dn string, attrs map[string][]string) {
	t.Helper()
	r := goldap.NewAddRequest(dn, nil)
	for k, v := range attrs {
		r.Attribute(k, v)
	}
	if err := conn.Add(r); err != nil && !goldap.IsErrorWithCode(err, goldap.LDAPResultEntryAlreadyExists) {
		t.Fatalf("add %s: %v", dn, err)
	}
}

// signIn is one line of the tables below.
type signIn struct {
	name, login, password string
	reason                Reason
	code                  string
	confirmed             bool
}

func (x signIn) check(t *testing.T, c *Config) Outcome {
	t.Helper()
	o, err := c.SignIn(t.Context(), x.login, x.password)
	if err != nil {
		t.Fatalf("%s: %v (%v)", x.name, err, AsFault(err, "").Err)
	}
	if o.Reason != x.reason || o.Code != x.code || o.Confirmed != x.confirmed {
		t.Errorf("%s: reason %q code %q confirmed %v, wanted %q %q %v", x.name, o.Reason, o.Code, o.Confirmed, x.reason, x.code, x.confirmed)
	}
	return o
}

func groupNames(t *testing.T, c *Config, ids []string) []string {
	t.Helper()
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range s.Groups {
		if slices.Contains(ids, g.ID) {
			out = append(out, g.Name)
		}
	}
	return out
}
