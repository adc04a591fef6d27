package auth

import (
	"testing"
	"time"

	"coffre/auth/saml/samltest"
	"coffre/chain"
	"coffre/store"
)

// asserted is a box with a SAML provider.
type asserted struct {
	*box
	idp *samltest.IdP
	p   store.Provider
}

func (b *box) asserted() *asserted {
	b.Helper()
	x := &asserted{box: b, idp: samltest.New(b, b.clock.now())}
	d := ProviderDraft{Metadata: []byte(x.idp.Metadata()), Provider: store.Provider{
		Kind: store.ProviderKindSAML, Name: "ADFS", On: true, Origin: ourOrigin, Create: true, AllGroups: true, SAML: &store.ProviderSAML{},
	}}
	p, err := b.s.SaveProvider(b.ctx, b.t, b.operator(), d, "", func() error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	x.p = p
	return x
}

// begin starts a sign-in and returns what the provider would answer.
func (x *asserted) begin() (cookie string, a samltest.Answer) {
	x.Helper()
	_, cookie, err := x.s.StartSAML(x.ctx, x.t, x.p.ID, "/ask", SignIn{Address: here})
	if err != nil {
		x.Fatal(err)
	}
	f, why := x.s.openFlow(scopeOf(x.t, x.p), cookie)
	if why != "" {
		x.Fatal(why)
	}
	return cookie, samltest.Answer{Now: x.clock.now(), Request: f.State, Consumer: SAMLConsumer(x.p), Audience: SAMLMetadata(x.p), Session: "s-1", Groups: []string{"staff"}}
}

func (x *asserted) finish(cookie, response string) (Opened, error) {
	return x.s.FinishSAML(x.ctx, x.t, x.p.ID, cookie, response, SignIn{Address: here})
}

func TestSAMLSignIn(t *testing.T) {
	x := newBox(t).asserted()
	cookie, a := x.begin()
	good := x.idp.Good(a)
	o, err := x.finish(cookie, good)
	if err != nil || o.Next != "/ask" {
		t.Fatalf("%+v %v", o, err)
	}
	if _, err := x.s.Session(x.ctx, x.t, o.Token); err != nil {
		t.Fatal(err)
	}
	in := x.entries(chain.AuthSignIn)
	if d := in[len(in)-1].Detail; d["method"] != "saml" || d["provider"] != x.p.ID {
		t.Errorf("%+v", d)
	}
	// The same response again, in the same browser and with a flow of its own.
	_, err = x.finish(cookie, good)
	wantCode(t, err, "provider-again")
	x.wantReason("saml-state-replay")
	other, _ := x.begin()
	_, err = x.finish(other, good)
	wantCode(t, err, "provider-refused")
	x.wantReason("saml-request")
	_, err = x.finish("", good)
	wantCode(t, err, "provider-again")
	x.wantReason("saml-no-flow")
}

// TestSAMLReplay: an assertion is good once, also after the box was started again
// and forgot what it kept in memory.
func TestSAMLReplay(t *testing.T) {
	x := newBox(t).asserted()
	cookie, a := x.begin()
	if _, err := x.finish(cookie, x.idp.Good(a)); err != nil {
		t.Fatal(err)
	}
	again := New(Options{Now: x.clock.now, Params: cheap})
	defer again.Close()
	f := flow{State: a.Request, Ends: x.clock.now().Add(time.Minute)}
	_, err := again.FinishSAML(x.ctx, x.t, x.p.ID, again.sealFlow(scopeOf(x.t, x.p), f), x.idp.Good(a), SignIn{Address: here})
	wantCode(t, err, "provider-refused")
	again.Flush(x.ctx)
	x.wantReason("saml-replay")
	// The id of another provider's assertion is another id.
	if err := x.spend("other", "assertion _a1"); err != nil {
		t.Error(err)
	}
	wantCode(t, x.spend(x.p.ID, "assertion _a1"), "replayed")
	// It is remembered for as long as the assertion is good, and not for ever.
	x.clock.advance(time.Hour)
	if err := x.spend(x.p.ID, "assertion _a1"); err != nil {
		t.Error(err)
	}
}

func (x *asserted) spend(provider, id string) error {
	_, err := x.t.Update(x.ctx, store.System("auth"), chain.Event{Action: chain.IdentityFollow}, func(tx *store.Tx) error {
		return tx.Spend(provider, id, x.clock.now().Add(time.Minute))
	})
	return err
}

func TestSAMLRefused(t *testing.T) {
	x := newBox(t).asserted()
	for reason, edit := range map[string]func(*samltest.Answer){
		"saml-audience":  func(a *samltest.Answer) { a.Audience = "https://other.test" },
		"saml-recipient": func(a *samltest.Answer) { a.Recipient = "https://other.test" },
		"saml-issuer":    func(a *samltest.Answer) { a.Issuer = "https://other.test" },
		"saml-expired":   func(a *samltest.Answer) { a.End = x.clock.now().Add(-time.Hour) },
	} {
		cookie, a := x.begin()
		edit(&a)
		_, err := x.finish(cookie, x.idp.Good(a))
		wantCode(t, err, "provider-refused")
		x.wantReason(reason)
	}
	cookie, a := x.begin()
	_, err := x.finish(cookie, samltest.Encode(x.idp.Response(a, x.idp.Assertion(a))))
	wantCode(t, err, "provider-refused")
	x.wantReason("saml-unsigned")
}

func TestSAMLMetadata(t *testing.T) {
	x := newBox(t).asserted()
	cookie, a := x.begin()
	if _, err := x.finish(cookie, x.idp.Good(a)); err != nil {
		t.Fatal(err)
	}
	save := func(metadata string) (store.Provider, error) {
		d := ProviderDraft{Metadata: []byte(metadata), Provider: x.p}
		return x.s.SaveProvider(x.ctx, x.t, x.operator(), d, "", func() error { return nil })
	}
	other := samltest.New(t, x.clock.now())
	other.EntityID = "https://other.test"
	_, err := save(other.Metadata())
	wantCode(t, err, "provider-fixed")
	_, err = save("<x/>")
	wantCode(t, err, "provider-metadata")
	// A new certificate of the same provider replaces the one before.
	fresh := samltest.New(t, x.clock.now())
	if _, err = save(fresh.Metadata()); err != nil {
		t.Fatal(err)
	}
	cookie, a = x.begin()
	a.ID = "_a2"
	_, err = x.finish(cookie, x.idp.Good(a))
	wantCode(t, err, "provider-refused")
	x.wantReason("saml-signature")
	cookie, a = x.begin()
	a.ID = "_a3"
	if _, err := x.finish(cookie, fresh.Good(a)); err != nil {
		t.Error(err)
	}
	if b, err := x.s.OwnSAMLMetadata(x.t, x.p.ID); err != nil || len(b) == 0 {
		t.Error(err)
	}
}
