package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCustomer(t *testing.T) {
	at := "2026-01-15T09:00:00Z"
	for _, c := range []struct {
		id, at string
		ok     bool
	}{
		{"a", at, true}, {"0-9", at, true}, {strings.Repeat("a", 63), at, true},
		{"", at, false}, {"-a", at, false}, {"A", at, false}, {"a_b", at, false}, {"é", at, false},
		{"a b", at, false}, {strings.Repeat("a", 64), at, false},
		{"a", "2026-01-15T09:00:00.000Z", false}, {"a", "2026-01-15T09:00:00+00:00", false},
		{"a", "2026-02-30T09:00:00Z", false}, {"a", "", false}, {"a", "2026-1-15T09:00:00Z", false},
	} {
		if err := (Customer{c.id, c.at}).Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrCustomer) {
			t.Errorf("%q %q: %v", c.id, c.at, err)
		}
	}
	c, err := NewCustomer("box", time.Date(2026, 6, 1, 12, 0, 0, 999, time.FixedZone("", 3600)))
	if err != nil || c.CreatedAt != "2026-06-01T11:00:00Z" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestOrigin(t *testing.T) {
	c := Customer{"acme-notaires", "2026-01-15T09:00:00Z"}
	g, _ := c.Genesis()
	name := KeyName(c, g)
	for restores, suffix := range []string{"", "/2", "/3"} {
		o := Origin(c, g, restores)
		if n, ok := restoresIn(o, name); o != name+suffix || !ok || n != restores {
			t.Errorf("%d restores: %s, read as %d, %v", restores, o, n, ok)
		}
	}
	for _, bad := range []string{"", name + "/", name + "/1", name + "/0", name + "/02", name + "/-2", name + "/2/3", name + "x", "coffre.audit/other/752f7d206962df9d"} {
		if _, ok := restoresIn(bad, name); ok {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestSignerHidesItself(t *testing.T) {
	s, err := NewSigner("coffre.audit/x/00")
	if err != nil {
		t.Fatal(err)
	}
	j, _ := json.Marshal(map[string]any{"p": s, "v": *s})
	for _, shown := range []string{
		s.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", *s, *s, *s, *s, *s), fmt.Sprintf("%#v", s), string(j),
	} {
		if strings.Contains(shown, "PRIVATE") || strings.Contains(shown, s.Secret()[30:]) || !strings.Contains(shown, "***") {
			t.Errorf("it prints as %s", shown)
		}
	}
	back, err := ParseSigner(s.Secret())
	if err != nil || back.Verifier() != s.Verifier() || back.Name() != s.Name() {
		t.Errorf("the secret comes back as another key: %v", err)
	}
	broken := s.Secret()[:len(s.Secret())-3] + "AA="
	if _, err := ParseSigner(broken); !errors.Is(err, ErrKey) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("a broken secret: %v", err)
	}
}

func TestOpenCheckpoint(t *testing.T) {
	name := "coffre.audit/acme-notaires/752f7d206962df9d"
	key, recovery := seededSigner(t, name, 0), seededSigner(t, name, 0x20)
	c, signed, err := OpenCheckpoint(vectorNote, recovery.Verifier(), key.Verifier())
	if err != nil || c.Size != 2 || c.Origin != name || !slices.Equal(signed, []string{key.Verifier()}) {
		t.Fatalf("%+v, %v, %v", c, signed, err)
	}
	both, err := c.Sign(key, recovery)
	if err != nil {
		t.Fatal(err)
	}
	if _, signed, err = OpenCheckpoint(both, key.Verifier(), recovery.Verifier()); err != nil || len(signed) != 2 {
		t.Fatalf("signed twice: %v, %v", signed, err)
	}
	if _, signed, err = OpenCheckpoint(vectorNote); err != nil || len(signed) != 0 {
		t.Fatalf("opened with no key: %v, %v", signed, err)
	}
	for what, change := range map[string]struct {
		old, new string
		want     error
	}{
		"signature":       {"G2dfpd39", "G2dfpd38", ErrSignature},
		"root":            {"9m9vMsqb", "9m9vMsqc", ErrSignature},
		"size":            {"\n2\n", "\n3\n", ErrSignature},
		"size as 02":      {"\n2\n", "\n02\n", ErrCheckpoint},
		"negative size":   {"\n2\n", "\n-2\n", ErrCheckpoint},
		"huge size":       {"\n2\n", "\n99999999999999999999\n", ErrCheckpoint},
		"fourth line":     {"\n\n—", "\nmore\n\n—", ErrCheckpoint},
		"short root":      {"9m9vMsqb", "", ErrCheckpoint},
		"no signature":    {vectorNote[strings.Index(vectorNote, "—"):], "", ErrCheckpoint},
		"control":         {"acme", "ac\x01me", ErrCheckpoint},
		"only signatures": {vectorNote[:strings.Index(vectorNote, "\n\n")], "", ErrCheckpoint},
	} {
		text := strings.Replace(vectorNote, change.old, change.new, 1)
		if _, _, err := OpenCheckpoint(text, key.Verifier()); !errors.Is(err, change.want) {
			t.Errorf("%s changed: %v, want %v", what, err, change.want)
		}
	}
	if _, _, err := OpenCheckpoint(vectorNote, "nonsense"); !errors.Is(err, ErrKey) {
		t.Errorf("a key that is none: %v", err)
	}
	if _, _, err := OpenCheckpoint(strings.Repeat("x", maxNote+1)); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("a note without end: %v", err)
	}
	for _, bad := range []string{
		strings.ToUpper(key.Verifier()), key.Verifier() + "\n", key.Verifier()[1:], "",
		strings.Replace(key.Verifier(), "1b675fa5", "1B675FA5", 1), strings.Replace(key.Verifier(), "AQOh", "AQ\nOh", 1),
	} {
		if CheckVerifier(bad, name) == nil {
			t.Errorf("%q passes as a key", bad)
		}
	}
}

// FuzzOpenCheckpoint: what opens is written the same way again.
func FuzzOpenCheckpoint(f *testing.F) {
	f.Add(vectorNote, "coffre.audit/acme-notaires/752f7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")
	f.Add("a\n0\n\n\n— a b\n", "a+1+b")
	f.Fuzz(func(t *testing.T, text, vkey string) {
		c, signed, err := OpenCheckpoint(text, vkey)
		if err != nil {
			if !errors.Is(err, ErrCheckpoint) && !errors.Is(err, ErrKey) && !errors.Is(err, ErrSignature) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if len(signed) > 1 {
			t.Fatal("one key signed twice")
		}
		body := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root.Base64())
		if !strings.HasPrefix(text, body+"\n") {
			t.Fatalf("%q opens as %q", text, body)
		}
	})
}
