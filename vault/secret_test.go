package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

const planted = "sk-planted-ĉanary-42"

func TestSecretPrintsAsStars(t *testing.T) {
	s := NewSecret([]byte(planted))
	held := struct {
		Name  string
		Value Secret
		To    *Secret
	}{"x", s, &s}
	digits := strings.Trim(fmt.Sprint([]byte(planted)), "[]")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%p", "%U", "%c", "%10.3s"} {
		for _, v := range []any{s, &s, []Secret{s}, map[string]Secret{"a": s}, held, &held, []any{s}} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, "planted") || strings.Contains(got, digits) || strings.Contains(got, fmt.Sprintf("%x", planted[:6])) {
				t.Errorf("%s of %T: %s", verb, v, got)
			}
		}
	}
	if got := fmt.Sprintf("%v %#v", s, s); got != "*** ***" {
		t.Error(got)
	}
	b, err := json.Marshal(held)
	if err != nil || !bytes.Contains(b, []byte(`"Value":"***"`)) || bytes.Contains(b, []byte("planted")) {
		t.Errorf("%s %v", b, err)
	}
	if b, err = json.Marshal(map[Secret]int{s: 1}); err != nil || bytes.Contains(b, []byte("planted")) {
		t.Errorf("%s %v", b, err)
	}
	for _, h := range []func(*bytes.Buffer) slog.Handler{
		func(w *bytes.Buffer) slog.Handler { return slog.NewTextHandler(w, nil) },
		func(w *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var w bytes.Buffer
		slog.New(h(&w)).Error("x", "secret", s, "pointer", &s, "held", held, "err", fmt.Errorf("with %v", s))
		if strings.Contains(w.String(), "planted") || !strings.Contains(w.String(), "***") {
			t.Error(w.String())
		}
	}
}

func TestSecretWiped(t *testing.T) {
	raw := []byte(planted)
	s := NewSecret(raw)
	copied := s
	if s.Len() != len(planted) {
		t.Errorf("%d bytes", s.Len())
	}
	s.Wipe()
	if !bytes.Equal(raw, make([]byte, len(raw))) {
		t.Errorf("left: %q", raw)
	}
	if err := copied.Use(func([]byte) error { t.Error("used"); return nil }); !errors.Is(err, ErrWiped) {
		t.Error(err)
	}
	s.Wipe()
	Secret{}.Wipe()
	if err := (Secret{}).Use(func(b []byte) error { return nil }); err != nil || (Secret{}).Len() != 0 {
		t.Error(err)
	}
}

func valueOf(t *testing.T, s Secret) (out string) {
	t.Helper()
	if err := s.Use(func(b []byte) error { out = string(b); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSecretFromJSON(t *testing.T) {
	for _, c := range []struct {
		in, want string
		bad      bool
	}{
		{`"abc"`, "abc", false}, {`""`, "", false}, {`"a\"\\\/\b\f\n\r\tz"`, "a\"\\/\b\f\n\r\tz", false},
		{`"\u00e9\ud83d\ude00é"`, "é😀é", false}, {`"\ud83d"`, "", true}, {`"\ud83dx"`, "", true}, {`"\ude00\ud83d"`, "", true},
		{`"\u12"`, "", true}, {`"\x"`, "", true}, {`"` + strings.Repeat("a", MaxSecret) + `"`, strings.Repeat("a", MaxSecret), false},
		{`"` + strings.Repeat("a", MaxSecret+1) + `"`, "", true}, {`12`, "", true}, {`null`, "", true}, {`["a"]`, "", true}, {`{"a":1}`, "", true},
	} {
		var in struct{ Value Secret }
		err := json.Unmarshal([]byte(`{"Value":`+c.in+`}`), &in)
		if c.bad {
			// Where it is no JSON at all, encoding/json says so first.
			var syntax *json.SyntaxError
			if !errors.Is(err, ErrSecretText) && !errors.As(err, &syntax) {
				t.Errorf("%.40s: %v", c.in, err)
			}
			continue
		}
		if err != nil || valueOf(t, in.Value) != c.want {
			t.Errorf("%.40s: %v", c.in, err)
		}
	}
}

// FuzzSecretFromJSON holds the reader against encoding/json's.
func FuzzSecretFromJSON(f *testing.F) {
	for _, s := range []string{`"a"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"` + "\xff" + `"`, `"\`, `1`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want string
		werr := json.Unmarshal(raw, &want)
		value, err := unquote(raw)
		if err != nil {
			if !errors.Is(err, ErrSecretText) {
				t.Fatal(err)
			}
			if werr == nil && len(want) <= MaxSecret && utf8.Valid(raw) && !strings.ContainsRune(want, utf8.RuneError) && raw[0] == '"' && raw[len(raw)-1] == '"' {
				t.Fatalf("refused %q", raw)
			}
			return
		}
		if werr != nil || want != string(value) {
			t.Fatalf("%q: %q, want %q (%v)", raw, value, want, werr)
		}
	})
}

func TestSecretFromForm(t *testing.T) {
	for _, c := range []struct {
		in, want, left string
		ok, bad        bool
	}{
		{"name=a&value=b%2Bc+d&x=1", "b+c d", "name=a" + strings.Repeat("&", 15) + "x=1", true, false},
		{"value=", "", "&&&&&&", true, false},
		{"value=a", "a", "&&&&&&&", true, false},
		{"values=a", "", "values=a", false, false},
		{"xvalue=a&valu=e", "", "xvalue=a&valu=e", false, false},
		{"value=%4", "", "&&&&&&&&", true, true},
		{"value=%zz&a=b", "", "&&&&&&&&&&a=b", true, true},
		{"", "", "", false, false},
		{"value=" + strings.Repeat("a", MaxSecret+1), "", strings.Repeat("&", MaxSecret+7), true, true},
	} {
		form := []byte(c.in)
		s, ok, err := ReadForm(form, "value")
		if ok != c.ok || (err != nil) != c.bad || string(form) != c.left {
			t.Errorf("%.40s: %v %v, left %.40s", c.in, ok, err, form)
		}
		if err == nil && valueOf(t, s) != c.want {
			t.Errorf("%.40s: another value", c.in)
		}
	}
}

// FuzzSecretFromForm holds the reader against net/url's, and checks that nothing
// of the field is left for whoever parses the rest.
func FuzzSecretFromForm(f *testing.F) {
	for _, s := range []string{"value=a", "a=b&value=%C3%A9+&value=c", "value", "&&value=%", "value=a=b", "v%61lue=a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form := []byte(text)
		s, ok, err := ReadForm(form, "value")
		want := ""
		found := false
		for pair := range strings.SplitSeq(text, "&") {
			if v, has := strings.CutPrefix(pair, "value="); has && !found {
				found, want = true, v
			}
		}
		if ok != found {
			t.Fatalf("found: %v, want %v", ok, found)
		}
		plain, werr := url.QueryUnescape(want)
		if err != nil {
			if werr == nil && len(plain) <= MaxSecret {
				t.Fatalf("refused %q", want)
			}
			return
		}
		if ok && (werr != nil || valueOf(t, s) != plain) {
			t.Fatalf("%q: another value (%v)", want, werr)
		}
	})
}
