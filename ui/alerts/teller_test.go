package alerts

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/relay/relaytest"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/health"
	"coffre/ui/health/machine"
)

// telling is a box with one firm, whose clock the test moves.
type telling struct {
	*store.Tenant
	t    *testing.T
	dir  string
	now  time.Time
	a    *Teller
	root *store.Root
	shut func()
}

func newTelling(t *testing.T) *telling {
	b := &telling{t: t, dir: filepath.Join(t.TempDir(), "data"), now: time.Date(2026, 11, 23, 7, 0, 0, 0, time.Local)}
	b.open()
	t.Cleanup(func() { b.shut() })
	return b
}

// open opens the box, as after a restart.
func (b *telling) open() {
	b.t.Helper()
	root, err := store.OpenRoot(b.dir, store.Options{Ways: connectors.NamedWays})
	if err != nil {
		b.t.Fatal(err)
	}
	if all, err := root.Tenants(); err != nil || len(all) == 0 {
		if _, err := root.CreateTenant(b.t.Context(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme", Hosts: []string{"coffre.acme.lan"}}); err != nil {
			b.t.Fatal(err)
		}
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		b.t.Fatal(err)
	}
	clock := func() time.Time { return b.now }
	encrypted := func(string) machine.Disk { return machine.Disk{State: machine.Encrypted} }
	m := health.New(health.Deps{Root: root, Now: clock, Disk: encrypted})
	m.Serves(health.Serving{Certificate: func() certs.Status { return certs.Status{Own: true, Expires: b.now.AddDate(1, 0, 0)} }, Addresses: []string{"0.0.0.0:8443"}})
	mailer := connectors.NewMailer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	})
	b.Tenant, b.root = tn, root
	b.a = New(Deps{Root: root, Health: m, Mail: mailer, Now: clock})
	b.shut = func() {
		release()
		if err := root.Close(); err != nil {
			b.t.Error(err)
		}
	}
}

func (b *telling) set(pairs ...string) {
	b.t.Helper()
	_, err := b.Update(b.t.Context(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.PutSetting(pairs[i], pairs[i+1]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// to sends alerts to a relay in clear.
func (b *telling) to(r *relaytest.Relay) {
	b.set("alerts.host", "127.0.0.1", "alerts.port", strconv.Itoa(r.Port), "alerts.security", "none", "alerts.from", "coffre@acme.example",
		"alerts.urgent", "it@acme.example\nboss@acme.example", "alerts.digest", "it@acme.example", "ui.language", "en")
}

// pass moves the clock, looks at the box and tells.
func (b *telling) pass(d time.Duration) {
	b.t.Helper()
	b.now = b.now.Add(d)
	b.a.d.Health.Look(b.t.Context(), b.Tenant)
	if err := b.a.round(b.t.Context(), b.Tenant); err != nil {
		b.t.Fatal(err)
	}
}

// ill makes the check of modes red, or well.
func (b *telling) ill(yes bool) {
	mode := os.FileMode(0o600)
	if yes {
		mode = 0o666
	}
	if err := os.Chmod(filepath.Join(b.dir, "box.db"), mode); err != nil {
		b.t.Fatal(err)
	}
}

func (b *telling) state() (st store.MailState, waiting int) {
	b.t.Helper()
	err := b.View(func(v *store.View) (err error) {
		if st, err = v.MailState(); err != nil {
			return err
		}
		all, err := v.MailQueue()
		waiting = len(all)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return st, waiting
}

// subjects are those of the mails that arrived, with their recipients.
func subjects(t *testing.T, r *relaytest.Relay) (out []string) {
	t.Helper()
	for _, m := range r.Got() {
		subject, _ := read1(t, m.Data)
		out = append(out, m.To+" "+subject)
	}
	return out
}

func read1(t *testing.T, data string) (subject, text string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return subject, string(b)
}

// TestTells: a check that turns red is a mail to those who want it, over a restart
// too; and one when it is well.
func TestTells(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{})
	b := newTelling(t)
	b.to(r)
	b.ill(true)
	b.pass(0)
	b.pass(5 * time.Minute)
	if got := subjects(t, r); len(got) != 2 || !strings.HasPrefix(got[0], "boss@acme.example coffre – Problem: File modes") {
		t.Fatalf("%q", got)
	}
	_, text := read1(t, r.Got()[0].Data)
	for _, want := range []string{"chmod", "https://coffre.acme.lan:8443/health", "UTC"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "box.db") || strings.Contains(text, "Acme") {
		t.Errorf("a name of the firm's own: %s", text)
	}
	b.shut()
	b.open()
	b.pass(time.Minute)
	b.pass(10 * time.Minute)
	if got := subjects(t, r); len(got) != 2 {
		t.Errorf("told again after a restart: %q", got)
	}
	b.ill(false)
	b.pass(time.Minute)
	b.pass(31 * time.Minute)
	if got := subjects(t, r); len(got) != 4 || !strings.HasPrefix(got[3], "it@acme.example coffre – Fine again: File modes") {
		t.Errorf("%q", got)
	}
	b.pass(time.Hour) // the digest: some things are amber in an empty box
	if got := subjects(t, r); len(got) != 5 || !strings.Contains(got[4], "it@acme.example coffre – Digest") {
		t.Errorf("%q", got)
	}
	st, waiting := b.state()
	if waiting != 0 || st.Fault != nil || st.Sent.IsZero() || len(st.Told) != 0 {
		t.Errorf("%+v, %d wait", st, waiting)
	}
	if n := b.entries(chain.MailSend); n != 3 {
		t.Errorf("%d entries", n)
	}
}

func (b *telling) entries(action string) (n int) {
	b.t.Helper()
	err := b.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: action, Limit: 1000})
		for _, e := range all {
			if text := string(e.Raw); strings.Contains(text, "@") || strings.Contains(text, "127.0.0.1") {
				b.t.Errorf("an address in the journal: %s", text)
			}
		}
		n = len(all)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// TestRelayDown: mails wait over a restart while the relay is away, failing mail is
// itself red after an hour, nothing storms when it is back, and what is too old is
// given up.
func TestRelayDown(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{})
	b := newTelling(t)
	b.to(r)
	port := r.Port
	r.Stop()
	b.ill(true)
	b.pass(0)
	b.pass(5 * time.Minute)
	st, waiting := b.state()
	if st.Fault == nil || st.Fault.Code != "mail-refused" || waiting != 2 || st.Next.Sub(b.now) != time.Minute {
		t.Fatalf("%+v, %d wait", st, waiting)
	}
	b.shut()
	b.open()
	for range 40 {
		b.pass(2 * time.Minute)
	}
	if st, _ = b.state(); st.Next.Sub(b.now) > 30*time.Minute || !st.Entered || b.entries(chain.MailSend) != 1 {
		t.Errorf("%+v, %d entries", st, b.entries(chain.MailSend))
	}
	if v := b.verdict("mail"); v != "failing" {
		t.Errorf("health says %s", v)
	}
	_, waiting = b.state()
	if r = relaytest.Start(t, relaytest.Options{Port: port}); waiting > 5 {
		t.Errorf("%d wait", waiting)
	}
	b.pass(31 * time.Minute)
	if _, left := b.state(); left != 0 || len(r.Got()) != waiting {
		t.Errorf("%d of %d arrived, %d wait", len(r.Got()), waiting, left)
	}
	b.pass(time.Minute)
	if v := b.verdict("mail"); v != "ok" {
		t.Errorf("health says %s", v)
	}
	r.Stop()
	b.pass(25 * time.Hour) // a reminder and a digest wait
	b.pass(49 * time.Hour)
	b.pass(49 * time.Hour)
	if st, waiting := b.state(); st.Lost < 3 || waiting > 3 {
		t.Errorf("%d lost, %d wait", st.Lost, waiting)
	}
}

func (b *telling) verdict(name string) string {
	r, _ := b.a.d.Health.Last(b.ID)
	for _, x := range r.Results {
		if x.Name == name {
			return x.Code
		}
	}
	return ""
}

// TestRefusedRecipient: one address that the relay refuses keeps no other from its
// mail, is not asked for again with the same mail, and is told on the page of
// health; a test that goes through ends that.
func TestRefusedRecipient(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{})
	no := func(step, arg string) string {
		if step == "RCPT" && strings.HasPrefix(arg, "it@") {
			return "550 5.1.1 <it@acme.example> unknown"
		}
		return ""
	}
	r.Answer(no)
	b := newTelling(t)
	b.to(r)
	b.ill(true)
	b.pass(0)
	b.pass(5 * time.Minute)
	st, waiting := b.state()
	if got := subjects(t, r); len(got) != 1 || waiting != 0 || st.Fault != nil || st.Refused["it@acme.example"].Code != "mail-recipient" {
		t.Fatalf("%q, %d wait, %+v", got, waiting, st)
	}
	b.pass(time.Minute)
	if v := b.verdict("mail"); v != "refused" {
		t.Errorf("health says %s", v)
	}
	tested, err := b.a.Test(t.Context(), b.Tenant, store.System("test"), "")
	if err != nil || len(tested) != 2 || tested[0].Err == nil || !strings.Contains(tested[0].Err.Params["reply"], "5.1.1") || tested[1].Err != nil {
		t.Fatalf("%+v, %v", tested, err)
	}
	r.Answer(nil)
	if tested, err = b.a.Test(t.Context(), b.Tenant, store.System("test"), ""); err != nil || tested[0].Err != nil || tested[0].Reply == "" {
		t.Fatalf("%+v, %v", tested, err)
	}
	b.pass(time.Minute)
	if st, _ = b.state(); len(st.Refused) != 0 {
		t.Errorf("%+v", st)
	}
	b.entries(chain.MailSend)
}

// TestGreylisting: a mail that is to come later waits, alone.
func TestGreylisting(t *testing.T) {
	r := relaytest.Start(t, relaytest.Options{})
	grey := true
	r.Answer(func(step, arg string) string {
		if step == "RCPT" && grey && strings.HasPrefix(arg, "boss@") {
			return "450 4.2.0 greylisted"
		}
		return ""
	})
	b := newTelling(t)
	b.to(r)
	b.ill(true)
	b.pass(0)
	b.pass(5 * time.Minute)
	if _, waiting := b.state(); waiting != 1 || len(r.Got()) != 1 {
		t.Fatalf("%d wait, %d arrived", waiting, len(r.Got()))
	}
	grey = false
	b.pass(2 * time.Minute)
	if _, waiting := b.state(); waiting != 0 || len(r.Got()) != 2 {
		t.Errorf("%d wait, %d arrived", waiting, len(r.Got()))
	}
}

// TestOffForgets: alerts that are turned off leave nothing to send, and turned on
// again they begin afresh.
func TestOffForgets(t *testing.T) {
	b := newTelling(t)
	b.set("alerts.host", "127.0.0.1", "alerts.port", "1", "alerts.security", "none", "alerts.from", "c@acme.example", "alerts.urgent", "it@acme.example")
	b.ill(true)
	b.pass(0)
	b.pass(5 * time.Minute)
	b.set("alerts.host", "")
	b.pass(time.Minute)
	if st, waiting := b.state(); waiting != 0 || len(st.Told) != 0 || st.Fault != nil {
		t.Errorf("%+v, %d wait", st, waiting)
	}
	r := relaytest.Start(t, relaytest.Options{})
	b.to(r)
	b.pass(time.Minute)
	b.pass(5 * time.Minute)
	if len(r.Got()) != 2 {
		t.Errorf("%d arrived", len(r.Got()))
	}
}
