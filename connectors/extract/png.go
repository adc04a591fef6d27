package extract

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// encodePNG packs pixels of 4 bytes each (red, green, blue, ignored). Pages of
// few colours, which is most of them, become palettes: smaller, and several
// times quicker than colours through PNG's filters.
func encodePNG(pix []byte, width, height int) ([]byte, error) {
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if img := paletted(pix, width, height); img != nil {
		enc.CompressionLevel = png.DefaultCompression
		err := enc.Encode(&out, img)
		return out.Bytes(), err
	}
	for i := 3; i < len(pix); i += 4 {
		pix[i] = 0xff
	}
	img := &image.NRGBA{Pix: pix, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	err := enc.Encode(&out, img)
	return out.Bytes(), err
}

// paletted is nil for a picture of more than 256 colours.
func paletted(pix []byte, width, height int) *image.Paletted {
	index := map[uint32]uint8{}
	var palette color.Palette
	out := make([]uint8, width*height)
	last, at := uint32(1<<24), uint8(0)
	for i := range out {
		p := pix[4*i : 4*i+3 : 4*i+3]
		c := uint32(p[0])<<16 | uint32(p[1])<<8 | uint32(p[2])
		if c != last {
			k, ok := index[c]
			if !ok {
				if len(palette) == 256 {
					return nil
				}
				k = uint8(len(palette))
				index[c] = k
				palette = append(palette, color.RGBA{p[0], p[1], p[2], 0xff})
			}
			last, at = c, k
		}
		out[i] = at
	}
	return &image.Paletted{Pix: out, Stride: width, Rect: image.Rect(0, 0, width, height), Palette: palette}
}
