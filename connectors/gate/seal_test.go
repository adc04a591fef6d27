package gate

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestSeal: Go's default client, transport and resolver reach nothing once they
// are sealed, not even this machine; the gate hears of it, and reaches what it
// may.
func TestSeal(t *testing.T) {
	client, transport, resolver, before := http.DefaultClient, http.DefaultTransport, net.DefaultResolver, current.Load()
	defer func() {
		http.DefaultClient, http.DefaultTransport, net.DefaultResolver = client, transport, resolver
		current.Store(before)
	}()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	way, err := WayTo(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	g, heard := newGate(t, way)
	t.Setenv("HTTP_PROXY", server.URL)
	for _, hears := range []bool{false, true} {
		current.Store(nil)
		if hears {
			g.Hear()
		}
		Seal()
		for what, get := range map[string]func() error{
			"http.Get":      func() error { _, err := http.Get(server.URL); return err },
			"DefaultClient": func() error { _, err := http.DefaultClient.Head(server.URL); return err },
			"a bare client": func() error { _, err := (&http.Client{}).Get(server.URL); return err },
			"a clone": func() error {
				_, err := (&http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}).Get(server.URL)
				return err
			},
			"by a proxy":     func() error { _, err := http.Get("http://elsewhere.example/"); return err },
			"LookupHost":     func() error { _, err := net.LookupHost("llm.example.test"); return err },
			"Dial by a name": func() error { _, err := net.Dial("tcp", "llm.example.test:80"); return err },
		} {
			// net's resolver says only that nothing was found.
			var lookup *net.DNSError
			if err := get(); !errors.Is(err, ErrRefused) && !errors.As(err, &lookup) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if asked != 0 {
		t.Errorf("the server was asked %d times", asked)
	}
	if n := heard.reasons()[reasonDefault]; n < 2 {
		t.Errorf("the gate heard of %d refusals: %v", n, heard.reasons())
	}
	names := 0
	for _, r := range g.Refused("") {
		if r.Port == 53 && r.Reason == reasonDefault {
			names++
		}
	}
	if names == 0 {
		t.Error("the resolver asked somebody else than the gate")
	}
	res, err := g.Client("", 0).Get(server.URL)
	if err != nil || asked != 1 {
		t.Fatalf("through the gate: %v, asked %d times", err, asked)
	}
	res.Body.Close()
}
