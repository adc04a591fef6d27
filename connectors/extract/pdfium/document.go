package pdfium

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode/utf16"
)

// Document is an open PDF.
type Document struct {
	l     *Library
	ptr   uint32
	Pages int
}

// Open reads a PDF of size bytes through r, piece by piece as PDFium asks.
// Errors are ErrPassword, ErrFormat, ErrMemory, those of r, or a trap's.
func (l *Library) Open(ctx context.Context, r io.ReaderAt, size int64) (*Document, error) {
	l.file = file{r: r, size: size}
	path, err := l.malloc(ctx, len(filePath)+1)
	if err != nil {
		return nil, err
	}
	l.mod.Memory().Write(path, []byte(filePath+"\x00"))
	ptr, err := l.call(ctx, "FPDF_LoadDocument", uint64(path), 0)
	if err != nil {
		return nil, err
	}
	l.free(ctx, path)
	if ptr == 0 {
		return nil, l.openError(ctx)
	}
	n, err := l.call(ctx, "FPDF_GetPageCount", uint64(ptr))
	if err != nil {
		return nil, err
	}
	return &Document{l: l, ptr: ptr, Pages: max(int(int32(n)), 0)}, nil
}

// openError asks PDFium why (FPDF_ERR_ in fpdfview.h).
func (l *Library) openError(ctx context.Context) error {
	if l.file.err != nil {
		return fmt.Errorf("read document: %w", l.file.err)
	}
	code, err := l.call(ctx, "FPDF_GetLastError")
	switch {
	case err != nil:
		return err
	case code == 4 || code == 5: // password; a security scheme that it doesn't know
		return ErrPassword
	case l.full:
		return ErrMemory
	}
	return fmt.Errorf("%w (%d)", ErrFormat, code)
}

// Close frees the document.
func (d *Document) Close(ctx context.Context) error {
	_, err := d.l.call(ctx, "FPDF_CloseDocument", uint64(d.ptr))
	d.l.file = file{}
	return err
}

// Meta returns an entry of the document's information, such as "Title".
func (d *Document) Meta(ctx context.Context, key string) (string, error) {
	const most = 2048
	p, err := d.l.malloc(ctx, most+64)
	if err != nil {
		return "", err
	}
	defer d.l.free(ctx, p)
	d.l.mod.Memory().Write(p, append([]byte(key), 0))
	n, err := d.l.call(ctx, "FPDF_GetMetaText", uint64(d.ptr), uint64(p), uint64(p+64), most)
	if err != nil || n < 2 || n > most {
		return "", err
	}
	return d.l.utf16(p+64, int(n)/2-1)
}

func (l *Library) utf16(p uint32, units int) (string, error) {
	b, err := l.memory(p, 2*units)
	if err != nil {
		return "", err
	}
	u := make([]uint16, units)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u)), nil
}

// Page is an open page with its text.
type Page struct {
	d             *Document
	ptr, text     uint32
	Width, Height float32 // points, rotation applied
	Bounds        Box     // what of the page is shown, in the coordinates of its characters
	Chars         int
}

// Page opens page i, from 0. ErrFormat means that this page is damaged.
func (d *Document) Page(ctx context.Context, i int) (*Page, error) {
	ptr, err := d.l.call(ctx, "FPDF_LoadPage", uint64(d.ptr), uint64(i))
	if err != nil {
		return nil, err
	}
	if ptr == 0 {
		return nil, ErrFormat
	}
	p := &Page{d: d, ptr: ptr}
	if p.Width, err = p.float(ctx, "FPDF_GetPageWidthF"); err != nil {
		return nil, err
	}
	if p.Height, err = p.float(ctx, "FPDF_GetPageHeightF"); err != nil {
		return nil, err
	}
	if p.Bounds, err = p.bounds(ctx); err != nil {
		return nil, err
	}
	if p.text, err = d.l.call(ctx, "FPDFText_LoadPage", uint64(ptr)); err != nil {
		return nil, err
	}
	if p.text == 0 {
		p.Close(ctx)
		return nil, ErrFormat
	}
	n, err := d.l.call(ctx, "FPDFText_CountChars", uint64(p.text))
	p.Chars = max(int(int32(n)), 0)
	return p, err
}

func (p *Page) float(ctx context.Context, fn string) (float32, error) {
	bits, err := p.d.l.call(ctx, fn, uint64(p.ptr))
	return math.Float32frombits(bits), err
}

func (p *Page) bounds(ctx context.Context) (Box, error) {
	ok, err := p.d.l.call(ctx, "FPDF_GetPageBoundingBox", uint64(p.ptr), uint64(p.d.l.buf))
	if err != nil || ok == 0 {
		return Box{}, err
	}
	return p.d.l.box()
}

// Close frees the page.
func (p *Page) Close(ctx context.Context) error {
	if p.text != 0 {
		if _, err := p.d.l.call(ctx, "FPDFText_ClosePage", uint64(p.text)); err != nil {
			return err
		}
	}
	_, err := p.d.l.call(ctx, "FPDF_ClosePage", uint64(p.ptr))
	return err
}
