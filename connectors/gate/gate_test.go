package gate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// heard collects refusals.
type heard struct {
	mu  sync.Mutex
	all []Refusal
}

func (h *heard) add(r Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
}

func (h *heard) reasons() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]int{}
	for _, r := range h.all {
		out[r.Reason] += r.Count
	}
	return out
}

// listen accepts connections on loopback and says on which port.
func listen(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func newGate(t *testing.T, ways ...Way) (*Gate, *heard) {
	t.Helper()
	h := &heard{}
	g := New(nil, h.add)
	g.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		t.Errorf("resolved %s", host)
		return nil, errors.New("no resolver here")
	}
	if err := g.Replace(ways); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, h
}

func TestDial(t *testing.T) {
	port := listen(t)
	p := strconv.Itoa(port)
	loopback := Way{Host: "127.0.0.1", Port: port, Why: "test"}
	for _, c := range []struct {
		name, network, addr, reason string
		way                         Way
	}{
		{"literal", "tcp", "127.0.0.1:" + p, "", loopback},
		{"tcp4", "tcp4", "127.0.0.1:" + p, "", loopback},
		{"mapped literal", "tcp", "[::ffff:127.0.0.1]:" + p, "", loopback},
		{"mapped way", "tcp", "127.0.0.1:" + p, "", Way{Host: "::ffff:7f00:1", Port: port}},
		{"localhost", "tcp", "LOCALHOST.:" + p, "", Way{Host: "localhost", Port: port}},
		{"below localhost", "tcp", "ollama.localhost:" + p, "", Way{Host: "ollama.localhost", Port: port}},
		{"no way", "tcp", "127.0.0.1:" + p, reasonClosed, Way{Host: "127.0.0.1", Port: 1}},
		{"other loopback", "tcp", "127.0.0.2:" + p, reasonClosed, loopback},
		{"name for a literal way", "tcp", "localhost:" + p, reasonClosed, loopback},
		{"public address", "tcp", "192.0.2.1:443", reasonClosed, loopback},
		{"name without a way", "tcp", "example.org:443", reasonClosed, loopback},
		{"decimal", "tcp", "2130706433:" + p, reasonAddress, loopback},
		{"hexadecimal", "tcp", "0x7f000001:" + p, reasonAddress, loopback},
		{"hexadecimal part", "tcp", "127.0.0.0x1:" + p, reasonAddress, loopback},
		{"octal", "tcp", "0177.0.0.1:" + p, reasonAddress, loopback},
		{"short", "tcp", "127.1:" + p, reasonAddress, loopback},
		{"leading zero", "tcp", "127.0.0.01:" + p, reasonAddress, loopback},
		{"full width digits", "tcp", "１２７.0.0.1:" + p, reasonAddress, loopback},
		{"unspecified", "tcp", "0.0.0.0:" + p, reasonAddress, loopback},
		{"empty host", "tcp", ":" + p, reasonAddress, loopback},
		{"zone", "tcp", "[::1%lo]:" + p, reasonClosed, Way{Host: "::1", Port: port}},
		{"service name", "tcp", "127.0.0.1:http", reasonAddress, loopback},
		{"port with sign", "tcp", "127.0.0.1:+" + p, reasonAddress, loopback},
		{"no port", "tcp", "127.0.0.1", reasonAddress, loopback},
		{"udp", "udp", "127.0.0.1:" + p, reasonNetwork, loopback},
		{"unix", "unix", "127.0.0.1:" + p, reasonNetwork, loopback},
		{"raw", "ip4:icmp", "127.0.0.1:" + p, reasonNetwork, loopback},
	} {
		g, h := newGate(t, c.way)
		conn, err := g.DialContext(t.Context(), c.network, c.addr)
		if c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			conn.Close()
			if len(g.open) != 0 || len(h.all) != 0 {
				t.Errorf("%s: %d open, refused %v", c.name, len(g.open), h.all)
			}
			continue
		}
		if !errors.Is(err, ErrRefused) || h.reasons()[c.reason] != 1 {
			t.Errorf("%s: %v, refused %v", c.name, err, h.all)
		}
	}
}

// A name's answer is used once and never leads to the machine itself.
func TestNamesThatLeadInside(t *testing.T) {
	port := listen(t)
	for _, a := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "169.254.169.254", "fe80::1", "224.0.0.1", "255.255.255.255"} {
		g, h := newGate(t, Way{Host: "nas.example", Port: port})
		asked := 0
		g.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
			asked++
			return []netip.Addr{netip.MustParseAddr(a)}, nil
		}
		_, err := g.DialContext(t.Context(), "tcp", "nas.example:"+strconv.Itoa(port))
		if !errors.Is(err, ErrRefused) || h.reasons()[reasonLeads] != 1 || asked != 1 {
			t.Errorf("%s: %v, asked %d times", a, err, asked)
		}
	}
}

func TestNameIsPinned(t *testing.T) {
	g, h := newGate(t, Way{Host: "nas.example", Port: 9})
	g.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "nas.example." {
			t.Errorf("asked for %q", host)
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.7")}, nil
	}
	w, _ := Way{Host: "NAS.example.", Port: 9}.clean()
	addrs, err := g.resolve(t.Context(), "tcp", w)
	if err != nil || len(addrs) != 1 || addrs[0].String() != "192.0.2.7" {
		t.Errorf("addresses %v, %v", addrs, err)
	}
	if _, err := g.resolve(t.Context(), "tcp6", w); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("tcp6: %v", err)
	}
	if len(h.all) != 0 {
		t.Errorf("refused %v", h.all)
	}
}

func TestClosingAWayEndsItsConnections(t *testing.T) {
	port := listen(t)
	way := Way{Host: "127.0.0.1", Port: port}
	g, _ := newGate(t, way)
	c, err := g.DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Replace([]Way{way, {Host: "localhost", Port: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("x")); err != nil {
		t.Errorf("a way that stays: %v", err)
	}
	if err := g.Replace([]Way{{Host: "bad host", Port: 1}}); !errors.Is(err, ErrWay) || len(g.Ways()) != 2 {
		t.Errorf("bad list: %v, %v", err, g.Ways())
	}
	if err := g.Replace(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a way that was closed: %v", err)
	}
}

func TestWayTo(t *testing.T) {
	for raw, want := range map[string]string{
		"http://127.0.0.1:11434":       "127.0.0.1 11434",
		"http://localhost":             "localhost 80",
		"https://LLM.Example.ORG./v1":  "llm.example.org 443",
		"https://[2001:DB8::1]:8443/x": "2001:db8::1 8443",
		"ldaps://dc1.firme.lan":        "dc1.firme.lan 636",
		"http://éclair.example":        "xn--clair-9ra.example 80",
		"http://nas_1:80":              "nas_1 80",
		"http://[::ffff:10.0.0.1]:1":   "10.0.0.1 1",
		"http://2130706433/":           "",
		"http://0x7f.1/":               "",
		"http://1.2.3.4.5/":            "",
		"http://0.0.0.0/":              "",
		"http://a..b/":                 "",
		"http://a:99999/":              "",
		"ftp://a/":                     "",
		"127.0.0.1:11434":              "",
		"":                             "",
	} {
		w, err := WayTo(raw, "test")
		got := w.Host + " " + strconv.Itoa(w.Port)
		if err != nil {
			got = ""
			if !errors.Is(err, ErrWay) {
				t.Errorf("%q: %v", raw, err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func FuzzWay(f *testing.F) {
	for _, s := range []string{"localhost", "127.0.0.1", "::1", "0x7f.1", "a.b.", "é.example", "[::]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		w, err := Way{Host: host, Port: 1}.clean()
		if err != nil {
			return
		}
		if again, err := w.clean(); err != nil || again != w {
			t.Fatalf("%q becomes %q, then %q, %v", host, w.Host, again.Host, err)
		}
	})
}

func TestClient(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	t.Setenv("http_proxy", "http://192.0.2.1:3128")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	defer elsewhere.Close()
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		case "/odd":
			http.Redirect(w, r, "http://2130706433:1/", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			io.WriteString(w, "hello")
		}
	}))
	defer here.Close()
	way, err := WayTo(here.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	g, h := newGate(t, way)
	client := g.Client("", 10*time.Second)
	defer client.CloseIdleConnections()
	res, err := client.Get(here.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if !bytes.Equal(body, []byte("hello")) {
		t.Errorf("body %q", body)
	}
	for path, want := range map[string]error{"/away": ErrRefused, "/odd": ErrRefused, "/round": errRedirects} {
		if _, err := client.Get(here.URL + path); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if n := h.reasons(); n[reasonClosed] != 1 || n[reasonAddress] != 1 {
		t.Errorf("refused %v", n)
	}
	// A pooled connection doesn't outlive its way.
	if err := g.Replace(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(here.URL + "/"); !errors.Is(err, ErrRefused) {
		t.Errorf("after closing: %v", err)
	}
}

func TestRedirectToClearText(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	a, _ := WayTo(plain.URL, "")
	b, _ := WayTo(secure.URL, "")
	g, _ := newGate(t, a, b)
	client := g.Client("", 0)
	client.Transport.(*http.Transport).TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	defer client.CloseIdleConnections()
	if _, err := client.Get(secure.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v", err)
	}
}

func TestRefusalsAreGrouped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heard{}
		g := New(nil, h.add)
		for range 100 {
			g.DialContext(t.Context(), "tcp", "example.org:443")
			time.Sleep(2 * time.Second)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n := len(h.all); n < 2 || n > 4 || h.reasons()[reasonClosed] != 100 || h.all[0].Count != 1 {
			t.Errorf("%d reports: %v", n, h.all)
		}
		h.all = nil
		for i := range 1000 {
			g.DialContext(t.Context(), "tcp", "host"+strconv.Itoa(i)+".example:443")
		}
		g.Close()
		if n := len(h.all); n != freshTargets[0].most+1 || h.reasons()[reasonClosed] != 1000 || h.all[n-1].Host != "" {
			t.Errorf("%d reports of a flood", n)
		}
		time.Sleep(5 * time.Minute)
		if g.refusals.flush(true); len(g.refusals.owners[""].groups) != 0 {
			t.Errorf("%d groups remembered", len(g.refusals.owners[""].groups))
		}
		if n := len(g.Refused("")); n != mostRecent {
			t.Errorf("%d refusals to be shown", n)
		}
	})
}
