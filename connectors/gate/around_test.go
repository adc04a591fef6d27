package gate

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of this file are the ways round the gate that somebody may try. Each
// has a mutation in mutation_test.go under which it fails.

// answer makes a gate resolve one name to addresses, and counts.
func answer(g *Gate, name string, asked *int, addrs ...string) {
	g.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		*asked++
		if strings.TrimSuffix(host, ".") != name {
			return nil, errors.New("no such host")
		}
		var out []netip.Addr
		for _, a := range addrs {
			out = append(out, netip.MustParseAddr(a))
		}
		return out, nil
	}
}

// IPv6 addresses that carry one of this machine's.
func TestNamesThatLeadInsideByIPv6(t *testing.T) {
	for _, a := range []string{
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::127.0.0.1",
		"2002:7f00:1::1", "2002:a9fe:a9fe::", "2001:0:1:2:3:4:80ff:fffe", "2a01:db8::5efe:127.0.0.1", "2a01:db8::200:5efe:7f00:1",
		"64:ff9b::169.254.169.254", "64:ff9b::0.0.0.0", "fe80::1%lo", "ff02::1", "::", "0.1.2.3",
	} {
		if isElsewhere(netip.MustParseAddr(a)) {
			t.Errorf("a name may lead to %s", a)
		}
	}
	for _, a := range []string{"192.168.1.7", "fd00::7", "2a01:db8::7", "64:ff9b::192.0.2.1", "2002:c000:201::1"} {
		if !isElsewhere(netip.MustParseAddr(a)) {
			t.Errorf("a name may not lead to %s", a)
		}
	}
}

// A name server that answers otherwise the second time: a public name must not
// come to lead into the network, nor a name of the network out of it.
func TestNameMoves(t *testing.T) {
	port := listen(t)
	for name, c := range map[string]struct{ pin, then string }{
		"public to private": {"192.0.2.7", "192.168.1.1"},
		"private to public": {"10.1.2.3", "192.0.2.7"},
		"by NAT64":          {"192.0.2.7", "64:ff9b::192.168.1.1"},
	} {
		g, h := newGate(t, Way{Host: "llm.example", Port: port})
		w, _ := Way{Host: "llm.example", Port: port}.clean()
		g.pins[w.key()] = reachOf(netip.MustParseAddr(c.pin))
		asked := 0
		answer(g, "llm.example", &asked, c.then)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := g.DialContext(ctx, "tcp", "llm.example:"+strconv.Itoa(port))
		cancel()
		if !errors.Is(err, ErrRefused) || h.reasons()[reasonMoved] != 1 {
			t.Errorf("%s: %v, refused %v", name, err, h.all)
		}
		// Whoever closes the way and opens it again takes the new place.
		g.Replace(nil)
		g.Replace([]Way{w})
		if addrs, err := g.resolve(t.Context(), "tcp", w); err != nil || len(addrs) != 1 {
			t.Errorf("%s, opened again: %v, %v", name, addrs, err)
		}
	}
}

// What is dialled is what was looked at: the name is asked once a dial, and a
// changed answer is looked at again.
func TestRebinding(t *testing.T) {
	port := listen(t)
	g, h := newGate(t, Way{Host: "llm.example", Port: port})
	asked := 0
	g.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		asked++
		if asked == 1 {
			return []netip.Addr{netip.MustParseAddr("192.0.2.7")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	c, err := g.DialContext(ctx, "tcp", "llm.example:"+strconv.Itoa(port))
	if err == nil {
		c.Close()
		t.Fatalf("reached %s", c.RemoteAddr())
	}
	if asked != 1 {
		t.Errorf("asked %d times for one dial", asked)
	}
	if c, err := g.DialContext(t.Context(), "tcp", "llm.example:"+strconv.Itoa(port)); !errors.Is(err, ErrRefused) || h.reasons()[reasonLeads] != 1 {
		t.Errorf("the second answer: %v, %v", c, err)
	}
}

// The search list of resolv.conf makes other names of whole ones.
func TestSearchList(t *testing.T) {
	for host, want := range map[string]string{"llm.example": "llm.example.", "nas": "nas"} {
		if got := rooted(host); got != want {
			t.Errorf("%s is asked for as %s", host, got)
		}
	}
	g, _ := newGate(t, Way{Host: "llm.example", Port: 9})
	g.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "llm.example." {
			t.Errorf("asked for %s", host)
		}
		return nil, errors.New("no such host")
	}
	g.DialContext(t.Context(), "tcp", "llm.example:9")
}

// The resolver is Go's own on every system, and what it dials is a name server.
func TestResolver(t *testing.T) {
	g := New(nil, nil)
	defer g.Close()
	if r := g.resolver(); !r.PreferGo || r.Dial == nil {
		t.Error("the C library resolves, or net dials")
	}
	for _, addr := range []string{"192.0.2.1:443", "dns.example:53", "127.0.0.1"} {
		if _, err := g.dialNames(t.Context(), "tcp", addr); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// A name without a way is not even asked for.
func TestNoNameIsAskedWithoutAWay(t *testing.T) {
	g, h := newGate(t, Way{Host: "llm.example", Port: 443})
	for _, addr := range []string{"llm.example:80", "secret-7f3a.attacker.example:443", "xn--llm-.example:443"} {
		g.DialContext(t.Context(), "tcp", addr) // newGate's resolver fails the test
	}
	if h.reasons()[reasonClosed] != 3 {
		t.Errorf("refused %v", h.all)
	}
}

// /etc/hosts is a name server like any other: what it says is looked at.
func TestHostsFile(t *testing.T) {
	raw, err := os.ReadFile(filepath.Clean("/etc/hosts"))
	if err != nil {
		t.Skip("no /etc/hosts here")
	}
	name := ""
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(strings.SplitN(line, "#", 2)[0])
		if len(f) > 1 && net.ParseIP(f[0]).IsLoopback() {
			for _, n := range f[1:] {
				if !isLocalhost(n) && isName(strings.ToLower(n)) {
					name = strings.ToLower(n)
				}
			}
		}
	}
	if name == "" {
		t.Skip("/etc/hosts gives this machine no name but localhost")
	}
	h := &heard{}
	g := New(nil, h.add)
	defer g.Close()
	g.Replace([]Way{{Host: name, Port: 9}})
	if c, err := g.DialContext(t.Context(), "tcp", name+":9"); !errors.Is(err, ErrRefused) {
		t.Errorf("%s: %v, %v", name, c, err)
	}
}

// A firm's way is no way for another firm, nor for whoever names none.
func TestFirms(t *testing.T) {
	port := listen(t)
	addr := "127.0.0.1:" + strconv.Itoa(port)
	g, h := newGate(t, Way{Owner: "acme", Host: "127.0.0.1", Port: port})
	c, err := g.For("acme")(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, owner := range []string{"notaires", ""} {
		if _, err := g.For(owner)(t.Context(), "tcp", addr); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", owner, err)
		}
	}
	if h.reasons()[reasonClosed] != 2 {
		t.Errorf("refused %v", h.all)
	}
}

// Idle connections of a pool, and streams of HTTP/2, end with their way.
func TestReuse(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		var served atomic.Int32
		hang := make(chan struct{})
		end := sync.OnceFunc(func() { close(hang) })
		time.AfterFunc(20*time.Second, end) // a stream that goes on ends in order then, which the test sees
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.Add(1)
			if r.Proto != version {
				t.Errorf("spoken to by %s", r.Proto)
			}
			// Another door, as Alt-Svc offers it (RFC 7838): never taken.
			w.Header().Set("Alt-Svc", `h2="127.0.0.1:9"; ma=86400, h3=":9"`)
			io.WriteString(w, "hello")
			if r.URL.Path == "/stream" {
				http.NewResponseController(w).Flush()
				<-hang
			}
		}))
		server.EnableHTTP2 = version == "HTTP/2.0"
		server.StartTLS()
		way, _ := WayTo(server.URL, "")
		g, h := newGate(t, way)
		client := g.Client("", 0)
		tr := client.Transport.(*http.Transport)
		tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		if !server.EnableHTTP2 {
			tr.ForceAttemptHTTP2 = false
			tr.TLSClientConfig.NextProtos = []string{"http/1.1"}
		}
		for range 3 {
			res, err := client.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		res, err := client.Get(server.URL + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		if len(h.all) != 0 {
			t.Errorf("%s: another door was tried: %v", version, h.all)
		}
		g.Replace(nil)
		got, err := io.ReadAll(res.Body)
		if err == nil || len(got) > len("hello") {
			t.Errorf("%s: a stream went on: %q, %v", version, got, err)
		}
		before := served.Load()
		if _, err := client.Get(server.URL); !errors.Is(err, ErrRefused) || served.Load() != before {
			t.Errorf("%s: after closing: %v, %d served", version, err, served.Load()-before)
		}
		if u := g.Use(way); u.Live != 0 || u.In == 0 || u.Out == 0 {
			t.Errorf("%s: use %+v", version, u)
		}
		end()
		client.CloseIdleConnections()
		server.Close()
	}
}

// A way that is closed while somebody dials stays closed.
func TestClosedWhileDialling(t *testing.T) {
	port := listen(t)
	g, h := newGate(t, Way{Host: "nas.example", Port: port})
	w, _ := Way{Host: "nas.example", Port: port}.clean()
	raw, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	g.Replace(nil)
	if _, err := g.keep(raw, w, netip.MustParseAddr("127.0.0.1")); !errors.Is(err, ErrRefused) || len(h.all) != 1 {
		t.Errorf("kept: %v", err)
	}
	if _, err := raw.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection lives: %v", err)
	}
}

// Whoever dials before the settings were read waits, and is judged by them.
func TestHold(t *testing.T) {
	port := listen(t)
	g := New(nil, nil).Hold()
	defer g.Close()
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := g.DialContext(short, "tcp", "127.0.0.1:"+strconv.Itoa(port)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("before: %v", err)
	}
	done := make(chan error)
	go func() {
		c, err := g.DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			c.Close()
		}
		done <- err
	}()
	g.Replace([]Way{{Host: "127.0.0.1", Port: port}})
	if err := <-done; err != nil {
		t.Errorf("after: %v", err)
	}
}

// What an air gap leaves: this machine and the named networks, by address.
func TestInside(t *testing.T) {
	lan := []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fd00::/64")}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "localhost": true, "ollama.localhost": true, "127.8.8.8": true,
		"192.168.1.7": true, "::ffff:192.168.1.7": true, "fd00::7": true, "192.168.2.7": false, "10.0.0.1": false,
		"nas.lan": false, "nas": false, "192.0.2.1": false, "fd01::7": false,
		"64:ff9b::127.0.0.1": false, "2002:7f00:1::": false, "::127.0.0.1": false, "64:ff9b::192.168.1.7": false, "2130706433": false,
	} {
		if got := (Way{Host: host, Port: 80}).Inside(lan); got != want {
			t.Errorf("%s inside: %t", host, got)
		}
	}
}
