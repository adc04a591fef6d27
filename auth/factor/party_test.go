package factor

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const testHost = "coffre.firm.example"

func party(t *testing.T, host string) *Party {
	t.Helper()
	p, err := NewParty(host, "Frères Lefèvre")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPartyNeedsAName(t *testing.T) {
	for host, ok := range map[string]bool{
		"coffre.firm.example": true, "COFFRE.lan:8443": true, "localhost:18300": true,
		"192.168.1.20": false, "192.168.1.20:8443": false, "[fe80::1]:8443": false, "": false, "a b": false,
	} {
		if p, err := NewParty(host, "F"); (err == nil) != ok || err != nil && !errors.Is(err, ErrHost) {
			t.Errorf("%q: %v, %v", host, p, err)
		}
	}
}

// added registers d for a person.
func added(t *testing.T, p *Party, d *device) Holder {
	t.Helper()
	h := Holder{ID: "u1", Login: "zoé", Name: "Zoé Müller"}
	options, c, err := p.BeginAdd(h)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.FinishAdd(h, c, d.create(t, options))
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	if !k.Passkey || k.Party != testHost || len(k.PublicKey) == 0 {
		t.Errorf("key %+v", k)
	}
	// What is kept must survive being kept.
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var again Key
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	h.Keys = []Key{again}
	return h
}

func TestKeyAddedAndUsed(t *testing.T) {
	p, d := party(t, testHost), newDevice("https://"+testHost, testHost)
	h := added(t, p, d)
	for n := uint32(1); n < 4; n++ {
		options, c, ok, err := p.BeginUse(h)
		if err != nil || !ok || !strings.Contains(string(options), `"userVerification":"required"`) {
			t.Fatalf("%s, %v, %v", options, ok, err)
		}
		d.count = n
		k, err := p.FinishUse(h, c, d.get(t, options, ""))
		if err != nil || k.Count != n {
			t.Fatalf("use %d: count %d, %v", n, k.Count, err)
		}
		h.Keys[0] = k
	}
	// The counter stands still, then goes back: two of the key may exist.
	for _, n := range []uint32{3, 1} {
		options, c, _, _ := p.BeginUse(h)
		d.count = n
		if k, err := p.FinishUse(h, c, d.get(t, options, "")); ReasonOf(err) != Cloned || k.ID == nil {
			t.Errorf("counter %d after 3: %v", n, err)
		}
	}
}

func TestPasskey(t *testing.T) {
	p, d := party(t, testHost), newDevice("https://"+testHost, testHost)
	h := added(t, p, d)
	find := func(id string) (Holder, error) {
		if id != h.ID {
			return Holder{}, errors.New("nobody")
		}
		return h, nil
	}
	options, c, err := p.BeginPasskey()
	if err != nil {
		t.Fatal(err)
	}
	who, k, err := p.FinishPasskey(c, d.get(t, options, h.ID), find)
	if err != nil || who.ID != h.ID || k.ID == nil {
		t.Fatalf("%+v, %v", who, err)
	}
	if _, _, err := p.FinishPasskey(c, d.get(t, options, "u2"), find); ReasonOf(err) != UnknownKey {
		t.Errorf("handle of nobody: %v", err)
	}
	if _, _, err := p.FinishPasskey(c, d.get(t, options, ""), find); ReasonOf(err) != UnknownKey {
		t.Errorf("no handle: %v", err)
	}
	thief := newDevice(d.origin, d.party)
	thief.id = d.id
	if _, _, err := p.FinishPasskey(c, thief.get(t, options, h.ID), find); ReasonOf(err) != BadAnswer {
		t.Errorf("another's signature: %v", err)
	}
}

func TestKeyRefused(t *testing.T) {
	p, d := party(t, testHost), newDevice("https://"+testHost, testHost)
	h := added(t, p, d)
	options, c, _, _ := p.BeginUse(h)
	old, _, _, _ := p.BeginUse(h)
	good := *d
	for _, x := range []struct {
		what, reason string
		answer       func() []byte
	}{
		{"a phishing page", WrongOrigin, func() []byte { e := good; e.origin = "https://c0ffre.example"; return e.get(t, options, "") }},
		{"the same name without TLS", WrongOrigin, func() []byte { e := good; e.origin = "http://" + testHost; return e.get(t, options, "") }},
		{"another port", WrongOrigin, func() []byte { e := good; e.origin += ":8443"; return e.get(t, options, "") }},
		{"a name below", WrongOrigin, func() []byte { e := good; e.origin = "https://x." + testHost; return e.get(t, options, "") }},
		{"another party", BadAnswer, func() []byte { e := good; e.party = "c0ffre.example"; return e.get(t, options, "") }},
		{"another question", Stale, func() []byte { return good.get(t, old, "") }},
		{"no PIN", NotVerified, func() []byte { e := good; e.unverified = true; return e.get(t, options, "") }},
		{"a key of nobody", UnknownKey, func() []byte { return newDevice(d.origin, d.party).get(t, options, "") }},
		{"another person's handle", BadAnswer, func() []byte { return good.get(t, options, "u2") }},
		{"an answer to create", Malformed, func() []byte { return good.create(t, options) }},
		{"nothing", Malformed, func() []byte { return nil }},
		{"too much", Malformed, func() []byte { return make([]byte, MaxAnswer+1) }},
	} {
		_, err := p.FinishUse(h, c, x.answer())
		if ReasonOf(err) != x.reason {
			t.Errorf("%s: %v, want %s", x.what, err, x.reason)
		}
		if err != nil && strings.Contains(err.Error()+errText(err), "c0ffre") {
			t.Errorf("%s: the answer stands in the error", x.what)
		}
	}
	create, cc, _ := p.BeginAdd(h)
	e := good
	e.unverified = true
	if _, err := p.FinishAdd(h, cc, e.create(t, create)); ReasonOf(err) != NotVerified {
		t.Errorf("added without PIN: %v", err)
	}
	e = good
	e.origin = "https://c0ffre.example"
	if _, err := p.FinishAdd(h, cc, e.create(t, create)); ReasonOf(err) != WrongOrigin {
		t.Errorf("added from elsewhere: %v", err)
	}
	if _, _, ok, _ := party(t, "other.example").BeginUse(h); ok {
		t.Error("a key of one name is offered under another")
	}
}

func errText(err error) string {
	if in := errors.Unwrap(err); in != nil {
		return in.Error()
	}
	return ""
}

func FuzzAnswer(f *testing.F) {
	p, err := NewParty(testHost, "F")
	if err != nil {
		f.Fatal(err)
	}
	h := Holder{ID: "u1", Login: "l", Name: "n", Keys: []Key{{ID: []byte("k"), PublicKey: []byte("p"), Party: testHost}}}
	_, add, err := p.BeginAdd(h)
	if err != nil {
		f.Fatal(err)
	}
	_, use, _, err := p.BeginUse(h)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"id":"aw","rawId":"aw","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":"AA"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := p.FinishAdd(h, add, answer); err == nil {
			t.Fatal("an invented answer was accepted")
		}
		if _, err := p.FinishUse(h, use, answer); err == nil {
			t.Fatal("an invented answer was accepted")
		}
	})
}
