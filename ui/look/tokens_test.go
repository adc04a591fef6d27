package look

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// pairs are the inks that stand on each ground, with the least contrast that
// WCAG 2.2 asks for: 4.5 for text, 3 for the borders of controls.
var pairs = []struct {
	ink, ground string
	least       float64
}{
	{"ink", "ground", 7}, {"ink", "panel", 7}, {"ink", "sunken", 4.5}, {"ink", "hover", 4.5}, {"ink", "marker", 4.5},
	{"ink", "good-tint", 4.5}, {"ink", "warn-tint", 4.5}, {"ink", "bad-tint", 4.5}, {"ink", "accent-tint", 4.5},
	{"ink-soft", "ground", 4.5}, {"ink-soft", "panel", 4.5}, {"ink-soft", "sunken", 4.5}, {"ink-soft", "hover", 4.5},
	{"accent", "ground", 4.5}, {"accent", "panel", 4.5}, {"accent", "accent-tint", 4.5}, {"accent-strong", "panel", 4.5},
	{"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
	{"good", "good-tint", 4.5}, {"good", "panel", 4.5}, {"warn", "warn-tint", 4.5}, {"warn", "ground", 4.5},
	{"bad", "bad-tint", 4.5}, {"bad", "panel", 4.5}, {"bad", "ground", 4.5},
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
