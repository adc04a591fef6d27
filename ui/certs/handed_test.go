package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// authority is a certificate authority of a real openssl: a root and an issuing
// one below it.
type authority struct {
	t   *testing.T
	dir string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl here: apt-get install openssl")
	}
	a := &authority{t, t.TempDir()}
	a.put("inter.ext", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n")
	a.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "3650", "-subj", "/CN=Root")
	a.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "inter.key", "-out", "inter.csr", "-subj", "/CN=Issuing")
	a.openssl("x509", "-req", "-in", "inter.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "1000", "-extfile", "inter.ext", "-out", "inter.pem")
	return a
}

func (a *authority) openssl(args ...string) {
	a.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = a.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

func (a *authority) put(name, text string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) get(names ...string) (out []byte) {
	a.t.Helper()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(a.dir, name))
		if err != nil {
			a.t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

// sign has the request NAME.csr signed, with the extensions given besides its own.
func (a *authority) sign(name, ext string, digest ...string) {
	a.t.Helper()
	a.put(name+".ext", "basicConstraints=CA:FALSE\n"+ext)
	args := []string{"x509", "-req", "-in", name + ".csr", "-CA", "inter.pem", "-CAkey", "inter.key", "-CAcreateserial", "-days", "90", "-copy_extensions", "copy", "-extfile", name + ".ext", "-out", name + ".pem"}
	a.openssl(append(args, digest...)...)
}

// make makes a key and a certificate for names.
func (a *authority) make(name, key, san, ext string, digest ...string) {
	a.t.Helper()
	args := []string{"req", "-newkey"}
	args = append(args, strings.Fields(key)...)
	args = append(args, "-nodes", "-keyout", name+".key", "-out", name+".csr", "-subj", "/CN="+name)
	if san != "" {
		args = append(args, "-addext", "subjectAltName="+san)
	}
	a.openssl(args...)
	a.sign(name, ext, digest...)
}

func codeOf(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

const firmHost = "coffre.firme.lan"

func liveManager(t *testing.T, dir string) *Manager {
	t.Helper()
	return newManager(t, dir, Options{Hosts: []string{firmHost}})
}

// TestRequestSignedByOpenSSL is the whole way: a request made here, signed by a
// real authority, handed in with its chain in the wrong order, served to a client
// that trusts the root alone, while an open connection goes on.
func TestRequestSignedByOpenSSL(t *testing.T) {
	a := newAuthority(t)
	dir := t.TempDir()
	for _, kind := range []string{KeyRSA, KeyECDSA} {
		m := liveManager(t, dir)
		csr, err := m.Request(NewRequest{Firm: "Société Générale d’Essai", Names: []string{firmHost, "10.1.2.3"}, Key: kind})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(csr, []byte("PRIVATE")) {
			t.Fatal("the request holds its key")
		}
		a.put("box.csr", string(csr))
		a.openssl("req", "-in", "box.csr", "-verify", "-noout")
		a.sign("box", "extendedKeyUsage=serverAuth\n")
		c, err := m.Examine(Handed{Chain: a.get("root.pem", "inter.pem", "box.pem"), Hosts: []string{"10.1.2.3"}})
		if err != nil || !c.Request || strings.Join(c.Notes, " ") != NoteOrdered {
			t.Fatalf("%v, %+v", err, c)
		}
		if err := m.Install(c); err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(a.get("root.pem"))
		if _, err := shake(t, m, roots, firmHost, time.Now(), 0); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if csr, _ := m.Pending(); csr != nil {
			t.Error("the request waits on")
		}
		if st, err := os.Stat(filepath.Join(dir, firmFile)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("mode of the key: %v %v", st.Mode(), err)
		}
		again := liveManager(t, dir)
		if s := again.Status(); s.Kind != Installed || s.Problem != nil || len(s.Missing) != 0 || again.CAFile() != "" {
			t.Errorf("after a restart: %+v", s)
		}
	}
	m := liveManager(t, dir)
	if err := m.Remove(); err != nil || m.Kind() != Own {
		t.Errorf("%v, %s", err, m.Kind())
	}
	if codeOf(m.Remove()) != "tls-not-installed" {
		t.Error("removed twice")
	}
}

// TestHandedInByMistake: each mistake has its sentence.
func TestHandedInByMistake(t *testing.T) {
	a := newAuthority(t)
	san := "DNS:" + firmHost
	a.make("good", "rsa:2048", san, "")
	a.make("other", "rsa:2048", "DNS:elsewhere.example", "")
	a.make("small", "rsa:1024", san, "")
	a.make("ed", "ed25519", san, "")
	a.make("client", "rsa:2048", san, "extendedKeyUsage=clientAuth\n")
	a.make("nameless", "rsa:2048", "", "")
	a.make("sha1", "rsa:2048", san, "", "-sha1")
	a.openssl("rsa", "-in", "good.key", "-aes128", "-passout", "pass:abcd", "-out", "locked.key")
	a.openssl("rsa", "-in", "good.key", "-aes128", "-passout", "pass:abcd", "-traditional", "-out", "locked-old.key")
	a.openssl("pkcs12", "-export", "-in", "good.pem", "-inkey", "good.key", "-passout", "pass:x", "-out", "good.p12")
	a.openssl("crl2pkcs7", "-nocrl", "-certfile", "good.pem", "-out", "good.p7b")
	a.openssl("crl2pkcs7", "-nocrl", "-certfile", "good.pem", "-outform", "DER", "-out", "good.der.p7b")
	a.openssl("x509", "-in", "good.pem", "-outform", "DER", "-out", "good.der")
	a.openssl("pkey", "-in", "good.key", "-outform", "DER", "-out", "good.key.der")
	good, key := a.get("good.pem"), a.get("good.key")
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(good))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	m := liveManager(t, t.TempDir())
	for name, c := range map[string]struct {
		chain, key []byte
		want       string
	}{
		"good":                 {good, key, ""},
		"key in the same file": {a.get("good.key", "good.pem"), nil, ""},
		"DER":                  {a.get("good.der"), a.get("good.key.der"), ""},
		"mark of an editor":    {append([]byte("\xef\xbb\xbf"), good...), key, ""},
		"UTF-16":               {wide, key, ""},
		"key of another":       {good, a.get("other.key"), "tls-pair"},
		"key with passphrase":  {good, a.get("locked.key"), "tls-key-locked"},
		"the older form":       {good, a.get("locked-old.key"), "tls-key-locked"},
		"no key":               {good, nil, "tls-no-key"},
		"certificate as key":   {good, good, "tls-no-key"},
		"half a key":           {good, key[:len(key)/2], "tls-key-damaged"},
		"PKCS 12":              {a.get("good.p12"), nil, "tls-pkcs12"},
		"PKCS 12 as key":       {good, a.get("good.p12"), "tls-pkcs12"},
		"PKCS 7":               {a.get("good.p7b"), key, "tls-pkcs7"},
		"PKCS 7, binary":       {a.get("good.der.p7b"), key, "tls-pkcs7"},
		"the request":          {a.get("good.csr"), key, "tls-request-given"},
		"key alone":            {key, nil, "tls-none"},
		"half":                 {good[:len(good)/2], key, "tls-damaged"},
		"nothing":              {nil, nil, "tls-none"},
		"a megabyte":           {bytes.Repeat([]byte("x"), 1<<20), key, "tls-large"},
		"the root":             {a.get("root.pem"), a.get("root.key"), "tls-authority"},
		"an authority":         {a.get("inter.pem"), a.get("inter.key"), "tls-authority"},
		"for clients":          {a.get("client.pem"), a.get("client.key"), "tls-usage"},
		"without names":        {a.get("nameless.pem"), a.get("nameless.key"), "tls-nameless"},
		"1,024 bits":           {a.get("small.pem"), a.get("small.key"), "tls-weak"},
		"Ed25519":              {a.get("ed.pem"), a.get("ed.key"), "tls-weak"},
		"SHA-1":                {a.get("sha1.pem"), a.get("sha1.key"), "tls-weak"},
		"other name":           {a.get("other.pem"), a.get("other.key"), "tls-names"},
	} {
		got, err := m.Examine(Handed{Chain: c.chain, Key: c.key})
		if codeOf(err) != c.want {
			t.Errorf("%s: %q, want %q", name, codeOf(err), c.want)
		}
		if err == nil && got.Facts().Key == "" {
			t.Errorf("%s: no facts", name)
		}
	}
	if c, err := m.Examine(Handed{Chain: a.get("other.pem"), Key: a.get("other.key"), Anyway: true}); err != nil || len(c.Missing) != 1 {
		t.Errorf("anyway: %v", err)
	}
	if s := m.Status(); s.Kind != Own || s.Problem != nil {
		t.Errorf("refusals changed what is served: %+v", s)
	}
}

func TestHandedDatesAndFiles(t *testing.T) {
	a := newAuthority(t)
	a.make("good", "rsa:2048", "DNS:"+firmHost, "")
	given := Handed{Chain: a.get("good.pem", "inter.pem"), Key: a.get("good.key")}
	for code, at := range map[string]time.Duration{"tls-ended": 100 * 24 * time.Hour, "tls-early": -48 * time.Hour} {
		m := newManager(t, t.TempDir(), Options{Now: func() time.Time { return time.Now().Add(at) }, Hosts: []string{firmHost}})
		if _, err := m.Examine(given); codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	dir := t.TempDir()
	a.put("k.pem", string(given.Key))
	byFile := Options{CertFile: filepath.Join(a.dir, "good.pem"), KeyFile: filepath.Join(a.dir, "k.pem")}
	if _, err := newManager(t, dir, byFile).Examine(given); codeOf(err) != "tls-by-file" {
		t.Errorf("with files: %v", err)
	}
	// A file that was half written when the machine went off: the box's own
	// certificate is served, and the reason told.
	if err := os.WriteFile(filepath.Join(dir, firmFile), given.Chain[:300], 0o600); err != nil {
		t.Fatal(err)
	}
	m := liveManager(t, dir)
	if s := m.Status(); s.Kind != Own || codeOf(s.Problem) != "tls-damaged" {
		t.Errorf("half a file: %+v", s)
	}
	if verdict, _ := m.Status().Standing(time.Now()); verdict != Stuck {
		t.Errorf("half a file stands %s", verdict)
	}
}

func TestStanding(t *testing.T) {
	now := today
	for _, c := range []struct {
		own  bool
		left time.Duration
		bad  error
		want string
	}{
		{false, 31 * 24 * time.Hour, nil, Well},
		{false, 30 * 24 * time.Hour, nil, Soon},
		{true, 29 * 24 * time.Hour, nil, Well},
		{false, 31 * 24 * time.Hour, ErrPair, Stuck},
		{false, -time.Second, nil, Ended},
		{true, -time.Second, ErrAuthority, Ended},
	} {
		s := Status{Own: c.own, Expires: now.Add(c.left), Problem: c.bad}
		got, days := s.Standing(now)
		if got != c.want || (days < 0) != (got == Ended) {
			t.Errorf("%+v: %s, %d", c, got, days)
		}
	}
}

// TestStrict: browsers insist on HTTPS with the firm's certificate alone, and
// never longer than it is good.
func TestStrict(t *testing.T) {
	a := newAuthority(t)
	a.make("good", "rsa:2048", "DNS:"+firmHost, "")
	m := liveManager(t, t.TempDir())
	if m.Strict() != 0 {
		t.Error("with the box's own certificate")
	}
	c, err := m.Examine(Handed{Chain: a.get("good.pem"), Key: a.get("good.key")})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Install(c); err != nil {
		t.Fatal(err)
	}
	if d := m.Strict(); d <= 89*24*time.Hour || d > 90*24*time.Hour {
		t.Errorf("a certificate of 90 days: %v", d)
	}
}

func TestMinimumByName(t *testing.T) {
	m := newManager(t, t.TempDir(), Options{Minimum: func(name string) uint16 {
		if name == "localhost" {
			return tls.VersionTLS13
		}
		return 0
	}})
	roots := trust(t, m)
	for name, want := range map[string]bool{"localhost": false, "coffre.local": true} {
		if _, err := shake(t, m, roots, name, time.Now(), tls.VersionTLS12); (err == nil) != want {
			t.Errorf("TLS 1.2 at %s: %v", name, err)
		}
	}
}

func TestRequestsRefused(t *testing.T) {
	m := liveManager(t, t.TempDir())
	for want, n := range map[string]NewRequest{
		"tls-host":     {Names: []string{"nom avec espace"}, Key: KeyRSA},
		"tls-key-kind": {Names: []string{firmHost}, Key: "dsa"},
	} {
		if _, err := m.Request(n); codeOf(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := m.Request(NewRequest{Key: KeyECDSA}); codeOf(err) != "tls-host" {
		t.Errorf("without names: %v", err)
	}
	if _, err := m.Request(NewRequest{Names: []string{firmHost}, Key: KeyECDSA}); err != nil {
		t.Fatal(err)
	}
	if csr, hosts := m.Pending(); csr == nil || strings.Join(hosts, " ") != firmHost {
		t.Errorf("waits: %q", hosts)
	}
	if m.DropRequest() != nil {
		t.Error("drop")
	}
	if csr, _ := m.Pending(); csr != nil {
		t.Error("dropped, and still there")
	}
}

func FuzzHanded(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte{0x30, 0x80, 2, 1, 3})
	f.Add([]byte{0xff, 0xfe, 'a', 0})
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if all, err := ReadCertificates(b); (err == nil) != (len(all) > 0) || err != nil && codeOf(err)[:4] != "tls-" {
			t.Errorf("%d certificates, %v", len(all), err)
		}
		if k, err := ReadPrivateKey(b); (err == nil) != (k != nil) {
			t.Errorf("key %v, %v", k, err)
		}
		HasKey(b)
	})
}
