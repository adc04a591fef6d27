package connectors

import (
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"coffre/connectors/gate"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

func TestCheckForwardTarget(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	_, key := ca.Issue(t, time.Time{}, "siem.lan")
	two := string(ca.PEM) + "remarque\r\n" + string(syslogtest.NewAuthority(t).PEM)
	for _, c := range []struct {
		name string
		in   store.ForwardTarget
		code string
	}{
		{"nowhere", store.ForwardTarget{}, ""},
		{"a name", store.ForwardTarget{Host: " SIEM.Firme.LAN. ", Port: 6514}, ""},
		{"an address", store.ForwardTarget{Host: "2001:DB8::1", Port: 6514, CA: string(ca.PEM)}, ""},
		{"two authorities", store.ForwardTarget{Host: "a", Port: 1, CA: two, ServerName: "siem", Facility: 16, Enterprise: 4711}, ""},
		{"a URL", store.ForwardTarget{Host: "tls://siem", Port: 6514}, "forward-host"},
		{"hexadecimal", store.ForwardTarget{Host: "0x7f.1", Port: 6514}, "forward-host"},
		{"another name", store.ForwardTarget{Host: "a", Port: 6514, ServerName: "a b"}, "forward-host"},
		{"no port", store.ForwardTarget{Host: "siem"}, "forward-port"},
		{"no such port", store.ForwardTarget{Host: "siem", Port: 65536}, "forward-port"},
		{"text", store.ForwardTarget{Host: "a", Port: 1, CA: "certificat"}, "forward-ca"},
		{"a private key", store.ForwardTarget{Host: "a", Port: 1, CA: string(ca.PEM) + string(key)}, "forward-ca"},
		{"no certificate", store.ForwardTarget{Host: "a", Port: 1, CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))}, "forward-ca"},
		{"facility", store.ForwardTarget{Facility: 9}, "forward-facility"},
		{"enterprise", store.ForwardTarget{Enterprise: -1}, "forward-enterprise"},
	} {
		out, err := CheckForwardTarget(c.in)
		if code := codeOf(err); code != c.code {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err != nil {
			continue
		}
		if again, err := CheckForwardTarget(out); err != nil || again != out || out.Facility == 0 || out.Enterprise == 0 {
			t.Errorf("%s: %+v becomes %+v, %v", c.name, out, again, err)
		}
		if strings.Contains(out.CA, "remarque") {
			t.Errorf("%s: keeps what is no certificate", c.name)
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return store.AsError(err).Code
}

func FuzzAuthorities(f *testing.F) {
	f.Add("")
	f.Add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	f.Fuzz(func(t *testing.T, text string) {
		out, err := onlyAuthorities(text)
		if err != nil {
			return
		}
		if again, err := onlyAuthorities(out); err != nil || again != out || strings.Contains(out, "PRIVATE") {
			t.Fatalf("%q becomes %q, then %q, %v", text, out, again, err)
		}
	})
}

func TestWays(t *testing.T) {
	b := newForwarding(t, t.TempDir(), quickPace)
	ways := func() (ways []gate.Way) {
		if err := b.View(func(v *store.View) (err error) { ways, err = Ways(v); return err }); err != nil {
			t.Fatal(err)
		}
		return ways
	}
	if w := ways(); len(w) != 0 {
		t.Errorf("ways %v", w)
	}
	r := syslogtest.Start(t, syslogtest.Options{})
	b.to(t, r, nil)
	if w := ways(); len(w) != 1 || w[0] != (gate.Way{Owner: "acme", Host: "127.0.0.1", Port: r.Port, Why: "siem"}) {
		t.Errorf("ways %v", w)
	}
	// With the way shut, the gate's word is what people are told.
	g := gate.New(nil, nil)
	defer g.Close()
	b.f.dial = g.DialContext
	err := b.f.Test(t.Context(), "acme", store.ForwardTarget{Host: "127.0.0.1", Port: r.Port, Clear: true})
	if codeOf(err) != "forward-gate" {
		t.Errorf("error %v", err)
	}
	g.Replace(ways())
	if err := b.f.Test(t.Context(), "acme", store.ForwardTarget{Host: "127.0.0.1", Port: r.Port, Clear: true}); err != nil {
		t.Errorf("open: %v", err)
	}
	until(t, "the test message", func() bool { all := r.Got(); return len(all) == 1 && all[0].MsgID == msgTest })
}

func TestTrail(t *testing.T) {
	var l trail
	at := time.Unix(0, 0)
	for i := range 1000 {
		l.add(uint64(i+1), 100, at.Add(time.Duration(i)*100*time.Millisecond))
	}
	if len(l.marks) > 120 {
		t.Errorf("%d marks for 100 seconds", len(l.marks))
	}
	if seq, ok := l.settled(at.Add(100*time.Second), time.Hour); ok {
		t.Errorf("settled %d", seq)
	}
	seq, ok := l.settled(at.Add(100*time.Second), 60*time.Second)
	if !ok || seq < 380 || seq > 401 {
		t.Errorf("settled %d, %v", seq, ok)
	}
	l.add(1001, trailBytes, at.Add(100*time.Second))
	if seq, ok := l.settled(at.Add(100*time.Second), time.Hour); !ok || seq < 980 || seq > 1000 {
		t.Errorf("settled %d, %v behind many bytes", seq, ok)
	}
}
