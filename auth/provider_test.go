package auth

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/auth/oidc/oidctest"
	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

// through is a box with a provider that people sign in through.
type through struct {
	*box
	idp  *oidctest.IdP
	p    store.Provider
	dial int
}

const ourOrigin = "https://coffre.test"

func (b *box) through(edit func(*ProviderDraft)) *through {
	b.Helper()
	x := &through{box: b, idp: oidctest.New(b)}
	x.idp.Now = b.clock.now
	b.s.opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		x.dial++
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	x.p = x.add(x.idp, "Keycloak", edit)
	return x
}

func (x *through) add(idp *oidctest.IdP, name string, edit func(*ProviderDraft)) store.Provider {
	x.Helper()
	d := ProviderDraft{Secret: vault.NewSecret([]byte(idp.Secret))}
	d.Provider = store.Provider{
		Kind: store.ProviderKindOIDC, Name: name, On: true, Origin: ourOrigin, CA: idp.CA(), Create: true,
		OIDC: &store.ProviderOIDC{Issuer: idp.URL, ClientID: idp.ClientID},
	}
	if edit != nil {
		edit(&d)
	}
	p, err := x.s.SaveProvider(x.ctx, x.t, x.operator(), d, "", func() error { return nil })
	if err != nil {
		x.Fatal(err)
	}
	return p
}

func (b *box) operator() store.Principal { return store.Operator("1000") }

// begin starts at a provider and returns what comes back with the browser.
func (x *through) begin(p store.Provider, next string) (cookie string, q url.Values) {
	x.Helper()
	to, cookie, err := x.s.StartOIDC(x.ctx, x.t, p.ID, next, SignIn{Address: here})
	if err != nil {
		x.Fatal(err)
	}
	return cookie, x.at(to)
}

// at is what comes back from the provider's page.
func (x *through) at(to string) url.Values {
	x.Helper()
	c := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := c.Get(to)
	if err != nil {
		x.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), ourOrigin+"/signin/oidc/") {
		x.Fatalf("the provider led to %v (%v)", back, err)
	}
	return back.Query()
}

func (x *through) finish(p store.Provider, cookie string, q url.Values) (Opened, error) {
	return x.s.FinishOIDC(x.ctx, x.t, p.ID, cookie, q, SignIn{Address: here, Agent: "test"})
}

func (x *through) enter() (Opened, error) {
	x.Helper()
	cookie, q := x.begin(x.p, "/ask")
	return x.finish(x.p, cookie, q)
}

// reasons are those of the failures entered so far.
func (b *box) failed() (out []string) {
	b.Helper()
	b.s.Flush(b.ctx)
	for _, e := range b.entries(chain.AuthFailure) {
		for r := range e.Detail["reasons"].(map[string]any) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *box) wantReason(r string) {
	b.Helper()
	if got := b.failed(); !slices.Contains(got, r) {
		b.Errorf("the journal says %q, not %q", got, r)
	}
}

func TestProviderSignIn(t *testing.T) {
	x := newBox(t).through(func(d *ProviderDraft) {
		d.Groups = []store.ProviderGroup{{Claim: "guid-1", Name: "Comptabilité"}, {Claim: "guid-2", Name: "Direction", Role: store.Auditor}}
	})
	x.idp.Claims = map[string]any{"preferred_username": "zoe", "name": "Zoé Müller", "email": "zoe@acme.test", "groups": []string{"guid-1", "guid-2", "other"}}
	o, err := x.enter()
	if err != nil || o.Next != "/ask" || o.Principal.Role != store.Auditor {
		t.Fatalf("%+v %v", o, err)
	}
	p, err := x.s.Session(x.ctx, x.t, o.Token)
	if err != nil || p.UserID != o.Principal.UserID {
		t.Fatalf("%+v %v", p, err)
	}
	var u store.User
	var gs []store.Group
	x.t.View(func(v *store.View) error {
		u, _ = v.User(p.UserID)
		gs, _ = v.Groups()
		return nil
	})
	if u.Login != "zoe" || u.Name != "Zoé Müller" || u.Source != x.p.ID || u.Subject != "subject-1" || u.Role != store.Member || u.Password != "" {
		t.Errorf("%+v", u)
	}
	if len(gs) != 2 || gs[0].Name != "Comptabilité" || gs[1].Name != "Direction" || gs[0].Source != x.p.ID || !slices.Contains(gs[0].Members, u.ID) {
		t.Errorf("%+v", gs)
	}
	// The name at the provider changes, and so do the groups; the account is the same.
	x.idp.Claims = map[string]any{"preferred_username": "zoe.martin", "name": "Zoé Martin", "groups": []string{"guid-1"}}
	if o, err = x.enter(); err != nil || o.Principal.UserID != u.ID || o.Principal.Role != store.Member {
		t.Fatalf("%+v %v", o, err)
	}
	in := x.entries(chain.AuthSignIn)
	if e := in[len(in)-1]; e.Detail["method"] != "oidc" || e.Detail["provider"] != x.p.ID {
		t.Errorf("%+v", e.Detail)
	}
	if n := len(x.entries(chain.UserCreate)); n != 2 { // ada's and bob's; zoe's is entered with the sign-in
		t.Errorf("%d accounts made by hand", n)
	}
	if _, _, err := x.signIn("zoe", ""); err == nil {
		t.Error("the account has a password")
	}
}

// TestProviderNeverMerges: a name or a mail address that is another's gives no account.
func TestProviderNeverMerges(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "Bob", "email": "bob@acme.test", "email_verified": true}
	_, err := x.enter()
	wantCode(t, err, "provider-refused")
	x.wantReason("oidc-unlinked-name-taken")
	// An administrator links the two.
	var waiting []store.Identity
	x.t.View(func(v *store.View) error { waiting, _ = v.Identities(x.p.ID); return nil })
	if len(waiting) != 1 || waiting[0].State != store.IdentityWaiting || waiting[0].Login != "bob" && waiting[0].Login != "Bob" {
		t.Fatalf("%+v", waiting)
	}
	member := store.Principal{Actor: store.Person(x.member.ID), UserID: x.member.ID, Role: store.Member}
	wantCode(t, x.s.LinkIdentity(x.ctx, x.t, member, x.p.ID, "subject-1", x.member.ID, ""), "not-allowed")
	if err := x.s.LinkIdentity(x.ctx, x.t, x.operator(), x.p.ID, "subject-1", x.member.ID, ""); err != nil {
		t.Fatal(err)
	}
	if o, err := x.enter(); err != nil || o.Principal.UserID != x.member.ID {
		t.Fatalf("%+v %v", o, err)
	}
	if _, _, err := x.signIn("bob", memberPassword); err != nil {
		t.Errorf("bob's password: %v", err)
	}
	wantCode(t, x.s.LinkIdentity(x.ctx, x.t, x.operator(), x.p.ID, "subject-1", x.admin.ID, ""), "identity-taken")
	// The same subject at another provider is somebody else.
	other := oidctest.New(t)
	other.Now = x.clock.now
	other.Claims = map[string]any{"preferred_username": "eve"}
	second := x.add(other, "Other", nil)
	cookie, q := x.begin(second, "")
	if o, err := x.finish(second, cookie, q); err != nil || o.Principal.UserID == x.member.ID {
		t.Fatalf("%+v %v", o, err)
	}
}

func TestProviderRules(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*ProviderDraft)
		claims map[string]any
		reason string // "" where they come in
	}{
		"domain":              {func(d *ProviderDraft) { d.Domains = []string{"@Acme.test"} }, map[string]any{"preferred_username": "a", "email": "a@acme.TEST", "email_verified": true}, ""},
		"another domain":      {func(d *ProviderDraft) { d.Domains = []string{"acme.test"} }, map[string]any{"preferred_username": "a", "email": "a@evil.test", "email_verified": true}, "oidc-domain"},
		"unverified mail":     {func(d *ProviderDraft) { d.Domains = []string{"acme.test"} }, map[string]any{"preferred_username": "a", "email": "a@acme.test"}, "oidc-domain"},
		"two at signs":        {func(d *ProviderDraft) { d.Domains = []string{"acme.test"} }, map[string]any{"preferred_username": "a", "email": "a@evil.test@acme.test", "email_verified": true}, "oidc-domain"},
		"organisation":        {func(d *ProviderDraft) { d.Domains = []string{"acme.test"} }, map[string]any{"preferred_username": "a", "hd": "acme.test"}, ""},
		"group":               {func(d *ProviderDraft) { d.Allowed = []string{"staff"} }, map[string]any{"preferred_username": "a", "groups": []string{"staff"}}, ""},
		"no group":            {func(d *ProviderDraft) { d.Allowed = []string{"staff"} }, map[string]any{"preferred_username": "a", "groups": []string{"guests"}}, "oidc-group"},
		"too many groups":     {func(d *ProviderDraft) { d.AllGroups = true }, map[string]any{"preferred_username": "a", "_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]string{"endpoint": "https://graph.test"}}}, "oidc-groups-overage"},
		"no accounts made":    {func(d *ProviderDraft) { d.Create = false }, map[string]any{"preferred_username": "a"}, "oidc-unlinked-closed"},
		"nobody's name":       {nil, nil, "oidc-unlinked-name-missing"},
		"a name with a space": {nil, map[string]any{"preferred_username": "a b"}, "oidc-unlinked-name-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newBox(t).through(c.edit)
			x.idp.Claims = c.claims
			_, err := x.enter()
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantCode(t, err, "provider-refused")
			x.wantReason(c.reason)
		})
	}
}

// TestProviderReplays: what was begun in one browser, at one provider, ends there, once.
func TestProviderReplays(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	cookie, q := x.begin(x.p, "")
	if _, err := x.finish(x.p, cookie, q); err != nil {
		t.Fatal(err)
	}
	_, err := x.finish(x.p, cookie, q)
	wantCode(t, err, "provider-again")
	x.wantReason("oidc-state-replay")

	_, q = x.begin(x.p, "")
	_, err = x.finish(x.p, "", q) // the address in another browser
	wantCode(t, err, "provider-again")
	x.wantReason("oidc-no-flow")
	other, _ := x.begin(x.p, "")
	_, err = x.finish(x.p, other, q) // with a flow of their own
	wantCode(t, err, "provider-refused")
	x.wantReason("oidc-malformed")

	// The code of one flow under the state of another: PKCE is the provider's to check.
	stolen, sq := x.begin(x.p, "")
	_ = stolen
	mine, mq := x.begin(x.p, "")
	mq.Set("code", sq.Get("code"))
	_, err = x.finish(x.p, mine, mq)
	wantCode(t, err, "provider-refused")
	x.wantReason("oidc-code.invalid_grant")

	// Mixed up: begun at one provider, brought to another's address.
	second := oidctest.New(t)
	second.Now = x.clock.now
	p2 := x.add(second, "Second", nil)
	cookie, q = x.begin(x.p, "")
	_, err = x.finish(p2, cookie, q)
	wantCode(t, err, "provider-again")
	x.wantReason("oidc-flow")
	if second.CodeReads != 0 {
		t.Error("the code of one provider was sent to another")
	}

	x.clock.advance(time.Minute)
	cookie, q = x.begin(x.p, "")
	x.clock.advance(flowFor)
	_, err = x.finish(x.p, cookie, q)
	wantCode(t, err, "provider-again")
	x.wantReason("oidc-flow-expired")
}

// TestProviderTokens: what is wrong with a token is one sentence to the person and
// a word to the auditor.
func TestProviderTokens(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	for reason, bend := range map[string]func(map[string]any){
		"oidc-audience": func(c map[string]any) { c["aud"] = "x" },
		"oidc-nonce":    func(c map[string]any) { c["nonce"] = "x" },
		"oidc-issuer":   func(c map[string]any) { c["iss"] = "https://evil.test" },
		"oidc-expired":  func(c map[string]any) { c["exp"] = x.clock.now().Add(-time.Hour).Unix() },
	} {
		x.idp.Bend = bend
		_, err := x.enter()
		wantCode(t, err, "provider-refused")
		x.wantReason(reason)
	}
	x.idp.Bend = nil
	cookie, q := x.begin(x.p, "")
	x.idp.Close()
	_, err := x.finish(x.p, cookie, q)
	wantCode(t, err, "provider-down")
	x.wantReason("oidc-provider-unreachable")
	if _, _, err := x.signIn("bob", memberPassword); err != nil {
		t.Errorf("the box's own way in: %v", err)
	}
}

func TestProviderPace(t *testing.T) {
	x := newBox(t).through(nil)
	for range paceMost {
		if _, _, err := x.s.StartOIDC(x.ctx, x.t, x.p.ID, "", SignIn{Address: here}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := x.s.StartOIDC(x.ctx, x.t, x.p.ID, "", SignIn{Address: here})
	wantCode(t, err, "rate-limited")
	if _, _, err := x.s.StartOIDC(x.ctx, x.t, x.p.ID, "", SignIn{Address: "192.168.1.21:1"}); err != nil {
		t.Errorf("another address: %v", err)
	}
	x.clock.advance(pacePer)
	if _, _, err := x.s.StartOIDC(x.ctx, x.t, x.p.ID, "", SignIn{Address: here}); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestBackChannelLogout(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	enter := func(sid string) string {
		x.idp.Claims["sid"] = sid
		o, err := x.enter()
		if err != nil {
			t.Fatal(err)
		}
		return o.Token
	}
	logout := func(jti string, more map[string]any) (int, error) {
		c := x.idp.Standard()
		delete(c, "sid")
		delete(c, "sub")
		delete(c, "preferred_username")
		c["jti"], c["events"] = jti, map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
		for k, v := range more {
			c[k] = v
		}
		return x.s.LogoutOIDC(x.ctx, x.t, x.p.ID, x.idp.Token(c), SignIn{Address: "10.0.0.1:1"})
	}
	in := func(token string) bool { _, err := x.s.Session(x.ctx, x.t, token); return err == nil }
	a, b := enter("s-a"), enter("s-b")
	if n, err := logout("1", map[string]any{"sid": "s-a", "sub": "subject-1"}); err != nil || n != 1 || in(a) || !in(b) {
		t.Fatalf("%d %v, %v %v", n, err, in(a), in(b))
	}
	a = enter("s-a")
	_, err := logout("1", map[string]any{"sid": "s-a"})
	wantCode(t, err, "logout-token")
	x.wantReason("oidc-logout-replay")
	if !in(a) {
		t.Error("a token that was used ended a session")
	}
	if n, err := logout("2", map[string]any{"sub": "subject-1"}); err != nil || n != 2 || in(a) || in(b) {
		t.Fatalf("%d %v, %v %v", n, err, in(a), in(b))
	}
	if n, err := logout("3", map[string]any{"sub": "nobody"}); err != nil || n != 0 {
		t.Errorf("%d %v", n, err)
	}
	_, err = logout("4", map[string]any{"sub": "subject-1", "nonce": "x"})
	wantCode(t, err, "logout-token")
	x.wantReason("oidc-logout-nonce")
	// Sessions that began with a password are no business of the provider's.
	own, _ := x.as("bob", memberPassword)
	if n, err := logout("5", map[string]any{"sid": "s-b"}); err != nil || n != 0 || !in(own) {
		t.Errorf("%d %v", n, err)
	}
}

func TestProviderSecretStaysAtItsAddress(t *testing.T) {
	x := newBox(t).through(nil)
	if x.p.OIDC.Secret == "" || x.p.OIDC.TokenURL == "" {
		t.Fatalf("%+v", x.p.OIDC)
	}
	c, err := view(x.t, func(v *store.View) (store.Credential, error) { return v.Credential(x.p.OIDC.Secret) })
	if err != nil || c.Purpose != store.PurposeOIDC || c.Address != x.idp.URL {
		t.Fatalf("%+v %v", c, err)
	}
	second := oidctest.New(t)
	d := ProviderDraft{Provider: x.p}
	o := *x.p.OIDC
	o.Issuer = second.URL
	d.OIDC, d.CA = &o, second.CA()
	_, err = x.s.SaveProvider(x.ctx, x.t, x.operator(), d, "", func() error { return nil })
	wantCode(t, err, "provider-secret")
	if second.CodeReads != 0 {
		t.Error("something was sent to the new address")
	}
	// A provider with accounts never becomes another one.
	x = newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	if _, err := x.enter(); err != nil {
		t.Fatal(err)
	}
	o = *x.p.OIDC
	o.Issuer = second.URL
	_, err = x.s.SaveProvider(x.ctx, x.t, x.operator(), ProviderDraft{Provider: store.Provider{ID: x.p.ID, Kind: "oidc", Name: "K", Origin: ourOrigin, OIDC: &o}}, "", func() error { return nil })
	wantCode(t, err, "provider-fixed")
}

func TestDeleteProvider(t *testing.T) {
	x := newBox(t).through(func(d *ProviderDraft) { d.AllGroups = true })
	x.idp.Claims = map[string]any{"preferred_username": "zoe", "groups": []string{"g"}}
	o, err := x.enter()
	if err != nil {
		t.Fatal(err)
	}
	if err := x.s.DeleteProvider(x.ctx, x.t, x.operator(), x.p.ID, "", func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = x.s.Session(x.ctx, x.t, o.Token)
	wantCode(t, err, "signed-out")
	x.t.View(func(v *store.View) error {
		gs, _ := v.Groups()
		if len(gs) != 1 || len(gs[0].Members) != 0 || gs[0].Source != "" {
			t.Errorf("%+v", gs)
		}
		c, _ := v.Credential(x.p.OIDC.Secret)
		if c.EndedBy == "" {
			t.Error("the secret is still there")
		}
		if _, err := v.User(o.Principal.UserID); err != nil {
			t.Error(err)
		}
		return nil
	})
	_, _, err = x.s.StartOIDC(x.ctx, x.t, x.p.ID, "", SignIn{Address: here})
	if !store.IsNotFound(err) {
		t.Error(err)
	}
}

// TestProviderUnready: a description that can't be read leaves the provider off,
// with the reason.
func TestProviderUnready(t *testing.T) {
	x := newBox(t).through(nil)
	down := oidctest.New(t)
	down.Down = true
	d := ProviderDraft{Provider: store.Provider{Kind: "oidc", Name: "Down", On: true, Origin: ourOrigin, CA: down.CA(), OIDC: &store.ProviderOIDC{Issuer: down.URL, ClientID: "x"}}}
	p, err := x.s.SaveProvider(x.ctx, x.t, x.operator(), d, "", func() error { return nil })
	var u *Unready
	if !asUnready(err, &u) || p.ID == "" || p.On {
		t.Fatalf("%+v %v", p, err)
	}
	_, _, err = x.s.StartOIDC(x.ctx, x.t, p.ID, "", SignIn{Address: here})
	if !store.IsNotFound(err) {
		t.Errorf("%v", err)
	}
}

func asUnready(err error, u **Unready) bool {
	x, ok := err.(*Unready)
	*u = x
	return ok
}

// FuzzFlow: only what the box sealed for a provider opens for it.
func FuzzFlow(f *testing.F) {
	s := New(Options{Params: cheap})
	good := s.sealFlow("a", flow{State: "x", Ends: time.Now().Add(time.Hour)})
	f.Add(good)
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, value string) {
		if _, why := s.openFlow("a", value); why == "" && value != good {
			t.Fatalf("%q opened", value)
		}
		if _, why := s.openFlow("b", value); why == "" {
			t.Fatalf("%q opened for another provider", value)
		}
	})
}
