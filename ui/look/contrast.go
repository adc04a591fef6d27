package look

import (
	"math"
	"regexp"
	"strconv"
	"sync"
)

// Pair is an ink on a ground, by the names of their tokens, with the least
// contrast that it is held to.
type Pair struct {
	Ink, Ground string
	Least       float64
}

// Pairs are the inks that stand on each ground, with the least contrast that
// WCAG 2.2 asks for at level AAA: 7 for text; and 3 for the borders of controls.
var Pairs = []Pair{
	{"ink", "ground", 7}, {"ink", "panel", 7}, {"ink", "sunken", 7}, {"ink", "hover", 7}, {"ink", "marker", 7},
	{"ink", "good-tint", 7}, {"ink", "warn-tint", 7}, {"ink", "bad-tint", 7}, {"ink", "accent-tint", 7},
	{"ink-soft", "ground", 7}, {"ink-soft", "panel", 7}, {"ink-soft", "sunken", 7}, {"ink-soft", "hover", 7},
	{"accent", "ground", 7}, {"accent", "panel", 7}, {"accent", "accent-tint", 7}, {"accent-strong", "panel", 7},
	{"on-accent", "accent", 7}, {"on-accent", "accent-strong", 7},
	{"good", "good-tint", 7}, {"good", "panel", 7}, {"warn", "warn-tint", 7}, {"warn", "ground", 7},
	{"bad", "bad-tint", 7}, {"bad", "panel", 7}, {"bad", "ground", 7},
	{"line-strong", "panel", 3}, {"line-strong", "ground", 3},
}

var colourToken = regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`)

// Colours are the colour tokens of tokens.css in the order in which they stand
// there, each with its value in both themes.
var Colours = sync.OnceValue(func() []Colour {
	css, err := embedded.ReadFile("assets/tokens.css")
	if err != nil {
		panic(err) // compiled in
	}
	var all []Colour
	for _, m := range colourToken.FindAllStringSubmatch(string(css), -1) {
		all = append(all, Colour{Name: m[1], Light: m[2], Dark: m[3]})
	}
	return all
})

// Colour is a token; Light and Dark are six hex digits of sRGB.
type Colour struct{ Name, Light, Dark string }

// Contrast is the ratio of a pair in a theme, from 1 to 21 (WCAG 2.2); 0 where
// a token is missing.
func (p Pair) Contrast(t Theme) float64 {
	ink, ground := luminanceOf(p.Ink, t), luminanceOf(p.Ground, t)
	if ink < 0 || ground < 0 {
		return 0
	}
	return (math.Max(ink, ground) + 0.05) / (math.Min(ink, ground) + 0.05)
}

// luminanceOf is the relative luminance of a token's sRGB colour (WCAG 2.2),
// -1 where there is none.
func luminanceOf(name string, t Theme) float64 {
	for _, c := range Colours() {
		if c.Name != name {
			continue
		}
		hex := c.Light
		if t == Dark {
			hex = c.Dark
		}
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil {
			return -1
		}
		linear := func(shift uint) float64 {
			v := float64(n>>shift&0xff) / 255
			if v <= 0.04045 {
				return v / 12.92
			}
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	}
	return -1
}
