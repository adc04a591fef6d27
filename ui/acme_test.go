package ui

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/certs/acmetest"
	"coffre/vault"
)

// startPebble starts an authority that looks for names at the ports of a box.
func startPebble(t *testing.T, x *acmeBox, edit func(cfg map[string]any), env ...string) acmetest.Authority {
	t.Helper()
	return acmetest.Start(t, x.plainPort, x.tlsPort, edit, env...)
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
	x.tlsPort, x.plainPort = secure.Addr().(*net.TCPAddr).Port, acmetest.FreePort(t)
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

func (x *acmeBox) use(p acmetest.Authority, more map[string]string) {
	x.t.Helper()
	values := map[string]string{store.SettingACME: p.URL, store.SettingACMECA: string(p.Root)}
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
	t.Parallel()
	for _, way := range []string{"http-01", "tls-alpn-01", ""} {
		t.Run("way "+way, func(t *testing.T) {
			t.Parallel()
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
	t.Parallel()
	x := newACMEBox(t)
	p := startPebble(t, x, func(cfg map[string]any) {
		cfg["profiles"] = map[string]any{"default": map[string]any{"description": "short", "validityPeriod": 15}}
	})
	x.use(p, nil)
	first := x.issued()
	_, second := x.until("renewed", func(_ issueState, s certs.Status) bool { return s.Facts.Fingerprint != first.Facts.Fingerprint })
	if life := first.Facts.Until.Sub(first.Facts.From); time.Now().Before(first.Facts.From.Add(life * 2 / 3)) {
		t.Fatal("too early")
	}
	x.set(map[string]string{store.SettingACME: "https://127.0.0.1:" + strconv.Itoa(acmetest.FreePort(t)) + "/dir"})
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
	t.Parallel()
	key := base64.RawURLEncoding.EncodeToString([]byte("a key of thirty-two bytes or so.."))
	t.Run("root", func(t *testing.T) {
		t.Parallel()
		x := newACMEBox(t)
		p := startPebble(t, x, nil)
		other, err := certs.New(t.TempDir(), certs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Root, _ = other.CA()
		x.use(p, nil)
		x.fails("acme-root")
		if got := x.entries(); !slices.Equal(got, []string{"acme-root"}) {
			t.Fatalf("entries: %q", got)
		}
	})
	t.Run("check", func(t *testing.T) {
		t.Parallel()
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) { cfg["httpPort"], cfg["tlsPort"] = acmetest.FreePort(t), acmetest.FreePort(t) })
		x.use(p, nil)
		if st := x.fails("acme-check"); len(st.Fault.Params) != 2 || st.Fault.Params[1] == "" {
			t.Fatalf("%q", st.Fault.Params)
		}
	})
	t.Run("names", func(t *testing.T) {
		t.Parallel()
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) { cfg["domainBlocklist"] = []string{acmeHost} })
		x.use(p, nil)
		x.fails("acme-names")
	})
	t.Run("nonce", func(t *testing.T) {
		t.Parallel()
		x := newACMEBox(t)
		p := startPebble(t, x, nil, "PEBBLE_WFE_NONCEREJECT=100")
		x.use(p, nil)
		x.fails("acme-nonce")
	})
	t.Run("account", func(t *testing.T) {
		t.Parallel()
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
		t.Parallel()
		x := newACMEBox(t)
		p := startPebble(t, x, func(cfg map[string]any) {
			cfg["externalAccountBindingRequired"], cfg["externalAccountMACKeys"] = true, map[string]string{"kid-1": key}
		})
		x.use(p, nil)
		x.fails("acme-binding")
		c, err := x.a.CreateCredential(x.ctx, store.Operator("test"), store.NewCredential{Name: "eab", Purpose: store.PurposeACME, Address: p.URL, Value: vault.NewSecret([]byte(key))}, "")
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

// TestACMEShut: an administrator who shuts the way to the authority is told so, and
// the old certificate serves; once it is open again, the next one comes.
func TestACMEShut(t *testing.T) {
	t.Parallel()
	x := newACMEBox(t)
	p := startPebble(t, x, nil)
	x.use(p, nil)
	first := x.issued()
	x.shut(p.URL, true)
	if err := x.server.issues.hurry(false); err != nil {
		t.Fatal(err)
	}
	x.fails("acme-shut")
	if s := x.m.Status(); s.Kind != certs.Installed || s.Facts.Fingerprint != first.Facts.Fingerprint {
		t.Error("the old certificate isn't served any more")
	}
	if n := len(x.journal(chain.EgressRefuse)); n != 1 {
		t.Errorf("%d entries of what was refused", n)
	}
	x.shut(p.URL, false)
	if err := x.server.issues.hurry(false); err != nil {
		t.Fatal(err)
	}
	x.until("issued again", func(st issueState, s certs.Status) bool {
		return st.Fault == nil && s.Facts.Fingerprint != first.Facts.Fingerprint
	})
	if got := x.entries(); !slices.Equal(got, []string{"", "acme-shut", ""}) {
		t.Fatalf("entries: %q", got)
	}
}

// shut shuts the way to an address, or opens it again, as an administrator does.
func (x *acmeBox) shut(address string, shut bool) {
	x.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		x.t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	action := chain.EgressOpen
	if shut {
		action = chain.EgressShut
	}
	x.do(x.a, action, func(tx *store.Tx) error { return tx.ShutWay(u.Hostname(), port, shut) })
	if err := x.server.OpenWays(); err != nil {
		x.t.Fatal(err)
	}
}

func revokeAccount(t *testing.T, x *acmeBox, p acmetest.Authority) {
	t.Helper()
	account, err := x.m.AccountKey(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.Root)
	client := &acme.Client{Key: account, DirectoryURL: p.URL, HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, TLSClientConfig: &tls.Config{RootCAs: roots},
	}}}
	if err := client.DeactivateReg(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestACMELimits: an authority that wants to be left alone is, and what isn't one
// is told apart.
func TestACMELimits(t *testing.T) {
	t.Parallel()
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
	x.use(acmetest.Authority{URL: fake.URL + "/a", Root: ca}, nil)
	st := x.fails("acme-rate")
	if left := time.Until(st.Next); left < 110*time.Minute || !slices.Equal(st.Fault.Params, []string{"said", "too many orders"}) {
		t.Fatalf("%v, %q", left, st.Fault.Params)
	}
	answer = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }
	x.set(map[string]string{store.SettingACME: fake.URL + "/b"})
	x.fails("acme-directory")
	other := acmetest.FreePort(t)
	answer = func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"newNonce":"https://127.0.0.1:%[1]d/n","newAccount":"https://127.0.0.1:%[1]d/a","newOrder":"https://127.0.0.1:%[1]d/o"}`, other)
	}
	x.set(map[string]string{store.SettingACME: fake.URL + "/c"})
	x.fails("acme-shut") // it sends the box to a host that nobody named
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
