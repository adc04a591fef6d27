package ui

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/auth/oidc/oidctest"
	"coffre/auth/saml/samltest"
	"coffre/connectors"
	"coffre/connectors/gate"
	"coffre/store"
)

// through is a box whose firm signs in through a provider, with the real gate.
type through struct {
	*box
	idp   *oidctest.IdP
	admin caller
	id    string
}

func newThrough(t *testing.T) *through {
	t.Helper()
	egress := connectors.NewEgress(nil)
	var own *auth.Service
	x := &through{box: newBox(t, func(d *Deps) {
		own = auth.New(auth.Options{Params: auth.Params{MemoryKiB: 16, Time: 1, Threads: 1}, Dial: egress.Dial, As: gate.As})
		d.Auth, d.OpenWays, d.Egress = own, egress.Follow, egress
	}), idp: oidctest.New(t)}
	if err := egress.Open(x.root); err != nil {
		t.Fatal(err)
	}
	x.ends = append(x.ends, own.Close, egress.Close)
	x.admin = x.session(x.person(x.a, "ada", store.Admin))
	return x
}

func (x *through) form(more url.Values) url.Values {
	f := url.Values{
		"kind": {"oidc"}, "preset": {"keycloak"}, "name": {"Berthier ID"}, "origin": {"https://" + hostA}, "issuer": {x.idp.URL}, "client_id": {x.idp.ClientID},
		"value": {x.idp.Secret}, "ca": {x.idp.CA()}, "create": {"1"}, "on": {"1"}, "id": {store.NewProviderID()},
		"group_claim": {"staff", "", ""}, "group_name": {"Personnel", "", ""}, "group_role": {"", "", ""},
	}
	for k, v := range more {
		f[k] = v
	}
	return f
}

// add describes the provider on the settings page.
func (x *through) add() {
	x.t.Helper()
	r := x.call(x.admin, "POST", "/settings/signin", x.form(nil))
	if r.status != http.StatusSeeOther {
		x.t.Fatalf("%d %s", r.status, r.body)
	}
	_, x.id, _ = strings.Cut(r.header.Get("Location"), "#")
}

// walk follows a browser from the sign-in page to the box again.
func (x *through) walk(next string) reply {
	x.t.Helper()
	guest := caller{host: hostA}
	page := x.call(guest, "GET", "/signin?next="+url.QueryEscape(next), nil)
	want := "/signin/oidc/" + x.id
	if !strings.Contains(page.body, want) || !strings.Contains(page.body, "Berthier ID") {
		x.t.Fatalf("no button: %s", page.body)
	}
	start := x.call(guest, "GET", want+"?next="+url.QueryEscape(next), nil)
	if start.status != http.StatusSeeOther {
		x.t.Fatalf("%d %s", start.status, start.body)
	}
	resp, err := noRedirect(x.idp.Server).Get(start.header.Get("Location"))
	if err != nil {
		x.t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Host != hostA {
		x.t.Fatalf("%v %v", back, err)
	}
	return x.call(guest, "GET", back.RequestURI(), nil, "Cookie", auth.FlowCookieName+"="+start.cookie(auth.FlowCookieName))
}

func noRedirect(s *httptest.Server) *http.Client {
	c := *s.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

func TestSignInThroughProvider(t *testing.T) {
	x := newThrough(t)
	x.idp.Claims = map[string]any{"preferred_username": "zoe", "name": "Zoé Müller", "groups": []string{"staff"}}
	x.add()
	r := x.walk("/documents?q=a")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/documents?q=a" {
		t.Fatalf("%d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" {
			t.Errorf("%+v", c)
		}
	}
	zoe := caller{host: hostA, cookie: r.cookie(auth.CookieName)}
	if r := x.call(zoe, "GET", "/settings", nil); r.status != ok || !strings.Contains(r.body, "Zoé Müller") {
		t.Errorf("%d", r.status)
	}
	if r := x.call(zoe, "GET", "/settings/signin", nil); r.status != hidden {
		t.Errorf("a member sees the providers: %d", r.status)
	}
	// The ways out are those of the provider, with their reason.
	if r := x.call(x.admin, "GET", "/settings/egress", nil); !strings.Contains(r.body, "Berthier ID") {
		t.Error("the way out is not shown")
	}
	// The secret never comes back.
	for _, path := range []string{"/settings/signin", "/settings/signin?edit=" + x.id, "/api/v1/providers"} {
		if r := x.call(x.admin, "GET", path, nil); r.status != ok || strings.Contains(r.body, x.idp.Secret) {
			t.Errorf("%s: %d, or it holds the secret", path, r.status)
		}
	}
	if strings.Contains(x.logged(), x.idp.Secret) {
		t.Error("the log holds the secret")
	}
	// Signing out at the provider ends the session at the next request.
	c := x.idp.Standard()
	c["jti"], c["events"] = "1", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	logout := url.Values{"logout_token": {x.idp.Token(c)}}
	if r := x.call(caller{host: hostA}, "POST", "/signin/oidc/"+x.id+"/logout", logout); r.status != ok {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := x.call(zoe, "GET", "/settings", nil); r.status != seeOther {
		t.Errorf("after the logout: %d", r.status)
	}
	if r := x.call(caller{host: hostA}, "POST", "/signin/oidc/"+x.id+"/logout", logout); r.status != http.StatusBadRequest {
		t.Errorf("the same token again: %d", r.status)
	}
}

// TestProviderDown: one sentence, and the password still works.
func TestProviderDown(t *testing.T) {
	x := newThrough(t)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	x.add()
	guest := caller{host: hostA, lang: "en"}
	start := x.call(guest, "GET", "/signin/oidc/"+x.id, nil)
	x.idp.Close()
	to, _ := url.Parse(start.header.Get("Location"))
	r := x.call(guest, "GET", "/signin/oidc/"+x.id+"/callback?code=x&state="+url.QueryEscape(to.Query().Get("state")), nil, "Cookie", auth.FlowCookieName+"="+start.cookie(auth.FlowCookieName))
	if r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "answer right now") || !strings.Contains(r.body, `name="password"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := x.call(guest, "POST", "/signin", url.Values{"user": {"ada"}, "password": {password}}); r.status != seeOther {
		t.Errorf("the password: %d", r.status)
	}
	r = x.call(x.admin, "POST", "/settings/signin/"+x.id+"/test", url.Values{})
	if r.status != ok || !strings.Contains(r.body, "ne répond pas") && !strings.Contains(r.body, "doesn’t answer") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestProviderTestFinds what is wrong, in words.
func TestProviderTestFinds(t *testing.T) {
	x := newThrough(t)
	admin := x.admin.speaking("en")
	x.add()
	says := func(want ...string) {
		t.Helper()
		r := x.call(admin, "POST", "/settings/signin/"+x.id+"/test", url.Values{})
		for _, w := range want {
			if r.status != ok || !strings.Contains(r.body, w) {
				t.Errorf("%d, not %q in %s", r.status, w, r.body)
			}
		}
	}
	says("Good")
	x.idp.Secret = "another"
	says("the secret is wrong")
	x.idp.ClientID = "another"
	says("refuses the redirect URI")
	// What can't be described is saved, off, with the reason.
	for want, more := range map[string]url.Values{
		"calls itself something else": {"issuer": {x.idp.URL + "/"}, "name": {"b"}},
		"isn’t recognised":            {"ca": {""}, "name": {"c"}},
		"is an https address":         {"issuer": {"http://id.acme.lan"}, "name": {"d"}},
	} {
		r := x.call(admin, "POST", "/settings/signin", x.form(more))
		if r.status != unproc || !strings.Contains(r.body, want) {
			t.Errorf("%s: %d %s", want, r.status, r.body)
		}
	}
	// An unknown host name of this box leads to the registered one first.
	r := x.call(caller{host: hostA + ":8443"}, "GET", "/signin/oidc/"+x.id+"?next=/ask", nil)
	if at := r.header.Get("Location"); r.status != seeOther || !strings.HasPrefix(at, "https://"+hostA+"/signin/oidc/") {
		t.Errorf("%d %s", r.status, at)
	}
}

// TestSignInThroughSAML: the provider's own page posts the answer, from another origin.
func TestSignInThroughSAML(t *testing.T) {
	x := newThrough(t)
	now := x.clock.now()
	idp := samltest.New(t, now)
	id := store.NewProviderID()
	r := x.call(x.admin, "POST", "/settings/signin", url.Values{
		"id": {id}, "kind": {"saml"}, "preset": {"saml"}, "name": {"ADFS"}, "origin": {"https://" + hostA}, "metadata": {idp.Metadata()}, "create": {"1"}, "on": {"1"},
	})
	if r.status != seeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	guest := caller{host: hostA}
	at := "/signin/saml/" + id
	if r := x.call(guest, "GET", at+"/metadata", nil); r.status != ok || !strings.Contains(r.body, "https://"+hostA+at+"/acs") {
		t.Errorf("metadata: %d %s", r.status, r.body)
	}
	start := x.call(guest, "GET", at+"?next=/ask", nil)
	to, err := url.Parse(start.header.Get("Location"))
	if err != nil || start.status != seeOther || !strings.HasPrefix(to.String(), idp.SignInURL) {
		t.Fatalf("%d %v", start.status, to)
	}
	small, _ := base64.StdEncoding.DecodeString(to.Query().Get("SAMLRequest"))
	asked, _ := io.ReadAll(flate.NewReader(bytes.NewReader(small)))
	request := regexp.MustCompile(` ID="([^"]+)"`).FindSubmatch(asked)[1]
	a := samltest.Answer{Now: now, Request: string(request), Consumer: "https://" + hostA + at + "/acs", Audience: "https://" + hostA + at + "/metadata", Login: "zoe"}
	from := []string{"Origin", "https://idp.test", "Sec-Fetch-Site", "cross-site", "Cookie", auth.FlowCookieName + "=" + start.cookie(auth.FlowCookieName)}
	done := x.call(guest, "POST", at+"/acs", url.Values{"SAMLResponse": {idp.Good(a)}}, from...)
	if done.status != seeOther || done.header.Get("Location") != "/ask" || done.cookie(auth.CookieName) == "" {
		t.Fatalf("%d %s", done.status, done.body)
	}
	again := x.call(guest, "POST", at+"/acs", url.Values{"SAMLResponse": {idp.Good(a)}}, from...)
	if again.status != http.StatusForbidden || again.cookie(auth.CookieName) != "" {
		t.Errorf("the same answer again: %d", again.status)
	}
	// Other forms of other origins stay refused.
	if r := x.call(x.admin, "POST", "/settings/signin/"+id+"/delete", url.Values{}, "Origin", "https://idp.test", "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden {
		t.Errorf("a foreign form: %d", r.status)
	}
}
