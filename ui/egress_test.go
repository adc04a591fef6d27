package ui

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/gate"
	"coffre/llm"
	"coffre/store"
)

// egressBox is a box whose settings lead through a real gate.
func egressBox(t *testing.T) (*box, *connectors.Egress) {
	t.Helper()
	e := connectors.NewEgress(nil)
	x := newBox(t, func(d *Deps) {
		d.Egress, d.OpenWays = e, e.Follow
		if err := e.Open(d.Root); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(e.Close)
	return x, e
}

// someServer accepts on loopback and says where.
func someServer(t *testing.T) (addr string, port int) {
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
	return l.Addr().String(), l.Addr().(*net.TCPAddr).Port
}

// TestWaysOut opens a way by a setting, shuts it, opens it again, and looks at
// who did what; the other firm of the box sees and reaches none of it.
func TestWaysOut(t *testing.T) {
	x, e := egressBox(t)
	adam, eve := x.session(x.person(x.a, "adam", store.Admin)), x.session(x.person(x.b, "eve", store.Admin))
	addr, port := someServer(t)
	dial := func(firm string) (net.Conn, error) { return e.Dial(gate.As(t.Context(), firm), "tcp", addr) }
	if _, err := dial("alpha"); !errors.Is(err, gate.ErrRefused) {
		t.Fatalf("before: %v", err)
	}
	if r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{llm.SettingURL: "http://" + addr}); r.status != http.StatusOK {
		t.Fatalf("setting: %d %s", r.status, r.body)
	}
	c, err := dial("alpha")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial("beta"); !errors.Is(err, gate.ErrRefused) {
		t.Errorf("another firm: %v", err)
	}
	c.Write([]byte("hello"))
	var s egressJSON
	x.call(adam, "GET", "/api/v1/egress", nil).json(t, &s)
	if len(s.Ways) != 1 || s.Ways[0].State != wayOpen || s.Ways[0].Out != 5 || s.Ways[0].Live != 1 || s.Ways[0].Opened == nil || s.Ways[0].Opened.Seq == 0 || s.Ways[0].Clear {
		t.Errorf("ways %+v", s.Ways)
	}
	if len(s.Refused) != 1 || s.Refused[0].Reason != "no-way" {
		t.Errorf("refused %+v", s.Refused)
	}
	var other egressJSON
	x.call(eve, "GET", "/api/v1/egress", nil).json(t, &other)
	if len(other.Ways) != 0 || len(other.Refused) != 1 {
		t.Errorf("the other firm sees %+v", other)
	}
	way := map[string]any{"host": "127.0.0.1", "port": port}
	if r := x.call(eve, "POST", "/api/v1/egress/close", way); r.status != http.StatusNotFound {
		t.Errorf("the other firm shuts it: %d", r.status)
	}
	if r := x.call(adam, "POST", "/api/v1/egress/close", way); r.status != http.StatusOK || !strings.Contains(r.body, `"shut"`) {
		t.Errorf("shutting: %d %s", r.status, r.body)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection lives: %v", err)
	}
	if r := x.call(adam, "POST", "/api/v1/egress/close", way); r.status != http.StatusConflict {
		t.Errorf("shutting again: %d", r.status)
	}
	// Other settings leave it shut, and so does starting anew.
	x.call(adam, "PATCH", "/api/v1/settings", map[string]string{llm.SettingModel: "tiny"})
	if err := e.Open(x.root); err != nil {
		t.Fatal(err)
	}
	if _, err := dial("alpha"); !errors.Is(err, gate.ErrRefused) {
		t.Errorf("shut: %v", err)
	}
	form := url.Values{"host": {"127.0.0.1"}, "port": {strconv.Itoa(port)}}
	if r := x.call(adam, "POST", "/settings/egress/open", form); r.status != http.StatusSeeOther {
		t.Errorf("opening on the page: %d", r.status)
	}
	c, err = dial("alpha")
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for _, action := range []string{chain.EgressRefuse, chain.EgressShut, chain.EgressOpen} {
		if n := x.entries(action); n != 1 {
			t.Errorf("%d entries %s", n, action)
		}
	}
}

// entries counts alpha's entries of an action.
func (x *box) entries(action string) (n int) {
	x.t.Helper()
	err := x.a.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: action, Limit: 1000})
		n = len(all)
		return err
	})
	if err != nil {
		x.t.Error(err)
	}
	return n
}

// TestAirGap: what runs ends, what is entered later is refused with a sentence,
// and the entry, the page and every other page say so.
func TestAirGap(t *testing.T) {
	x, e := egressBox(t)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	addr, _ := someServer(t)
	set := func(in map[string]string) reply { return x.call(adam, "PATCH", "/api/v1/settings", in) }
	set(map[string]string{llm.SettingURL: "http://" + addr, llm.SettingEmbedURL: "http://192.168.7.20:7997"})
	c, err := e.Dial(gate.As(t.Context(), "alpha"), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	for lan, code := range map[string]string{"8.8.8.8": "egress-public", "0.0.0.0/0": "egress-public", "10.0.0.0/7": "egress-public", "siem.lan": "egress-network", "::/0": "egress-public", "::ffff:10.0.0.1": "egress-network"} {
		if r := x.call(adam, "PUT", "/api/v1/egress/air-gap", map[string]any{"on": true, "lan": []string{lan}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, code) {
			t.Errorf("%s: %d %s", lan, r.status, r.body)
		}
	}
	if r := x.call(adam, "POST", "/settings/egress/air-gap", url.Values{"on": {"1"}, "lan": {"192.168.8.0/24\r\n10.1.2.3"}}); r.status != http.StatusSeeOther {
		t.Fatalf("setting it: %d %s", r.status, r.body)
	}
	var s egressJSON
	x.call(adam, "GET", "/api/v1/egress", nil).json(t, &s)
	if !s.AirGap.On || len(s.AirGap.LAN) != 2 || s.AirGap.LAN[1] != "10.1.2.3/32" || len(s.Ways) != 2 || s.Ways[0].State != wayOpen || s.Ways[1].State != wayBarred || !s.Ways[1].Clear {
		t.Errorf("state %+v", s)
	}
	if _, err := c.Write([]byte("x")); err != nil {
		t.Errorf("this machine is cut off: %v", err)
	}
	if _, err := e.Dial(gate.As(context.Background(), "alpha"), "tcp", "192.168.7.20:7997"); !errors.Is(err, gate.ErrRefused) {
		t.Errorf("barred: %v", err)
	}
	for _, url := range []string{"http://192.168.7.21", "https://llm.example", "http://ollama.lan", "http://[64:ff9b::7f00:1]"} {
		if r := set(map[string]string{llm.SettingURL: url}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "egress-air-gap") {
			t.Errorf("%s: %d %s", url, r.status, r.body)
		}
	}
	if r := x.call(adam, "PUT", "/api/v1/audit/forward", map[string]any{"host": "siem.lan", "port": 6514}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "egress-air-gap") {
		t.Errorf("a SIEM: %d %s", r.status, r.body)
	}
	if r := set(map[string]string{llm.SettingURL: "http://192.168.8.4:11434"}); r.status != http.StatusOK {
		t.Errorf("a named network: %d %s", r.status, r.body)
	}
	if r := x.call(adam, "GET", "/documents", nil); !strings.Contains(r.body, "demo-line") {
		t.Error("no badge on another page")
	}
	if r := x.call(adam, "PUT", "/api/v1/egress/air-gap", map[string]any{"on": false}); r.status != http.StatusOK || !strings.Contains(r.body, "192.168.8.0/24") {
		t.Errorf("lifting: %d %s", r.status, r.body)
	}
	if n := x.entries(chain.EgressGap); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// An address that can be read in two ways is refused as it is entered: stored, it
// would keep the box from opening any way at all.
func TestOddAddressIsNoSetting(t *testing.T) {
	x, _ := egressBox(t)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	for _, u := range []string{"http://0x7f.1", "http://2130706433", "http://0.0.0.0", "http://1.2.3.4.5"} {
		if r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{llm.SettingURL: u}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "egress-address") {
			t.Errorf("%s: %d %s", u, r.status, r.body)
		}
	}
}

// TestUsesOutliveARestart: what went over a way, and when it was last used, is
// shown after a restart; without the scratch database it begins anew; of a way
// that no setting names any more nothing is kept.
func TestUsesOutliveARestart(t *testing.T) {
	x, e := egressBox(t)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	addr, _ := someServer(t)
	set := func(url string) {
		t.Helper()
		if r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{llm.SettingURL: url}); r.status != http.StatusOK {
			t.Fatalf("setting: %d %s", r.status, r.body)
		}
	}
	use := func(e *connectors.Egress) {
		t.Helper()
		c, err := e.Dial(gate.As(t.Context(), "alpha"), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c.Write([]byte("hello"))
		c.Close()
	}
	ways := func() []wayJSON {
		t.Helper()
		var s egressJSON
		x.call(adam, "GET", "/api/v1/egress", nil).json(t, &s)
		return s.Ways
	}
	restart := func() {
		t.Helper()
		e.Close()
		e = connectors.NewEgress(nil)
		if err := e.Open(x.root); err != nil {
			t.Fatal(err)
		}
		x.server.Egress, x.server.OpenWays = e, e.Follow
	}
	defer func() { e.Close() }()
	set("http://" + addr)
	use(e)
	before := ways()[0]
	restart()
	after := ways()[0]
	if after.Out != 5 || after.Dials != 1 || after.Live != 0 || after.Last == nil || after.Since == nil || !after.Since.Equal(*before.Since) ||
		after.Last.Unix() != before.Last.Unix() || after.Address != before.Address {
		t.Errorf("%+v, before %+v", after, before)
	}
	use(e)
	head, _ := x.a.Head()
	restart()
	if now, _ := x.a.Head(); ways()[0].Out != 10 || now != head {
		t.Errorf("%+v, %d entries made of it", ways()[0], now-head)
	}
	e.Close()
	if err := os.Remove(filepath.Join(x.dir, "tenants", "alpha", "scratch.db")); err != nil {
		t.Fatal(err)
	}
	restart()
	if w := ways()[0]; w.Out != 0 || w.Last != nil || w.Since != nil || w.Opened == nil {
		t.Errorf("without the file: %+v", w)
	}
	use(e)
	set("")
	restart()
	set("http://" + addr)
	if w := ways()[0]; w.Out != 0 || w.Since != nil {
		t.Errorf("of the way before: %+v", w)
	}
}
