package ui

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/page"
)

// checked sends a backup and what opens it, with files and fields beside them, and
// returns the page of what came of it.
func (f *fresh) checked(b brought, more ...file) string {
	f.t.Helper()
	f.send("b.age", b.file)
	return f.checkedAgain(b, more...)
}

func (f *fresh) checkedAgain(b brought, more ...file) string {
	f.t.Helper()
	all := append([]file{{"words", "", b.words}, {"keys", "", b.keys}}, more...)
	if r := f.call(f.anyone, "POST", f.link("/check"), multi(all...)); r.status != seeOther {
		f.t.Fatalf("check: %d %s", r.status, r.body)
	}
	return f.page()
}

func (f *fresh) fault(field string) string { return f.server.first.look().Faults[field].Code }

// TestSetupRestoreLost: entries that existed after the backup are named, and nobody
// loses them without having said so.
func TestSetupRestoreLost(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	at, _, err := chain.OpenCheckpoint(b.later)
	if err != nil {
		t.Fatal(err)
	}
	body := f.checked(b, file{"checkpoint", "", strings.ReplaceAll(b.later, "\n", "\r\n")}) // as browsers send it
	for _, want := range []string{`name="lost"`, "required", "maison-neuve", `action="/setup/restore/go"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of what is lost lacks %s", want)
		}
	}
	for _, form := range [][]string{nil, {"lost", ""}} {
		if r := f.post("go", form...); r.status != seeOther || f.fault("lost") != "restore-lost" {
			t.Fatalf("the word without it: %d, %q", r.status, f.fault("lost"))
		}
		if body := f.page(); !strings.Contains(body, `id="field-lost-fault"`) || f.server.first.look().Phase != page.RestoreFound {
			t.Error("the page doesn't say what is to be confirmed")
		}
		if len(f.restarted) > 0 || f.server.first.committed() {
			t.Fatal("the box begins again all the same")
		}
	}
	if r := f.post("go", "lost", "1"); r.status != 200 {
		t.Fatalf("with it: %d %s", r.status, r.body)
	}
	<-f.restarted
	f.again(t)
	f.reopened(t, func(_ *store.Root, tn *store.Tenant) {
		tn.View(func(v *store.View) error {
			all, _, err := v.Journal(store.JournalFilter{Class: chain.AuditRestore, Limit: 10})
			if err != nil || len(all) != 1 || fmt.Sprint(all[0].Detail["known_size"]) != fmt.Sprint(at.Size) {
				t.Errorf("the journal says %+v of the %d entries that were known: %v", all, at.Size, err)
			}
			return nil
		})
	})
}

// TestSetupRestoreLedgers: what was destroyed after a backup stays destroyed; the
// page says so before the word is given, and a word that was mistyped loses none of it.
func TestSetupRestoreLedgers(t *testing.T) {
	b := newBrought(t)
	line := `{"person":"` + b.person + `","time":"2026-11-01T09:00:00Z","seq":9,"backups":-1}` + "\n"
	gone := `{"tenant":"maison-neuve","firm":"Maison Neuve","time":"2026-11-01T09:00:00Z"}` + "\n"
	f := newFresh(t)
	for name, c := range map[string]struct{ content, field, code string }{
		"no ledger":     {"hello", "ledger", "ledger-line"},
		"an empty one":  {"\n", "ledger", "ledger-empty"},
		"another place": {`{"tenant":"../keys"}`, "ledger", "ledger-line"},
		"its only firm": {gone, "ledger", "restore-destroyed"},
	} {
		body := f.checked(b, file{"ledger", "l.jsonl", c.content})
		if f.fault(c.field) != c.code || !strings.Contains(body, `id="field-ledger-fault"`) || f.server.first.look().Phase != page.RestoreFile {
			t.Errorf("%s: %v", name, f.server.first.look().Faults)
		}
		f.post("drop")
		f.nothingLeft(name)
	}
	if body := f.checked(b); !strings.Contains(body, "Aucun registre") {
		t.Error("that no ledger was given isn't said")
	}
	f.post("drop")
	wrong := b
	wrong.words = "abandon"
	body := f.checked(wrong, file{"ledger", "erasures.jsonl", line}, file{"ledger", "destroyed.jsonl", strings.ReplaceAll(gone, "maison-neuve", "another")})
	if f.fault("words") != "paper-count" || !strings.Contains(body, "1 personne effacée, 1 entreprise détruite") {
		t.Fatalf("%v %s", f.server.first.look().Faults, body)
	}
	if body = f.checkedAgain(b); !strings.Contains(body, "1 effacement sera refait") || strings.Contains(body, b.person) {
		t.Fatal(body)
	}
	f.post("go")
	<-f.restarted
	f.again(t)
	f.reopened(t, func(_ *store.Root, tn *store.Tenant) {
		tn.View(func(v *store.View) error {
			if u, err := v.User(b.person); err != nil || u.Erased.IsZero() {
				t.Errorf("an erased person is back: %+v %v", u, err)
			}
			return nil
		})
	})
}

// TestSetupRestoreLarge: what is no ledger isn't read for ever, nor without the link.
func TestSetupRestoreLarge(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	f.send("b.age", b.file)
	large := multi(file{"ledger", "l.jsonl", strings.Repeat("x", maxLedgers+2*formRoom)})
	if r := f.call(f.anyone, "POST", f.link("/check"), large); r.status != 413 {
		t.Errorf("too large: %d", r.status)
	}
	if r := f.call(f.anyone, "POST", "/setup/restore/check?token=wrong", multi(file{"token", "", f.token})); r.status != 403 {
		t.Errorf("without the link in the address: %d", r.status)
	}
	if f.server.first.look().Phase != page.RestoreFile {
		t.Error("it begins to read")
	}
}

// TestSetupRestoreAuthority: browsers that trust the old box trust the new one under
// its own names, unless somebody wants another authority.
func TestSetupRestoreAuthority(t *testing.T) {
	b := newBrought(t)
	for _, other := range []bool{false, true} {
		f := newFresh(t)
		before, _ := f.server.certificates().CA()
		if body := f.checked(b); !strings.Contains(body, b.caPrint) || !strings.Contains(body, `name="new_authority"`) {
			t.Fatalf("the page doesn't show the authority: %s", body)
		}
		form := url.Values{}
		if other {
			form.Set("new_authority", "1")
		}
		if r := f.post("go", pairs(form)...); r.status != 200 {
			t.Fatalf("go: %d %s", r.status, r.body)
		}
		<-f.restarted
		f.reopened(t, func(root *store.Root, _ *store.Tenant) {
			m, err := certs.New(filepath.Join(root.Dir, "keys"), FollowTLS(root, certs.Options{Hosts: []string{"neu.firm.lan"}}))
			if err != nil {
				t.Fatal(err)
			}
			now, print := m.CA()
			if string(now) == string(before) || (string(now) == string(b.ca)) == other {
				t.Errorf("another one wanted: %v; served %s", other, print)
			}
			if err := trusts(m, b.ca, "neu.firm.lan"); (err == nil) == other {
				t.Errorf("another one wanted: %v; a browser that trusts the old box says %v", other, err)
			}
		})
	}
}

func pairs(form url.Values) (out []string) {
	for name := range form {
		out = append(out, name, form.Get(name))
	}
	return out
}

// trusts shakes hands as a browser that trusts an authority.
func trusts(m *certs.Manager, ca []byte, name string) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go tls.Server(b, m.TLSConfig()).Handshake()
	return tls.Client(a, &tls.Config{RootCAs: roots, ServerName: name}).Handshake()
}
