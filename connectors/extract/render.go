package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"time"

	"coffre/connectors/extract/pdfium"
)

// Bounds of a rendering. A page is drawn no larger than these pixels, whatever
// is asked for, and a child draws no more than so many.
const (
	MaxWidth   = 2000
	MaxHeight  = 2800
	MaxDrawn   = 24
	drawnBytes = 48 << 20 // of all pictures of one call
)

// RenderRequest names pages of a PDF. File, if not nil, is read instead of
// Path. Width is in pixels, 1 to MaxWidth; a page higher than MaxHeight at that
// width gets narrower. Options' Timeout is 30 s where it is zero.
type RenderRequest struct {
	Path    string
	File    *os.File
	Pages   []int // from 1, at most MaxDrawn
	Width   int
	Layout  bool // say also where the characters stand
	Options Options
}

// PageView is a drawn page.
type PageView struct {
	Page          int
	Width, Height int // pixels
	PNG           []byte
	Layout        *Layout // where it was asked for
}

type drawOrder struct {
	Pages  []int `json:"pages"`
	Width  int   `json:"width"`
	Layout bool  `json:"layout,omitempty"`
}

type pageMeta struct {
	Page   int     `json:"page"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Bytes  int     `json:"bytes"` // of its picture in the answer's body
	Layout *Layout `json:"layout,omitempty"`
}

// Render draws pages in a bounded child as Extract's. The result has one entry
// for each page, in the order asked for. Errors are those of Extract; a page
// that the document doesn't have, or that is damaged, is CodeCorrupt.
func Render(ctx context.Context, req RenderRequest) ([]PageView, error) {
	if len(req.Pages) == 0 || len(req.Pages) > MaxDrawn || req.Width < 1 || req.Width > MaxWidth {
		return nil, errors.New("render pages: number or width out of bounds")
	}
	if req.Options.Timeout <= 0 {
		req.Options.Timeout = 30 * time.Second
	}
	o := req.Options.withDefaults()
	f, size, err := openFile(req.Path, req.File, o)
	if err != nil {
		return nil, err
	}
	if req.File == nil {
		defer f.Close()
	}
	ord := order{Size: size, Options: o, Draw: &drawOrder{Pages: req.Pages, Width: req.Width, Layout: req.Layout}}
	a, body, err := runChild(ctx, ord, f, drawnBytes)
	if err != nil {
		return nil, err
	}
	views, err := takeViews(a.Pages, body, req)
	if err != nil {
		return nil, fail(CodeCorrupt, err)
	}
	return views, nil
}

// takeViews checks what a child says it has drawn: the pictures go to browsers
// as PNG and must be that, of the size that was said.
func takeViews(metas []pageMeta, body []byte, req RenderRequest) ([]PageView, error) {
	if len(metas) != len(req.Pages) {
		return nil, errors.New("another number of pages than asked for")
	}
	var out []PageView
	for i, m := range metas {
		if m.Page != req.Pages[i] || m.Bytes < 0 || m.Bytes > len(body) || m.Width > MaxWidth || m.Height > MaxHeight {
			return nil, errors.New("a page out of bounds")
		}
		v := PageView{Page: m.Page, Width: m.Width, Height: m.Height, PNG: body[:m.Bytes:m.Bytes]}
		body = body[m.Bytes:]
		c, err := png.DecodeConfig(bytes.NewReader(v.PNG))
		if err != nil {
			return nil, fmt.Errorf("read picture: %w", err)
		}
		if c.Width != m.Width || c.Height != m.Height {
			return nil, errors.New("a picture of another size")
		}
		if req.Layout {
			if m.Layout == nil || m.Layout.Page != m.Page {
				return nil, errors.New("a page without layout")
			}
			if err := m.Layout.Validate(); err != nil {
				return nil, err
			}
			v.Layout = m.Layout
		}
		out = append(out, v)
	}
	return out, nil
}

// drawPages is the child's part of Render.
func drawPages(ctx context.Context, r io.ReaderAt, size int64, ord drawOrder, o Options) (metas []pageMeta, body []byte, err error) {
	o = o.withDefaults()
	if ord.Width < 1 || ord.Width > MaxWidth || len(ord.Pages) > MaxDrawn {
		return nil, nil, errors.New("draw pages: order out of bounds")
	}
	lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: o.CacheDir, MaxMemory: o.Memory / 8 * 3})
	if err != nil {
		return nil, nil, err
	}
	defer lib.Close()
	doc, err := lib.Open(ctx, r, size)
	if err != nil {
		return nil, nil, pdfError(err)
	}
	for _, n := range ord.Pages {
		if n < 1 || n > doc.Pages {
			return nil, nil, fail(CodeCorrupt, fmt.Errorf("page %d of %d", n, doc.Pages))
		}
		m, picture, err := drawPage(ctx, doc, n, ord)
		if err != nil {
			return nil, nil, pdfError(err)
		}
		if len(body)+len(picture) > drawnBytes {
			return nil, nil, fail(CodeTooLarge, errors.New("pictures over the limit"))
		}
		metas, body = append(metas, m), append(body, picture...)
	}
	return metas, body, nil
}

func drawPage(ctx context.Context, doc *pdfium.Document, n int, ord drawOrder) (m pageMeta, picture []byte, err error) {
	p, err := doc.Page(ctx, n-1)
	if err != nil {
		return m, nil, err
	}
	m = pageMeta{Page: n}
	m.Width, m.Height = pixels(p.Width, p.Height, ord.Width)
	pix, err := p.Render(ctx, m.Width, m.Height)
	if err != nil {
		return m, nil, err
	}
	if picture, err = encodePNG(pix, m.Width, m.Height); err != nil {
		return m, nil, err
	}
	m.Bytes = len(picture)
	if ord.Layout {
		if m.Layout, err = readLayout(ctx, p, n); err != nil {
			return m, nil, err
		}
	}
	return m, picture, p.Close(ctx)
}

// pixels fits a page of w × h points into a width and MaxHeight.
func pixels(w, h float32, width int) (int, int) {
	if !(w > 0 && h > 0) {
		w, h = 1, 1
	}
	scale := min(float64(width)/float64(w), MaxHeight/float64(h))
	fit := func(points float32, most int) int {
		return min(max(int(float64(points)*scale+0.5), 1), most)
	}
	return fit(w, MaxWidth), fit(h, MaxHeight)
}
