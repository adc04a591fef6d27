package page

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDiffer(t *testing.T) {
	text := func(all []Run) (out string) {
		for _, r := range all {
			if r.Mark {
				out += "[" + r.Text + "]"
			} else {
				out += r.Text
			}
		}
		return out
	}
	for _, c := range [][4]string{
		{`{"outcome":"ok"}`, `{"outcome":"denied"}`, `{"outcome":"[ok]"}`, `{"outcome":"[denied]"}`},
		{`a 42 b`, `a 43 b`, `a [42] b`, `a [43] b`},
		{`aaa`, `aaaa`, `[aaa]`, `[aaaa]`},
		{`x y`, `x y`, `x y`, `x y`},
		{`été`, `étés`, `[été]`, `[étés]`},
		{`gone`, ``, `gone`, ``},
		{``, ``, ``, ``},
	} {
		before, after := Differ(c[0], c[1])
		if text(before) != c[2] || text(after) != c[3] {
			t.Errorf("%q, %q: %q, %q", c[0], c[1], text(before), text(after))
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("é", 400)
	for _, c := range []struct {
		in   []Run
		want int // runes, at most
	}{
		{[]Run{{Text: long}}, 130}, {[]Run{{Text: long}, {Text: "ok", Mark: true}, {Text: long}}, 130},
		{[]Run{{Text: "a"}, {Text: long, Mark: true}, {Text: "b"}}, 402}, {nil, 0},
	} {
		n := 0
		for i, r := range excerpt(c.in) {
			if !utf8.ValidString(r.Text) || r.Mark && r.Text != c.in[i].Text {
				t.Errorf("%q", r.Text)
			}
			n += utf8.RuneCountInString(r.Text)
		}
		if n > c.want {
			t.Errorf("%d runes, want at most %d", n, c.want)
		}
	}
}

func FuzzDiffer(f *testing.F) {
	f.Add("a b", "a c")
	f.Fuzz(func(t *testing.T, a, b string) {
		before, after := Differ(a, b)
		for text, runs := range map[string][]Run{a: before, b: after} {
			whole := ""
			for _, r := range runs {
				whole += r.Text
			}
			if whole != text {
				t.Errorf("%q became %q", text, whole)
			}
		}
	})
}
