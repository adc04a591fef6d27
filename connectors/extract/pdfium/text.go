package pdfium

import (
	"context"
	"encoding/binary"
	"math"
	"regexp"

	"github.com/tetratelabs/wazero/api"
)

// Runes returns what each of the page's characters stands for, by PDFium's
// index. 0 is none, '\r' and '\n' end lines, 2 is a hyphen at a line's end.
func (p *Page) Runes(ctx context.Context) ([]rune, error) {
	out := make([]rune, p.Chars)
	for i := range out {
		r, err := p.d.l.call(ctx, "FPDFText_GetUnicode", uint64(p.text), uint64(i))
		if err != nil {
			return nil, err
		}
		out[i] = rune(r)
	}
	return out, nil
}

// Box is a rectangle in points from the page's lower left corner.
type Box struct{ Left, Bottom, Right, Top float32 }

// LooseBox is the place of a character with its line's full height; zero where
// PDFium knows none.
func (p *Page) LooseBox(ctx context.Context, char int) (Box, error) {
	l := p.d.l
	ok, err := l.call(ctx, "FPDFText_GetLooseCharBox", uint64(p.text), uint64(char), uint64(l.buf))
	if err != nil || ok == 0 {
		return Box{}, err
	}
	return l.box()
}

// TightBox is the place of a character's ink; zero where PDFium knows none.
func (p *Page) TightBox(ctx context.Context, char int) (Box, error) {
	l := p.d.l
	out := uint64(l.buf)
	ok, err := l.call(ctx, "FPDFText_GetCharBox", uint64(p.text), uint64(char), out, out+8, out+16, out+24)
	if err != nil || ok == 0 {
		return Box{}, err
	}
	b, err := l.memory(l.buf, 32)
	if err != nil {
		return Box{}, err
	}
	f := func(i int) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))) }
	return Box{Left: f(0), Right: f(1), Bottom: f(2), Top: f(3)}, nil
}

// Angle is the direction in which a character's line runs, in radians.
func (p *Page) Angle(ctx context.Context, char int) (float32, error) {
	bits, err := p.d.l.call(ctx, "FPDFText_GetCharAngle", uint64(p.text), uint64(char))
	return math.Float32frombits(bits), err
}

// BoundedText is the text of all characters that a box touches, up to 64 KiB.
func (p *Page) BoundedText(ctx context.Context, b Box) (string, error) {
	const most = 32 << 10 // UTF-16 units
	l := p.d.l
	buf, err := l.malloc(ctx, 2*most)
	if err != nil {
		return "", err
	}
	defer l.free(ctx, buf)
	f := func(v float32) uint64 { return api.EncodeF64(float64(v)) }
	n, err := l.call(ctx, "FPDFText_GetBoundedText", uint64(p.text), f(b.Left), f(b.Top), f(b.Right), f(b.Bottom), uint64(buf), most)
	if err != nil || int32(n) <= 0 {
		return "", err
	}
	return l.utf16(buf, min(int(n), most))
}

// box reads the FS_RECTF in the scratch corner: left, top, right, bottom.
func (l *Library) box() (Box, error) {
	b, err := l.memory(l.buf, 16)
	if err != nil {
		return Box{}, err
	}
	f := func(i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) }
	return Box{Left: f(0), Top: f(1), Right: f(2), Bottom: f(3)}, nil
}

// IsHyphen reports that a character is a hyphen that PDFium found at a line's
// end; the next line follows without '\n'.
func (p *Page) IsHyphen(ctx context.Context, char int) (bool, error) {
	v, err := p.d.l.call(ctx, "FPDFText_IsHyphen", uint64(p.text), uint64(char))
	return int32(v) == 1, err
}

// Bold reports a bold font at a character, by its weight or, where the font
// names none, by its name.
func (p *Page) Bold(ctx context.Context, char int) (bool, error) {
	l := p.d.l
	weight, err := l.call(ctx, "FPDFText_GetFontWeight", uint64(p.text), uint64(char))
	if err != nil || int32(weight) >= 600 {
		return int32(weight) >= 600, err
	}
	n, err := l.call(ctx, "FPDFText_GetFontInfo", uint64(p.text), uint64(char), uint64(l.buf), scratch, 0)
	if err != nil || n < 2 || n > scratch {
		return false, err
	}
	name, err := l.memory(l.buf, int(n)-1)
	if err != nil {
		return false, err
	}
	return boldName.Match(name), nil
}

var boldName = regexp.MustCompile(`(?i)bold|black|heavy|cmbx|sfbx|-medi`)
