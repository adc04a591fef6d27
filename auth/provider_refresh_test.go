package auth

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"coffre/auth/saml/samltest"
	"coffre/chain"
	"coffre/store"
)

// TestMetadataRefreshed: a provider's new certificate is known a day later; what
// can't be read, or isn't the provider's, leaves the old one, and says since when.
func TestMetadataRefreshed(t *testing.T) {
	b := newBox(t)
	said, reads := "", 0
	at := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reads++
		w.Write([]byte(said))
	}))
	t.Cleanup(at.Close)
	b.s.opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	x := &asserted{box: b, idp: samltest.New(b, b.clock.now())}
	said = x.idp.Metadata()
	d := ProviderDraft{Provider: store.Provider{
		Kind: store.ProviderKindSAML, Name: "ADFS", On: true, Origin: ourOrigin, Create: true, SAML: &store.ProviderSAML{MetadataURL: at.URL},
		CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: at.Certificate().Raw})),
	}}
	var err error
	if x.p, err = b.s.SaveProvider(b.ctx, b.t, b.operator(), d, "", func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	look := func() store.ProviderSAML {
		t.Helper()
		if err := b.s.RefreshMetadata(b.ctx, b.t); err != nil {
			t.Fatal(err)
		}
		p, err := view(b.t, func(v *store.View) (store.Provider, error) { return v.Provider(x.p.ID) })
		if err != nil {
			t.Fatal(err)
		}
		return *p.SAML
	}
	entries := func() int { return len(b.entries(chain.ProviderUpdate)) }
	first, n := reads, entries()
	look()
	if reads != first {
		t.Error("asked before a day was over")
	}
	b.clock.advance(23 * time.Hour)
	next := samltest.New(b, b.clock.now().Add(2*time.Hour))
	b.clock.advance(2 * time.Hour)
	for name, bad := range map[string]string{"nothing": "", "no metadata": "<html/>", "another's": func() string { o := *next; o.EntityID = "https://evil.test"; return o.Metadata() }()} {
		said = bad
		if got := look(); got.Failing.IsZero() || string(got.Certificates[0]) != string(x.idp.Cert.Raw) || got.EntityID != x.idp.EntityID {
			t.Errorf("%s: %+v", name, got)
		}
		b.clock.advance(metadataEvery)
	}
	if entries() != n+1 {
		t.Errorf("%d entries about one failure", entries()-n)
	}
	next = samltest.New(b, b.clock.now())
	said = next.Metadata()
	if got := look(); !got.Failing.IsZero() || string(got.Certificates[0]) != string(next.Cert.Raw) {
		t.Errorf("the new certificate: %+v", got)
	}
	if e := b.entries(chain.ProviderUpdate); len(e) != n+2 || e[n+1].Detail["metadata"] != "read" || e[n].Detail["metadata"] != "failing" {
		t.Errorf("%d entries", len(e)-n)
	}
	x.idp = next
	cookie, a := x.begin()
	if _, err := x.finish(cookie, x.idp.Good(a)); err != nil {
		t.Errorf("a sign-in with the new certificate: %v", err)
	}
	b.clock.advance(metadataEvery)
	said = samltest.New(b, b.clock.now().Add(-48*time.Hour)).Metadata() // expired
	if got := look(); got.Failing.IsZero() || string(got.Certificates[0]) != string(next.Cert.Raw) {
		t.Errorf("an expired certificate: %+v", got)
	}
}
