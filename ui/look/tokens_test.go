package look

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// pairs are the inks that stand on each ground, with the least contrast that
// WCAG 2.2 asks for at level AAA: 7 for text; and 3 for the borders of controls.
var pairs = []struct {
	ink, ground string
	least       float64
}{
	{"ink", "ground", 7}, {"ink", "panel", 7}, {"ink", "sunken", 7}, {"ink", "hover", 7}, {"ink", "marker", 7},
	{"ink", "good-tint", 7}, {"ink", "warn-tint", 7}, {"ink", "bad-tint", 7}, {"ink", "accent-tint", 7},
	{"ink-soft", "ground", 7}, {"ink-soft", "panel", 7}, {"ink-soft", "sunken", 7}, {"ink-soft", "hover", 7},
	{"accent", "ground", 7}, {"accent", "panel", 7}, {"accent", "accent-tint", 7}, {"accent-strong", "panel", 7},
	{"on-accent", "accent", 7}, {"on-accent", "accent-strong", 7},
	{"good", "good-tint", 7}, {"good", "panel", 7}, {"warn", "warn-tint", 7}, {"warn", "ground", 7},
	{"bad", "bad-tint", 7}, {"bad", "panel", 7}, {"bad", "ground", 7},
	{"line-strong", "panel", 3}, {"line-strong", "ground", 3},
}

var token = regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`)

func TestContrast(t *testing.T) {
	css, err := embedded.ReadFile("assets/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := map[Theme]map[string]float64{Light: {}, Dark: {}}
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		themes[Light][m[1]], themes[Dark][m[1]] = luminance(t, m[2]), luminance(t, m[3])
	}
	for theme, colours := range themes {
		for _, p := range pairs {
			ink, ok := colours[p.ink]
			ground, also := colours[p.ground]
			if !ok || !also {
				t.Fatalf("no token %s or %s", p.ink, p.ground)
			}
			if c := (math.Max(ink, ground) + 0.05) / (math.Min(ink, ground) + 0.05); c < p.least {
				t.Errorf("%s: %s on %s has contrast %.2f, wants %.1f", theme, p.ink, p.ground, c, p.least)
			}
		}
	}
}

// luminance is the relative luminance of an sRGB colour (WCAG 2.2).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
