package words

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFormat(t *testing.T) {
	day := time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)
	for _, c := range []struct{ name, got, want string }{
		{"fr number", French.Number(1234567), "1\u202f234\u202f567"},
		{"en number", English.Number(-1234), "−1,234"},
		{"fr decimal", French.Decimal(1234.56, 1), "1\u202f234,6"},
		{"en decimal", English.Decimal(-0.25, 2), "−0.25"},
		{"fr percent", French.Percent(0.125), "12\u202f%"},
		{"fr bytes", French.Size(512), "512\u00a0o"},
		{"fr kilobytes", French.Size(1500), "1,5\u00a0ko"},
		{"en rounding up a unit", English.Size(999_999), "1.0\u00a0MB"},
		{"en gigabytes", English.Size(12_400_000_000), "12\u00a0GB"},
		{"fr first of the month", French.Date(day), "1er\u00a0mars 2026"},
		{"en moment", English.DateTime(day), "1\u00a0March 2026 at\u00a009:05"},
		{"no moment", French.DateTime(time.Time{}), "–"},
		{"fr list", French.List([]string{"a", "b", "c"}), "a, b et c"},
		{"one in a list", English.List([]string{"a"}), "a"},
		{"short time", French.Seconds(420 * time.Millisecond), "0,42\u00a0s"},
		{"long time", English.Seconds(125 * time.Second), "2\u00a0min\u00a05\u00a0s"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	m, err := parseMessage("{n} {n|page|pages}[ of {name}]")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		l    Lang
		n    int
		name string
		want string
	}{
		{French, 0, "", "0 page"}, {French, 1, "x", "1 page of x"}, {French, 2, "", "2 pages"},
		{English, 0, "", "0 pages"}, {English, 1, "", "1 page"}, {English, 1500, "x", "1,500 pages of x"},
	} {
		if got := m.render(c.l, map[string]any{"n": c.n, "name": c.name}); got != c.want {
			t.Errorf("%s %d: got %q, want %q", c.l, c.n, got, c.want)
		}
	}
	for _, bad := range []string{"{", "{}", "{a|b}", "[x", "x]", "[a [b]]", "}"} {
		if _, err := parseMessage(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParseMessage(f *testing.F) {
	f.Add("{n} {n|page|pages}[ of {name}]")
	f.Add("[[")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMessage(s)
		if err != nil {
			return
		}
		out := m.render(English, map[string]any{})
		if utf8.ValidString(s) && !utf8.ValidString(out) {
			t.Fatalf("%q gave invalid UTF-8", s)
		}
		if !strings.ContainsAny(s, "{}[]") && out != s {
			t.Fatalf("plain %q became %q", s, out)
		}
	})
}

func TestErrorSentences(t *testing.T) {
	for _, l := range Langs {
		for _, code := range Codes() {
			s := Error(l, code, nil)
			if strings.ContainsAny(s, "{}[]…") || !strings.HasSuffix(s, ".") {
				t.Errorf("%s %s without parameters: %q", l, code, s)
			}
		}
		if Error(l, "no-such-code", nil) != Error(l, "internal", nil) {
			t.Errorf("%s: an unknown code has no sentence", l)
		}
	}
	got := Error(French, "too-large", map[string]string{"name": "a.pdf", "limit": "100000000"})
	if !strings.Contains(got, "«\u00a0a.pdf\u00a0»") || !strings.Contains(got, "100\u00a0Mo") {
		t.Errorf("parameters are missing in %q", got)
	}
	if got := Error(French, "rate-limited", map[string]string{"seconds": "1"}); !strings.Contains(got, "1 seconde,") {
		t.Errorf("singular: %q", got)
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]Lang{
		"":                       English,
		"de":                     English,
		"fr-FR,fr;q=0.9,en;q=.8": French,
		"en;q=0.5, fr;q=0.6":     French,
		"fr;q=0, en":             English,
		"fr;q=bad":               English,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := Negotiate(r, English); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
	if l, ok := Parse("FR_ch"); !ok || l != French {
		t.Errorf("FR_ch: got %s, %v", l, ok)
	}
}
