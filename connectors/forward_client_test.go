package connectors

import (
	"context"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
	"coffre/vault"
)

func (b *forwarding) keepPair(t *testing.T, at string, pair []byte) store.Credential {
	t.Helper()
	c, err := b.CreateCredential(context.Background(), store.Operator("test"), store.NewCredential{Name: at, Purpose: store.PurposeSIEM, Address: at, Value: vault.NewSecret(pair)}, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *forwarding) target(t *testing.T, to store.ForwardTarget) {
	t.Helper()
	_, err := b.Update(context.Background(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error { return tx.PutForwardTarget(to) })
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never happened: %s", what)
}

// TestForwardWithCertificate forwards to a receiver that takes none but machines
// that it knows: nothing without a certificate, everything with one, nothing once
// it is revoked, and everything again with the next.
func TestForwardWithCertificate(t *testing.T) {
	ca, clients := syslogtest.NewAuthority(t), syslogtest.NewAuthority(t)
	siem := syslogtest.Start(t, syslogtest.Options{By: ca, Clients: clients})
	b := newForwarding(t, t.TempDir(), quickPace)
	b.start()
	to := b.to(t, siem, ca)
	fault := func(code string) func() bool { return func() bool { return b.f.State("acme").Fault == code } }
	eventually(t, "refused without a certificate", fault("forward-client"))
	if err := b.f.Test(context.Background(), "acme", to); store.AsError(err).Code != "forward-client" {
		t.Errorf("the test without a certificate: %v", err)
	}
	c := b.keepPair(t, forwardURL(to), clients.IssueClient(t, time.Time{}, "coffre"))
	if to.ClientSecret = c.ID; b.check(to) != nil {
		t.Errorf("%v", b.check(to))
	}
	b.target(t, to)
	b.write(t, 20)
	eventually(t, "all entries arrive", func() bool { return complete(t, siem.Got(), b.Tenant) })
	if err := b.f.Test(context.Background(), "acme", to); err != nil {
		t.Error(err)
	}
	witness(t, siem.Got(), b.Tenant)
	b.View(func(v *store.View) error {
		kept, err := v.Credential(c.ID)
		users, uerr := v.CredentialUsers(c.ID)
		if err != nil || uerr != nil || kept.UsedBy != "siem" || len(users) != 1 || users[0] != "audit.forward" {
			t.Errorf("%+v %v %v %v", kept, users, err, uerr)
		}
		return nil
	})
	if n := b.CredentialRunning(c.ID); n == 0 {
		t.Error("the connection is no use of the certificate")
	}
	i, err := b.RevokeCredential(context.Background(), store.Operator("test"), c.ID, true, "")
	if err != nil || i.Running == 0 {
		t.Fatalf("%+v %v", i, err)
	}
	b.write(t, 1)
	eventually(t, "nothing goes once it is revoked", fault("secret-revoked"))
	if n := b.CredentialRunning(c.ID); n != 0 {
		t.Errorf("%d connections outlive the certificate", n)
	}
	if complete(t, siem.Got(), b.Tenant) {
		t.Error("entries arrived after the revocation")
	}
	to.ClientSecret = b.keepPair(t, forwardURL(to), clients.IssueClient(t, time.Time{}, "coffre-2")).ID
	b.target(t, to)
	eventually(t, "all entries arrive again", func() bool { return complete(t, siem.Got(), b.Tenant) })
	// The box's own chain goes with the firm's certificate.
	eventually(t, "the box's chain arrives", func() bool { return complete(t, siem.Got(), b.root.Box) })
	b.stop()
	if n := b.CredentialRunning(to.ClientSecret); n != 0 {
		t.Errorf("%d uses after the end", n)
	}
}

func (b *forwarding) check(to store.ForwardTarget) error {
	return b.View(func(v *store.View) error { return CheckForwardCertificate(v, to) })
}

func TestCheckForwardCertificate(t *testing.T) {
	b := newForwarding(t, t.TempDir(), quickPace)
	ca := syslogtest.NewAuthority(t)
	pair := b.keepPair(t, "syslog://siem.acme.lan", ca.IssueClient(t, time.Time{}, "coffre"))
	key, err := b.CreateCredential(context.Background(), store.Operator("test"), store.NewCredential{Name: "k", Purpose: store.PurposeRuntime, Address: "https://siem.acme.lan:6514", Value: vault.NewSecret([]byte("sk"))}, "")
	if err != nil {
		t.Fatal(err)
	}
	good := store.ForwardTarget{Host: "siem.acme.lan", Port: 6514, ClientSecret: pair.ID}
	for code, change := range map[string]func(*store.ForwardTarget){
		"":                     func(*store.ForwardTarget) {},
		"forward-client-clear": func(to *store.ForwardTarget) { to.Clear = true },
		"forward-client-none":  func(to *store.ForwardTarget) { to.ClientSecret = key.ID },
		"secret-address":       func(to *store.ForwardTarget) { to.Port = 6515 },
	} {
		to := good
		change(&to)
		err := b.check(to)
		if (err == nil) != (code == "") || err != nil && (store.AsError(err).Code != code || store.AsError(err).Params["name"] != "client_secret") {
			t.Errorf("%q: %v", code, err)
		}
	}
	for _, to := range []store.ForwardTarget{{}, {Host: "other", Port: 1}, {ClientSecret: key.ID}} {
		if err := b.check(to); err != nil {
			t.Errorf("%+v: %v", to, err)
		}
	}
}
