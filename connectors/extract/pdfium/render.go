package pdfium

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/tetratelabs/wazero/api"
)

// Flags and formats of fpdfview.h.
const (
	bitmapBGRx       = 3
	renderAnnots     = 0x01
	renderRGB        = 0x10  // red first, as Go's images have it
	renderLowOnCache = 0x200 // one page is drawn once
	opaqueWhite      = 0xffffffff
)

// Render draws the page into width × height pixels on white, annotations and
// filled-in forms included. The result has 4 bytes a pixel: red, green, blue
// and one without meaning, in rows without padding.
func (p *Page) Render(ctx context.Context, width, height int) ([]byte, error) {
	l := p.d.l
	if width <= 0 || height <= 0 {
		return nil, errors.New("pdfium: a picture without size")
	}
	w, h := uint64(width), uint64(height)
	bitmap, err := l.call(ctx, "FPDFBitmap_CreateEx", w, h, bitmapBGRx, 0, 0)
	if err != nil {
		return nil, err
	}
	if bitmap == 0 {
		return nil, ErrMemory
	}
	if _, err := l.call(ctx, "FPDFBitmap_FillRect", uint64(bitmap), 0, 0, w, h, opaqueWhite); err != nil {
		return nil, err
	}
	if _, err := l.call(ctx, "FPDF_RenderPageBitmap", uint64(bitmap), uint64(p.ptr), 0, 0, w, h, 0, renderAnnots|renderRGB|renderLowOnCache); err != nil {
		return nil, err
	}
	stride, err := l.call(ctx, "FPDFBitmap_GetStride", uint64(bitmap))
	if err != nil {
		return nil, err
	}
	buf, err := l.call(ctx, "FPDFBitmap_GetBuffer", uint64(bitmap))
	if err != nil {
		return nil, err
	}
	if int(stride) < 4*width {
		return nil, errors.New("pdfium: a picture with too short rows")
	}
	seen, err := l.memory(buf, int(stride)*height)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 4*width*height)
	for y := range height {
		out = append(out, seen[y*int(stride):][:4*width]...)
	}
	_, err = l.call(ctx, "FPDFBitmap_Destroy", uint64(bitmap))
	return out, err
}

// Placing turns points of a page's own coordinates into fractions of the page
// as it is shown: 0, 0 is the upper left corner, 1, 1 the lower right one.
type Placing struct{ a, b, c, d, e, f float64 }

// placingScale is large enough that PDFium's whole numbers lose nothing that
// its 24-bit floats held.
const placingScale = 1 << 22

// Placing asks PDFium where three points come to lie, which holds for every
// rotation and crop.
func (p *Page) Placing(ctx context.Context) (Placing, error) {
	box := p.Bounds
	if box.Right <= box.Left || box.Top <= box.Bottom {
		box = Box{Right: max(p.Width, p.Height, 1), Top: max(p.Width, p.Height, 1)}
	}
	x0, y0 := float64(box.Left), float64(box.Bottom)
	dx, dy := float64(box.Right)-x0, float64(box.Top)-y0
	var at [3][2]float64
	for i, pt := range [3][2]float64{{x0, y0}, {x0 + dx, y0}, {x0, y0 + dy}} {
		var err error
		if at[i], err = p.toDevice(ctx, pt[0], pt[1]); err != nil {
			return Placing{}, err
		}
	}
	m := Placing{
		a: (at[1][0] - at[0][0]) / dx, b: (at[1][1] - at[0][1]) / dx,
		c: (at[2][0] - at[0][0]) / dy, d: (at[2][1] - at[0][1]) / dy,
	}
	m.e = at[0][0] - m.a*x0 - m.c*y0
	m.f = at[0][1] - m.b*x0 - m.d*y0
	return m, nil
}

func (p *Page) toDevice(ctx context.Context, x, y float64) (at [2]float64, err error) {
	l := p.d.l
	_, err = l.call(ctx, "FPDF_PageToDevice", uint64(p.ptr), 0, 0, placingScale, placingScale, 0,
		api.EncodeF64(x), api.EncodeF64(y), uint64(l.buf), uint64(l.buf+4))
	if err != nil {
		return at, err
	}
	b, err := l.memory(l.buf, 8)
	if err != nil {
		return at, err
	}
	for i := range at {
		at[i] = float64(int32(binary.LittleEndian.Uint32(b[4*i:]))) / placingScale
	}
	return at, nil
}

// Point places one point.
func (m Placing) Point(x, y float64) (fx, fy float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// Back is the point of the page's own coordinates that stands at a fraction.
func (m Placing) Back(fx, fy float64) (x, y float64) {
	det := m.a*m.d - m.b*m.c
	if det == 0 {
		return 0, 0
	}
	fx, fy = fx-m.e, fy-m.f
	return (m.d*fx - m.c*fy) / det, (m.a*fy - m.b*fx) / det
}

// Turned reports that what runs along the page's own x axis is shown upright.
func (m Placing) Turned() bool { return math.Abs(m.a) < math.Abs(m.b) }
