package ui

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/net/dns/dnsmessage"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/vault"
)

// buildPebble is Let's Encrypt's ACME server for tests, from a module of its own
// (testdata/acme).
var buildPebble = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pebble")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "pebble")
	build := exec.Command("go", "build", "-o", bin, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	build.Dir = filepath.Join("..", "testdata", "acme")
	if out, err := build.CombinedOutput(); err != nil {
		return string(out), err
	}
	return bin, nil
})

// pebble is a running authority.
type pebble struct {
	url  string
	root []byte // PEM, of its server
}

// freePort is one that nobody listens on at the moment.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startPebble starts an authority that looks for names at the ports of a box.
func startPebble(t *testing.T, x *acmeBox, edit func(cfg map[string]any), env ...string) pebble {
	t.Helper()
	bin, err := buildPebble()
	if err != nil {
		t.Skipf("needs pebble, from the Go module proxy: cd testdata/acme && go build github.com/letsencrypt/pebble/v2/cmd/pebble (%v)", err)
	}
	dir, port := t.TempDir(), freePort(t)
	m, err := certs.New(filepath.Join(dir, "ca"), certs.Options{Addresses: nil})
	if err != nil {
		t.Fatal(err)
	}
	root, _ := m.CA()
	server := filepath.Join(dir, "ca", "server.pem") // key and chain
	cfg := map[string]any{
		"listenAddress": "127.0.0.1:" + strconv.Itoa(port), "certificate": server, "privateKey": server,
		"httpPort": x.plainPort, "tlsPort": x.tlsPort, "retryAfter": map[string]int{"authz": 1, "order": 1},
	}
	if edit != nil {
		edit(cfg)
	}
	text, _ := json.Marshal(map[string]any{"pebble": cfg})
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(bin, "-config", file, "-dnsserver", loopbackNames(t))
	run.Env = append(append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", "PEBBLE_WFE_NONCEREJECT=10"), env...)
	var out lockedWriter
	run.Stdout, run.Stderr = &out, &out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		run.Process.Kill()
		run.Wait()
		if t.Failed() {
			t.Log(out.text())
		}
	})
	for range 100 {
		if c, err := net.Dial("tcp", cfg["listenAddress"].(string)); err == nil {
			c.Close()
			return pebble{"https://127.0.0.1:" + strconv.Itoa(port) + "/dir", root}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("pebble doesn't listen: " + out.text())
	return pebble{}
}

// loopbackNames is a name server for which every name is 127.0.0.1, over TCP (RFC
// 7766), which is how pebble asks.
func loopbackNames(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerNames(conn)
		}
	}()
	return l.Addr().String()
}

func answerNames(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		ask := make([]byte, binary.BigEndian.Uint16(size[:]))
		var m dnsmessage.Message
		if _, err := io.ReadFull(conn, ask); err != nil || m.Unpack(ask) != nil || len(m.Questions) == 0 {
			return
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		out, err := m.Pack()
		if err != nil {
			return
		}
		conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	}
}

// acmeBox is a box of one firm that listens for HTTPS and HTTP, with its gate.
type acmeBox struct {
	*box
	tlsPort, plainPort int
	m                  *certs.Manager
}

const acmeHost = "coffre.firm.lan"

func newACMEBox(t *testing.T) *acmeBox {
	t.Helper()
	x := &acmeBox{box: emptyBox(t, func(d *Deps) {
		d.Egress = connectors.NewEgress(d.Log)
		d.OpenWays = d.Egress.Follow
	})}
	op := store.Operator("test").Actor
	if _, err := x.root.CreateTenant(x.ctx, op, store.NewTenant{ID: "alpha", Firm: "Firm", Hosts: []string{acmeHost}}); err != nil {
		t.Fatal(err)
	}
	x.a = x.acquire("alpha")
	if err := x.server.Egress.Open(x.root); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.server.Egress.Close)
	x.m = x.server.certificates()
	secure, err := tls.Listen("tcp", "127.0.0.1:0", x.m.TLSConfig())
	if err != nil {
		t.Fatal(err)
	}
	x.tlsPort, x.plainPort = secure.Addr().(*net.TCPAddr).Port, freePort(t)
	web := &http.Server{Handler: x.server.Handler()}
	go web.Serve(secure)
	t.Cleanup(func() { web.Close() })
	plain := "127.0.0.1:" + strconv.Itoa(x.plainPort)
	stop, err := ServeRedirect(plain, secure.Addr(), x.m.Answers(), x.server.Log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { x.server.KeepCertificate(ctx, secure.Addr().String(), plain) })
	t.Cleanup(func() { cancel(); done.Wait() })
	return x
}

func (x *acmeBox) set(values map[string]string) {
	x.t.Helper()
	if err := checkSettings(values); err != nil {
		x.t.Fatal(err)
	}
	_, err := x.a.Update(x.ctx, store.Operator("test").Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		for name, value := range values {
			if err := tx.PutSetting(name, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.server.OpenWays(); err != nil {
		x.t.Fatal(err)
	}
	x.server.issues.look()
}

func (x *acmeBox) use(p pebble, more map[string]string) {
	x.t.Helper()
	values := map[string]string{store.SettingACME: p.url, store.SettingACMECA: string(p.root)}
	for k, v := range more {
		values[k] = v
	}
	x.set(values)
}

// until waits for a state that the authority's answer leads to.
func (x *acmeBox) until(what string, is func(issueState, certs.Status) bool) (issueState, certs.Status) {
	x.t.Helper()
	for range 600 {
		st, _, _ := x.server.issues.read()
		s := x.m.Status()
		if !st.Asking && is(st, s) {
			return st, s
		}
		time.Sleep(50 * time.Millisecond)
	}
	st, _, _ := x.server.issues.read()
	x.t.Fatalf("%s: never so: %v, after %d failures; next %v", what, st.Fault, st.Tries, st.Next)
	return issueState{}, certs.Status{}
}

func (x *acmeBox) fails(code string) issueState {
	x.t.Helper()
	st, _ := x.until(code, func(st issueState, _ certs.Status) bool { return st.Fault != nil && st.Fault.Code == code })
	return st
}

func (x *acmeBox) issued() certs.Status {
	x.t.Helper()
	_, s := x.until("issued", func(st issueState, s certs.Status) bool { return st.Fault == nil && s.Kind == certs.Installed })
	return s
}

// entries are the codes of what the box entered of renewals, "" for one that came.
func (x *acmeBox) entries() (out []string) {
	x.t.Helper()
	for _, e := range x.journal(chain.CertificateRenew) {
		code, _ := e.Detail["code"].(string)
		out = append(out, code)
	}
	return out
}

// journal is what was entered of an action, the oldest first.
func (x *acmeBox) journal(action string) (all []store.JournalEntry) {
	x.t.Helper()
	if err := x.a.View(func(v *store.View) (err error) {
		all, _, err = v.Journal(store.JournalFilter{Class: action, Limit: 1000})
		return err
	}); err != nil {
		x.t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

// TestACME has a real authority issue the box's certificate by each challenge, and
// again before it ends.
func TestACME(t *testing.T) {
	for _, way := range []string{"http-01", "tls-alpn-01", ""} {
		t.Run("way "+way, func(t *testing.T) {
			x := newACMEBox(t)
			p := startPebble(t, x, nil)
			x.use(p, map[string]string{store.SettingACMEWay: way})
			s := x.issued()
			if !slices.Equal(s.Names, []string{acmeHost}) || !strings.Contains(s.Facts.Issuer, "Pebble") || s.Facts.Chain < 2 {
				t.Fatalf("served: %+v", s.Facts)
			}
			if verdict, _ := s.Standing(time.Now()); verdict != certs.Well || s.Renewal == nil || !s.Renewal.Next.After(time.Now()) {
				t.Fatalf("%s, %+v", verdict, s.Renewal)
			}
			conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(x.tlsPort), &tls.Config{InsecureSkipVerify: true, ServerName: acmeHost})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := conn.ConnectionState().PeerCertificates[0]; got.VerifyHostname(acmeHost) != nil || !strings.Contains(got.Issuer.CommonName, "Pebble") {
				t.Fatalf("the handshake shows %s", got.Issuer)
			}
			if got := x.entries(); !slices.Equal(got, []string{""}) {
				t.Fatalf("entries: %q", got)
			}
		})
	}
}

// TestACMERenews: a certificate is replaced at two thirds of its life, and the old
// one serves while the authority fails.
func TestACMERenews(t *testing.T) {
	x := newACMEBox(t)
	p := startPebble(t, x, func(cfg map[string]any) {
		cfg["profiles"] = map[string]any{"default": map[string]any{"description": "short", "validityPeriod": 30}}
	})
	x.use(p, nil)
	first := x.issued()
	_, second := x.until("renewed", func(_ issueState, s certs.Status) bool { return s.Facts.Fingerprint != first.Facts.Fingerprint })
	if life := first.Facts.Until.Sub(first.Facts.From); time.Now().Before(first.Facts.From.Add(life * 2 / 3)) {
		t.Fatal("too early")
	}
	x.set(map[string]string{store.SettingACME: "https://127.0.0.1:" + strconv.Itoa(freePort(t)) + "/dir"})
	if err := x.server.issues.hurry(false); err != nil {
		t.Fatal(err)
	}
	st := x.fails("acme-down")
	s := x.m.Status()
	if verdict, _ := s.Standing(time.Now()); verdict != certs.Unissued || st.Tries == 0 || st.Failing.IsZero() {
		t.Fatalf("%s, %+v", verdict, st)
	}
	if s.Kind != certs.Installed || s.Facts.From.Before(second.Facts.From) {
		t.Fatal("the old certificate isn't served any more")
	}
}

// TestACMERefusals: what may go wrong has a name, and the authority's words.
func TestACMERefusals(t *testing.T) {
	key := base64.RawURLEncoding.EncodeToString([]byte("a key of thirty-two bytes or so.."))
	t.Run("root", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, nil)
		other, err := certs.New(t.TempDir(), certs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.root, _ = other.CA()
		x.use(p, nil)
		x.fails("acme-root")
		if got := x.entries(); !slices.Equal(got, []string{"acme-root"}) {
			t.Fatalf("entries: %q", got)
		}
	})
	t.Run("check", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) { cfg["httpPort"], cfg["tlsPort"] = freePort(t), freePort(t) })
		x.use(p, nil)
		if st := x.fails("acme-check"); len(st.Fault.Params) != 2 || st.Fault.Params[1] == "" {
			t.Fatalf("%q", st.Fault.Params)
		}
	})
	t.Run("names", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) { cfg["domainBlocklist"] = []string{acmeHost} })
		x.use(p, nil)
		x.fails("acme-names")
	})
	t.Run("nonce", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, nil, "PEBBLE_WFE_NONCEREJECT=100")
		x.use(p, nil)
		x.fails("acme-nonce")
	})
	t.Run("account", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, nil)
		x.use(p, nil)
		x.issued()
		revokeAccount(t, x, p)
		if err := x.server.issues.hurry(false); err != nil {
			t.Fatal(err)
		}
		x.fails("acme-account")
		if err := x.server.issues.hurry(true); err != nil {
			t.Fatal(err)
		}
		x.issued()
		if got := x.entries(); !slices.Equal(got, []string{"", "acme-account", ""}) {
			t.Fatalf("entries: %q", got)
		}
	})
	t.Run("binding", func(t *testing.T) {
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) {
			cfg["externalAccountBindingRequired"], cfg["externalAccountMACKeys"] = true, map[string]string{"kid-1": key}
		})
		x.use(p, nil)
		x.fails("acme-binding")
		c, err := x.a.CreateCredential(x.ctx, store.Operator("test"), store.NewCredential{Name: "eab", Purpose: store.PurposeACME, Address: p.url, Value: vault.NewSecret([]byte(key))}, "")
		if err != nil {
			t.Fatal(err)
		}
		x.set(map[string]string{store.SettingACMEAccount: "kid-1", store.SettingACMESecret: c.ID})
		x.issued()
		if n := len(x.journal(chain.CredentialRead)); n != 1 {
			t.Fatalf("%d entries of the key's use", n)
		}
		x.a.View(func(v *store.View) error {
			users, err := v.CredentialUsers(c.ID)
			if err != nil || len(users) != 1 {
				t.Errorf("used by %q, %v", users, err)
			}
			return nil
		})
	})
}

func revokeAccount(t *testing.T, x *acmeBox, p pebble) {
	t.Helper()
	account, err := x.m.AccountKey(p.url)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.root)
	client := &acme.Client{Key: account, DirectoryURL: p.url, HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, TLSClientConfig: &tls.Config{RootCAs: roots},
	}}}
	if err := client.DeactivateReg(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestACMELimits: an authority that wants to be left alone is, and what isn't one
// is told apart.
func TestACMELimits(t *testing.T) {
	x := newACMEBox(t)
	var answer http.HandlerFunc
	fake := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer fake.Close()
	answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
		w.Write([]byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many\u0007 orders"}`))
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: fake.Certificate().Raw})
	x.use(pebble{fake.URL + "/a", ca}, nil)
	st := x.fails("acme-rate")
	if left := time.Until(st.Next); left < 110*time.Minute || !slices.Equal(st.Fault.Params, []string{"said", "too many orders"}) {
		t.Fatalf("%v, %q", left, st.Fault.Params)
	}
	answer = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }
	x.set(map[string]string{store.SettingACME: fake.URL + "/b"})
	x.fails("acme-directory")
	x.set(map[string]string{store.SettingACME: ""})
	x.until("off", func(st issueState, s certs.Status) bool { return st.Fault == nil && s.Renewal == nil })
}

func TestChallengeWays(t *testing.T) {
	for _, c := range []struct {
		chosen string
		at     []string
		want   string
	}{
		{"", []string{":443"}, "tls-alpn-01"},
		{"", []string{":443", ":80"}, "tls-alpn-01 http-01"},
		{"", []string{":8443", ":80"}, "http-01 tls-alpn-01"},
		{"", []string{"[::]:8443"}, "tls-alpn-01"},
		{"", nil, "tls-alpn-01"},
		{"http-01", []string{":443"}, "http-01"},
	} {
		if got := strings.Join(challengeWays(c.chosen, c.at), " "); got != c.want {
			t.Errorf("%q at %q: %s", c.chosen, c.at, got)
		}
	}
}
