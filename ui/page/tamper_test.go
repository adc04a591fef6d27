package page

import "testing"

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
