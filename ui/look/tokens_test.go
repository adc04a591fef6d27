package look

import (
	"math"
	"testing"
)

func TestContrast(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		for _, p := range Pairs {
			if c := p.Contrast(theme); c < p.Least {
				t.Errorf("%s: %s on %s has contrast %.2f, wants %.1f", theme, p.Ink, p.Ground, c, p.Least)
			}
		}
	}
}

// TestContrastIsWCAGs holds the arithmetic to the two ends of the scale and to
// a grey whose ratio on white is known.
func TestContrastIsWCAGs(t *testing.T) {
	old := Colours
	defer func() { Colours = old }()
	Colours = func() []Colour { return []Colour{{"a", "ffffff", "767676"}, {"b", "000000", "ffffff"}} }
	if c := (Pair{Ink: "a", Ground: "b"}).Contrast(Light); math.Abs(c-21) > 1e-9 {
		t.Errorf("black on white: %v", c)
	}
	if c := (Pair{Ink: "a", Ground: "b"}).Contrast(Dark); math.Abs(c-4.54) > 0.01 {
		t.Errorf("#767676 on white: %v", c)
	}
	if c := (Pair{Ink: "a", Ground: "none"}).Contrast(Light); c != 0 {
		t.Errorf("a missing token: %v", c)
	}
}
