package extract

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// encodePNG packs pixels of 4 bytes each (red, green, blue, ignored). Pages of
// few colours, which is most of them, become palettes: smaller, and several
// times quicker than colours through PNG's filters. Smoothed coloured letters
// make some hundreds of colours that nobody can tell apart: where rounding them
// to 6 or 5 bits a channel leaves a palette, that is done; photographs stay as
// they are.
func encodePNG(pix []byte, width, height int) ([]byte, error) {
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	for _, bits := range []int{8, 6, 5} {
		if img := paletted(pix, width, height, bits); img != nil {
			enc.CompressionLevel = png.DefaultCompression
			err := enc.Encode(&out, img)
			return out.Bytes(), err
		}
	}
	for i := 3; i < len(pix); i += 4 {
		pix[i] = 0xff
	}
	img := &image.NRGBA{Pix: pix, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	err := enc.Encode(&out, img)
	return out.Bytes(), err
}

// paletted is nil for a picture of more than 256 colours of so many bits a
// channel.
func paletted(pix []byte, width, height, bits int) *image.Paletted {
	var round [256]byte
	for v := range round {
		top := v >> (8 - bits) << (8 - bits)
		round[v] = byte(top | top>>bits) // black and white stay what they are
	}
	index := map[uint32]uint8{}
	var palette color.Palette
	out := make([]uint8, width*height)
	last, at := uint32(1<<24), uint8(0)
	for i := range out {
		p := pix[4*i : 4*i+3 : 4*i+3]
		c := uint32(p[0])<<16 | uint32(p[1])<<8 | uint32(p[2])
		if c != last {
			r, g, b := round[p[0]], round[p[1]], round[p[2]]
			rounded := uint32(r)<<16 | uint32(g)<<8 | uint32(b)
			k, ok := index[rounded]
			if !ok {
				if len(palette) == 256 {
					return nil
				}
				k = uint8(len(palette))
				index[rounded] = k
				palette = append(palette, color.RGBA{r, g, b, 0xff})
			}
			last, at = c, k
		}
		out[i] = at
	}
	return &image.Paletted{Pix: out, Stride: width, Rect: image.Rect(0, 0, width, height), Palette: palette}
}
