package extract

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

func TestEncodePNG(t *testing.T) {
	const w, h = 64, 64
	for _, c := range []struct {
		name     string
		at       func(i int) (r, g, b byte)
		most     int // difference in a channel
		paletted bool
	}{
		{"black on white", func(i int) (r, g, b byte) { v := byte(i % 2 * 255); return v, v, v }, 0, true},
		{"greys", func(i int) (r, g, b byte) { v := byte(i); return v, v, v }, 0, true},
		{"smoothed letters in colour", func(i int) (r, g, b byte) { v := byte(i % 200); return 255, v, v + byte(i/200%3) }, 7, true},
		{"photograph", func(i int) (r, g, b byte) { return byte(i), byte(i >> 4), byte(i * 7) }, 0, false},
	} {
		pix := make([]byte, 4*w*h)
		for i := range w * h {
			pix[4*i], pix[4*i+1], pix[4*i+2] = c.at(i)
		}
		raw, err := encodePNG(bytes.Clone(pix), w, h)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := img.(*image.Paletted); ok != c.paletted {
			t.Errorf("%s: paletted %v", c.name, ok)
		}
		for i := range w * h {
			r, g, b, a := img.At(i%w, i/w).RGBA()
			for k, v := range []uint32{r, g, b} {
				if d := int(v>>8) - int(pix[4*i+k]); d > c.most || d < -c.most || a != 0xffff {
					t.Fatalf("%s: pixel %d is %d %d %d %d", c.name, i, r>>8, g>>8, b>>8, a>>8)
				}
			}
		}
	}
}
